"""The objectives whose score changed most."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Abs

from okrs.choices import LIVE_STATES
from okrs.models import ScorePoint
from okrs.queries.scope import Scope, shown_objectives

MOVERS = 6


@dataclass(frozen=True)
class Mover:
    id: UUID
    title: str
    unit: str
    score: Decimal
    change: Decimal


def movers(scope: Scope, since: datetime, limit: int = MOVERS) -> list[Mover]:
    """Objectives whose score changed most since a moment, up or down."""
    points = ScorePoint.objects.filter(objective=OuterRef("pk"))
    rows = shown_objectives(scope).filter(state__in=LIVE_STATES, scored_at__gt=since)
    rows = rows.annotate(
        before=Subquery(score_at(points, since)),
        after=Subquery(score_at(points, scope.at)) if scope.is_past else F("score"),
        change=F("after") - F("before"),
    )
    moved = rows.exclude(change=0).filter(change__isnull=False).order_by(Abs("change").desc(), "id")
    found = moved.values_list(
        "id", "title", "product__name", "team__name", "portfolio__name", "after", "change"
    )[:limit]
    return [
        Mover(pk, title, product or team or portfolio or "", score, change)
        for pk, title, product, team, portfolio, score, change in found
    ]


def score_at(points: QuerySet[ScorePoint], at: datetime) -> QuerySet[ScorePoint, Any]:
    return points.filter(at__lte=at).order_by("-at").values("score")[:1]
