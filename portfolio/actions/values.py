"""The one writer of metric values, whoever they come from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.fields import new_id
from accounts.models import Member
from accounts.permissions import Permission
from lib.decimals import rounded
from portfolio.choices import ValueSource
from portfolio.models import Metric, MetricValue

AfterValues = Callable[[set[UUID]], None]
# Apps above add what follows from new values (scores); called with the ids of the metrics, in
# the transaction of the values, so that both are stored or neither.
on_value_recorded: list[AfterValues] = []
# Apps above say why nobody adds a value beside what they write themselves; "" where they do not.
WhyNot = Callable[[Metric], str]
written_by_others: list[WhyNot] = []

STORED_PLACES = 10
TOO_LARGE = Decimal("1E20")


@dataclass(frozen=True)
class NewValue:
    """A value to log. `voids_id` is a row of the same metric that this one withdraws."""

    metric_id: UUID
    value: Decimal | None
    effective_at: datetime
    source: str
    actor_id: UUID | None = None
    note: str = ""
    voids_id: UUID | None = None


def record_values(rows: Sequence[NewValue], *, announce: bool = True) -> list[MetricValue]:
    """Log values, rounded half up to ten decimals, in one statement.

    Whether the actor may is for the caller to check. `announce=False` is for callers who
    recompute what follows by themselves. Raises `ValidationError` at `value` for a number that
    is not finite or has more than twenty digits before the point.
    """
    made = [stored(row) for row in rows]
    # What is refused was refused by now; a failure from here on ends the caller's transaction.
    with transaction.atomic(savepoint=False):
        MetricValue.objects.bulk_create(made)
        if made and announce:
            announce_values({row.metric_id for row in rows})
    return made


def record_value(
    *,
    metric: Metric,
    value: Decimal,
    source: str,
    effective_at: datetime | None = None,
    actor: Member | None = None,
    note: str = "",
    voids_id: UUID | None = None,
) -> MetricValue:
    """Log one value, true from `effective_at` (default: now) on. As `record_values`."""
    row = NewValue(
        metric.pk,
        value,
        effective_at or timezone.now(),
        source,
        actor.pk if actor else None,
        note,
        voids_id,
    )
    return record_values([row])[0]


def announce_values(metric_ids: set[UUID]) -> None:
    for after in on_value_recorded:
        after(metric_ids)


def stored(row: NewValue) -> MetricValue:
    return MetricValue(
        id=new_id(),
        metric_id=row.metric_id,
        value=None if row.value is None else fitting(row.value),
        effective_at=row.effective_at,
        source=ValueSource(row.source),
        actor_id=row.actor_id,
        note=row.note[:500],
        voids_id=row.voids_id,
    )


def fitting(value: Decimal) -> Decimal:
    """`value` as the log keeps it: ten decimals, half up. Raises as `record_values`."""
    if is_short(value):
        kept = rounded(value, STORED_PLACES)
        if is_short(kept):
            return kept
    raise ValidationError({"value": "Give a number of at most 20 digits before the point."})


def is_short(value: Decimal) -> bool:
    """Whether it has at most twenty digits before the point; `abs` would round it."""
    return value.is_finite() and value.copy_abs() < TOO_LARGE


@transaction.atomic
def add_value(
    access: Access,
    metric: Metric,
    *,
    value: Decimal,
    effective_at: datetime | None = None,
    note: str = "",
    source: str = ValueSource.PERSON,
) -> MetricValue:
    """Log a value that a person or a script gives. Raises `ValidationError` by field."""
    access.require(Permission.CHECK_IN_WRITE, [metric.product_id])
    check_moment(effective_at)
    Metric.objects.select_for_update(no_key=True).get(pk=metric.pk)
    if refusal := why_not_added(metric):
        raise ValidationError({"metric": refusal})
    return record_value(
        metric=metric,
        value=value,
        source=source,
        effective_at=effective_at,
        actor=access.member,
        note=note,
    )


def why_not_added(metric: Metric) -> str:
    """Why no value is added by hand; empty where it may be."""
    return next(filter(None, (why_not(metric) for why_not in written_by_others)), "")


@transaction.atomic
def withdraw_value(
    access: Access, metric: Metric, value_id: UUID, *, note: str = "", source: str = "person"
) -> MetricValue:
    """Withdraw a row of the log; withdrawing a withdrawal brings the value back."""
    access.require(Permission.CHECK_IN_WRITE, [metric.product_id])
    withdrawn = lock_standing_row(metric, value_id)
    row = NewValue(
        metric.pk, None, withdrawn.effective_at, source, access.member.pk, note, withdrawn.pk
    )
    return record_values([row])[0]


@transaction.atomic
def correct_value(
    access: Access,
    metric: Metric,
    value_id: UUID,
    *,
    value: Decimal,
    effective_at: datetime | None = None,
    note: str = "",
    source: str = ValueSource.PERSON,
) -> MetricValue:
    """Put another value in the place of a row; both stay in the log."""
    access.require(Permission.CHECK_IN_WRITE, [metric.product_id])
    check_moment(effective_at)
    wrong = lock_standing_row(metric, value_id)
    if wrong.value is None:
        raise ValidationError("A withdrawal has no value to correct.")
    return record_value(
        metric=metric,
        value=value,
        source=source,
        effective_at=effective_at or wrong.effective_at,
        actor=access.member,
        note=note,
        voids_id=wrong.pk,
    )


def lock_standing_row(metric: Metric, value_id: UUID) -> MetricValue:
    """A row that nobody withdrew yet; the metric stays locked, for rows of the log cannot be."""
    Metric.objects.select_for_update(no_key=True).get(pk=metric.pk)
    row = MetricValue.objects.filter(metric=metric, pk=value_id).first()
    if row is None:
        raise ValidationError({"voids": "This value is not one of the metric's."})
    if row.voided_by.exists():
        raise ValidationError({"voids": "This value was already withdrawn."})
    return row


def check_moment(effective_at: datetime | None) -> None:
    if effective_at is not None and effective_at > timezone.now():
        raise ValidationError({"effective_at": "A value cannot be from the future."})
