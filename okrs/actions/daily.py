"""What time alone changes, and the nightly proof that stored scores follow from the logs."""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from okrs.actions.commitments import settle_commitments
from okrs.actions.recompute import lock_scores, recompute_key_results, recompute_objectives
from okrs.actions.unit_scores import recompute_unit_scores
from okrs.choices import CycleState
from okrs.models import KeyResult, Objective, ScorePoint

logger = logging.getLogger(__name__)
OPEN = [CycleState.OPEN, CycleState.CLOSING]
BATCH = 500


def refresh_pace() -> None:
    """Judge what the new day changes: the pace of key results, and promises that did not come."""
    recompute_everything(cause="day")
    settle_commitments()


def recompute_everything(*, cause: str) -> None:
    """All open key results in batches, then objectives from the lowest tier up, then units."""
    for batch in batches(live_key_results()):
        with transaction.atomic():
            lock_scores()
            recompute_key_results(batch, cause=cause, now=timezone.now())
    for tier in objectives_by_tier():
        with transaction.atomic():
            lock_scores()
            recompute_objectives(tier, cause=cause, now=timezone.now())
    with transaction.atomic():
        lock_scores()
        recompute_unit_scores(Q(cycle__state__in=OPEN), now=timezone.now())


@transaction.atomic
def live_key_results() -> list[UUID]:
    rows = KeyResult.objects.filter(archived_at=None, objective__cycle__state__in=OPEN)
    return list(rows.order_by("id").values_list("id", flat=True))


@transaction.atomic
def objectives_by_tier() -> list[list[UUID]]:
    """Ids of open objectives, the lowest tier first, because scores run upwards."""
    rows = Objective.objects.filter(archived_at=None, cycle__state__in=OPEN)
    tiers: dict[int, list[UUID]] = {}
    for rank, pk in rows.values_list("tier__rank", "id"):
        tiers.setdefault(rank, []).append(pk)
    return [tiers[rank] for rank in sorted(tiers, reverse=True)]


def batches(ids: list[UUID]) -> list[list[UUID]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


def verify_scores() -> int:
    """Recompute everything from the logs; the number of scores that had drifted, which is 0.

    A drift is put right, kept in the history with the cause "audit", and logged as an error.
    """
    before = timezone.now()
    recompute_everything(cause="audit")
    with transaction.atomic():
        drifted = ScorePoint.objects.filter(cause="audit", at__gte=before).count()
    if drifted:
        logger.error("%s stored scores differed from their logs and were put right", drifted)
    return drifted
