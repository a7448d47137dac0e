"""What lies above a changed score: contributions, aligned objectives, roll-ups of units."""

from collections.abc import Collection
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from okrs.actions.contributed_values import record_contributed_values
from okrs.actions.recompute import lock_scores, recompute_key_results, recompute_objectives
from okrs.actions.unit_scores import store_unit_scores
from okrs.alignment import levels_bottom_up
from okrs.choices import AlignmentKind, KeyResultSource, LinkState, RollUpMode
from okrs.models import Contribution, ObjectiveAlignment

CAUSE = "roll-up"
Levels = list[tuple[UUID, ...]]


@transaction.atomic
def recompute_ancestors(key_results: Collection[UUID], objectives: Collection[UUID]) -> None:
    """Bring everything above up to date, level by level from below. Idempotent.

    `objectives` themselves are: whoever owes what is above them has seen to it.
    """
    lock_scores()
    now = timezone.now()
    changed: set[UUID] = set()
    for level in contributing_levels(key_results):
        moved = record_contributed_values(level, now=now)
        changed |= recompute_key_results(moved, cause=CAUSE, now=now)
    levels = aligned_levels({*objectives, *changed})
    # The lowest level takes nothing from the others: of it only what changed here is left to do.
    for place, level in enumerate(levels):
        due = level if place else changed.intersection(level)
        recompute_objectives(due, cause=CAUSE, now=now)
    store_unit_scores(chain(*levels), now=now)


def contributing_levels(key_results: Collection[UUID]) -> Levels:
    """The key results and those above them that take their value from contributions."""
    return levels_above(
        key_results,
        Contribution.objects.filter(
            state=LinkState.AGREED,
            archived_at=None,
            parent__source=KeyResultSource.CONTRIBUTIONS,
        ),
    )


def aligned_levels(objectives: Collection[UUID]) -> Levels:
    """The objectives and those above them that take aligned ones into their score."""
    return levels_above(
        objectives,
        ObjectiveAlignment.objects.filter(
            state=LinkState.AGREED,
            kind=AlignmentKind.CONTRIBUTES,
            archived_at=None,
            parent__roll_up=RollUpMode.OWN_AND_ALIGNED,
        ),
    )


def levels_above(starts: Collection[UUID], links: QuerySet[Any]) -> Levels:
    """Levels as `levels_bottom_up` gives them; one statement for each link of the longest way."""
    edges: set[tuple[UUID, UUID]] = set()
    waiting, met = set(starts), set(starts)
    while waiting:
        found = links.filter(child_id__in=waiting).values_list("child_id", "parent_id")
        edges.update(found)
        waiting = {parent for _, parent in found} - met
        met |= waiting
    return levels_bottom_up(edges, starts)
