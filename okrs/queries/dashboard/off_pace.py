"""The key results that are furthest behind what is expected by now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from lib.rows import Row
from okrs.choices import LIVE_STATES
from okrs.models import KeyResult
from okrs.queries.key_results import visible_key_results
from okrs.queries.plain import written_once
from okrs.queries.scope import Scope, chosen, shown_objectives

FURTHEST_BEHIND = 20


@dataclass(frozen=True, kw_only=True)
class OffPace(Row):
    """A key result that is behind what is expected by now."""

    id: UUID
    title: str
    objective: str
    unit: str
    owner: str
    score: Decimal | None
    expected: Decimal | None
    gap: Decimal
    pace: str
    confidence: Decimal | None
    note: str


def furthest_behind(scope: Scope) -> list[OffPace]:
    """Key results with the largest gap to what is expected now; read along a partial index."""
    return [off_pace(row, scope.now) for row in off_pace_rows(scope)]


@written_once()
def off_pace_rows(scope: Scope) -> QuerySet[KeyResult, Any]:
    return (
        visible_key_results(scope.access)
        .filter(
            chosen(scope, "objective__"),
            of_chosen_status(scope),
            pace__in=["behind", "at-risk"],
            archived_at=None,
            objective__archived_at=None,
            objective__state__in=LIVE_STATES,
        )
        .order_by("-pace_gap", "-id")
        .values(
            "id", "title", "score", "expected", "pace_gap", "pace", "outdated_from", "confidence",
            "last_note", "objective__title", "objective__portfolio__name",
            "objective__product__name", "objective__team__name", "owner__name",
        )[:FURTHEST_BEHIND]
    )  # fmt: skip


def of_chosen_status(scope: Scope) -> Q:
    """Asked of the objectives only with such a filter: without one, an index tells the worst."""
    if not scope.filters.status:
        return Q()
    return Q(objective__in=shown_objectives(scope).values("pk"))


def off_pace(row: Mapping[str, Any], now: datetime) -> OffPace:
    units = ("objective__product__name", "objective__team__name", "objective__portfolio__name")
    outdated = row["outdated_from"] is not None and row["outdated_from"] <= now
    return OffPace(
        id=row["id"],
        title=row["title"],
        objective=row["objective__title"],
        unit=next((row[name] for name in units if row[name]), ""),
        owner=row["owner__name"],
        score=row["score"],
        expected=row["expected"],
        gap=row["pace_gap"],
        pace="outdated" if outdated else row["pace"],
        confidence=row["confidence"],
        note=row["last_note"],
    )
