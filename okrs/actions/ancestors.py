"""What lies above a changed score: contributions, aligned objectives, roll-ups of units."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from okrs.actions.contributed_values import record_contributed_values
from okrs.actions.recompute import lock_scores, recompute_key_results, recompute_objectives
from okrs.actions.unit_scores import recompute_unit_scores
from okrs.alignment import ancestors_bottom_up
from okrs.choices import AlignmentKind, LinkState
from okrs.models import Contribution, Objective, ObjectiveAlignment

CAUSE = "roll-up"
Edge = tuple[UUID, UUID]


@transaction.atomic
def recompute_ancestors(key_results: Collection[UUID], objectives: Collection[UUID]) -> None:
    """Bring everything above up to date, each node after all that lies below it. Idempotent."""
    lock_scores()
    now = timezone.now()
    touched = set(objectives)
    for parent in [*key_results, *ancestors_bottom_up(contribution_edges(), key_results)]:
        if record_contributed_values([parent], now=now):
            touched |= recompute_key_results([parent], cause=CAUSE, now=now)
    recompute_objectives(touched, cause=CAUSE, now=now)
    above = ancestors_bottom_up(alignment_edges(), touched)
    for objective in above:
        recompute_objectives([objective], cause=CAUSE, now=now)
    recompute_unit_scores(units_of(touched | set(above)), now=now)


def contribution_edges() -> list[Edge]:
    """(child, parent) of every agreed contribution between key results."""
    rows = Contribution.objects.filter(state=LinkState.AGREED, archived_at=None)
    return list(rows.values_list("child_id", "parent_id"))


def alignment_edges() -> list[Edge]:
    """(child, parent) of every agreed link that counts between objectives."""
    rows = ObjectiveAlignment.objects.filter(
        state=LinkState.AGREED, kind=AlignmentKind.CONTRIBUTES, archived_at=None
    )
    return list(rows.values_list("child_id", "parent_id"))


def units_of(objectives: Collection[UUID]) -> Q:
    """A condition on objectives: all that share cycle, tier and owner with the given ones."""
    rows = Objective.objects.filter(pk__in=objectives).values_list(
        "cycle_id", "tier_id", "portfolio_id", "product_id", "team_id"
    )
    condition = Q(pk__in=[])
    for cycle, tier, portfolio, product, team in set(rows):
        condition |= Q(cycle=cycle, tier=tier, portfolio=portfolio, product=product, team=team)
    return condition
