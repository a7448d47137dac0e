"""Rows of planning, in the bound organisation."""

from datetime import timedelta
from typing import ClassVar

import factory
from django.utils import timezone

from okrs.choices import CycleState, ObjectiveState
from reviews.choices import (
    ConstraintKind,
    ReviewAgenda,
    ReviewState,
    RoundStep,
    SnapshotSection,
)
from reviews.models import (
    AgendaItem,
    CounteredTerm,
    CounterProposal,
    FollowUp,
    PlanningRound,
    Review,
    ReviewDecision,
    ReviewSnapshot,
    RoundConstraint,
    RoundMove,
    TeamUpdate,
)
from reviews.queries.rounds import usual_days
from tests.factories.accounts import MemberFactory
from tests.factories.governance import DecisionFactory
from tests.factories.okrs import CycleFactory, ObjectiveFactory
from tests.factories.portfolio import PortfolioFactory


class PlanningRoundFactory(factory.django.DjangoModelFactory[PlanningRound]):
    """A round at its first step, with the usual days before its cycle."""

    class Meta:
        model = PlanningRound

    portfolio = factory.SubFactory(PortfolioFactory)
    cycle = factory.SubFactory(CycleFactory, state=CycleState.PLANNED)
    themes_by = factory.LazyAttribute(lambda row: usual_days(row.cycle)["themes_by"])
    goals_by = factory.LazyAttribute(lambda row: usual_days(row.cycle)["goals_by"])
    proposals_by = factory.LazyAttribute(lambda row: usual_days(row.cycle)["proposals_by"])
    negotiation_by = factory.LazyAttribute(lambda row: usual_days(row.cycle)["negotiation_by"])
    commitment_by = factory.LazyAttribute(lambda row: usual_days(row.cycle)["commitment_by"])


class RoundConstraintFactory(factory.django.DjangoModelFactory[RoundConstraint]):
    class Meta:
        model = RoundConstraint

    round = factory.SubFactory(PlanningRoundFactory)
    kind = ConstraintKind.MUST_KEEP
    text = factory.Sequence(lambda n: f"Constraint {n}")


class RoundMoveFactory(factory.django.DjangoModelFactory[RoundMove]):
    class Meta:
        model = RoundMove

    round = factory.SubFactory(PlanningRoundFactory)
    from_step = RoundStep.THEMES
    to_step = RoundStep.GOALS
    actor = factory.SubFactory(MemberFactory)


class CounterProposalFactory(factory.django.DjangoModelFactory[CounterProposal]):
    class Meta:
        model = CounterProposal

    objective = factory.SubFactory(ObjectiveFactory, state=ObjectiveState.CHANGES_REQUESTED)
    note = "Twice of this"
    made_by = factory.SubFactory(MemberFactory)


class CounteredTermFactory(factory.django.DjangoModelFactory[CounteredTerm]):
    class Meta:
        model = CounteredTerm

    counter = factory.SubFactory(CounterProposalFactory)
    field = "title"
    old = "Old"
    new = "New"


class ReviewFactory(factory.django.DjangoModelFactory[Review]):
    """A portfolio review that is planned for today, without an agenda."""

    class Meta:
        model = Review

    portfolio = factory.SubFactory(PortfolioFactory)
    cycle = factory.SubFactory(CycleFactory)
    agenda = ReviewAgenda.PORTFOLIO
    held_on = factory.LazyFunction(timezone.localdate)
    facilitator = factory.SubFactory(MemberFactory)

    class Params:
        running = factory.Trait(
            state=ReviewState.RUNNING, started_at=factory.LazyFunction(timezone.now)
        )


class AgendaItemFactory(factory.django.DjangoModelFactory[AgendaItem]):
    class Meta:
        model = AgendaItem

    review = factory.SubFactory(ReviewFactory)
    title = factory.Sequence(lambda n: f"Point {n}")


class FollowUpFactory(factory.django.DjangoModelFactory[FollowUp]):
    """Due in a week."""

    class Meta:
        model = FollowUp

    review = factory.SubFactory(ReviewFactory)
    text = factory.Sequence(lambda n: f"Follow-up {n}")
    owner = factory.SubFactory(MemberFactory)
    due_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=7))


class ReviewDecisionFactory(factory.django.DjangoModelFactory[ReviewDecision]):
    class Meta:
        model = ReviewDecision

    review = factory.SubFactory(ReviewFactory)
    decision = factory.SubFactory(DecisionFactory)


class ReviewSnapshotFactory(factory.django.DjangoModelFactory[ReviewSnapshot]):
    class Meta:
        model = ReviewSnapshot

    review = factory.SubFactory(ReviewFactory, running=True)
    section = SnapshotSection.STRATEGY
    content: ClassVar[dict[str, object]] = {}


class TeamUpdateFactory(factory.django.DjangoModelFactory[TeamUpdate]):
    """A draft about this day."""

    class Meta:
        model = TeamUpdate

    portfolio = factory.SubFactory(PortfolioFactory)
    first = factory.LazyFunction(timezone.localdate)
    last = factory.LazyFunction(timezone.localdate)
    text = "What moved"
    author = factory.SubFactory(MemberFactory)
