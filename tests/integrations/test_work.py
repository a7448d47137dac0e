"""From a portfolio objective to a ticket and back: trees, lines, and what hangs in the air."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import Connection, Link, Source, SyncedItem
from integrations.queries import work as work_queries
from integrations.queries.loose import Groups, holders_of, loose_groups, loose_items
from integrations.queries.unserved import idle_initiatives, unworked_key_results
from integrations.queries.work import Branch, Idle, ancestors_of, level_of, served_by
from okrs.choices import InitiativeState, LinkState, ObjectiveState
from okrs.models import Initiative, InitiativeKeyResult, KeyResult, Objective, ObjectiveAlignment
from tests.factories.okrs import (
    InitiativeFactory,
    ObjectiveFactory,
)
from tests.integrations.conftest import Portal
from tests.integrations.items import address, make_item, make_source

BASE = "/api/v1/orgs/acme"
Asked = Callable[..., set[str]]


@pytest.fixture
def initiative(portal: Portal) -> Initiative:
    return InitiativeFactory.create(product=portal.world.product, owner=portal.admin)


@pytest.fixture
def link(source: Source, initiative: Initiative) -> Link:
    return Link.objects.create(source=source, initiative=initiative)


def below(source: Source, parent: str, *keys: str, **fields: Any) -> None:
    for key in keys:
        make_item(source, key, parent_remote_id=parent, **fields)


@pytest.fixture
def shop(source: Source) -> Source:
    """An epic with two stories, one of them done and with a sub-task, and a story of its own."""
    make_item(source, "E-1", kind="Epic", is_leaf=False)
    below(source, "E-1", "S-1", category="done")
    below(source, "E-1", "S-2")
    below(source, "S-1", "T-1", is_leaf=False, kind="Sub-task")
    make_item(source, "S-3")
    return source


def keys(rows: list[Branch]) -> list[str]:
    return [row.key for row in rows]


def under(link: Link, key: str) -> list[Branch]:
    return level_of(link, below=SyncedItem.objects.get(key=key).pk).rows


# --- The tree -------------------------------------------------------------------------------
def test_the_top_holds_what_has_no_parent_in_the_source(shop: Source, link: Link) -> None:
    assert keys(level_of(link).rows) == ["E-1", "S-3"]


def test_a_branch_holds_the_items_right_below(shop: Source, link: Link) -> None:
    assert (keys(under(link, "E-1")), keys(under(link, "S-1"))) == (["S-1", "S-2"], ["T-1"])


def test_a_branch_counts_leaf_items_at_any_depth(shop: Source, link: Link) -> None:
    (epic, _) = level_of(link).rows
    assert (epic.children, epic.done, epic.total) == (2, 1, 2)


def test_what_is_left_out_is_on_neither_side(shop: Source, link: Link) -> None:
    SyncedItem.objects.filter(key="S-2").update(category="left_out")
    assert level_of(link).rows[0].total == 1


def test_a_child_may_know_its_parent_by_key_alone(shop: Source, link: Link) -> None:
    make_item(shop, "S-4", parent_key="E-1")
    assert keys(under(link, "E-1")) == ["S-1", "S-2", "S-4"]


def test_what_left_the_source_or_is_gone_is_in_no_branch(shop: Source, link: Link) -> None:
    SyncedItem.objects.filter(key="S-1").update(gone_at=timezone.now())
    shop.members.filter(item__key="S-2").update(left_at=timezone.now())
    assert under(link, "E-1") == []


def test_a_link_below_an_epic_has_its_children_on_top(shop: Source, initiative: Initiative) -> None:
    link = Link.objects.create(source=shop, initiative=initiative, parent_remote_id="E-1")
    assert keys(level_of(link).rows) == ["S-1", "S-2"]


def test_a_link_with_a_label_has_only_what_carries_it(shop: Source, initiative: Initiative) -> None:
    SyncedItem.objects.filter(key__in=["S-1", "S-3"]).update(labels=["speed"])
    link = Link.objects.create(source=shop, initiative=initiative, label="speed")
    assert keys(level_of(link).rows) == ["S-1", "S-3"]


def test_the_same_key_in_another_connection_is_another_item(
    portal: Portal, shop: Source, link: Link
) -> None:
    other = Connection.objects.create(name="Other", provider="jira-cloud", owner=portal.admin)
    make_item(make_source(other, "Other shop"), "S-9", parent_remote_id="E-1")
    assert keys(under(link, "E-1")) == ["S-1", "S-2"]


def test_a_circle_ends_and_its_items_are_on_top(shop: Source, link: Link) -> None:
    below(shop, "C-2", "C-1")
    below(shop, "C-1", "C-2")
    rows = {row.key: row for row in level_of(link).rows}
    assert {key for key, row in rows.items() if row.in_circle} == {"C-1", "C-2"}
    assert (rows["C-1"].done, rows["C-1"].total) == (0, 2)


def test_an_item_that_is_its_own_parent_ends(shop: Source, link: Link) -> None:
    below(shop, "C-1", "C-1")
    assert [row.key for row in level_of(link).rows if row.in_circle] == ["C-1"]


def test_a_level_goes_on_where_its_page_ended(
    source: Source, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_queries, "PAGE", 2)
    for number in range(5):
        make_item(source, f"S-{number}")
    pages, after = [], None
    for _ in range(3):
        level = level_of(link, after=after)
        pages.append(keys(level.rows))
        after = level.after
    assert pages == [["S-0", "S-1"], ["S-2", "S-3"], ["S-4"]]
    assert after is None


# --- The line up ----------------------------------------------------------------------------
@pytest.fixture
def goals(portal: Portal, initiative: Initiative) -> tuple[KeyResult, Objective]:
    """The initiative drives a key result, whose objective serves one of the portfolio."""
    key_result = portal.key_result("Checkout is done")
    top = ObjectiveFactory.create(
        cycle=portal.cycle, product=None, portfolio=portal.world.portfolio
    )
    ObjectiveAlignment.objects.create(
        child=key_result.objective, parent=top, state=LinkState.AGREED, asked_by=portal.admin
    )
    InitiativeKeyResult.objects.create(initiative=initiative, key_result=key_result)
    return key_result, top


def served(portal: Portal, key: str, who: str = "admin") -> Any:
    return served_by(portal.world.access(who), SyncedItem.objects.get(key=key))


@pytest.mark.parametrize("key", ["E-1", "S-2", "T-1"])
def test_every_item_leads_to_the_portfolio_objective(
    portal: Portal, shop: Source, link: Link, goals: tuple[KeyResult, Objective], key: str
) -> None:
    key_result, top = goals
    (line,) = served(portal, key).lines
    assert (line.link, line.key_result) == (link, key_result)
    assert line.objectives == (key_result.objective, top)


def test_an_item_is_named_with_what_it_hangs_below(portal: Portal, shop: Source) -> None:
    task = SyncedItem.objects.get(key="T-1")
    assert [row.key for row in ancestors_of(task)] == ["S-1", "E-1"]


def test_a_circle_above_an_item_ends(shop: Source) -> None:
    SyncedItem.objects.filter(key="E-1").update(parent_remote_id="T-1")
    task = SyncedItem.objects.get(key="T-1")
    assert [row.key for row in ancestors_of(task)] == ["S-1", "E-1"]


def test_an_item_of_a_link_below_an_epic_is_found_at_any_depth(
    portal: Portal, shop: Source, initiative: Initiative, goals: tuple[KeyResult, Objective]
) -> None:
    Link.objects.create(source=shop, initiative=initiative, parent_remote_id="E-1")
    assert [len(served(portal, key).lines) for key in ("T-1", "S-3")] == [1, 0]


def test_an_item_without_the_label_is_not_of_the_link(
    portal: Portal, shop: Source, initiative: Initiative, goals: tuple[KeyResult, Objective]
) -> None:
    SyncedItem.objects.filter(key="S-1").update(labels=["speed"])
    Link.objects.create(source=shop, initiative=initiative, label="speed")
    assert [len(served(portal, key).lines) for key in ("S-1", "S-2")] == [1, 0]


def test_a_link_to_a_key_result_needs_no_initiative(portal: Portal, shop: Source) -> None:
    key_result = portal.key_result("Linked at once")
    Link.objects.create(source=shop, key_result=key_result)
    (line,) = served(portal, "S-3").lines
    assert (line.link.initiative, line.key_result) == (None, key_result)


def test_an_initiative_that_drives_nothing_is_told(
    portal: Portal, shop: Source, link: Link
) -> None:
    top = SyncedItem.objects.get(key="E-1")
    assert (served(portal, "S-2").lines, served(portal, "S-2").idle) == ([], [Idle(link, top)])


def test_an_alignment_that_is_not_agreed_leads_nowhere(
    portal: Portal, shop: Source, link: Link, goals: tuple[KeyResult, Objective]
) -> None:
    ObjectiveAlignment.objects.update(state=LinkState.PROPOSED)
    (line,) = served(portal, "S-3").lines
    assert line.objectives == (goals[0].objective,)


def test_what_is_hidden_from_a_member_is_in_no_line(
    portal: Portal, shop: Source, link: Link, goals: tuple[KeyResult, Objective]
) -> None:
    portal.world.portfolio.is_private = True
    portal.world.portfolio.save()
    assert served(portal, "S-3", "bystander").lines == []


def test_the_page_of_an_item_shows_the_line(
    admin: Client, shop: Source, link: Link, goals: tuple[KeyResult, Objective]
) -> None:
    item = SyncedItem.objects.get(key="T-1")
    page = admin.get(address("item", item.pk)).content.decode()
    told = ["E-1", link.initiative and link.initiative.title, "Checkout is done", goals[1].title]
    assert all(str(words) in page for words in told)


def test_an_initiative_that_drives_nothing_is_shown_with_where_it_belongs(
    admin: Client, shop: Source, link: Link, portal: Portal
) -> None:
    SyncedItem.objects.filter(key="E-1").update(project_remote_id="p 1", project_name="Checkout")
    Initiative.objects.update(team=portal.world.team)
    item = SyncedItem.objects.get(key="S-2")
    page = admin.get(address("item", item.pk)).content.decode()
    assert f'<a href="{address("work", link.pk)}?project=p%201">Checkout</a>' in page
    assert f"initiative of {portal.world.product}, {portal.world.team}; it drives no" in page


def test_the_page_of_a_loose_item_says_so(admin: Client, shop: Source) -> None:
    item = SyncedItem.objects.get(key="S-3")
    assert "It serves no goal" in admin.get(address("item", item.pk)).content.decode()


def test_the_initiative_leads_to_its_tree(admin: Client, shop: Source, link: Link) -> None:
    assert link.initiative is not None
    page = admin.get(link.initiative.get_absolute_url()).content.decode()
    assert address("work", link.pk) in page


def test_a_branch_is_read_when_it_is_opened(admin: Client, shop: Source, link: Link) -> None:
    epic = SyncedItem.objects.get(key="E-1")
    whole = admin.get(address("work", link.pk)).content.decode()
    part = admin.get(
        f"{address('work', link.pk)}?below={epic.pk}", headers={"HX-Request": "true"}
    ).content.decode()
    assert ("Title of S-2" in whole, "Title of S-2" in part) == (False, True)
    assert "<html" not in part


def test_a_branch_works_without_scripts(admin: Client, shop: Source, link: Link) -> None:
    epic = SyncedItem.objects.get(key="E-1")
    page = admin.get(f"{address('work', link.pk)}?below={epic.pk}").content.decode()
    assert "Work below E-1" in page


@pytest.mark.parametrize(
    "query", ["below=x", "after=x", "below=00000000-0000-7000-8000-000000000000"]
)
def test_an_address_that_names_no_item_is_no_page(
    admin: Client, shop: Source, link: Link, query: str
) -> None:
    assert admin.get(f"{address('work', link.pk)}?{query}").status_code == 404


def queries_of(ask: Callable[[], object]) -> int:
    ask()
    with CaptureQueriesContext(database) as captured:
        ask()
    return len(captured)


def test_a_tree_asks_as_often_whatever_it_holds(admin: Client, source: Source, link: Link) -> None:
    counts = []
    for first, last in ((0, 1), (1, 3), (3, 50)):
        for number in range(first, last):
            make_item(source, f"E-{number}", is_leaf=False)
            below(source, f"E-{number}", f"S-{number}")
        counts.append(queries_of(lambda: admin.get(address("work", link.pk))))
    assert len(set(counts)) == 1


def test_the_line_asks_as_often_however_many_goals_there_are(
    portal: Portal, admin: Client, shop: Source, link: Link
) -> None:
    item, counts = SyncedItem.objects.get(key="S-3"), []
    for first, last in ((0, 1), (1, 3), (3, 50)):
        for number in range(first, last):
            key_result = portal.key_result(f"Result {number}")
            InitiativeKeyResult.objects.create(initiative=link.initiative, key_result=key_result)
        counts.append(queries_of(lambda: admin.get(address("item", item.pk))))
    assert len(set(counts)) == 1


# --- What hangs in the air ------------------------------------------------------------------
def idle(portal: Portal, **units: Any) -> list[Initiative]:
    return list(idle_initiatives(portal.world.access("admin"), **units))


def test_an_initiative_without_a_key_result_is_idle(portal: Portal, initiative: Initiative) -> None:
    assert idle(portal) == [initiative]


def test_one_that_drives_a_key_result_is_not(
    portal: Portal, initiative: Initiative, goals: tuple[KeyResult, Objective]
) -> None:
    assert idle(portal) == []


def test_one_that_drove_a_key_result_of_a_closed_cycle_is_idle_again(
    portal: Portal, initiative: Initiative, goals: tuple[KeyResult, Objective]
) -> None:
    type(portal.cycle).objects.filter(pk=portal.cycle.pk).update(state="closed")
    assert idle(portal) == [initiative]


@pytest.mark.parametrize("state", [InitiativeState.DONE, InitiativeState.STOPPED])
def test_one_that_ended_is_not_idle(
    portal: Portal, initiative: Initiative, state: InitiativeState
) -> None:
    Initiative.objects.update(state=state)
    assert idle(portal) == []


def test_idle_initiatives_are_told_by_product_and_team(
    portal: Portal, initiative: Initiative
) -> None:
    of_team = InitiativeFactory.create(
        product=portal.world.product, team=portal.world.team, owner=portal.admin
    )
    elsewhere = InitiativeFactory.create(owner=portal.admin)
    assert set(idle(portal, product=portal.world.product.pk)) == {initiative, of_team}
    assert idle(portal, team=portal.world.team.pk) == [of_team]
    assert idle(portal, product=elsewhere.product_id) == [elsewhere]


@pytest.fixture
def committed(portal: Portal) -> KeyResult:
    key_result = portal.key_result("Nobody works on it")
    Objective.objects.update(state=ObjectiveState.COMMITTED)
    return key_result


def unworked(portal: Portal) -> list[KeyResult]:
    return list(unworked_key_results(portal.world.access("admin")))


def test_a_key_result_without_a_link_or_an_initiative_is_told(
    portal: Portal, committed: KeyResult
) -> None:
    assert unworked(portal) == [committed]


def test_a_linked_key_result_has_work(portal: Portal, committed: KeyResult, source: Source) -> None:
    Link.objects.create(source=source, key_result=committed)
    assert unworked(portal) == []


def test_a_driven_key_result_has_work(
    portal: Portal, committed: KeyResult, initiative: Initiative
) -> None:
    InitiativeKeyResult.objects.create(initiative=initiative, key_result=committed)
    assert unworked(portal) == []


def test_a_draft_needs_no_work_yet(portal: Portal, committed: KeyResult) -> None:
    Objective.objects.update(state=ObjectiveState.DRAFT)
    assert unworked(portal) == []


@pytest.fixture
def loose(portal: Portal) -> Asked:
    """Keys of the loose items, as the admin sees them unless another is named."""

    def ask(who: str = "admin", **whose: Any) -> set[str]:
        return {item.key for item in loose_items(portal.world.access(who), **whose)}

    return ask


def test_open_items_without_a_link_are_loose(shop: Source, loose: Asked) -> None:
    assert loose() == {"S-2", "S-3"}


def test_a_link_takes_up_its_source(shop: Source, link: Link, loose: Asked) -> None:
    assert loose() == set()


def test_a_link_below_an_epic_takes_up_what_hangs_there(
    shop: Source, initiative: Initiative, loose: Asked
) -> None:
    below(shop, "S-2", "S-4")
    Link.objects.create(source=shop, initiative=initiative, parent_remote_id="E-1")
    assert loose() == {"S-3"}


def test_a_link_with_a_label_takes_up_what_carries_it(
    shop: Source, initiative: Initiative, loose: Asked
) -> None:
    SyncedItem.objects.filter(key="S-3").update(labels=["speed"])
    Link.objects.create(source=shop, initiative=initiative, label="speed")
    assert loose() == {"S-2"}


def test_a_circle_below_a_link_ends(shop: Source, initiative: Initiative, loose: Asked) -> None:
    below(shop, "C-2", "C-1")
    below(shop, "C-1", "C-2")
    Link.objects.create(source=shop, initiative=initiative, parent_remote_id="C-1")
    assert loose() == {"S-2", "S-3"}


@pytest.fixture
def of_team(portal: Portal) -> Initiative:
    """An initiative of the product and of its team."""
    return InitiativeFactory.create(
        product=portal.world.product, team=portal.world.team, owner=portal.admin
    )


@pytest.fixture
def in_part(shop: Source, of_team: Initiative) -> Link:
    """A link that takes up the epic of the shop, and leaves S-3."""
    return Link.objects.create(source=shop, initiative=of_team, parent_remote_id="E-1")


def test_a_loose_item_is_of_the_units_whose_goals_its_source_feeds(
    portal: Portal, in_part: Link, loose: Asked
) -> None:
    assert loose(product=portal.world.product.pk) == {"S-3"}
    assert loose(team=portal.world.team.pk) == {"S-3"}
    assert loose(of_nobody=True) == set()


def test_a_goal_of_a_product_assigns_no_team(portal: Portal, shop: Source, loose: Asked) -> None:
    result = portal.key_result("Checkout is done")
    Link.objects.create(source=shop, key_result=result, parent_remote_id="E-1")
    assert loose(product=portal.world.product.pk) == {"S-3"}
    assert loose(team=portal.world.team.pk) == set()


def test_what_no_link_tells_of_is_of_nobody(portal: Portal, shop: Source, loose: Asked) -> None:
    assert loose(of_nobody=True) == {"S-2", "S-3"}
    assert loose(product=portal.world.product.pk) == set()


def test_another_product_is_not_given_them(portal: Portal, in_part: Link, loose: Asked) -> None:
    assert loose(product=InitiativeFactory.create(owner=portal.admin).product_id) == set()


@pytest.mark.parametrize(
    "place", [{"project_remote_id": "10"}, {"project_remote_id": "", "team_remote_id": "t-1"}]
)
def test_a_source_that_feeds_nothing_goes_by_its_project_or_team(
    portal: Portal, shop: Source, in_part: Link, loose: Asked, place: dict[str, str]
) -> None:
    bugs = make_source(shop.connection, "Bugs")
    make_item(bugs, "B-1")
    make_item(bugs, "B-2", project_remote_id="another")
    SyncedItem.objects.filter(key__in=["S-1", "B-1"]).update(**place)
    assert loose(team=portal.world.team.pk) == {"S-3", "B-1"}
    assert loose(of_nobody=True) == {"B-2"}


def test_a_source_that_feeds_a_goal_does_not_go_by_its_project(
    portal: Portal, shop: Source, in_part: Link, loose: Asked
) -> None:
    bugs = make_source(shop.connection, "Bugs")
    make_item(bugs, "B-1")
    elsewhere = InitiativeFactory.create(owner=portal.admin)
    Link.objects.create(source=bugs, initiative=elsewhere, label="none has it")
    SyncedItem.objects.filter(key__in=["S-1", "B-1"]).update(project_remote_id="10")
    assert loose(product=portal.world.product.pk) == {"S-3"}
    assert loose(product=elsewhere.product_id) == {"B-1"}


def test_the_same_project_in_another_connection_is_another(
    portal: Portal, shop: Source, in_part: Link, loose: Asked
) -> None:
    other = Connection.objects.create(name="Other", provider="jira-cloud", owner=portal.admin)
    make_item(make_source(other, "Other shop"), "O-1")
    SyncedItem.objects.filter(key__in=["S-1", "O-1"]).update(project_remote_id="10")
    assert loose(of_nobody=True) == {"O-1"}


def test_a_link_that_ended_assigns_nothing(in_part: Link, loose: Asked) -> None:
    Link.objects.update(archived_at=timezone.now())
    assert loose(of_nobody=True) == {"S-2", "S-3"}


def test_a_goal_that_is_hidden_from_a_member_assigns_nothing(
    portal: Portal, in_part: Link, loose: Asked
) -> None:
    portal.world.portfolio.is_private = True
    portal.world.portfolio.save()
    assert loose("bystander", product=portal.world.product.pk) == set()
    assert loose("bystander", of_nobody=True) == {"S-3"}


def told(groups: Groups) -> dict[str, list[tuple[str, int]]]:
    named = {"products": groups.products, "teams": groups.teams, "sources": groups.sources}
    return {name: [(str(row.of), row.loose) for row in rows] for name, rows in named.items()}


def test_loose_items_are_counted_by_whose_they_are(
    portal: Portal, shop: Source, in_part: Link
) -> None:
    bugs = make_source(shop.connection, "Bugs")
    make_item(bugs, "B-1")
    make_item(bugs, "B-2")
    groups = loose_groups(portal.world.access("admin"))
    assert told(groups) == {
        "products": [(str(portal.world.product), 1)],
        "teams": [(str(portal.world.team), 1)],
        "sources": [("Bugs", 2), ("Web shop", 1)],
    }
    assert groups.of_nobody == 2


def test_an_item_of_two_products_names_both(portal: Portal, shop: Source, in_part: Link) -> None:
    elsewhere = InitiativeFactory.create(owner=portal.admin)
    Link.objects.create(source=shop, initiative=elsewhere, label="none has it")
    (item,) = loose_items(portal.world.access("admin"))
    held = holders_of(portal.world.access("admin"), [item.pk])[item.pk]
    assert {unit.pk for unit in held.products} == {portal.world.product.pk, elsewhere.product_id}
    assert held.teams == [portal.world.team]


@pytest.mark.parametrize(("query", "shown"), [("product={product}", True), ("of_nobody=on", False)])
def test_the_page_takes_the_unit(
    portal: Portal, admin: Client, in_part: Link, query: str, shown: bool
) -> None:
    asked = query.format(product=portal.world.product.pk)
    page = admin.get(f"{address('gaps')}?list=items&{asked}")
    assert ("Title of S-3" in page.content.decode()) is shown


def test_the_page_leads_from_each_group_to_its_tickets(
    portal: Portal, admin: Client, in_part: Link
) -> None:
    page = admin.get(f"{address('gaps')}?list=items").content.decode()
    for asked in (f"product={portal.world.product.pk}", f"team={portal.world.team.pk}"):
        assert f'href="?list=items&amp;{asked}"' in page


def test_the_file_says_whose_each_ticket_is(
    portal: Portal, admin: Client, shop: Source, in_part: Link
) -> None:
    make_item(make_source(shop.connection, "Bugs"), "B-1")
    answer = admin.get(f"{address('gaps-csv')}?list=items")
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert [(row["key"], row["products"], row["teams"]) for row in rows] == [
        ("B-1", "", ""),
        ("S-3", str(portal.world.product), str(portal.world.team)),
    ]


def test_the_file_takes_the_unit(
    portal: Portal, admin: Client, shop: Source, in_part: Link
) -> None:
    make_item(make_source(shop.connection, "Bugs"), "B-1")
    answer = admin.get(f"{address('gaps-csv')}?list=items&team={portal.world.team.pk}")
    assert [row[0] for row in csv.reader(StringIO(answer.content.decode()))] == ["key", "S-3"]


def test_the_api_takes_the_unit_and_says_whose_each_is(
    portal: Portal, admin: Client, shop: Source, in_part: Link
) -> None:
    make_item(make_source(shop.connection, "Bugs"), "B-1")
    product, team = portal.world.product.pk, portal.world.team.pk
    (row,) = admin.get(f"{BASE}/loose-items/?product={product}&team={team}").json()["results"]
    assert (row["key"], row["products"], row["teams"]) == ("S-3", [str(product)], [str(team)])
    (other,) = admin.get(f"{BASE}/loose-items/?of_nobody=true").json()["results"]
    assert (other["key"], other["products"], other["teams"]) == ("B-1", [], [])


def test_the_api_refuses_what_is_no_unit(admin: Client, shop: Source) -> None:
    answer = admin.get(f"{BASE}/loose-items/?product=checkout")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["product"])


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_api_asks_as_often_for_any_number_of_loose_items(
    portal: Portal, admin: Client, shop: Source, in_part: Link, count: int
) -> None:
    once = queries_of(lambda: admin.get(f"{BASE}/loose-items/"))
    for number in range(count):
        make_item(shop, f"N-{number}")
    assert queries_of(lambda: admin.get(f"{BASE}/loose-items/")) == once


LISTS = ("initiatives", "key-results", "items")


def fill(portal: Portal, source: Source, first: int, last: int) -> None:
    for number in range(first, last):
        InitiativeFactory.create(product=portal.world.product, owner=portal.admin)
        portal.key_result(f"Result {number}")
        make_item(source, f"S-{number}")
    Objective.objects.update(state=ObjectiveState.COMMITTED)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_as_often_for_fifty_rows_as_for_one(
    portal: Portal, admin: Client, source: Source, name: str
) -> None:
    counts = []
    for first, last in ((0, 1), (1, 3), (3, 50)):
        fill(portal, source, first, last)
        counts.append(queries_of(lambda: admin.get(f"{address('gaps')}?list={name}")))
        shown = admin.get(f"{address('gaps')}?list={name}").context["page"].rows
        assert len(shown) == last
    assert len(set(counts)) == 1


@pytest.mark.parametrize("name", LISTS)
def test_each_list_can_be_saved_as_a_file(
    portal: Portal, admin: Client, source: Source, name: str
) -> None:
    fill(portal, source, 0, 3)
    answer = admin.get(f"{address('gaps-csv')}?list={name}")
    rows = list(csv.reader(StringIO(answer.content.decode())))
    assert len(rows) == 4


def test_a_filter_that_leaves_nothing_can_be_cleared(
    portal: Portal, admin: Client, source: Source
) -> None:
    fill(portal, source, 0, 1)
    team = portal.world.team.pk
    page = admin.get(f"{address('gaps')}?list=initiatives&team={team}").content.decode()
    assert "None here" in page


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("idle-initiatives", "product={product}"),
        ("unworked-key-results", "product={product}"),
        ("loose-items", "source={source}"),
    ],
)
def test_the_api_lists_the_same(
    portal: Portal, admin: Client, source: Source, path: str, query: str
) -> None:
    fill(portal, source, 0, 3)
    asked = query.format(product=portal.world.product.pk, source=source.pk)
    assert len(admin.get(f"{BASE}/{path}/?{asked}").json()["results"]) == 3


def test_the_api_tells_the_line(
    admin: Client, shop: Source, link: Link, goals: tuple[KeyResult, Objective]
) -> None:
    item = SyncedItem.objects.get(key="T-1")
    told = admin.get(f"{BASE}/synced-items/{item.pk}/serves/").json()
    assert [row["key"] for row in told["above"]] == ["S-1", "E-1"]
    (line,) = told["lines"]
    assert [goal["id"] for goal in line["objectives"]][-1] == str(goals[1].pk)


def test_the_api_tells_the_tree(admin: Client, shop: Source, link: Link) -> None:
    top = admin.get(f"{BASE}/links/{link.pk}/work/").json()["results"]
    assert [(row["key"], row["children"], row["total"]) for row in top] == [
        ("E-1", 2, 2), ("S-3", 0, 1),
    ]  # fmt: skip
    branch = admin.get(f"{BASE}/links/{link.pk}/work/?below={top[0]['id']}").json()["results"]
    assert [row["key"] for row in branch] == ["S-1", "S-2"]
