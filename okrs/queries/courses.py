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
# Of each record its newest scores, and the one that stood at the earlier moment.
COURSES_OF = """
    SELECT wanted.id, ARRAY(
        SELECT score FROM okrs_scorepoint WHERE organization_id = %(org)s
        AND {key} = wanted.id AND at <= %(until)s ORDER BY at DESC LIMIT %(limit)s
    ), (
        SELECT score FROM okrs_scorepoint WHERE organization_id = %(org)s
        AND {key} = wanted.id AND at <= %(since)s ORDER BY at DESC LIMIT 1
    ) FROM unnest(%({key})s::uuid[]) AS wanted(id)
"""


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
    """The newest `limit` scores up to `until`, by the id of a roll-up, objective or key result.

    What was never scored is left out.
    """
    asked = {"unit_score_id": units, "objective_id": objectives, "key_result_id": key_results}
    given = {key: list(ids) for key, ids in asked.items() if ids}
    if not given:
        return {}
    statement = " UNION ALL ".join(COURSES_OF.replace("{key}", key) for key in given)
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "since": since,
        "until": until,
        "limit": limit,
        **given,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {
            pk: Course(tuple(s for s in reversed(newest) if s is not None), newest[0], before)
            for pk, newest, before in cursor.fetchall()
            if newest
        }
