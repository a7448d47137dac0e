"""The rows that scores are worked out from: only the columns that count, without instances."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from accounts.tenancy import current_organization_id
from okrs.choices import CycleState


class Figures(NamedTuple):
    """The computed columns of a key result, as they are stored."""

    current_value: Decimal | None
    current_at: datetime | None
    current_source: str
    is_overridden: bool
    score: Decimal | None
    raw: Decimal | None
    expected: Decimal | None
    pace: str
    pace_gap: Decimal | None
    evidence_at: datetime | None
    outdated_from: datetime | None


class ScorableKeyResult(NamedTuple):
    """A key result as its score follows from it; its days are its own, else the cycle's.

    `shared_with` are the objectives that count it beside its own.
    """

    id: UUID
    objective_id: UUID
    metric_id: UUID
    shape: str
    source: str
    baseline: Decimal | None
    target: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    weight: Decimal
    curve: str
    curve_points: list[tuple[str, str]]
    starts_on: date
    ends_on: date
    checked_in_at: datetime | None
    postponed_until: date | None
    archived_at: datetime | None
    portfolio_id: UUID | None
    product_id: UUID | None
    team_id: UUID | None
    cycle_state: str
    time_zone: str
    behind_after: int
    at_risk_after: int
    shared_with: list[UUID]
    may_be_overridden: bool
    stored: Figures

    @property
    def is_closed(self) -> bool:
        return self.cycle_state == CycleState.CLOSED


KEY_RESULTS = f"""
    SELECT k.id, k.objective_id, k.metric_id, k.shape, k.source, k.baseline, k.target, k.lower,
           k.upper, k.weight, k.curve, k.curve_points, coalesce(k.starts_on, c.starts_on),
           coalesce(k.ends_on, c.ends_on), k.checked_in_at, k.postponed_until, k.archived_at,
           o.portfolio_id, o.product_id, o.team_id, c.state, g.time_zone, g.behind_after,
           g.at_risk_after,
           ARRAY(SELECT s.objective_id FROM okrs_sharedplacement s
                 WHERE s.organization_id = %(org)s AND s.key_result_id = k.id
                   AND s.archived_at IS NULL),
           EXISTS (SELECT FROM okrs_override v
                   WHERE v.organization_id = %(org)s AND v.key_result_id = k.id
                     AND v.released_at IS NULL),
           {", ".join(f"k.{name}" for name in Figures._fields)}
    FROM okrs_keyresult k
    JOIN okrs_objective o ON o.organization_id = %(org)s AND o.id = k.objective_id
    JOIN okrs_cycle c ON c.organization_id = %(org)s AND c.id = o.cycle_id
    JOIN accounts_organization g ON g.id = %(org)s
    WHERE k.organization_id = %(org)s AND k.{{key}} = ANY(%(ids)s::uuid[])
"""  # noqa: S608 (made of constants)
BY_ID, BY_METRIC = KEY_RESULTS.format(key="id"), KEY_RESULTS.format(key="metric_id")
OF_ITS_OWN = len(ScorableKeyResult._fields) - 1
CURVE_POINTS = ScorableKeyResult._fields.index("curve_points")


def scorable_key_results(ids: Collection[UUID]) -> list[ScorableKeyResult]:
    """Key results of any cycle, in one statement."""
    return [key_result_from(row) for row in selected(BY_ID, ids)]


def readers_of_metric(metric_id: UUID) -> dict[UUID, ScorableKeyResult]:
    """All key results that read a metric, by id: a value for one is a value for all."""
    return {row[0]: key_result_from(row) for row in selected(BY_METRIC, [metric_id])}


def key_result_from(row: tuple[Any, ...]) -> ScorableKeyResult:
    values = [*row[:OF_ITS_OWN], Figures(*row[OF_ITS_OWN:])]
    values[CURVE_POINTS] = orjson.loads(values[CURVE_POINTS])
    return ScorableKeyResult._make(values)


class ScorableObjective(NamedTuple):
    """An objective as its children are rolled up, with what is stored of that."""

    pk: UUID
    roll_up: str
    assessed_score: Decimal | None
    score: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    reporting: int
    counted: int
    confidence: Decimal | None


OBJECTIVES = """
    SELECT o.id, o.roll_up, o.assessed_score, o.score, o.lowest, o.highest, o.reporting, o.counted,
           o.confidence
    FROM okrs_objective o
    JOIN okrs_cycle c ON c.organization_id = %(org)s AND c.id = o.cycle_id
    WHERE o.organization_id = %(org)s AND o.id = ANY(%(ids)s::uuid[]) AND c.state <> 'closed'
"""


def scorable_objectives(ids: Collection[UUID]) -> list[ScorableObjective]:
    """Objectives of cycles that are not closed, in one statement."""
    return [ScorableObjective(*row) for row in selected(OBJECTIVES, ids)]


def selected(statement: str, ids: Collection[UUID]) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, {"org": current_organization_id(), "ids": list(ids)})
        return list(cursor.fetchall())
