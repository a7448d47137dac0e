"""Reviews and follow-ups: the lists, and what may be seen of them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.access import Access
from okrs.queries.objectives import is_id
from portfolio.choices import TeamTie
from portfolio.models import Product, TeamProduct, holding
from reviews.models import FollowUp, Review

OPEN, LATE, DONE = "open", "late", "done"
OWN_SHOWN = 20


def visible_reviews(access: Access) -> QuerySet[Review]:
    """Reviews of units that the member may see, archived ones included."""
    rows = Review.objects.select_related(
        "organization", "portfolio", "product", "team", "cycle", "facilitator", "closed_by"
    )
    hidden = access.units.hidden
    if hidden:
        rows = rows.exclude(
            Q(portfolio__in=hidden, portfolio__isnull=False)
            | Q(product__in=hidden, product__isnull=False)
            | Q(team__in=hidden, team__isnull=False)
        )
    return rows


def get_review(access: Access, pk: UUID) -> Review:
    """A visible review with its unit and people. Raises `Http404`."""
    return get_object_or_404(visible_reviews(access), pk=pk)


@dataclass(frozen=True, kw_only=True)
class ReviewFilters:
    """What a list is narrowed to; empty values leave everything in."""

    unit: UUID | None = None
    agenda: str = ""
    state: str = ""
    archived: bool = False


def chosen_reviews(access: Access, filters: ReviewFilters) -> QuerySet[Review]:
    """Reviews that the filters name, with how many follow-ups are open; one query."""
    rows = visible_reviews(access).filter(archived_at__isnull=not filters.archived)
    if filters.unit:
        rows = rows.filter(of_unit(filters.unit))
    if filters.agenda:
        rows = rows.filter(agenda=filters.agenda)
    if filters.state:
        rows = rows.filter(state=filters.state)
    still_open = Q(follow_ups__archived_at=None, follow_ups__done_at=None)
    return rows.annotate(left=Count("follow_ups", filter=still_open)).order_by("-held_on", "-id")


def of_unit(unit: UUID) -> Q:
    return Q(portfolio=unit) | Q(product=unit) | Q(team=unit)


def newest_review(access: Access, unit: str) -> Review | None:
    """The latest review of a unit, whose id may be any text of an address."""
    if not is_id(unit):
        return None
    rows = visible_reviews(access).filter(of_unit(UUID(unit)), archived_at=None)
    return rows.order_by("-held_on", "-id").first()


def reviews_of_unit(access: Access, unit: UUID, count: int) -> list[Review]:
    """The newest reviews of a unit."""
    rows = visible_reviews(access).filter(of_unit(unit), archived_at=None)
    return list(rows.order_by("-held_on", "-id")[:count])


def touched_products(review: Review, day: date) -> list[Product]:
    """What the decisions of a team's review are about: the products that own the team."""
    owning = TeamProduct.objects.filter(holding(day), team=review.team_id, tie=TeamTie.OWNED)
    return list(Product.objects.filter(pk__in=owning.values("product"), archived_at=None))


# --- Follow-ups -------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class FollowUpFilters:
    """`state` is "open", "late" or "done"; empty is everything."""

    state: str = OPEN
    mine: bool = False
    review: UUID | None = None


def visible_follow_ups(access: Access) -> QuerySet[FollowUp]:
    """Follow-ups of reviews that the member may see."""
    rows = FollowUp.objects.select_related(
        "owner", "review__organization", "review__portfolio", "review__product", "review__team"
    )
    if access.units.hidden:
        rows = rows.filter(review__in=visible_reviews(access).values("pk"))
    return rows


def get_follow_up(access: Access, pk: UUID) -> FollowUp:
    """A visible follow-up with its review. Raises `Http404`."""
    return get_object_or_404(visible_follow_ups(access), pk=pk)


def chosen_follow_ups(access: Access, filters: FollowUpFilters, today: date) -> QuerySet[FollowUp]:
    """Follow-ups that the filters name, the longest due first; one query."""
    rows = visible_follow_ups(access).filter(archived_at=None, review__archived_at=None)
    if filters.mine:
        rows = rows.filter(owner=access.member)
    if filters.review:
        rows = rows.filter(review=filters.review)
    if filters.state == DONE:
        return rows.exclude(done_at=None).order_by("-done_at", "-id")
    if filters.state:
        rows = rows.filter(done_at=None)
    if filters.state == LATE:
        rows = rows.filter(due_on__lt=today)
    return rows.order_by("due_on", "id")


def own_follow_ups(access: Access) -> list[FollowUp]:
    """What the member took on and has not done, the longest due first; one query."""
    mine = chosen_follow_ups(access, FollowUpFilters(mine=True), timezone.localdate())
    return list(mine[:OWN_SHOWN])
