"""Cycles as they nest, and what a closing one still needs."""

from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.access import Access
from okrs.choices import LIVE_STATES, ObjectiveState
from okrs.models import Cycle, KeyResult, Tier
from okrs.queries.key_results import visible_key_results

RUNNING = [ObjectiveState.COMMITTED, ObjectiveState.ACCEPTED]


@dataclass(frozen=True)
class NestedCycle:
    """A cycle, and how many others it lies in."""

    cycle: Cycle
    depth: int


def nested_cycles() -> list[NestedCycle]:
    """Every cycle in reading order, each followed by those inside it; one query.

    Each row knows how many live objectives it holds (`cycle.live`).
    """
    live = Q(objectives__state__in=LIVE_STATES, objectives__archived_at=None)
    rows = list(Cycle.objects.filter(archived_at=None).annotate(live=Count("objectives", live)))
    ids = {row.pk for row in rows}
    children: dict[UUID | None, list[Cycle]] = {}
    for row in sorted(rows, key=lambda cycle: (cycle.starts_on, cycle.ends_on)):
        parent = row.parent_id if row.parent_id in ids else None
        children.setdefault(parent, []).append(row)
    top = children.get(None, [])[::-1]
    return [line for cycle in top for line in lines_of(cycle, children, 0)]


def lines_of(
    cycle: Cycle, children: dict[UUID | None, list[Cycle]], depth: int
) -> list[NestedCycle]:
    inside = [lines_of(child, children, depth + 1) for child in children.get(cycle.pk, ())]
    return [NestedCycle(cycle, depth), *chain.from_iterable(inside)]


def tiers() -> QuerySet[Tier]:
    return Tier.objects.filter(archived_at=None).order_by("rank")


def results_to_judge(access: Access, cycle: Cycle) -> QuerySet[KeyResult]:
    """Key results of the cycle's running objectives, by objective."""
    return (
        visible_key_results(access)
        .filter(
            objective__cycle=cycle,
            objective__archived_at=None,
            objective__state__in=[*RUNNING, ObjectiveState.CLOSED],
            archived_at=None,
        )
        .order_by("objective__tier__rank", "objective__title", "objective_id", "id")
    )


def rows_to_judge(access: Access, cycle: Cycle, *, missing: bool) -> QuerySet[KeyResult]:
    """All of them, or only those without any score yet."""
    rows = results_to_judge(access, cycle)
    return rows.filter(score=None, final_score=None) if missing else rows
