"""Rows of planning, in the bound organisation."""

import factory

from okrs.choices import CycleState, ObjectiveState
from reviews.choices import ConstraintKind, RoundStep
from reviews.models import CounteredTerm, CounterProposal, PlanningRound, RoundConstraint, RoundMove
from reviews.queries.rounds import usual_days
from tests.factories.accounts import MemberFactory
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
