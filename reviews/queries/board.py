"""The negotiation board: what products offer to each goal of a portfolio, side by side."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.access import Access
from lib.display import show_value
from okrs.choices import CommitmentState, LinkState, ObjectiveState
from okrs.models import (
    Commitment,
    Contribution,
    KeyResult,
    Objective,
    ObjectiveAlignment,
    ObjectiveSupport,
)
from okrs.queries.coverage import coverages
from okrs.queries.objectives import visible_objectives
from okrs.scoring import TargetCoverage
from portfolio.models import Product
from reviews.choices import CounterState
from reviews.models import CounterProposal, PlanningRound
from reviews.queries.rounds import products_at_home

S = ObjectiveState
LIVING_LINKS = (LinkState.PROPOSED, LinkState.COUNTERED, LinkState.AGREED)
ON_THE_TABLE = (S.DRAFT, S.PROPOSED, S.CHANGES_REQUESTED, S.ACCEPTED, S.COMMITTED, S.CLOSED)
STANDING = (CommitmentState.STANDING, CommitmentState.CONDITIONAL)


LIVE_KEY_RESULTS = Count("key_results", filter=Q(key_results__archived_at=None))


@dataclass(frozen=True)
class GoalResult:
    """A key result of a portfolio goal; `coverage` where something adds up towards it."""

    id: UUID
    title: str
    unit: str
    coverage: TargetCoverage | None

    @property
    def missing(self) -> str:
        """What is still to be agreed, in its unit; empty when nothing is."""
        if self.coverage is None or not self.coverage.is_short:
            return ""
        return show_value(self.coverage.missing, self.unit)


@dataclass(frozen=True)
class Goal:
    """An objective of the portfolio: one axis of the board."""

    id: UUID
    title: str
    theme: str
    state: str
    is_backed: bool
    results: Sequence[GoalResult] = ()


@dataclass(frozen=True)
class Proposal:
    """An objective of a product, in whatever state it is on the table."""

    id: UUID
    title: str
    product: UUID
    owner: str
    state: str
    condition: str
    key_results: int
    is_backed: bool
    is_countered: bool
    updated_at: datetime

    @property
    def state_label(self) -> str:
        return ObjectiveState(self.state).label

    @property
    def is_settled(self) -> bool:
        return self.state in {S.ACCEPTED, S.COMMITTED, S.CLOSED}


@dataclass(frozen=True)
class Offer:
    """How a proposal serves a goal: `words` say what with, `is_agreed` once both sides do."""

    proposal: Proposal
    words: str
    state: str

    @property
    def is_agreed(self) -> bool:
        return self.state == LinkState.AGREED

    @property
    def state_label(self) -> str:
        return LinkState(self.state).label


@dataclass(frozen=True)
class Board:
    """`offers` are by (goal, product); `unaligned` are proposals that serve no goal here."""

    planning: PlanningRound
    goals: Sequence[Goal]
    products: Sequence[Product]
    proposals: Mapping[UUID, Proposal]
    offers: Mapping[tuple[UUID, UUID], Sequence[Offer]]
    unaligned: Mapping[UUID, Sequence[Proposal]] = field(default_factory=dict)

    def cell(self, goal: UUID, product: UUID) -> Sequence[Offer]:
        return self.offers.get((goal, product), ())

    def rows_by_goal(self) -> list[tuple[Goal, list[Sequence[Offer]]]]:
        """Goals downwards, products across."""
        return [
            (goal, [self.cell(goal.id, product.pk) for product in self.products])
            for goal in self.goals
        ]

    def rows_by_product(self) -> list[tuple[Product, list[Sequence[Offer]]]]:
        """Products downwards, goals across."""
        return [
            (product, [self.cell(goal.id, product.pk) for goal in self.goals])
            for product in self.products
        ]

    @property
    def waiting(self) -> int:
        """Proposals that wait for the side above."""
        return sum(proposal.state == S.PROPOSED for proposal in self.proposals.values())


def board_of(access: Access, planning: PlanningRound) -> Board:
    """Everything on the table of a round, in ten statements."""
    products = list(products_at_home(access, planning.portfolio).order_by("name"))
    proposals = proposals_of(access, planning, products)
    goals = goals_of(access, planning)
    offers, serving = offers_between(goals, proposals)
    return Board(planning, goals, products, proposals, offers, unaligned_of(proposals, serving))


def backed() -> Exists:
    """Whether a commitment stands behind an objective."""
    return Exists(
        Commitment.objects.filter(objective=OuterRef("pk"), archived_at=None, state__in=STANDING)
    )


def on_the_table(access: Access, planning: PlanningRound) -> QuerySet[Objective]:
    return visible_objectives(access).filter(
        cycle=planning.cycle_id, archived_at=None, state__in=ON_THE_TABLE
    )


def goals_of(access: Access, planning: PlanningRound) -> list[Goal]:
    rows = (
        on_the_table(access, planning)
        .filter(portfolio=planning.portfolio_id)
        .annotate(backed=backed())
        .order_by("theme__name", "title", "id")
        .values_list("id", "title", "theme__name", "state", "backed")
    )
    found = list(rows)
    results = results_of([row[0] for row in found])
    return [
        Goal(pk, title, theme or "", state, is_backed, results.get(pk, ()))
        for pk, title, theme, state, is_backed in found
    ]


def results_of(goals: Iterable[UUID]) -> dict[UUID, list[GoalResult]]:
    """Key results by goal, with what is agreed and offered towards each."""
    rows = KeyResult.objects.filter(objective__in=list(goals), archived_at=None)
    covered = coverages(rows)
    found: defaultdict[UUID, list[GoalResult]] = defaultdict(list)
    columns = ("objective_id", "id", "title", "metric__unit__symbol", "metric__unit__name")
    for goal, pk, title, symbol, name in rows.order_by("id").values_list(*columns):
        found[goal].append(GoalResult(pk, title, symbol or name, covered.get(pk)))
    return found


def proposals_of(
    access: Access, planning: PlanningRound, products: Iterable[Product]
) -> dict[UUID, Proposal]:
    """By id, by product and title."""
    open_counter = CounterProposal.objects.filter(objective=OuterRef("pk"), state=CounterState.OPEN)
    rows = (
        on_the_table(access, planning)
        .filter(product__in=list(products))
        .select_related("owner")
        .annotate(backed=backed(), countered=Exists(open_counter), live=LIVE_KEY_RESULTS)
        .order_by("product__name", "title", "id")
    )
    return {
        row.pk: Proposal(
            id=row.pk,
            title=row.title,
            product=cast("UUID", row.product_id),  # chosen by it
            owner=row.owner.name,
            state=row.state,
            condition=row.condition,
            key_results=row.live,
            is_backed=row.backed,
            is_countered=row.countered,
            updated_at=row.updated_at,
        )
        for row in rows
    }


def offers_between(
    goals: Sequence[Goal], proposals: Mapping[UUID, Proposal]
) -> tuple[dict[tuple[UUID, UUID], list[Offer]], set[UUID]]:
    """Offers by (goal, product), those of a proposal together; and which proposals offer something.

    Three statements.
    """
    home_of = {result.id: (goal.id, result) for goal in goals for result in goal.results}
    found: defaultdict[tuple[UUID, UUID], list[Offer]] = defaultdict(list)
    serving: set[UUID] = set()

    def note(goal: UUID, child: UUID, words: str, state: str) -> None:
        proposal = proposals[child]
        found[goal, proposal.product].append(Offer(proposal, words, state))
        serving.add(child)

    for goal, child, kind, state in alignments([g.id for g in goals], proposals):
        note(goal, child, kind, state)
    for parent, child, state in supports(home_of, proposals):
        goal, result = home_of[parent]
        note(goal, child, f"supports {result.title}", state)
    for parent, child, amount, state in contributions(home_of, proposals):
        goal, result = home_of[parent]
        given = show_value(amount, result.unit) if amount is not None else "a share"
        note(goal, child, f"{given} towards {result.title}", state)
    for cell in found.values():
        cell.sort(key=lambda offer: (offer.proposal.title, offer.proposal.id))
    return found, serving


def alignments(
    goals: Iterable[UUID], proposals: Iterable[UUID]
) -> Iterable[tuple[UUID, UUID, str, str]]:
    rows = ObjectiveAlignment.objects.filter(
        parent__in=list(goals), child__in=list(proposals), state__in=LIVING_LINKS, archived_at=None
    )
    return rows.order_by("id").values_list("parent_id", "child_id", "kind", "state")


def supports(
    key_results: Iterable[UUID], proposals: Iterable[UUID]
) -> Iterable[tuple[UUID, UUID, str]]:
    rows = ObjectiveSupport.objects.filter(
        key_result__in=list(key_results),
        child__in=list(proposals),
        state__in=LIVING_LINKS,
        archived_at=None,
    )
    return rows.order_by("id").values_list("key_result_id", "child_id", "state")


def contributions(
    key_results: Iterable[UUID], proposals: Iterable[UUID]
) -> Iterable[tuple[UUID, UUID, Decimal | None, str]]:
    rows = Contribution.objects.filter(
        parent__in=list(key_results),
        child__objective__in=list(proposals),
        child__archived_at=None,
        state__in=LIVING_LINKS,
        archived_at=None,
    )
    return rows.order_by("id").values_list("parent_id", "child__objective_id", "amount", "state")


def unaligned_of(
    proposals: Mapping[UUID, Proposal], serving: set[UUID]
) -> dict[UUID, list[Proposal]]:
    """Proposals that serve no goal of the portfolio, by product."""
    found: defaultdict[UUID, list[Proposal]] = defaultdict(list)
    for pk, proposal in proposals.items():
        if pk not in serving:
            found[proposal.product].append(proposal)
    return found
