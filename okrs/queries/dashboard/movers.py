"""The objectives whose score rose and fell most."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import Abs, RowNumber, Sign

from okrs.choices import LIVE_STATES
from okrs.models import ScorePoint
from okrs.queries.scope import Scope, shown_objectives

# As many rises and as many falls at most: many small gains must not hide a loss.
EACH_WAY = 4


@dataclass(frozen=True)
class Mover:
    id: UUID
    title: str
    unit: str
    score: Decimal
    change: Decimal


def movers(scope: Scope, since: datetime, each_way: int = EACH_WAY) -> list[Mover]:
    """Objectives whose score rose or fell most since a moment, the largest change first."""
    points = ScorePoint.objects.filter(objective=OuterRef("pk"))
    rows = shown_objectives(scope).filter(state__in=LIVE_STATES, scored_at__gt=since)
    rows = rows.annotate(
        before=Subquery(score_at(points, since)),
        after=Subquery(score_at(points, scope.at)) if scope.is_past else F("score"),
        change=F("after") - F("before"),
    )
    by_size = (Abs("change").desc(), "id")
    place = Window(RowNumber(), partition_by=Sign("change"), order_by=by_size)
    moved = rows.exclude(change=0).filter(change__isnull=False).annotate(place=place)
    found = (
        moved.filter(place__lte=each_way)
        .order_by(*by_size)
        .values_list(
            "id", "title", "product__name", "team__name", "portfolio__name", "after", "change"
        )
    )
    return [
        Mover(pk, title, product or team or portfolio or "", score, change)
        for pk, title, product, team, portfolio, score, change in found
    ]


def score_at(points: QuerySet[ScorePoint], at: datetime) -> QuerySet[ScorePoint, Any]:
    return points.filter(at__lte=at).order_by("-at").values("score")[:1]
