"""Updates: the list, what a new one draws on, and whom it is sent to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.access import Access
from accounts.models import Member
from governance.choices import DecisionState
from governance.models import Decision, DecisionTouch
from okrs.models import Cycle, Objective
from okrs.queries.scope import chosen_cycle, cycle_choices
from portfolio.models import RoleAssignment, holding
from reviews.choices import ReviewAgenda
from reviews.drafting import Material
from reviews.evidence import DecisionLine, Dependencies, OnTrack, is_open, without
from reviews.models import Review, TeamUpdate
from reviews.queries.evidence.meeting import decision_lines
from reviews.queries.evidence.on_track import on_track
from reviews.queries.evidence.promises import dependencies
from reviews.queries.evidence.reach import Reach, reach_of
from reviews.queries.evidence.strategy import about_reach
from reviews.queries.reviews import of_unit

USUAL_DAYS = 7


def visible_updates(access: Access) -> QuerySet[TeamUpdate]:
    """Sent updates of units that the member may see, and the drafts that they wrote."""
    rows = TeamUpdate.objects.select_related(
        "organization", "portfolio", "product", "team", "author"
    ).filter(Q(sent_at__isnull=False) | Q(author=access.member))
    hidden = access.units.hidden
    if hidden:
        rows = rows.exclude(
            Q(portfolio__in=hidden, portfolio__isnull=False)
            | Q(product__in=hidden, product__isnull=False)
            | Q(team__in=hidden, team__isnull=False)
        )
    return rows


def get_update(access: Access, pk: UUID) -> TeamUpdate:
    """A visible update with its unit and author. Raises `Http404`."""
    return get_object_or_404(visible_updates(access), pk=pk)


def listed_updates(access: Access, unit: UUID | None = None) -> QuerySet[TeamUpdate]:
    """The newest first, of one unit or of all; one query."""
    rows = visible_updates(access).filter(archived_at=None)
    return (rows.filter(of_unit(unit)) if unit else rows).order_by("-id")


def first_day(update: TeamUpdate, today: date) -> date:
    """The day after the last update that was sent, a week ago without one."""
    sent = TeamUpdate.objects.filter(of_unit(update.unit_id), sent_at__isnull=False)
    former = sent.order_by("-last").values_list("last", flat=True).first()
    begin = former + timedelta(days=1) if former else today - timedelta(days=USUAL_DAYS)
    return min(begin, today)


def reach_of_update(access: Access, update: TeamUpdate) -> Reach | None:
    """What an update covers in the running cycle; None where no cycle was ever made."""
    cycle = chosen_cycle(cycle_choices(), None, update.last)
    if cycle is None:
        return None
    meeting = Review(
        portfolio=update.portfolio,
        product=update.product,
        team=update.team,
        cycle=Cycle.objects.get(pk=cycle.id),
        agenda=ReviewAgenda.QUARTERLY,
        held_on=update.last,
    )
    zone = ZoneInfo(access.organization.time_zone)
    begin = datetime.combine(update.first, time.min, zone)
    return replace(reach_of(access, meeting, timezone.now()), since=begin)


def material_for(access: Access, update: TeamUpdate) -> Material:
    """What the author may see of what its days brought; a fixed number of statements."""
    reach = reach_of_update(access, update)
    found = Material(unit=str(update.unit), first=update.first, last=update.last)
    if reach is None:
        return found
    hidden = access.units.hidden
    goals: OnTrack = without(on_track(reach), hidden)
    promises: Dependencies = without(dependencies(reach), hidden)
    return replace(
        found,
        moved=goals.moved,
        behind=goals.behind,
        promises=promises.troubled,
        decisions=[line for line in decided(reach) if is_open(line, hidden)],
    )


def decided(reach: Reach) -> Sequence[DecisionLine]:
    """Decisions about what the update covers, made in its days."""
    touches = DecisionTouch.objects.filter(about_reach(reach))
    return decision_lines(
        Decision.objects.filter(
            pk__in=touches.values("decision"),
            state=DecisionState.DECIDED,
            decided_on__gte=reach.since_day,
            decided_on__lte=reach.review.held_on,
        )
    )


def readers_of(access: Access, update: TeamUpdate) -> list[Member]:
    """Who has a role on the unit or answers for one of its goals, but for the author."""
    reach = reach_of_update(access, update)
    roles = RoleAssignment.objects.filter(of_unit(update.unit_id), holding(timezone.localdate()))
    wanted = Q(pk__in=roles.values("member"))
    if reach is not None:
        goals = Objective.objects.filter(reach.live(), reach.covered())
        wanted |= Q(pk__in=goals.values("owner"))
    rows = Member.objects.filter(wanted, left_at=None, person__isnull=False)
    return list(rows.exclude(pk=update.author_id).select_related("person").order_by("name"))
