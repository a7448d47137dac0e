"""From a ticket up to the portfolio objective that it serves."""

from typing import Any

import pytest
from django.test import Client

from integrations.models import Link, Source, SyncedItem
from integrations.queries.work import Idle, ancestors_of, served_by
from okrs.choices import LinkState
from okrs.models import Initiative, InitiativeKeyResult, KeyResult, Objective, ObjectiveAlignment
from tests.integrations.conftest import Portal
from tests.integrations.items import address
from tests.integrations.work.conftest import queries_of

BASE = "/api/v1/orgs/acme"


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


def test_the_api_tells_the_line(
    admin: Client, shop: Source, link: Link, goals: tuple[KeyResult, Objective]
) -> None:
    item = SyncedItem.objects.get(key="T-1")
    told = admin.get(f"{BASE}/synced-items/{item.pk}/serves/").json()
    assert [row["key"] for row in told["above"]] == ["S-1", "E-1"]
    (line,) = told["lines"]
    assert [goal["id"] for goal in line["objectives"]][-1] == str(goals[1].pk)


def test_the_api_names_whose_an_initiative_is_that_drives_nothing(
    portal: Portal, admin: Client, shop: Source, link: Link
) -> None:
    Initiative.objects.update(team=portal.world.team)
    item = SyncedItem.objects.get(key="S-2")
    told = admin.get(f"{BASE}/synced-items/{item.pk}/serves/").json()
    (idle,) = told["idle"]
    product, team = portal.world.product, portal.world.team
    assert (idle["link"], idle["initiative"]["id"]) == (str(link.pk), str(link.initiative_id))
    assert idle["product"] == {"id": str(product.pk), "name": product.name}
    assert idle["team"] == {"id": str(team.pk), "name": team.name}
    assert told["idle_initiatives"] == [str(link.initiative_id)]
