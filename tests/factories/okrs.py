"""Rows of the OKR engine, in the bound organisation. Scores follow once something recomputes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone

from okrs.choices import CycleState, DependencyState, ObjectiveState, Shape, TierKind
from okrs.definitions import definition_to_json
from okrs.models import (
    Contribution,
    Cycle,
    Dependency,
    Initiative,
    KeyResult,
    KeyResultVersion,
    Milestone,
    Objective,
    ObjectiveAlignment,
    Tier,
)
from tests.factories.accounts import MemberFactory
from tests.factories.portfolio import MetricFactory, ProductFactory, TeamFactory

RANKS = {
    TierKind.ORGANIZATION: 1,
    TierKind.PORTFOLIO: 2,
    TierKind.PRODUCT: 3,
    TierKind.TEAM: 4,
}


class TierFactory(factory.django.DjangoModelFactory[Tier]):
    """The organisation's tier of a kind: there is one of each at most."""

    class Meta:
        model = Tier
        django_get_or_create = ("kind",)

    kind = TierKind.PRODUCT
    name = factory.LazyAttribute(lambda tier: TierKind(tier.kind).name.title())
    rank = factory.LazyAttribute(lambda tier: RANKS[TierKind(tier.kind)])


class CycleFactory(factory.django.DjangoModelFactory[Cycle]):
    """An open cycle of 91 days with today in its middle."""

    class Meta:
        model = Cycle

    name = factory.Sequence(lambda n: f"Cycle {n}")
    starts_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=45))
    ends_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=45))
    state = CycleState.OPEN


class ObjectiveFactory(factory.django.DjangoModelFactory[Objective]):
    """A committed objective of a product."""

    class Meta:
        model = Objective

    title = factory.Sequence(lambda n: f"Objective {n}")
    tier = factory.SubFactory(TierFactory)
    cycle = factory.SubFactory(CycleFactory)
    product = factory.SubFactory(ProductFactory)
    owner = factory.SubFactory(MemberFactory)
    state = ObjectiveState.COMMITTED


class TeamObjectiveFactory(ObjectiveFactory):
    tier = factory.SubFactory(TierFactory, kind=TierKind.TEAM)
    product = None  # type: ignore[assignment]
    team = factory.SubFactory(TeamFactory)


class KeyResultFactory(factory.django.DjangoModelFactory[KeyResult]):
    """From 0 to 100 by hand, with the first version of its definition."""

    class Meta:
        model = KeyResult
        skip_postgeneration_save = True

    objective = factory.SubFactory(ObjectiveFactory)
    title = factory.Sequence(lambda n: f"Key result {n}")
    metric = factory.SubFactory(MetricFactory)
    owner = factory.SelfAttribute("objective.owner")
    shape = Shape.FROM_TO
    baseline = Decimal(0)
    target = Decimal(100)

    @factory.post_generation
    def first_version(self: KeyResult, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create:
            KeyResultVersion.objects.create(
                key_result=self, number=1, definition=definition_to_json(self)
            )


class MilestoneFactory(factory.django.DjangoModelFactory[Milestone]):
    class Meta:
        model = Milestone

    key_result = factory.SubFactory(KeyResultFactory, shape=Shape.MILESTONES)
    title = factory.Sequence(lambda n: f"Milestone {n}")


class ObjectiveAlignmentFactory(factory.django.DjangoModelFactory[ObjectiveAlignment]):
    """A proposed link between two objectives of one cycle."""

    class Meta:
        model = ObjectiveAlignment

    child = factory.SubFactory(ObjectiveFactory)
    parent = factory.SubFactory(ObjectiveFactory, cycle=factory.SelfAttribute("..child.cycle"))
    asked_by = factory.SelfAttribute("child.owner")


class ContributionFactory(factory.django.DjangoModelFactory[Contribution]):
    class Meta:
        model = Contribution

    child = factory.SubFactory(KeyResultFactory)
    parent = factory.SubFactory(KeyResultFactory)
    asked_by = factory.SelfAttribute("child.owner")
    amount = Decimal(10)
    offered = factory.SelfAttribute("amount")


class InitiativeFactory(factory.django.DjangoModelFactory[Initiative]):
    class Meta:
        model = Initiative

    title = factory.Sequence(lambda n: f"Initiative {n}")
    product = factory.SubFactory(ProductFactory)
    owner = factory.SubFactory(MemberFactory)


# States in which a day is promised.
PROMISED = {
    DependencyState.ACCEPTED,
    DependencyState.COUNTERED,
    DependencyState.DELIVERED,
    DependencyState.BROKEN,
}


class DependencyFactory(factory.django.DjangoModelFactory[Dependency]):
    """A key result that waits for a product."""

    class Meta:
        model = Dependency

    title = factory.Sequence(lambda n: f"Need {n}")
    needer_key_result = factory.SubFactory(KeyResultFactory)
    provider_product = factory.SubFactory(ProductFactory)
    needer_owner = factory.SelfAttribute("needer_key_result.owner")
    needed_by = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))
    state = DependencyState.ASKED
    promised_by = factory.LazyAttribute(
        lambda need: need.needed_by if need.state in PROMISED else None
    )
