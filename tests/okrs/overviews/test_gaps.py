"""Gaps and coverage: on the page, as CSV and over the API."""

import csv
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from okrs.choices import LinkState
from okrs.models import Contribution, KeyResult, SharedPlacement, UnitScore
from okrs.queries.gaps import Gaps, gaps_of
from okrs.queries.scope import CycleChoice, Scope
from okrs.queries.tree import graph_of
from tests.factories.okrs import ContributionFactory
from tests.okrs.overviews.conftest import Goals

Look = Callable[..., str]


def gaps(goals: Goals, persona: str = "admin") -> Gaps:
    cycle, now = goals.cycle, timezone.now()
    shown = CycleChoice(cycle.pk, cycle.name, cycle.starts_on, cycle.ends_on, cycle.state)
    return gaps_of(
        graph_of(Scope(access=goals.world.access(persona), cycle=shown, now=now, at=now))
    )


def target(goals: Goals, title: str = "Reach", **fields: Any) -> KeyResult:
    """A portfolio's key result that needs 13."""
    given = {"source": "contributions", "baseline": Decimal(0), "target": Decimal(13)}
    return goals.key_result(goals.top(title="Above"), title=title, **{**given, **fields})


def add(
    goals: Goals, parent: KeyResult, amount: str, state: str = LinkState.AGREED
) -> Contribution:
    child = goals.key_result(goals.objective(title="Below"))
    made: Contribution = ContributionFactory.create(
        child=child, parent=parent, amount=Decimal(amount), state=state
    )
    return made


def test_what_is_agreed_offered_and_missing_is_told(goals: Goals) -> None:
    row = target(goals)
    add(goals, row, "4")
    add(goals, row, "5")
    add(goals, row, "1", LinkState.COUNTERED)
    add(goals, row, "9", LinkState.DECLINED)
    [found] = gaps(goals).shortfalls
    assert found.coverage is not None
    given = found.coverage
    told = [given.needed, given.agreed, given.offered, given.missing]
    assert told == [Decimal(13), Decimal(9), Decimal(1), Decimal(4)]


def test_a_falling_target_misses_a_fall(goals: Goals) -> None:
    row = target(goals, baseline=Decimal(10), target=Decimal(2))
    add(goals, row, "-6")
    [found] = gaps(goals).shortfalls
    assert found.coverage is not None
    assert found.coverage.missing == -2


def test_what_a_withdrawn_goal_promised_does_not_count(goals: Goals) -> None:
    row = target(goals)
    link = add(goals, row, "13")
    goal = link.child.objective
    type(goal).objects.filter(pk=goal.pk).update(state="withdrawn")
    assert [found.title for found in gaps(goals).shortfalls] == ["Reach"]


def test_a_goal_whose_targets_are_added_to_is_served_and_serves(goals: Goals) -> None:
    add(goals, target(goals), "13")
    found = gaps(goals)
    assert (found.unserved, found.unaligned, found.unserved_targets) == ([], [], [])


def test_a_portfolios_key_result_that_nobody_works_on_is_a_gap(goals: Goals) -> None:
    target(goals, "Nobody's", source="by-hand")
    assert [row.title for row in gaps(goals).unserved_targets] == ["Nobody's"]


def test_only_goals_with_gaps_are_shown_on_request(goals: Goals, look: Look) -> None:
    add(goals, target(goals), "13")
    goals.objective(title="Stray")
    text = look("alignment/", gaps="1")
    assert "Stray" in text
    assert "Above" not in text


def test_shortfalls_open_as_a_table(goals: Goals, look: Look) -> None:
    add(goals, target(goals), "9")
    assert "Amounts are changes" in look("alignment/", gap="short")


def test_gaps_are_saved_as_a_table(goals: Goals) -> None:
    add(goals, target(goals), "9")
    text = goals.world.client("viewer").get("/o/acme/alignment/gaps.csv").content.decode()
    assert "Targets that are not covered,Above,Reach" in text


def saved(goals: Goals, **query: str) -> list[tuple[str, str]]:
    """Each line of the file: which gap it is, and of which goal."""
    answer = goals.world.client("viewer").get("/o/acme/alignment/gaps.csv", query)
    rows = csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))
    return [(row["Gap"], row["Objective"]) for row in rows]


def test_the_file_holds_the_goals_that_the_page_was_narrowed_to(goals: Goals) -> None:
    goals.objective(title="Stray")
    goals.objective(title="Lost")
    assert saved(goals, q="stray") == [("They serve nothing", "Stray")]


@pytest.mark.parametrize(
    ("gap", "held"),
    [
        ("unserved", [("Nobody serves them", "Alone")]),
        ("unaligned", [("They serve nothing", "Stray")]),
        ("unserved-results", [("Key results nobody works on", "Alone")]),
        ("short", [("Targets that are not covered", "Above")]),
        ("coverage", [("Targets that are not covered", "Above"), ("Covered", "Above")]),
    ],
)
def test_the_file_holds_the_one_gap_that_the_page_shows(
    goals: Goals, gap: str, held: list[tuple[str, str]]
) -> None:
    add(goals, target(goals), "9")
    add(goals, target(goals, "Enough"), "13")
    goals.key_result(goals.top(title="Alone"))
    goals.objective(title="Stray")
    assert saved(goals, gap=gap) == held


def test_the_api_tells_the_coverage(goals: Goals) -> None:
    row = target(goals)
    add(goals, row, "9")
    answer = goals.world.client("viewer").get("/api/v1/orgs/acme/coverage/").json()
    [found] = answer["results"]
    assert found["key_result"] == str(row.pk)
    assert Decimal(found["missing"]) == 4


def test_the_api_tells_the_gaps(goals: Goals) -> None:
    add(goals, target(goals), "9")
    goals.objective(title="Stray")
    answer = goals.world.client("viewer").get("/api/v1/orgs/acme/alignment-gaps/").json()
    assert [row["gap"] for row in answer["results"]] == ["unaligned-objective", "shortfall"]


def test_the_api_refuses_a_cycle_that_is_none(goals: Goals) -> None:
    client = goals.world.client("viewer")
    assert client.get("/api/v1/orgs/acme/coverage/", {"cycle": "soon"}).status_code == 422


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_gaps_cost_the_same_for_few_and_many(rows: int, goals: Goals) -> None:
    for _ in range(rows):
        add(goals, target(goals), "9")
    with CaptureQueriesContext(connection) as captured:
        assert len(gaps(goals).shortfalls) == rows
    assert sum('"okrs_' in query["sql"] for query in captured) == 8


def test_a_shared_key_result_counts_once_in_the_figures_of_its_unit(goals: Goals) -> None:
    home = goals.objective(title="Home", score=Decimal("0.5"))
    elsewhere = goals.objective(title="Elsewhere", score=Decimal("0.5"))
    row = goals.key_result(home)
    SharedPlacement.objects.create(key_result=row, objective=elsewhere)
    goals.rolled_up()
    assert UnitScore.objects.get(product=goals.product).key_results == 1
