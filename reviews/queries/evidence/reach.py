"""What a review covers: a unit with the units below it, in a cycle, since the last review."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.access import Access, UnitAccess
from okrs.choices import LIVE_STATES
from okrs.models import Cycle
from portfolio.choices import TeamTie
from portfolio.models import Product, ProductPlacement, TeamProduct, holding
from reviews.choices import ReviewState
from reviews.models import Review


@dataclass(frozen=True, kw_only=True)
class Reach:
    """`access` hides nothing: lines name their units, and are left out when somebody reads them.

    `products` are by id; `teams` gives the own teams of each with the share of their time.
    `portfolios` are those whose themes and risks concern the unit.
    """

    access: Access
    review: Review
    now: datetime
    since: datetime
    products: Mapping[UUID, Product]
    teams: Mapping[UUID, Mapping[UUID, Decimal]]
    portfolios: Collection[UUID]

    @property
    def cycle(self) -> Cycle:
        cycle: Cycle = self.review.cycle
        return cycle

    @property
    def clock(self) -> ZoneInfo:
        return ZoneInfo(self.access.organization.time_zone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.clock).date()

    @property
    def since_day(self) -> date:
        return self.since.astimezone(self.clock).date()

    @property
    def team_ids(self) -> set[UUID]:
        found = {team for shares in self.teams.values() for team in shares}
        return found | {self.review.team_id} if self.review.team_id else found

    @property
    def units(self) -> set[UUID]:
        return {self.review.unit_id, *self.products, *self.team_ids}

    def own(self, prefix: str = "") -> Q:
        """A condition on objectives of the unit itself, reached by `prefix`."""
        return Q(**{f"{prefix}{self.review.unit_key}": self.review.unit_id})

    def covered(self, prefix: str = "") -> Q:
        """A condition on objectives of the unit and of everything below it."""
        return (
            self.own(prefix)
            | Q(**{f"{prefix}product__in": list(self.products)})
            | Q(**{f"{prefix}team__in": list(self.team_ids)})
        )

    def live(self, prefix: str = "") -> Q:
        """A condition on objectives of the cycle whose scores count."""
        return Q(
            **{
                f"{prefix}cycle": self.cycle,
                f"{prefix}archived_at": None,
                f"{prefix}state__in": LIVE_STATES,
            }
        )


def reach_of(access: Access, review: Review, now: datetime) -> Reach:
    """What the review covers as of `now`; four statements at most."""
    day = now.astimezone(ZoneInfo(access.organization.time_zone)).date()
    products = products_below(review, day)
    return Reach(
        access=replace(access, units=UnitAccess()),
        review=review,
        now=now,
        since=since_of(access, review),
        products=products,
        teams=own_teams(products, day),
        portfolios=portfolios_around(review, day),
    )


def products_below(review: Review, day: date) -> dict[UUID, Product]:
    """The product itself, or those placed in the portfolio, by name; none for a team."""
    if review.product_id:
        return {review.product_id: review.product}
    if not review.portfolio_id:
        return {}
    placed = ProductPlacement.objects.filter(holding(day), portfolio=review.portfolio)
    rows = Product.objects.filter(pk__in=placed.values("product"), archived_at=None)
    return {product.pk: product for product in rows.order_by("name", "id")}


def own_teams(products: Collection[UUID], day: date) -> dict[UUID, dict[UUID, Decimal]]:
    rows = TeamProduct.objects.filter(
        holding(day), product__in=list(products), tie=TeamTie.OWNED, team__archived_at=None
    )
    found: dict[UUID, dict[UUID, Decimal]] = {}
    for product, team, share in rows.order_by("id").values_list("product_id", "team_id", "share"):
        found.setdefault(product, {})[team] = share
    return found


def portfolios_around(review: Review, day: date) -> list[UUID]:
    """The portfolio itself, or those in which the product, or the product of the team, stands."""
    if review.portfolio_id:
        return [review.portfolio_id]
    placed = ProductPlacement.objects.filter(holding(day))
    if review.product_id:
        placed = placed.filter(product=review.product)
    else:
        owning = TeamProduct.objects.filter(holding(day), team=review.team, tie=TeamTie.OWNED)
        placed = placed.filter(product__in=owning.values("product"))
    return list(placed.order_by().values_list("portfolio_id", flat=True).distinct())


def since_of(access: Access, review: Review) -> datetime:
    """When the last review of the unit with this agenda was closed, else the cycle's beginning."""
    former = last_review(review)
    if former is not None and former.closed_at is not None:
        return former.closed_at
    begin = datetime.combine(review.cycle.starts_on, time.min)
    return begin.replace(tzinfo=ZoneInfo(access.organization.time_zone))


def last_review(review: Review) -> Review | None:
    """The review of the same unit with the same agenda that was closed last, before this one."""
    rows = Review.objects.filter(
        **{review.unit_key: review.unit_id},
        agenda=review.agenda,
        state=ReviewState.CLOSED,
        archived_at=None,
        held_on__lte=review.held_on,
    )
    return rows.exclude(pk=review.pk).order_by("-closed_at").first()
