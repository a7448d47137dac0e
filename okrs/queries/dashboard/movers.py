"""The objectives whose score rose and fell most."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery

from lib.rows import Row
from okrs.choices import LIVE_STATES
from okrs.models import Objective, ScorePoint
from okrs.queries.plain import written_once
from okrs.queries.scope import Scope, shown_objectives

# As many rises and as many falls at most: many small gains must not hide a loss.
EACH_WAY = 4
# Around the changes of all objectives, each of which is looked up once; names only of those shown.
LARGEST = f"""
WITH moved (id, title, product_id, team_id, portfolio_id, after, change) AS MATERIALIZED ({{}})
SELECT id, title, after, change,
       coalesce((SELECT name FROM portfolio_product p WHERE p.id = shown.product_id),
                (SELECT name FROM portfolio_team t WHERE t.id = shown.team_id),
                (SELECT name FROM portfolio_portfolio f WHERE f.id = shown.portfolio_id),
                '') AS unit
FROM ((SELECT * FROM moved WHERE change > 0 ORDER BY change DESC, id LIMIT {EACH_WAY})
      UNION ALL
      (SELECT * FROM moved WHERE change < 0 ORDER BY change, id LIMIT {EACH_WAY})) shown
ORDER BY abs(change) DESC, id
"""  # noqa: S608 (a number of our own)


@dataclass(frozen=True)
class Mover(Row):
    id: UUID
    title: str
    unit: str
    score: Decimal
    change: Decimal


def movers(scope: Scope, since: datetime) -> list[Mover]:
    """Objectives whose score rose or fell most since a moment, the largest change first."""
    return [
        Mover(row["id"], row["title"], row["unit"], row["after"], row["change"])
        for row in moved(scope, since)
    ]


@written_once(around=LARGEST)
def moved(scope: Scope, since: datetime) -> QuerySet[Objective, Any]:
    points = ScorePoint.objects.filter(objective=OuterRef("pk"))
    rows = shown_objectives(scope).filter(state__in=LIVE_STATES, scored_at__gt=since)
    return rows.annotate(
        after=F("score"),
        change=F("after") - Subquery(score_at(points, since)),
    ).values_list("id", "title", "product_id", "team_id", "portfolio_id", "after", "change")


def score_at(points: QuerySet[ScorePoint], at: datetime) -> QuerySet[ScorePoint, Any]:
    return points.filter(at__lte=at).order_by("-at").values("score")[:1]
