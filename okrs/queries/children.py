"""What an objective's score is made of."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from okrs.choices import LIVE_STATES, AlignmentKind, LinkState, RollUpMode
from okrs.models import KeyResult, Objective, ObjectiveAlignment, SharedPlacement
from okrs.scoring import Child, ChildKind


@dataclass(frozen=True)
class ScoredChild:
    """A child as the roll-up takes it, with the confidence of its owner."""

    scored: Child
    confidence: Decimal | None


def children_of(objectives: Collection[Objective]) -> dict[UUID, list[ScoredChild]]:
    """Own and shared key results, and contributing objectives; three queries."""
    found: dict[UUID, list[ScoredChild]] = {o.pk: [] for o in objectives}
    rows = [*own_key_results(found), *shared_key_results(found)]
    deep = [o.pk for o in objectives if o.roll_up == RollUpMode.OWN_AND_ALIGNED]
    rows += aligned_objectives(deep)
    for objective_id, child in rows:
        found[objective_id].append(child)
    return found


def own_key_results(objectives: Collection[UUID]) -> list[tuple[UUID, ScoredChild]]:
    rows = KeyResult.objects.filter(objective_id__in=objectives, archived_at=None).order_by("id")
    return [
        (objective, key_result_child(pk, weight, score, final, confidence))
        for objective, pk, weight, score, final, confidence in rows.values_list(
            "objective_id", "id", "weight", "score", "final_score", "confidence"
        )
    ]


def shared_key_results(objectives: Collection[UUID]) -> list[tuple[UUID, ScoredChild]]:
    rows = SharedPlacement.objects.filter(
        objective_id__in=objectives, archived_at=None, key_result__archived_at=None
    ).order_by("id")
    return [
        (objective, key_result_child(pk, weight, score, final, confidence))
        for objective, pk, weight, score, final, confidence in rows.values_list(
            "objective_id",
            "key_result_id",
            "weight",
            "key_result__score",
            "key_result__final_score",
            "key_result__confidence",
        )
    ]


def key_result_child(
    pk: UUID,
    weight: Decimal,
    score: Decimal | None,
    final: Decimal | None,
    confidence: Decimal | None,
) -> ScoredChild:
    """A person's final score, given at close, stands in for the computed one."""
    return ScoredChild(
        Child(id=pk, score=score if final is None else final, weight=weight), confidence
    )


def aligned_objectives(objectives: Collection[UUID]) -> list[tuple[UUID, ScoredChild]]:
    if not objectives:
        return []
    rows = ObjectiveAlignment.objects.filter(
        parent_id__in=objectives,
        kind=AlignmentKind.CONTRIBUTES,
        state=LinkState.AGREED,
        archived_at=None,
        child__archived_at=None,
        child__state__in=LIVE_STATES,
    ).order_by("id")
    return [
        (
            parent,
            ScoredChild(
                Child(id=pk, score=score, weight=weight, kind=ChildKind.OBJECTIVE), confidence
            ),
        )
        for parent, pk, weight, score, confidence in rows.values_list(
            "parent_id", "child_id", "weight", "child__score", "child__confidence"
        )
    ]
