"""How stored scores went: the points of a few rows, read in one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.tenancy import current_organization_id
from lib.rows import Row

POINTS_SHOWN = 20
POINTS_OF = """
    SELECT wanted.id, p.at, p.score FROM unnest(%(ids)s::uuid[]) AS wanted(id)
    CROSS JOIN LATERAL (
        (SELECT at, score FROM okrs_scorepoint WHERE organization_id = %(org)s
         AND {key} = wanted.id AND at <= %(until)s ORDER BY at DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT at, score FROM okrs_scorepoint WHERE organization_id = %(org)s
         AND {key} = wanted.id AND at <= %(since)s ORDER BY at DESC LIMIT 1)
    ) p
"""
POINTS = " UNION ALL ".join(
    "(" + POINTS_OF.replace("{key}", key).replace("%(ids)s", ids) + ")"
    for key, ids in (
        ("unit_score_id", "%(units)s"),
        ("objective_id", "%(objectives)s"),
        ("key_result_id", "%(key_results)s"),
    )
)


@dataclass(frozen=True)
class Course(Row):
    """Scores of one record, oldest first, and the one that stood at an earlier moment."""

    scores: tuple[Decimal, ...] = ()
    last: Decimal | None = None
    before: Decimal | None = None

    @property
    def change(self) -> Decimal | None:
        """How far the score moved since the earlier moment; None unless both are known."""
        if self.last is None or self.before is None:
            return None
        return self.last - self.before


def courses(
    *,
    units: Collection[UUID] = (),
    objectives: Collection[UUID] = (),
    key_results: Collection[UUID] = (),
    since: datetime,
    until: datetime,
    limit: int = POINTS_SHOWN,
) -> dict[UUID, Course]:
    """The newest `limit` points up to `until`, by the id of a roll-up, objective or key result."""
    if not (units or objectives or key_results):
        return {}
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "units": list(units),
        "objectives": list(objectives),
        "key_results": list(key_results),
        "since": since,
        "until": until,
        "limit": limit,
    }
    points: dict[UUID, dict[datetime, Decimal | None]] = {}
    with connection.cursor() as cursor:
        cursor.execute(POINTS, parameters)
        for pk, at, score in cursor.fetchall():
            points.setdefault(pk, {})[at] = score
    return {pk: course_of(found, since) for pk, found in points.items()}


def course_of(points: dict[datetime, Decimal | None], since: datetime) -> Course:
    moments = sorted(points)
    earlier = [at for at in moments if at <= since]
    return Course(
        scores=tuple(score for at in moments if (score := points[at]) is not None),
        last=points[moments[-1]],
        before=points[earlier[-1]] if earlier else None,
    )
