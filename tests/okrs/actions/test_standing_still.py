"""The database holds what a closed cycle fixed, however many rows one statement changes."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.fields import new_id
from okrs.actions.stored import name_revision
from okrs.choices import CycleState
from okrs.models import Cycle, KeyResult, Objective, UnitScore
from tests.factories.closing import ClosingRevisionFactory
from tests.factories.okrs import CycleFactory, KeyResultFactory
from tests.factories.promises import UnitScoreFactory
from tests.okrs.goals import an_objective
from tests.personas import World

OTHER = Decimal("0.7")


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def running(bound: World) -> Objective:
    return goals_of(bound, CycleFactory.create())


@pytest.fixture
def closed(bound: World) -> Objective:
    made = goals_of(bound, CycleFactory.create(state=CycleState.CLOSING))
    Cycle.objects.filter(pk=made.cycle_id).update(state=CycleState.CLOSED, closed_at=timezone.now())
    return made


def goals_of(world: World, cycle: Cycle) -> Objective:
    """An objective, three key results and a roll-up, all at a half."""
    half = {"score": Decimal("0.5")}
    made = an_objective(world, cycle=cycle, **half)
    KeyResultFactory.create_batch(3, objective=made, **half)
    UnitScoreFactory.create(cycle=cycle, product=world.product, **half)
    return made


def score_key_results(closed: Objective) -> int:
    return KeyResult.objects.update(score=OTHER)


def score_objectives(closed: Objective) -> int:
    return Objective.objects.update(score=OTHER)


def score_roll_ups(closed: Objective) -> int:
    return UnitScore.objects.update(score=OTHER)


def store_what_is_not_fixed(closed: Objective) -> int:
    return KeyResult.objects.filter(objective=closed).update(
        scored_at=timezone.now(), confidence=OTHER
    )


def store_what_stands_there(closed: Objective) -> int:
    return KeyResult.objects.filter(objective=closed).update(score=Decimal("0.50"))


def take_other_ids(closed: Objective) -> int:
    """So that no row before is one of those after."""
    row = closed.key_results.latest("pk")
    return KeyResult.objects.filter(pk=row.pk).update(id=new_id(), score=OTHER)


def delete_them(closed: Objective) -> int:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM okrs_keyresult WHERE objective_id = %s", [closed.pk])
        return int(cursor.rowcount)


SCORING = [score_key_results, score_objectives, score_roll_ups]


@pytest.mark.parametrize("change", SCORING)
def test_many_are_stored_while_their_cycle_runs(
    running: Objective, change: Callable[[Objective], int]
) -> None:
    assert change(running) >= 1


@pytest.mark.parametrize("change", [*SCORING, take_other_ids, delete_them])
def test_many_are_refused_when_some_are_of_a_closed_cycle(
    running: Objective, closed: Objective, change: Callable[[Objective], int]
) -> None:
    with pytest.raises(IntegrityError, match="the cycle is closed"), transaction.atomic():
        change(closed)


@pytest.mark.parametrize("change", [store_what_is_not_fixed, store_what_stands_there])
def test_what_changes_nothing_that_is_fixed_is_stored(
    closed: Objective, change: Callable[[Objective], int]
) -> None:
    assert change(closed) == 3


@pytest.mark.parametrize("change", SCORING)
def test_many_are_stored_under_a_revision_of_their_cycle(
    closed: Objective, change: Callable[[Objective], int]
) -> None:
    name_revision(ClosingRevisionFactory.create(cycle=closed.cycle).pk)
    assert change(closed) >= 1


@pytest.mark.parametrize("change", SCORING)
def test_a_revision_of_another_cycle_opens_nothing(
    running: Objective, closed: Objective, change: Callable[[Objective], int]
) -> None:
    name_revision(ClosingRevisionFactory.create(cycle=running.cycle).pk)
    with pytest.raises(IntegrityError, match="the cycle is closed"), transaction.atomic():
        change(closed)


@pytest.mark.parametrize("table", ["okrs_keyresult", "okrs_objective", "okrs_unitscore"])
def test_a_statement_is_looked_at_once_however_many_rows_it_changes(
    bound: World, table: str
) -> None:
    for _ in range(3):
        goals_of(bound, CycleFactory.create())
    called = triggers_of(f"UPDATE {table} SET score = 0.7")  # noqa: S608 (names of ours)
    assert called == {"changed_in_turn": 1, "closed_with_cycle_in_sets": 1}


def triggers_of(sql: str) -> dict[str, int]:
    """How often each trigger was called by a statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        found: Any = cursor.fetchone()[0]
    told = (json.loads(found) if isinstance(found, str) else found)[0]
    return {it["Trigger Name"]: it["Calls"] for it in told["Triggers"]}
