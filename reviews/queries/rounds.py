"""Planning rounds, and how far each of their steps has come."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from okrs.choices import CommitmentState, ObjectiveState
from okrs.models import Commitment, Cycle, Objective, PortfolioRetrospective
from okrs.queries.learning import portfolio_retrospective, to_carry_over
from okrs.queries.objectives import visible_objectives
from okrs.queries.starting import DeferredFilters, deferred_page
from portfolio.models import Portfolio, Product, Theme, holding
from portfolio.queries import live
from reviews.choices import LAST_DAYS, STEPS, CounterState, RoundStep
from reviews.models import CounterProposal, PlanningRound, RoundConstraint, RoundMove

S = ObjectiveState
# Days before the cycle starts on which each step ends, unless somebody says otherwise.
LEAD_TIMES = {
    RoundStep.THEMES: 35,
    RoundStep.GOALS: 28,
    RoundStep.PROPOSALS: 14,
    RoundStep.NEGOTIATION: 5,
    RoundStep.COMMITMENT: 1,
}


def visible_rounds(access: Access) -> QuerySet[PlanningRound]:
    """Rounds of the portfolios that the member may see."""
    return PlanningRound.objects.exclude(portfolio__in=access.units.hidden).select_related(
        "portfolio", "cycle", "organization"
    )


def usual_days(cycle: Cycle) -> dict[str, date]:
    """The last day of each step, by field, counted back from the first day of the cycle."""
    return {
        LAST_DAYS[step]: cycle.starts_on - timedelta(days=days) for step, days in LEAD_TIMES.items()
    }


@dataclass(frozen=True)
class StepLine:
    """A step as the stepper shows it; `last_day` is None once all is published."""

    step: RoundStep
    last_day: date | None
    is_done: bool
    is_present: bool

    @property
    def label(self) -> str:
        return self.step.label

    @property
    def is_late(self) -> bool:
        overdue = self.last_day is not None and self.last_day < timezone.localdate()
        return self.is_present and overdue


def step_lines(planning: PlanningRound) -> list[StepLine]:
    here = planning.position
    return [
        StepLine(
            step,
            getattr(planning, LAST_DAYS[step]) if step in LAST_DAYS else None,
            is_done=place < here or planning.is_published,
            is_present=place == here,
        )
        for place, step in enumerate(STEPS)
    ]


@dataclass(frozen=True)
class ProductLine:
    """How far one product has come: its objectives of the cycle by state."""

    product: Product
    states: Mapping[str, int] = field(default_factory=dict)
    # Whether the member may write its goals.
    is_own: bool = False

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def in_the_making(self) -> int:
        return self.states.get(S.DRAFT, 0) + self.states.get(S.CHANGES_REQUESTED, 0)

    @property
    def waiting(self) -> int:
        return self.states.get(S.PROPOSED, 0)

    @property
    def settled(self) -> int:
        return sum(self.states.get(state, 0) for state in (S.ACCEPTED, S.COMMITTED, S.CLOSED))

    @property
    def set_aside(self) -> int:
        return sum(
            self.states.get(state, 0)
            for state in (S.DECLINED, S.DEFERRED, S.WITHDRAWN, S.ABANDONED, S.OBSOLETE)
        )


@dataclass(frozen=True)
class GoalLine:
    """An objective of the portfolio itself."""

    objective: Objective
    key_results: int
    is_backed: bool


@dataclass(frozen=True)
class LeftBehind:
    """What the cycle before taught, and what of it waits to be taken up in this one."""

    cycle: Cycle
    learned: PortfolioRetrospective | None
    to_carry_over: Sequence[Objective]
    deferred: Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class RoundPage:
    planning: PlanningRound
    steps: Sequence[StepLine]
    themes: Sequence[Theme]
    goals: Sequence[GoalLine]
    products: Sequence[ProductLine]
    constraints: Sequence[RoundConstraint]
    moves: Sequence[RoundMove]
    open_counters: int
    before: LeftBehind | None

    @property
    def silent(self) -> list[ProductLine]:
        """Products that have proposed nothing yet."""
        return [line for line in self.products if not (line.waiting or line.settled)]

    @property
    def waiting(self) -> int:
        return sum(line.waiting for line in self.products)

    @property
    def aspirations(self) -> int:
        return sum(not goal.is_backed for goal in self.goals)


def round_page(access: Access, planning: PlanningRound) -> RoundPage:
    """All that the page of a round shows, in eleven statements."""
    return RoundPage(
        planning,
        step_lines(planning),
        themes_of(planning),
        goals_of(access, planning),
        product_lines(access, planning),
        list(planning.constraints.filter(archived_at=None).select_related("product")),
        list(planning.moves.select_related("actor")),
        open_counters(access, planning),
        left_behind(access, planning),
    )


def left_behind(access: Access, planning: PlanningRound) -> LeftBehind | None:
    """Of the last cycle that was over when the planned one begins; four statements at most."""
    past = Cycle.objects.filter(archived_at=None, ends_on__lt=planning.cycle.starts_on)
    cycle = past.order_by("-ends_on", "-starts_on").first()
    if cycle is None:
        return None
    deferred = DeferredFilters(portfolio=planning.portfolio_id, cycle=cycle.pk)
    at_home = products_at_home(access, planning.portfolio)
    return LeftBehind(
        cycle,
        portfolio_retrospective(planning.portfolio, cycle),
        list(
            to_carry_over(access, cycle).filter(
                Q(portfolio=planning.portfolio_id) | Q(product__in=at_home.values("id"))
            )
        ),
        deferred_page(access, deferred).rows,
    )


def themes_of(planning: PlanningRound) -> list[Theme]:
    """Themes of the portfolio that cover the cycle."""
    rows = Theme.objects.filter(
        portfolio=planning.portfolio_id,
        archived_at=None,
        starts_on__lte=planning.cycle.starts_on,
        ends_on__gte=planning.cycle.ends_on,
    )
    return list(rows.order_by("name"))


def goals_of(access: Access, planning: PlanningRound) -> list[GoalLine]:
    backed = Commitment.objects.filter(
        objective=OuterRef("pk"),
        archived_at=None,
        state__in=[CommitmentState.STANDING, CommitmentState.CONDITIONAL],
    )
    rows = (
        visible_objectives(access)
        .filter(portfolio=planning.portfolio_id, cycle=planning.cycle_id, archived_at=None)
        .exclude(state__in=[S.WITHDRAWN, S.DECLINED, S.DEFERRED])
        .select_related("theme", "owner")
        .annotate(
            live=Count("key_results", filter=Q(key_results__archived_at=None)),
            backed=Exists(backed),
        )
    )
    return [GoalLine(row, row.live, row.backed) for row in rows.order_by("theme__name", "title")]


def products_at_home(access: Access, portfolio: Portfolio) -> QuerySet[Product]:
    """Products whose home the portfolio is today."""
    return live(Product, access).filter(
        holding(timezone.localdate(), "placements__"),
        placements__portfolio=portfolio,
        placements__is_home=True,
    )


def product_lines(access: Access, planning: PlanningRound) -> list[ProductLine]:
    """Every product at home in the portfolio, by name; two statements."""
    products = list(products_at_home(access, planning.portfolio).order_by("name"))
    counted: dict[UUID, Counter[str]] = {product.pk: Counter() for product in products}
    rows = visible_objectives(access).filter(
        cycle=planning.cycle_id, product__in=products, archived_at=None
    )
    for pk, state, count in (
        rows.values_list("product_id", "state").annotate(Count("id")).order_by("product_id")
    ):
        counted[pk][state] += count
    return [
        ProductLine(
            product,
            counted[product.pk],
            is_own=access.allows_on(Permission.OKR_WRITE, [product.pk]),
        )
        for product in products
    ]


def open_counters(access: Access, planning: PlanningRound) -> int:
    """Counter-proposals of the round that nobody has answered."""
    at_home = products_at_home(access, planning.portfolio)
    return CounterProposal.objects.filter(
        state=CounterState.OPEN,
        objective__cycle=planning.cycle_id,
        objective__archived_at=None,
        objective__product__in=at_home.values("id"),
    ).count()
