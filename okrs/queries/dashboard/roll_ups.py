"""The stored figures of a cycle by portfolio and product."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from lib.rows import Row
from okrs.models import UnitScore
from okrs.queries.plain import written_once
from okrs.queries.scope import Scope


@dataclass(frozen=True)
class RollUp(Row):
    """What `UnitScore` keeps of a portfolio, a product, or of neither: the organisation."""

    id: UUID
    portfolio_id: UUID | None
    product_id: UUID | None
    score: Decimal | None
    confidence: Decimal | None
    objectives: int
    key_results: int
    reporting: int
    on_track: int
    behind: int
    at_risk: int
    outdated: int
    evidence_at: datetime | None

    @classmethod
    def of(cls, row: UnitScore) -> "RollUp":
        return cls(*(getattr(row, name) for name in COLUMNS))


COLUMNS = tuple(column.name for column in fields(RollUp))
RollUps = dict[UUID | None, RollUp]


def roll_ups(scope: Scope) -> RollUps:
    """Stored roll-ups of the cycle by product or portfolio; None is the organisation's own."""
    return by_unit(RollUp(*row.values()) for row in stored_roll_ups(scope))


def past_roll_ups(rows: Iterable[UnitScore]) -> RollUps:
    """The same of roll-ups that were worked out for a past moment, without those of teams."""
    return by_unit(RollUp.of(row) for row in rows if row.team_id is None)


@written_once()
def stored_roll_ups(scope: Scope) -> QuerySet[UnitScore, Any]:
    rows = UnitScore.objects.filter(cycle=scope.cycle.id, team=None)
    found: QuerySet[UnitScore, Any] = rows.values(*COLUMNS)
    return found


def by_unit(rows: Iterable[RollUp]) -> RollUps:
    return {row.product_id or row.portfolio_id: row for row in rows}
