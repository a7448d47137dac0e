"""Which goals an overview shows of a past moment."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Member
from okrs.choices import LIVE_STATES
from okrs.models import Cycle, Objective
from okrs.queries.objectives import PaceCounts, visible_objectives
from okrs.queries.replay import PastGoals, goals_at
from okrs.queries.scope import Scope, chosen


def goals_then(scope: Scope) -> PastGoals:
    """Every goal of the cycle at the moment that is shown."""
    return goals_at(cycle_of(scope), scope.moment)


def cycle_of(scope: Scope) -> Cycle:
    return Cycle.objects.select_related("organization").get(pk=scope.cycle.id)


def shown_then(
    scope: Scope, goals: PastGoals, states: Collection[str] = LIVE_STATES
) -> QuerySet[Objective]:
    """The objectives that were in one of the states, as the filters choose them by what was then.

    One more statement with a filter by owner.
    """
    filters, said, paces = scope.filters, goals.said, goals.paces()
    kept = {pk for pk, row in said.items() if row.state in states}
    if filters.theme:
        kept = {pk for pk in kept if said[pk].theme_id == filters.theme}
    if filters.owner:
        named = Member.objects.filter(name__icontains=filters.owner)
        owners = set(named.values_list("id", flat=True))
        kept = {pk for pk in kept if said[pk].owner_id in owners}
    if filters.mine:
        kept = {pk for pk in kept if said[pk].owner_id == scope.access.member.pk}
    if filters.status:
        kept = {pk for pk in kept if paces.get(pk, PaceCounts()).worst == filters.status}
    place = replace(filters, theme=None, owner="", mine=False, status="")
    rows = visible_objectives(scope.access).filter(pk__in=kept)
    return rows.filter(chosen(replace(scope, filters=place)))


def names_of(members: Collection[UUID]) -> dict[UUID, str]:
    return dict(Member.objects.filter(pk__in=members).values_list("id", "name"))
