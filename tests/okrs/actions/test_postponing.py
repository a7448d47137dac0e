"""The turn that a check-in answers, and putting it off with a reason."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from okrs.actions.check_ins import check_in, postpone, take_up_again, turn_of
from okrs.choices import CycleState, KeyResultSource
from okrs.models import CheckIn, KeyResult, Postponement
from okrs.queries.scorable import readers_of_metric
from portfolio.models import Product
from tests.factories.okrs import CycleFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_objective
from tests.personas import World

DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")
TODAY = date(2026, 11, 23)
NOON = datetime.combine(TODAY, time(12), UTC)
QUARTER = {"starts_on": date(2026, 10, 1), "ends_on": date(2026, 12, 31)}


@pytest.fixture
def bound(in_acme: World) -> World:
    Product.objects.update(cadence="weekly")
    return in_acme


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def of_the_quarter(world: World, **fields: Any) -> KeyResult:
    """A key result of the quarter of `TODAY`, whatever day it is."""
    objective = an_objective(world, cycle=CycleFactory.create(**QUARTER))
    return a_key_result(world, objective=objective, **fields)


def said(world: World, *, ago: int, due_in: int, **fields: Any) -> KeyResult:
    """A key result with news of so many days before `TODAY`, due in so many days from it."""
    return of_the_quarter(
        world,
        evidence_at=midnight(TODAY - ago * DAY),
        outdated_from=midnight(TODAY + (due_in + 1) * DAY),
        **fields,
    )


def turn(
    key_result: KeyResult, now: datetime, zone: ZoneInfo = UTC_ZONE
) -> tuple[date | None, int]:
    return turn_of(readers_of_metric(key_result.metric_id)[key_result.pk], now, zone)


# --- The turn that a check-in answers -------------------------------------------------------
@pytest.mark.parametrize(
    ("ago", "due_in", "due_on", "missed"),
    [
        (7, 0, TODAY, 0),  # on the day
        (5, 2, TODAY + 2 * DAY, 0),  # before it
        (4, 3, TODAY + 3 * DAY, 0),  # half of the week has passed
        (3, 4, None, 0),  # said again too soon to count
        (8, -1, TODAY - DAY, 1),  # a day late
        (14, -7, TODAY - 7 * DAY, 1),  # on the next due day
        (15, -8, TODAY - 8 * DAY, 2),
    ],
)
def test_a_check_in_answers_the_turn_that_was_open(
    bound: World, ago: int, due_in: int, due_on: date | None, missed: int
) -> None:
    assert turn(said(bound, ago=ago, due_in=due_in), NOON) == (due_on, missed)


def test_putting_off_moves_the_day(bound: World) -> None:
    key_result = said(bound, ago=10, due_in=-3, postponed_until=TODAY + DAY)
    assert turn(key_result, NOON) == (TODAY + DAY, 0)


def test_a_turn_put_off_and_missed_still_counts_from_that_day(bound: World) -> None:
    key_result = said(bound, ago=10, due_in=-3, postponed_until=TODAY - DAY)
    assert turn(key_result, NOON) == (TODAY - DAY, 1)


def test_what_comes_by_sync_owes_no_turn(bound: World) -> None:
    key_result = said(bound, ago=10, due_in=-3, source=KeyResultSource.SYNCED)
    assert turn(key_result, NOON) == (None, 0)


@pytest.mark.parametrize(
    ("zone", "missed"), [("America/Los_Angeles", 0), ("Europe/Istanbul", 1), ("Asia/Kolkata", 1)]
)
def test_days_are_those_of_the_organisation(bound: World, zone: str, missed: int) -> None:
    """Due on Sunday, said when it is Monday in the east and Sunday still in the west."""
    clock = ZoneInfo(zone)
    key_result = of_the_quarter(
        bound,
        evidence_at=datetime(2026, 11, 15, 12, tzinfo=clock),
        outdated_from=datetime(2026, 11, 23, tzinfo=clock),
    )
    assert turn(key_result, datetime(2026, 11, 23, 1, tzinfo=UTC), clock) == (
        date(2026, 11, 22),
        missed,
    )


def test_the_turn_is_kept_with_the_check_in(bound: World) -> None:
    today = timezone.localdate()
    key_result = a_key_result(
        bound,
        evidence_at=midnight(today - 15 * DAY),
        outdated_from=midnight(today - 7 * DAY),
    )
    check_in(bound.access("contributor"), key_result, value=Decimal(40))
    stored = CheckIn.objects.get()
    assert (stored.due_on, stored.missed) == (today - 8 * DAY, 2)


# --- Putting off ----------------------------------------------------------------------------
def put_off(world: World, key_result: KeyResult, *, days: int = 5, reason: str = "Audit") -> None:
    until = timezone.localdate() + days * DAY
    postpone(world.access("contributor"), key_result, until=until, reason=reason)


def test_a_postponement_is_kept_with_its_reason_and_author(bound: World) -> None:
    key_result = a_key_result(bound)
    put_off(bound, key_result, reason="The survey runs until Friday")
    stored = Postponement.objects.get()
    assert (stored.author, stored.reason) == (bound["contributor"], "The survey runs until Friday")
    key_result.refresh_from_db()
    assert key_result.postponed_until == stored.until


def test_putting_off_makes_no_number_fresher(bound: World) -> None:
    key_result = a_key_result(bound, outdated_from=timezone.now() - DAY)
    before = key_result.outdated_from
    put_off(bound, key_result)
    key_result.refresh_from_db()
    assert key_result.outdated_from == before


def test_a_check_in_ends_a_postponement(bound: World) -> None:
    key_result = a_key_result(bound)
    put_off(bound, key_result)
    check_in(bound.access("contributor"), key_result, value=Decimal(40))
    assert KeyResult.objects.get(pk=key_result.pk).postponed_until is None


def test_a_postponement_may_be_taken_back(bound: World) -> None:
    key_result = a_key_result(bound)
    put_off(bound, key_result)
    take_up_again(bound.access("contributor"), key_result)
    assert KeyResult.objects.get(pk=key_result.pk).postponed_until is None
    assert [row.until is None for row in Postponement.objects.all()] == [True, False]


def test_what_is_not_put_off_cannot_be_taken_up(bound: World) -> None:
    with refused("detail"):
        take_up_again(bound.access("contributor"), a_key_result(bound))


@pytest.mark.parametrize("days", [0, -1])
def test_only_a_day_to_come_will_do(bound: World, days: int) -> None:
    with refused("until"):
        put_off(bound, a_key_result(bound), days=days)


def test_the_last_number_cannot_be_put_off_past_the_end(bound: World) -> None:
    ends_on = timezone.localdate() + 5 * DAY
    with refused("until"):
        put_off(bound, a_key_result(bound, ends_on=ends_on), days=5)


def test_a_reason_is_needed(bound: World) -> None:
    with refused("reason"):
        put_off(bound, a_key_result(bound), reason="")


def test_what_comes_by_sync_is_not_put_off(bound: World) -> None:
    with refused("detail"):
        put_off(bound, a_key_result(bound, source=KeyResultSource.SYNCED))


def test_a_closed_cycle_takes_no_postponement(bound: World) -> None:
    closed = CycleFactory.create(state=CycleState.CLOSED)
    with refused("detail"):
        put_off(bound, a_key_result(bound, objective=an_objective(bound, cycle=closed)))


def test_who_may_not_check_in_may_not_put_off(bound: World) -> None:
    key_result = a_key_result(bound)
    until = timezone.localdate() + DAY
    with pytest.raises(PermissionDenied):
        postpone(bound.access("viewer"), key_result, until=until, reason="No")


def test_the_log_of_postponements_is_never_rewritten(bound: World) -> None:
    put_off(bound, a_key_result(bound))
    with pytest.raises(DatabaseError), transaction.atomic():
        Postponement.objects.update(reason="Another")
