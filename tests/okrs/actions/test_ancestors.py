"""What follows above a change: nothing is left behind, and many cost as few statements as one."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okrs.actions.ancestors import recompute_ancestors
from okrs.actions.contributed_values import contributed_values
from okrs.actions.recompute import roll_up
from okrs.alignment import would_close_circle
from okrs.choices import ContributionMode, KeyResultSource, LinkState, RollUpMode
from okrs.models import Cycle, KeyResult, Objective
from okrs.queries.children import children_of
from portfolio.actions import record_value
from portfolio.models import Metric
from tests.factories.okrs import (
    ContributionFactory,
    CycleFactory,
    KeyResultFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
)
from tests.factories.portfolio import MetricFactory
from tests.personas import World

PLACES = st.integers(0, 4)
links_between = st.lists(st.tuples(PLACES, PLACES), max_size=12)
many_graphs = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def cycle(bound: World) -> Cycle:
    return CycleFactory.create()


@pytest.fixture
def metric(bound: World) -> Metric:
    return MetricFactory.create()


def key_results(cycle: Cycle, metric: Metric, number: int) -> list[KeyResult]:
    """By hand, each of an objective of its own, in one unit."""
    return [
        KeyResultFactory.create(
            objective=ObjectiveFactory.create(cycle=cycle),
            metric=MetricFactory.create(unit=metric.unit),
        )
        for _ in range(number)
    ]


def make_fed(*rows: KeyResult) -> None:
    KeyResult.objects.filter(pk__in=[row.pk for row in rows]).update(
        source=KeyResultSource.CONTRIBUTIONS, contribution_mode=ContributionMode.SUM
    )


def add(child: KeyResult, parent: KeyResult) -> None:
    ContributionFactory.create(child=child, parent=parent, state=LinkState.AGREED)


def say(row: KeyResult, value: int) -> None:
    record_value(metric=row.metric, value=Decimal(value), source="api")


def values(*rows: KeyResult) -> list[Decimal | None]:
    found = KeyResult.objects.in_bulk([row.pk for row in rows])
    return [found[row.pk].current_value for row in rows]


def without_circles(attempts: list[tuple[int, int]]) -> set[tuple[int, int]]:
    edges: set[tuple[int, int]] = set()
    for edge in attempts:
        if would_close_circle(edges, edge) is None:
            edges.add(edge)
    return edges


def test_a_sum_of_sums_follows_at_once(cycle: Cycle, metric: Metric) -> None:
    leaf, middle, top = key_results(cycle, metric, 3)
    add(leaf, middle)
    add(middle, top)
    make_fed(middle, top)
    say(leaf, 30)
    recompute_ancestors([leaf.pk], [])
    assert values(middle, top) == [Decimal(30), Decimal(30)]


def test_a_key_result_above_another_changed_one_waits_for_it(cycle: Cycle, metric: Metric) -> None:
    leaf, middle, top = key_results(cycle, metric, 3)
    add(leaf, middle)
    add(middle, top)
    make_fed(middle, top)
    say(leaf, 30)
    recompute_ancestors([top.pk, middle.pk, leaf.pk], [])
    assert top.metric.values.count() == 1


def test_what_is_given_by_hand_takes_nothing_from_below(cycle: Cycle, metric: Metric) -> None:
    leaf, by_hand, top = key_results(cycle, metric, 3)
    add(leaf, by_hand)
    add(by_hand, top)
    make_fed(top)
    say(leaf, 30)
    recompute_ancestors([leaf.pk], [])
    assert values(by_hand, top) == [None, None]


@many_graphs
@given(attempts=links_between, fed=st.sets(PLACES), said=st.sets(PLACES))
def test_every_sum_above_a_change_is_what_it_takes_from_below(
    cycle: Cycle, metric: Metric, attempts: list[tuple[int, int]], fed: set[int], said: set[int]
) -> None:
    with transaction.atomic():
        rows = key_results(cycle, metric, 5)
        for child, parent in without_circles(attempts):
            add(rows[child], rows[parent])
        make_fed(*(rows[place] for place in fed))
        for place in said - fed:
            say(rows[place], 10 + place)
        recompute_ancestors([rows[place].pk for place in said], [])
        sums = KeyResult.objects.filter(source=KeyResultSource.CONTRIBUTIONS)
        stored = {row.pk: row.current_value for row in sums}
        assert stored == {pk: found.value for pk, found in contributed_values(sums).items()}
        transaction.set_rollback(True)


@many_graphs
@given(
    attempts=links_between,
    deep=st.sets(PLACES),
    changed=st.sets(PLACES),
)
def test_every_objective_above_a_change_is_what_its_children_amount_to(
    cycle: Cycle, metric: Metric, attempts: list[tuple[int, int]], deep: set[int], changed: set[int]
) -> None:
    with transaction.atomic():
        rows = key_results(cycle, metric, 5)
        goals = [row.objective for row in rows]
        for child, parent in without_circles(attempts):
            ObjectiveAlignmentFactory.create(
                child=goals[child], parent=goals[parent], state=LinkState.AGREED
            )
        Objective.objects.filter(pk__in=[goals[place].pk for place in deep]).update(
            roll_up=RollUpMode.OWN_AND_ALIGNED
        )
        recompute_ancestors([], [goal.pk for goal in goals])
        for place in changed:
            say(rows[place], 10 + place)
        recompute_ancestors([], [goals[place].pk for place in changed])
        stored = list(Objective.objects.filter(cycle=cycle))
        children = children_of(stored)
        assert {o.pk: o.score for o in stored} == {
            o.pk: roll_up(o, children[o.pk])["score"] for o in stored
        }
        transaction.set_rollback(True)


def statements_for(changed: list[KeyResult], objectives: list[Objective]) -> int:
    with CaptureQueriesContext(connection) as captured:
        recompute_ancestors([row.pk for row in changed], [row.pk for row in objectives])
    return len(captured)


def a_level(cycle: Cycle, metric: Metric, width: int) -> tuple[list[KeyResult], list[Objective]]:
    """Changed key results, each below one that sums and below an objective that takes aligned."""
    lower, upper = key_results(cycle, metric, width), key_results(cycle, metric, width)
    for child, parent in zip(lower, upper, strict=True):
        add(child, parent)
        ObjectiveAlignmentFactory.create(
            child=child.objective, parent=parent.objective, state=LinkState.AGREED
        )
        say(child, 20)
    make_fed(*upper)
    Objective.objects.filter(cycle=cycle).update(roll_up=RollUpMode.OWN_AND_ALIGNED)
    return lower, [row.objective for row in lower]


def test_many_changes_cost_as_many_statements_as_one(cycle: Cycle, metric: Metric) -> None:
    costs = {width: statements_for(*a_level(cycle, metric, width)) for width in (1, 3, 50)}
    assert costs[50] == costs[3] == costs[1]
