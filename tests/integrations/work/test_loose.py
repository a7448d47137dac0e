"""Open tickets that no goal takes up, and whose they are."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import Connection, Link, Source, SyncedItem
from integrations.queries.loose import Groups, holders_of, loose_groups, loose_items
from okrs.models import Initiative
from tests.factories.okrs import InitiativeFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address, make_item, make_source
from tests.integrations.work.conftest import below, queries_of

BASE = "/api/v1/orgs/acme"
Asked = Callable[..., set[str]]


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
