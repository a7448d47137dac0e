"""Goals of the world's product, made on demand for the route table and for page tests."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from okrs.choices import CycleState, KeyResultSource, Shape
from okrs.models import (
    Commitment,
    CommittedTeam,
    Contribution,
    CountedItem,
    Cycle,
    Dependency,
    Initiative,
    InitiativeKeyResult,
    KeyResult,
    Milestone,
    Objective,
    ObjectiveAlignment,
    ObjectiveCoOwner,
    ObjectiveSupport,
    Override,
    SharedPlacement,
    Tier,
)
from portfolio.models import Product, Team
from tests.factories.okrs import (
    ContributionFactory,
    CycleFactory,
    DependencyFactory,
    InitiativeFactory,
    KeyResultFactory,
    MilestoneFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
    TierFactory,
)
from tests.personas import World


def product() -> Product:
    return Product.objects.get(slug="product")


def a_cycle(**fields: Any) -> Cycle:
    return CycleFactory.create(**fields)


def a_tier() -> Tier:
    return TierFactory.create()


def an_objective(world: World, **fields: Any) -> Objective:
    """A committed objective of the world's product, answered for by the administrator."""
    fields.setdefault("product", product())
    fields.setdefault("owner", world["admin"])
    return ObjectiveFactory.create(**fields)


def a_key_result(world: World, **fields: Any) -> KeyResult:
    """From 0 to 100 by hand, under an objective of the world's product."""
    if "objective" not in fields:
        fields["objective"] = an_objective(world)
    return KeyResultFactory.create(**fields)


def an_alignment(world: World) -> ObjectiveAlignment:
    child = an_objective(world)
    return ObjectiveAlignmentFactory.create(
        child=child, parent=an_objective(world, cycle=child.cycle)
    )


def a_support(world: World) -> ObjectiveSupport:
    return ObjectiveSupport.objects.create(
        child=an_objective(world), key_result=a_key_result(world), asked_by=world["admin"]
    )


def a_contribution(world: World) -> Contribution:
    child = a_key_result(world)
    objective = an_objective(world, cycle=child.objective.cycle)
    parent = a_key_result(world, objective=objective, source=KeyResultSource.CONTRIBUTIONS)
    parent.metric.unit = child.metric.unit
    parent.metric.save()
    return ContributionFactory.create(child=child, parent=parent)


def a_placement(world: World) -> SharedPlacement:
    key_result = a_key_result(world)
    objective = an_objective(world, cycle=key_result.objective.cycle)
    return SharedPlacement.objects.create(key_result=key_result, objective=objective)


def a_co_owner(world: World) -> ObjectiveCoOwner:
    return ObjectiveCoOwner.objects.create(
        objective=an_objective(world), team=Team.objects.get(slug="team")
    )


def an_override(world: World) -> Override:
    return Override.objects.create(
        key_result=a_key_result(world), value=Decimal(50), reason="Counted twice",
        author=world["admin"],
    )  # fmt: skip


def a_milestone(world: World) -> Milestone:
    key_result = a_key_result(world, shape=Shape.MILESTONES, baseline=None, target=None)
    return MilestoneFactory.create(key_result=key_result)


def a_counted_item(world: World) -> CountedItem:
    key_result = a_key_result(world, shape=Shape.COUNT, baseline=None, target=Decimal(5))
    return CountedItem.objects.create(
        key_result=key_result, name="First customer", met_on=timezone.localdate()
    )


def an_initiative(world: World, **fields: Any) -> Initiative:
    return InitiativeFactory.create(product=product(), owner=world["admin"], **fields)


def a_drive(world: World) -> InitiativeKeyResult:
    return InitiativeKeyResult.objects.create(
        initiative=an_initiative(world), key_result=a_key_result(world)
    )


def a_dependency(world: World, **fields: Any) -> Dependency:
    """Asked by the world's product of itself, so that its people may do both sides."""
    fields.setdefault("needer_key_result", a_key_result(world))
    return DependencyFactory.create(provider_product=product(), **fields)


def a_commitment(world: World) -> Commitment:
    return Commitment.objects.create(objective=an_objective(world), made_by=world["admin"])


def a_committed_team(world: World) -> CommittedTeam:
    return CommittedTeam.objects.create(
        commitment=a_commitment(world),
        team=Team.objects.get(slug="team"),
        people_weeks=Decimal(4),
    )


def a_closing_cycle() -> Cycle:
    today = timezone.localdate()
    return CycleFactory.create(
        state=CycleState.CLOSING, starts_on=today - timedelta(days=90), ends_on=today
    )
