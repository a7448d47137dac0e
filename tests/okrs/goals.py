"""Goals of the world's product, made on demand for the route table and for page tests."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from okrs.choices import ContributionMode, CycleState, KeyResultSource, LinkState, Shape
from okrs.models import (
    CheckIn,
    ClosedKeyResult,
    ClosedObjective,
    ClosedUnit,
    ClosingRevision,
    Commitment,
    CommitmentMove,
    CommittedTeam,
    Contribution,
    CountedItem,
    Cycle,
    Dependency,
    DependencyMove,
    Initiative,
    InitiativeKeyResult,
    KeyResult,
    KeyResultVersion,
    LimitOverride,
    LinkMove,
    Milestone,
    Objective,
    ObjectiveAlignment,
    ObjectiveCoOwner,
    ObjectiveMove,
    ObjectiveRetrospective,
    ObjectiveSupport,
    Override,
    PortfolioRetrospective,
    ScorePoint,
    SharedPlacement,
    Tier,
    UnitScore,
)
from portfolio.models import Product
from tests.factories.closing import (
    ClosedKeyResultFactory,
    ClosedObjectiveFactory,
    ClosedUnitFactory,
    ClosingRevisionFactory,
    ObjectiveRetrospectiveFactory,
    PortfolioRetrospectiveFactory,
)
from tests.factories.evidence import (
    CheckInFactory,
    CountedItemFactory,
    OverrideFactory,
    ScorePointFactory,
)
from tests.factories.limits import LimitOverrideFactory
from tests.factories.links import (
    InitiativeKeyResultFactory,
    LinkMoveFactory,
    ObjectiveCoOwnerFactory,
    ObjectiveMoveFactory,
    ObjectiveSupportFactory,
    SharedPlacementFactory,
)
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
from tests.factories.promises import (
    CommitmentFactory,
    CommitmentMoveFactory,
    CommittedTeamFactory,
    DependencyMoveFactory,
    UnitScoreFactory,
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
    fields.setdefault("product", world.product)
    fields.setdefault("owner", world["admin"])
    return ObjectiveFactory.create(**fields)


def an_objective_move(world: World) -> ObjectiveMove:
    return ObjectiveMoveFactory.create(objective=an_objective(world))


def a_key_result(world: World, **fields: Any) -> KeyResult:
    """From 0 to 100 by hand, under an objective of the world's product."""
    if "objective" not in fields:
        fields["objective"] = an_objective(world)
    return KeyResultFactory.create(**fields)


def a_key_result_version(world: World) -> KeyResultVersion:
    return a_key_result(world).versions.get()


def a_check_in(world: World) -> CheckIn:
    return CheckInFactory.create(key_result=a_key_result(world))


def an_alignment(world: World) -> ObjectiveAlignment:
    child = an_objective(world)
    return ObjectiveAlignmentFactory.create(
        child=child, parent=an_objective(world, cycle=child.cycle)
    )


def a_support(world: World) -> ObjectiveSupport:
    return ObjectiveSupportFactory.create(child=an_objective(world), key_result=a_key_result(world))


def a_link_move(world: World) -> LinkMove:
    return LinkMoveFactory.create(alignment=an_alignment(world))


def a_contribution(world: World) -> Contribution:
    child = a_key_result(world)
    objective = an_objective(world, cycle=child.objective.cycle)
    parent = a_key_result(world, objective=objective, source=KeyResultSource.CONTRIBUTIONS)
    parent.metric.unit = child.metric.unit
    parent.metric.save()
    return ContributionFactory.create(child=child, parent=parent)


def a_weighed_key_result(world: World, *amounts: int) -> KeyResult:
    """The weighted mean of others that have agreed to add `amounts`."""
    parent = a_key_result(
        world,
        source=KeyResultSource.CONTRIBUTIONS,
        contribution_mode=ContributionMode.MEAN,
        objective=an_objective(world),
    )
    for amount in amounts or (100, 1):
        below = an_objective(world, cycle=parent.objective.cycle)
        child = a_key_result(world, objective=below, metric__unit=parent.metric.unit)
        ContributionFactory.create(
            child=child, parent=parent, amount=amount, state=LinkState.AGREED
        )
    return parent


def a_placement(world: World) -> SharedPlacement:
    key_result = a_key_result(world)
    objective = an_objective(world, cycle=key_result.objective.cycle)
    return SharedPlacementFactory.create(key_result=key_result, objective=objective)


def a_co_owner(world: World) -> ObjectiveCoOwner:
    return ObjectiveCoOwnerFactory.create(objective=an_objective(world), team=world.team)


def an_override(world: World) -> Override:
    return OverrideFactory.create(key_result=a_key_result(world))


def a_milestone(world: World) -> Milestone:
    key_result = a_key_result(world, shape=Shape.MILESTONES, baseline=None, target=None)
    return MilestoneFactory.create(key_result=key_result)


def a_counted_item(world: World) -> CountedItem:
    key_result = a_key_result(world, shape=Shape.COUNT, baseline=None, target=Decimal(5))
    return CountedItemFactory.create(key_result=key_result, name="First customer")


def a_score_point(world: World) -> ScorePoint:
    return ScorePointFactory.create(key_result=a_key_result(world))


def a_unit_score(world: World) -> UnitScore:
    return UnitScoreFactory.create(product=world.product)


def a_closing_revision(world: World) -> ClosingRevision:
    return ClosingRevisionFactory.create()


def a_closed_key_result(world: World) -> ClosedKeyResult:
    return ClosedKeyResultFactory.create(key_result=a_key_result(world))


def a_closed_objective(world: World) -> ClosedObjective:
    return ClosedObjectiveFactory.create(objective=an_objective(world))


def a_closed_unit(world: World) -> ClosedUnit:
    return ClosedUnitFactory.create(product=world.product)


def an_objective_retrospective(world: World) -> ObjectiveRetrospective:
    return ObjectiveRetrospectiveFactory.create(objective=an_objective(world))


def a_portfolio_retrospective(world: World) -> PortfolioRetrospective:
    return PortfolioRetrospectiveFactory.create(portfolio=world.portfolio)


def an_initiative(world: World, **fields: Any) -> Initiative:
    return InitiativeFactory.create(product=world.product, owner=world["admin"], **fields)


def a_drive(world: World) -> InitiativeKeyResult:
    return InitiativeKeyResultFactory.create(
        initiative=an_initiative(world), key_result=a_key_result(world)
    )


def a_dependency(world: World, **fields: Any) -> Dependency:
    """Asked by the world's product of itself, so that its people may do both sides."""
    fields.setdefault("needer_key_result", a_key_result(world))
    return DependencyFactory.create(provider_product=world.product, **fields)


def a_dependency_move(world: World) -> DependencyMove:
    return DependencyMoveFactory.create(dependency=a_dependency(world))


def a_commitment(world: World) -> Commitment:
    return CommitmentFactory.create(objective=an_objective(world), made_by=world["admin"])


def a_committed_team(world: World) -> CommittedTeam:
    return CommittedTeamFactory.create(commitment=a_commitment(world), team=world.team)


def a_commitment_move(world: World) -> CommitmentMove:
    return CommitmentMoveFactory.create(commitment=a_commitment(world))


def a_limit_override(world: World) -> LimitOverride:
    return LimitOverrideFactory.create(objective=an_objective(world))


def a_closing_cycle() -> Cycle:
    today = timezone.localdate()
    return CycleFactory.create(
        state=CycleState.CLOSING, starts_on=today - timedelta(days=90), ends_on=today
    )
