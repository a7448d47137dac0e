"""Checking in."""

import threading
import time
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from accounts.tenancy import tenant
from okrs.actions.check_ins import check_in
from okrs.actions.recompute import lock_scores
from okrs.choices import CycleState, KeyResultSource, Shape
from okrs.models import CheckIn, KeyResult, Objective
from portfolio.models import MetricValue
from portfolio.queries import latest_values
from tests.factories.okrs import CycleFactory, KeyResultFactory
from tests.lock_queue import somebody_waits_for_us
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_objective
from tests.personas import World, make_world


@pytest.fixture
def bound(in_acme: World) -> World:
    return in_acme


def test_a_check_in_keeps_the_score_as_it_stood(bound: World) -> None:
    key_result = a_key_result(bound)
    access = bound.access("contributor")
    first = check_in(access, key_result, value=Decimal(40), confidence=Decimal("0.7"))
    check_in(access, key_result, value=Decimal(80))
    assert CheckIn.objects.get(pk=first.pk).score == Decimal("0.4")


@pytest.mark.parametrize("value", [Decimal(10**19), -Decimal(10**19)])
def test_a_check_in_far_beyond_the_target_is_taken(bound: World, value: Decimal) -> None:
    written = check_in(bound.access("contributor"), a_key_result(bound), value=value)
    edge = Decimal(10**14 - 1)
    assert (written.value, written.raw) == (value, edge if value > 0 else -edge)
    assert written.score == (1 if value > 0 else 0)


def test_the_latest_word_stands_beside_the_score(bound: World) -> None:
    key_result = a_key_result(bound)
    check_in(
        bound.access("contributor"),
        key_result,
        value=Decimal(40),
        confidence=Decimal("0.7"),
        status="behind",
        note="Slow start",
    )
    stored = KeyResult.objects.get(pk=key_result.pk)
    assert (stored.confidence, stored.reported_status, stored.last_note, stored.checked_in_by) == (
        Decimal("0.7"),
        "behind",
        "Slow start",
        bound["contributor"],
    )


def test_a_check_in_without_confidence_leaves_the_last_one(bound: World) -> None:
    key_result = a_key_result(bound)
    access = bound.access("contributor")
    check_in(access, key_result, value=Decimal(40), confidence=Decimal("0.7"))
    check_in(access, key_result, value=Decimal(50))
    assert KeyResult.objects.get(pk=key_result.pk).confidence == Decimal("0.7")


def test_a_value_is_logged_with_its_source_and_actor(bound: World) -> None:
    key_result = a_key_result(bound)
    check_in(bound.access("contributor"), key_result, value=Decimal(40), note="n")
    value = MetricValue.objects.get(metric=key_result.metric)
    assert (value.value, value.source, value.actor, value.note) == (
        Decimal(40),
        "person",
        bound["contributor"],
        "n",
    )


@pytest.mark.parametrize("source", [KeyResultSource.SYNCED, KeyResultSource.CONTRIBUTIONS])
def test_what_comes_by_itself_takes_no_value(bound: World, source: str) -> None:
    with refused("value"):
        check_in(bound.access("admin"), a_key_result(bound, source=source), value=Decimal(40))


def test_a_synced_key_result_is_confirmed_without_a_value(bound: World) -> None:
    key_result = a_key_result(bound, source=KeyResultSource.SYNCED)
    check_in(bound.access("admin"), key_result, confidence=Decimal("0.5"))
    key_result.refresh_from_db()
    logged = MetricValue.objects.filter(metric=key_result.metric).count()
    assert (key_result.confidence, logged) == (Decimal("0.5"), 0)


WRONG: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("confidence", {}, {"confidence": Decimal("1.1")}),
    ("confidence", {}, {"confidence": Decimal("-0.1")}),
    ("confidence", {}, {"confidence": Decimal("0.55")}),
    ("value", {}, {"value": Decimal("NaN")}),
    ("value", {"shape": Shape.YES_NO}, {"value": Decimal("0.5")}),
    ("value", {"shape": Shape.YES_NO}, {"value": Decimal(2)}),
    ("value", {"shape": Shape.COUNT}, {"value": Decimal("1.5")}),
    ("value", {"shape": Shape.COUNT}, {"value": Decimal(-1)}),
    ("value", {"shape": Shape.MILESTONES}, {"value": Decimal(2)}),
]


@pytest.mark.parametrize(("field", "definition", "entry"), WRONG)
def test_what_makes_no_sense_is_refused_at_its_field(
    bound: World, field: str, definition: dict[str, Any], entry: dict[str, Any]
) -> None:
    with refused(field):
        check_in(bound.access("admin"), a_key_result(bound, **definition), **entry)


def test_a_refused_check_in_leaves_nothing(bound: World) -> None:
    key_result = a_key_result(bound)
    with refused("confidence"):
        check_in(bound.access("admin"), key_result, value=Decimal(40), confidence=Decimal("1.1"))
    assert (CheckIn.objects.count(), MetricValue.objects.count()) == (0, 0)


def test_nobody_checks_in_to_a_closed_cycle(bound: World) -> None:
    closed = an_objective(bound, cycle=CycleFactory.create(state=CycleState.CLOSED))
    with refused("detail"):
        check_in(bound.access("admin"), a_key_result(bound, objective=closed), value=Decimal(1))


def test_nobody_checks_in_to_an_archived_key_result(bound: World) -> None:
    key_result = a_key_result(bound, archived_at="2026-01-01T00:00Z")
    with refused("detail"):
        check_in(bound.access("admin"), key_result, value=Decimal(1))


def test_the_owner_checks_in_without_a_role_on_the_unit(bound: World) -> None:
    key_result = KeyResultFactory.create(owner=bound["contributor"])
    written = check_in(bound.access("contributor"), key_result, value=Decimal(10))
    assert written.score == Decimal("0.1")


def test_others_without_a_role_on_the_unit_do_not(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        check_in(bound.access("contributor"), KeyResultFactory.create(), value=Decimal(10))


# --- At the same time -------------------------------------------------------------------------
@pytest.fixture
def world(transactional_db: None) -> World:
    with transaction.atomic():
        return make_world("Twin")


def checks_in(world: World, key_result: KeyResult, value: int) -> None:
    """One person's request, in a thread of its own."""
    try:
        with tenant(world.organization.pk, actor_id=world["admin"].pk), transaction.atomic():
            row = KeyResult.objects.select_related("objective__cycle").get(pk=key_result.pk)
            check_in(world.access("admin"), row, value=Decimal(value))
    finally:
        connection.close()


def test_two_check_ins_at_once_both_count_for_the_objective(world: World) -> None:
    with tenant(world.organization.pk), transaction.atomic():
        first = a_key_result(world)
        second = a_key_result(world, objective=first.objective)
    threads = [
        threading.Thread(target=checks_in, args=(world, row, value))
        for row, value in ((first, 20), (second, 80))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant(world.organization.pk), transaction.atomic():
        objective = Objective.objects.get(pk=first.objective_id)
        assert (objective.score, objective.reporting) == (Decimal("0.5"), 2)


def test_the_check_in_that_is_stored_last_is_the_value_in_use(world: World) -> None:
    with tenant(world.organization.pk), transaction.atomic():
        key_result = a_key_result(world)
    waiting = threading.Thread(target=checks_in, args=(world, key_result, 20))
    with tenant(world.organization.pk), transaction.atomic():
        lock_scores()
        waiting.start()
        while not somebody_waits_for_us():
            time.sleep(0.02)
        check_in(world.access("admin"), key_result, value=Decimal(80))
    waiting.join()
    with tenant(world.organization.pk), transaction.atomic():
        [latest] = latest_values([key_result.metric_id]).values()
        stored = KeyResult.objects.get(pk=key_result.pk)
        assert (latest.value, stored.current_value) == (Decimal(20), Decimal(20))
