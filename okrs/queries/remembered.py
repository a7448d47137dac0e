"""What goals and links said at a moment, from the histories that the database writes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import BooleanField, Case, F, Q, Value, When

from accounts.tenant_models import TenantModel
from okrs.models import (
    AlignmentPast,
    Contribution,
    ContributionPast,
    HistoryStart,
    KeyResult,
    KeyResultPast,
    Objective,
    ObjectiveAlignment,
    ObjectivePast,
    ObjectiveSupport,
    PlacementPast,
    SharedPlacement,
    SupportPast,
)
from okrs.models.past import Past

AnyPast = TypeVar("AnyPast", bound=Past)
LIVING: dict[type[Past], type[TenantModel]] = {
    AlignmentPast: ObjectiveAlignment,
    ContributionPast: Contribution,
    KeyResultPast: KeyResult,
    ObjectivePast: Objective,
    PlacementPast: SharedPlacement,
    SupportPast: ObjectiveSupport,
}


def said_at(history: type[AnyPast], at: datetime, **wanted: Any) -> list[AnyPast]:
    """What each row of a history that `wanted` names said at a moment; one statement.

    Rows that were not there yet are left out; those that were gone say so (`is_there`). Of a row
    that is older than its history the first word stands for those before it, and is `assumed`.
    """
    known = Q(recorded_at__lte=at)
    living = {"pk__in" if name == "row_id__in" else name: rows for name, rows in wanted.items()}
    older = LIVING[history].objects.filter(created_at__lte=at, **living)
    rows = (
        history.objects.filter(known | Q(row_id__in=older.values("pk")), **wanted)
        .annotate(
            assumed=Case(When(known, then=False), default=True, output_field=BooleanField()),
            spoken=Case(When(known, then=F("recorded_at")), default=Value(None)),
            written=Case(When(known, then=F("created_at")), default=Value(None)),
        )
        .order_by(
            "row_id",
            "assumed",
            F("spoken").desc(nulls_last=True),
            F("written").desc(nulls_last=True),
            "recorded_at",
            "created_at",
        )
        .distinct("row_id")
    )
    return list(rows)


def history_begins() -> datetime | None:
    """Since when histories are kept; None where they are as old as the organisation."""
    return HistoryStart.objects.values_list("begins_at", flat=True).first()


def guessed(rows: Iterable[Past], at: datetime) -> int:
    """How many rows are shown as they were at another moment, for want of a history of then."""
    rows = list(rows)
    assumed = sum(bool(getattr(row, "assumed", False)) for row in rows)
    begun = history_begins() if rows else None
    if begun is None or at >= begun:
        return assumed
    return assumed + sum(
        row.created_at <= begun and not getattr(row, "assumed", False) for row in rows
    )
