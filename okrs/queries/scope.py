"""What an overview covers: a cycle, a moment, filters, and only what the member may see."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.access import Access
from accounts.statements import Statement, written
from okrs.choices import CycleState, ObjectiveState
from okrs.models import Cycle, Objective
from okrs.queries.moment import Moment
from okrs.queries.objectives import of_pace, visible_objectives
from portfolio.choices import TeamTie
from portfolio.models import ProductPlacement, TeamProduct

AnyLink = TypeVar("AnyLink", ProductPlacement, TeamProduct)

# Goals that were given up or turned down stay out of overviews.
SHOWN_STATES = (
    ObjectiveState.DRAFT,
    ObjectiveState.PROPOSED,
    ObjectiveState.CHANGES_REQUESTED,
    ObjectiveState.ACCEPTED,
    ObjectiveState.COMMITTED,
    ObjectiveState.CLOSED,
)
CHOICES = """
SELECT 'tier', rank, name, id FROM okrs_tier
WHERE organization_id = %(org)s AND archived_at IS NULL
UNION ALL
SELECT 'portfolio', 0, name, id FROM portfolio_portfolio
WHERE organization_id = %(org)s AND archived_at IS NULL AND id <> ALL(%(hidden)s::uuid[])
UNION ALL
SELECT 'theme', 0, name, id FROM portfolio_theme
WHERE organization_id = %(org)s AND archived_at IS NULL
  AND starts_on <= %(last)s AND ends_on >= %(first)s AND portfolio_id <> ALL(%(hidden)s::uuid[])
"""
STATUSES = {
    "at-risk": "At risk",
    "behind": "Behind",
    "outdated": "Outdated",
    "on-track": "On track",
}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What was asked for in the address; empty means everything."""

    theme: UUID | None = None
    tier: UUID | None = None
    portfolio: UUID | None = None
    status: str = ""
    product: str = ""
    owner: str = ""
    mine: bool = False
    # Words in the title of a goal, in any order.
    words: str = ""

    @property
    def pick_objectives(self) -> bool:
        """Whether they tell objectives of one unit apart, beyond choosing units."""
        return bool(self.theme or self.tier or self.status or self.owner or self.mine or self.words)

    @property
    def any(self) -> bool:
        return bool(self.pick_objectives or self.portfolio or self.product)


@dataclass(frozen=True)
class CycleChoice:
    """A cycle; both days inclusive."""

    id: UUID
    name: str
    starts_on: date
    ends_on: date
    state: str
    closed_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        return self.state == CycleState.CLOSED

    def elapsed(self, day: date) -> Decimal | None:
        """The share of its days (0..1) that have passed at the end of `day`; None before it."""
        if day < self.starts_on:
            return None
        days = (self.ends_on - self.starts_on).days + 1
        return Decimal(min((day - self.starts_on).days + 1, days)) / days


@dataclass(frozen=True)
class Choices:
    """What the filters offer: (id, name) by name."""

    tiers: Sequence[tuple[UUID, str]]
    portfolios: Sequence[tuple[UUID, str]]
    themes: Sequence[tuple[UUID, str]]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One overview: who asks, for what, and for which moment."""

    access: Access
    cycle: CycleChoice
    filters: Filters = field(default_factory=Filters)
    now: datetime
    # The moment that is shown; `now` unless a past one was asked for.
    at: datetime
    # What was known then; None for all that is known now.
    known_at: datetime | None = None

    @property
    def is_past(self) -> bool:
        return self.at < self.now or self.known_at is not None

    @property
    def is_plain(self) -> bool:
        """Whether it is all of a cycle as it is now, for somebody from whom nothing is hidden."""
        return not (self.filters.any or self.access.units.hidden or self.is_past)

    @property
    def moment(self) -> Moment:
        return Moment(self.at, self.known_at, is_past=self.is_past)

    @property
    def is_final(self) -> bool:
        """Whether scores are final: at a past moment, whether the close was known then."""
        if not self.is_past:
            return self.cycle.is_closed
        closed_at = self.cycle.closed_at
        if closed_at is None or self.today < self.cycle.ends_on:
            return False
        return self.known_at is None or closed_at <= self.known_at

    @property
    def local(self) -> datetime:
        """The moment that is shown, on the clock of the organisation."""
        return self.at.astimezone(ZoneInfo(self.access.organization.time_zone))

    @property
    def today(self) -> date:
        return self.local.date()


def cycle_choices() -> list[CycleChoice]:
    """Every cycle that was not archived, newest first."""
    return [CycleChoice(**row) for row in cycle_statement().rows()]


@cache
def cycle_statement() -> Statement:
    rows = Cycle.objects.filter(archived_at=None).order_by("-starts_on", "ends_on")
    return written(rows.values("id", "name", "starts_on", "ends_on", "state", "closed_at"))


def chosen_cycle(
    cycles: Sequence[CycleChoice], wanted: UUID | None, today: date, *, is_past: bool = False
) -> CycleChoice | None:
    """The wanted cycle, else the shortest that is running, else the newest one.

    On a past day any that ran then may be the one: its state is of today.
    """
    for cycle in cycles:
        if cycle.id == wanted:
            return cycle
    running = [c for c in cycles if c.starts_on <= today <= c.ends_on]
    open_now = [c for c in running if c.state in {CycleState.OPEN, CycleState.CLOSING}]
    active = running if is_past else open_now or running
    if active:
        return min(active, key=lambda cycle: cycle.ends_on - cycle.starts_on)
    return cycles[0] if cycles else None


def filter_choices(access: Access, cycle: CycleChoice) -> Choices:
    """Tiers, portfolios and the themes that touch the cycle, in one statement."""
    parameters: dict[str, Any] = {
        "org": access.organization.pk,
        "hidden": list(access.units.hidden),
        "first": cycle.starts_on,
        "last": cycle.ends_on,
    }
    found: dict[str, list[tuple[UUID, str]]] = {"tier": [], "portfolio": [], "theme": []}
    with connection.cursor() as cursor:
        cursor.execute(CHOICES, parameters)
        rows = cursor.fetchall()
    for kind, _, name, pk in sorted(rows, key=lambda row: (row[1], row[2].lower())):
        found[kind].append((pk, name))
    return Choices(found["tier"], found["portfolio"], found["theme"])


def chosen(scope: Scope, prefix: str = "") -> Q:
    """The filters, but for the status, as a condition on objectives reached by `prefix`."""
    filters = scope.filters
    wanted = Q(**{f"{prefix}cycle": scope.cycle.id})
    if filters.theme:
        wanted &= Q(**{f"{prefix}theme": filters.theme})
    if filters.tier:
        wanted &= Q(**{f"{prefix}tier": filters.tier})
    if filters.portfolio:
        wanted &= in_portfolio(filters.portfolio, scope.today, prefix)
    if filters.product:
        wanted &= of_product_named(filters.product, scope.today, prefix)
    if filters.owner:
        wanted &= Q(**{f"{prefix}owner__name__icontains": filters.owner})
    if filters.mine:
        wanted &= Q(**{f"{prefix}owner": scope.access.member.pk})
    for word in filters.words.split():
        wanted &= Q(**{f"{prefix}title__icontains": word})
    return wanted


def in_portfolio(portfolio: UUID, day: date, prefix: str) -> Q:
    """Its own objectives, and those of its products and of the products' own teams."""
    products = standing(ProductPlacement.objects.filter(portfolio=portfolio), day)
    return (
        Q(**{f"{prefix}portfolio": portfolio})
        | Q(**{f"{prefix}product__in": products.values("product_id")})
        | Q(**{f"{prefix}team__in": own_teams(products.values("product_id"), day)})
    )


def of_product_named(words: str, day: date, prefix: str) -> Q:
    teams = standing(
        TeamProduct.objects.filter(tie=TeamTie.OWNED, product__name__icontains=words), day
    )
    return Q(**{f"{prefix}product__name__icontains": words}) | Q(
        **{f"{prefix}team__in": teams.values("team_id")}
    )


def own_teams(products: QuerySet[Any, Any], day: date) -> QuerySet[Any, Any]:
    rows = standing(TeamProduct.objects.filter(tie=TeamTie.OWNED, product__in=products), day)
    return rows.values("team_id")


def standing(links: QuerySet[AnyLink], day: date) -> QuerySet[AnyLink]:
    """Dated links that hold on a day."""
    return links.filter(
        Q(until_date=None) | Q(until_date__gte=day), archived_at=None, from_date__lte=day
    )


def has_status(scope: Scope) -> Q:
    """The status filter as a condition on objectives: the worst pace among their key results."""
    return of_pace(scope.filters.status, scope.now) if scope.filters.status else Q()


def shown_objectives(scope: Scope) -> QuerySet[Objective]:
    """The live objectives of the cycle that the member may see and the filters choose."""
    rows = visible_objectives(scope.access).filter(archived_at=None)
    return rows.filter(chosen(scope), has_status(scope), state__in=SHOWN_STATES)
