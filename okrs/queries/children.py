"""What an objective's score is made of."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from django.db import connection

from accounts.tenancy import current_organization_id
from okrs.choices import LIVE_STATES, RollUpMode
from okrs.scoring import Child, ChildKind

# Own key results, those that are shared with it, and objectives that contribute to it; each sort
# in the order in which it came. A person's final score, given at close, stands in for the
# computed one.
CHILDREN = """
    SELECT k.objective_id, 'key-result', k.id, coalesce(k.final_score, k.score), k.weight,
           k.confidence, 1 AS sort, k.id AS came
    FROM okrs_keyresult k
    WHERE k.organization_id = %(org)s AND k.objective_id = ANY(%(ids)s::uuid[])
      AND k.archived_at IS NULL
    UNION ALL
    SELECT s.objective_id, 'key-result', k.id, coalesce(k.final_score, k.score), s.weight,
           k.confidence, 2, s.id
    FROM okrs_sharedplacement s
    JOIN okrs_keyresult k ON k.organization_id = %(org)s AND k.id = s.key_result_id
    WHERE s.organization_id = %(org)s AND s.objective_id = ANY(%(ids)s::uuid[])
      AND s.archived_at IS NULL AND k.archived_at IS NULL
    UNION ALL
    SELECT a.parent_id, 'objective', o.id, o.score, a.weight, o.confidence, 3, a.id
    FROM okrs_objectivealignment a
    JOIN okrs_objective o ON o.organization_id = %(org)s AND o.id = a.child_id
    WHERE a.organization_id = %(org)s AND a.parent_id = ANY(%(deep)s::uuid[])
      AND a.kind = 'contributes' AND a.state = 'agreed' AND a.archived_at IS NULL
      AND o.archived_at IS NULL AND o.state = ANY(%(live)s)
    ORDER BY sort, came
"""


class Parent(Protocol):
    """An objective, or as much of one as tells which children count."""

    @property
    def pk(self) -> UUID: ...
    @property
    def roll_up(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ScoredChild:
    """A child as the roll-up takes it, with the confidence of its owner."""

    scored: Child
    confidence: Decimal | None


def children_of(objectives: Collection[Parent]) -> dict[UUID, list[ScoredChild]]:
    """Own and shared key results, and contributing objectives; one statement."""
    found: dict[UUID, list[ScoredChild]] = {o.pk: [] for o in objectives}
    if not found:
        return found
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "ids": list(found),
        "deep": [o.pk for o in objectives if o.roll_up == RollUpMode.OWN_AND_ALIGNED],
        "live": [str(state) for state in LIVE_STATES],
    }
    with connection.cursor() as cursor:
        cursor.execute(CHILDREN, parameters)
        for parent, kind, pk, score, weight, confidence, _, _ in cursor.fetchall():
            child = Child(id=pk, score=score, weight=weight, kind=ChildKind(kind))
            found[parent].append(ScoredChild(child, confidence))
    return found
