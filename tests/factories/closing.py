"""What closed cycles leave, in the bound organisation."""

from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone

from okrs.choices import ObjectiveState, ScoreBand
from okrs.models import (
    ClosedKeyResult,
    ClosedObjective,
    ClosedUnit,
    ClosingRevision,
    HistoryStart,
    ObjectiveRetrospective,
    PortfolioRetrospective,
)
from tests.factories.accounts import MemberFactory
from tests.factories.okrs import CycleFactory, KeyResultFactory, ObjectiveFactory, TierFactory
from tests.factories.portfolio import PortfolioFactory


class ClosingRevisionFactory(factory.django.DjangoModelFactory[ClosingRevision]):
    """The close of a cycle."""

    class Meta:
        model = ClosingRevision

    cycle: Any = factory.SubFactory(CycleFactory)
    number = 0
    actor = factory.SubFactory(MemberFactory)


class ClosedKeyResultFactory(factory.django.DjangoModelFactory[ClosedKeyResult]):
    class Meta:
        model = ClosedKeyResult

    key_result: Any = factory.SubFactory(KeyResultFactory)
    revision = factory.SubFactory(
        ClosingRevisionFactory, cycle=factory.SelfAttribute("..key_result.objective.cycle")
    )
    score = Decimal("0.7")
    band = ScoreBand.STRONG
    computed = factory.SelfAttribute("score")


class ClosedObjectiveFactory(factory.django.DjangoModelFactory[ClosedObjective]):
    class Meta:
        model = ClosedObjective

    objective: Any = factory.SubFactory(ObjectiveFactory)
    revision = factory.SubFactory(
        ClosingRevisionFactory, cycle=factory.SelfAttribute("..objective.cycle")
    )
    state = ObjectiveState.CLOSED
    score = Decimal("0.7")
    band = ScoreBand.STRONG
    computed = factory.SelfAttribute("score")


class ClosedUnitFactory(factory.django.DjangoModelFactory[ClosedUnit]):
    """One objective of the organisation that was kept."""

    class Meta:
        model = ClosedUnit

    revision = factory.SubFactory(ClosingRevisionFactory)
    tier = factory.SubFactory(TierFactory)
    score = Decimal("0.7")
    band = ScoreBand.STRONG
    objectives = 1
    scored = 1
    kept = 1
    strong = 1


class ObjectiveRetrospectiveFactory(factory.django.DjangoModelFactory[ObjectiveRetrospective]):
    class Meta:
        model = ObjectiveRetrospective

    objective: Any = factory.SubFactory(ObjectiveFactory)
    author = factory.SelfAttribute("objective.owner")
    drivers = "The second market opened a month late."


class PortfolioRetrospectiveFactory(factory.django.DjangoModelFactory[PortfolioRetrospective]):
    class Meta:
        model = PortfolioRetrospective

    portfolio: Any = factory.SubFactory(PortfolioFactory)
    cycle = factory.SubFactory(CycleFactory)
    author = factory.SubFactory(MemberFactory)
    keep = "One review a month."


class HistoryStartFactory(factory.django.DjangoModelFactory[HistoryStart]):
    """An organisation that is older than its histories."""

    class Meta:
        model = HistoryStart

    begins_at = factory.LazyFunction(timezone.now)
