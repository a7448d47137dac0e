"""What hangs in the air: initiatives without a goal, key results without work, each as a list."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from integrations.models import Link, Source
from integrations.queries.unserved import idle_initiatives, unworked_key_results
from okrs.choices import InitiativeState, ObjectiveState
from okrs.models import Initiative, InitiativeKeyResult, KeyResult, Objective, Tier
from tests.factories.okrs import InitiativeFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address, make_item, make_source
from tests.integrations.work.conftest import queries_of

BASE = "/api/v1/orgs/acme"


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


def test_the_file_of_key_results_names_portfolio_and_tier(
    portal: Portal, admin: Client, committed: KeyResult
) -> None:
    tier = Tier.objects.get(name="Portfolio")
    Objective.objects.update(product=None, portfolio=portal.world.portfolio, tier=tier)
    answer = admin.get(f"{address('gaps-csv')}?list=key-results")
    (row,) = csv.DictReader(StringIO(answer.content.decode()))
    told = (row["objective_portfolio"], row["objective_tier"], row["objective_product"])
    assert told == (portal.world.portfolio.name, "Portfolio", "")


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


@pytest.mark.parametrize(("count", "folded"), [(10, False), (12, True)])
def test_of_very_many_sources_the_first_are_shown_and_the_others_unfold(
    admin: Client, source: Source, count: int, folded: bool
) -> None:
    for number in range(count):
        make_item(make_source(source.connection, f"Source {number}"), f"S-{number}")
    page = admin.get(f"{address('gaps')}?list=items").content.decode()
    assert page.count('class="chip" href="?list=items&amp;source=') == count
    assert ("<summary>2 more</summary>" in page) == folded
