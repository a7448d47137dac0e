"""What a new objective may start from: earlier objectives, deferred ones, templates."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from okrs.choices import CycleState, ObjectiveState
from okrs.models import (
    Cycle,
    KeyResult,
    KeyResultPattern,
    Objective,
    ObjectiveMove,
    ObjectiveTemplate,
)
from okrs.queries.objectives import is_id, visible_objectives
from portfolio.choices import TeamTie
from portfolio.models import ProductPlacement, TeamProduct, holding

S = ObjectiveState
PAGE = 50
# What was given up or never begun is no start for a next cycle.
CONTINUED_STATES = (S.ACCEPTED, S.COMMITTED, S.CLOSED)


# --- Earlier objectives -----------------------------------------------------------------------
def earlier_objectives(access: Access, words: str = "") -> QuerySet[Objective, Any]:
    """Objectives of cycles that are over or closing, which the member may go on with.

    The newest cycle first; each row knows its key results (`number`) and its continuation.
    """
    over = Q(cycle__state__in=[CycleState.CLOSING, CycleState.CLOSED]) | Q(
        cycle__ends_on__lt=timezone.localdate()
    )
    rows = visible_objectives(access).filter(over, archived_at=None, state__in=CONTINUED_STATES)
    if Permission.OKR_WRITE not in access.everywhere:
        rows = rows.filter(writable(access))
    for word in words.split():
        rows = rows.filter(title__icontains=word)
    following = continuations(access)
    return (
        rows.annotate(
            number=Count("key_results", filter=Q(key_results__archived_at=None)),
            followed_by=Subquery(following.values("id")[:1]),
            followed_in=Subquery(following.values("cycle__name")[:1]),
        )
        .order_by("-cycle__ends_on", "tier__rank", "title", "id")
        .values(
            "id", "title", "score", "number", "followed_by", "followed_in", "cycle__name",
            "portfolio__name", "product__name", "team__name",
        )
    )  # fmt: skip


def writable(access: Access) -> Q:
    """A condition on objectives whose owners the member writes goals for."""
    units = [u for u in access.units.roles if access.allows_on(Permission.OKR_WRITE, [u])]
    return Q(portfolio_id__in=units) | Q(product_id__in=units) | Q(team_id__in=units)


def continuations(access: Access) -> QuerySet[Objective]:
    """Of an outer objective: what goes on from it, the newest first."""
    return (
        visible_objectives(access)
        .filter(continued_from=OuterRef("pk"), archived_at=None)
        .exclude(state=S.WITHDRAWN)
        .order_by("-id")
    )


def results_to_continue(objective: Objective) -> list[KeyResult]:
    """Its live key results with what a continuation takes over; two statements."""
    rows = KeyResult.objects.filter(objective=objective, archived_at=None)
    return list(
        rows.select_related("metric__unit", "owner").prefetch_related("milestones").order_by("id")
    )


def next_cycle(after: date | None = None) -> UUID | None:
    """The first cycle that is not closed and begins on or after `after`; else any open one.

    Of cycles that begin together the shortest, so a quarter before its year.
    """
    rows = Cycle.objects.filter(archived_at=None).exclude(state=CycleState.CLOSED)
    ordered = rows.order_by("starts_on", "ends_on")
    begins = after or timezone.localdate()
    found = ordered.filter(starts_on__gte=begins).first() or ordered.last()
    return found.pk if found else None


# --- What was deferred ------------------------------------------------------------------------
def deferred_objectives(access: Access) -> QuerySet[Any]:
    """Objectives that were put off, with who did so when and why, and what took them up.

    `steered_by` is the portfolio that owns them or at which their product is at home.
    """
    move = ObjectiveMove.objects.filter(objective=OuterRef("pk"), to_state=S.DEFERRED)
    last = move.order_by("-id")
    following = continuations(access)
    return (
        visible_objectives(access)
        .filter(state=S.DEFERRED, archived_at=None)
        .annotate(
            reason=Subquery(last.values("reason")[:1]),
            deferred_at=Subquery(last.values("at")[:1]),
            deferred_by=Subquery(last.values("actor_id")[:1]),
            deferred_by_name=Subquery(last.values("actor__name")[:1]),
            steered_by=Coalesce(
                "portfolio_id", home_of_product(), home_of_team(), output_field=UUIDField()
            ),
            followed_by=Subquery(following.values("id")[:1]),
            followed_in=Subquery(following.values("cycle__name")[:1]),
        )
    )


def home_of_product() -> Subquery:
    today = timezone.localdate()
    homes = ProductPlacement.objects.filter(
        holding(today), product=OuterRef("product"), is_home=True
    )
    return Subquery(homes.values("portfolio_id")[:1])


def home_of_team() -> Subquery:
    """Of the product that the team belongs to; the first one, if it belongs to several."""
    today = timezone.localdate()
    owners = TeamProduct.objects.filter(
        holding(today), team=OuterRef(OuterRef("team")), tie=TeamTie.OWNED
    )
    homes = ProductPlacement.objects.filter(
        holding(today), product__in=owners.values("product_id"), is_home=True
    )
    return Subquery(homes.order_by("id").values("portfolio_id")[:1])


@dataclass(frozen=True, kw_only=True)
class DeferredFilters:
    """Empty values leave everything in; `all_of_them` includes what was taken up again."""

    portfolio: UUID | None = None
    cycle: UUID | None = None
    all_of_them: bool = False


@dataclass(frozen=True, slots=True)
class DeferredPage:
    rows: list[dict[str, Any]]
    # The id of the last row when more follow.
    after: str


def deferred_page(
    access: Access, filters: DeferredFilters, *, after: str = "", limit: int | None = PAGE
) -> DeferredPage:
    """The list by id, the newest first, in one statement; `limit=None` gives all of it."""
    rows = deferred_objectives(access)
    if filters.portfolio:
        rows = rows.filter(steered_by=filters.portfolio)
    if filters.cycle:
        rows = rows.filter(cycle_id=filters.cycle)
    if not filters.all_of_them:
        rows = rows.filter(followed_by=None)
    if is_id(after):
        rows = rows.filter(pk__lt=after)
    found = list(
        rows.order_by("-id").values(
            "id", "title", "reason", "deferred_at", "deferred_by_name", "followed_by",
            "followed_in", "cycle__name", "tier__name", "portfolio__name", "product__name",
            "team__name", "owner__name", "owner_id", "portfolio_id", "product_id", "team_id",
        )[: limit and limit + 1]
    )  # fmt: skip
    page = found if limit is None else found[:limit]
    has_more = len(found) > len(page)
    return DeferredPage(page, str(page[-1]["id"]) if has_more else "")


# --- Templates --------------------------------------------------------------------------------
def templates(*, archived: bool = False) -> QuerySet[ObjectiveTemplate]:
    """Templates by name, each with the number of its key results (`number`)."""
    live = Q(patterns__archived_at=None)
    return ObjectiveTemplate.objects.filter(archived_at__isnull=not archived).annotate(
        number=Count("patterns", filter=live)
    )


def patterns_of(template: ObjectiveTemplate) -> QuerySet[KeyResultPattern]:
    rows = KeyResultPattern.objects.filter(template=template, archived_at=None)
    return rows.select_related("unit")
