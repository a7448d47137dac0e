"""What lies above a changed score: contributions, aligned objectives, roll-ups of units."""

from collections.abc import Collection
from itertools import chain
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.tenancy import current_organization_id
from okrs.actions.contributed_values import record_contributed_values
from okrs.actions.recompute import lock_scores, recompute_key_results, recompute_objectives
from okrs.actions.unit_scores import store_unit_scores
from okrs.alignment import levels_bottom_up

CAUSE = "roll-up"
Levels = list[tuple[UUID, ...]]
# Every agreed link on the way up whose upper end takes its number from below, however long the
# way; the starts that do so themselves are told by rows without a lower end.
ABOVE = """
WITH RECURSIVE above (child_id, parent_id) AS (
    SELECT NULL::uuid, start.id FROM unnest(%(starts)s::uuid[]) AS start(id)
    UNION
    SELECT l.child_id, l.parent_id FROM above a
    JOIN {links} l ON l.organization_id = %(org)s AND l.child_id = a.parent_id
    JOIN {goals} g ON g.organization_id = %(org)s AND g.id = l.parent_id
    WHERE l.state = 'agreed' AND l.archived_at IS NULL AND {counts} AND {takes}
)
SELECT a.child_id, a.parent_id FROM above a
JOIN {goals} g ON g.organization_id = %(org)s AND g.id = a.parent_id WHERE {takes}
"""
CONTRIBUTING = ABOVE.format(
    links="okrs_contribution", goals="okrs_keyresult", counts="true",
    takes="g.source = 'contributions'",
)  # fmt: skip
ALIGNED = ABOVE.format(
    links="okrs_objectivealignment", goals="okrs_objective", counts="l.kind = 'contributes'",
    takes="g.roll_up = 'own-and-aligned'",
)  # fmt: skip


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
    """Of key results and those above them, the ones that take their value from contributions."""
    edges, fed = links_above(CONTRIBUTING, key_results)
    levels = levels_bottom_up(edges, fed | {child for child, _ in edges})
    return [tuple(fed.intersection(level)) for level in levels]


def aligned_levels(objectives: Collection[UUID]) -> Levels:
    """The objectives and those above them that take aligned ones into their score."""
    edges, _ = links_above(ALIGNED, objectives)
    if not edges:
        return [tuple(objectives)]
    return levels_bottom_up(edges, objectives)


def links_above(
    statement: str, starts: Collection[UUID]
) -> tuple[set[tuple[UUID, UUID]], set[UUID]]:
    """The links that lead up from `starts`, and which goals on the way take from below."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {"org": current_organization_id(), "starts": list(starts)})
        rows = cursor.fetchall()
    return {(child, parent) for child, parent in rows if child}, {parent for _, parent in rows}
