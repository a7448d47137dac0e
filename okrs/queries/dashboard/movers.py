"""The objectives whose score rose and fell most."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery

from lib.rows import Row
from okrs.choices import LIVE_STATES
from okrs.models import ScorePoint
from okrs.queries.scope import Scope, shown_objectives

# As many rises and as many falls at most: many small gains must not hide a loss.
EACH_WAY = 4
# Around the changes of all objectives, each of which is looked up once.
LARGEST = """
WITH moved (id, title, product, team, portfolio, after, change) AS MATERIALIZED ({})
SELECT id, title, product, team, portfolio, after, change FROM (
    SELECT *, row_number() OVER (PARTITION BY sign(change) ORDER BY abs(change) DESC, id) AS place
    FROM moved WHERE change <> 0
) ranked
WHERE place <= %s ORDER BY abs(change) DESC, id
"""


@dataclass(frozen=True)
class Mover(Row):
    id: UUID
    title: str
    unit: str
    score: Decimal
    change: Decimal


def movers(scope: Scope, since: datetime, each_way: int = EACH_WAY) -> list[Mover]:
    """Objectives whose score rose or fell most since a moment, the largest change first."""
    points = ScorePoint.objects.filter(objective=OuterRef("pk"))
    rows = shown_objectives(scope).filter(state__in=LIVE_STATES, scored_at__gt=since)
    changed = rows.annotate(
        after=F("score"),
        change=F("after") - Subquery(score_at(points, since)),
    ).values_list(
        "id", "title", "product__name", "team__name", "portfolio__name", "after", "change"
    )
    sql, parameters = changed.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(LARGEST.format(sql), (*parameters, each_way))
        return [
            Mover(pk, title, product or team or portfolio or "", score, change)
            for pk, title, product, team, portfolio, score, change in cursor.fetchall()
        ]


def score_at(points: QuerySet[ScorePoint], at: datetime) -> QuerySet[ScorePoint, Any]:
    return points.filter(at__lte=at).order_by("-at").values("score")[:1]
