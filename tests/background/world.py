"""The least that a score needs: one product's objective with one key result."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.tenancy import tenant
from okrs.actions.check_ins import check_in
from okrs.actions.cycles import set_up_tiers
from okrs.actions.key_results import create_key_result
from okrs.actions.objectives import create_objective
from okrs.choices import CycleState, ObjectiveState
from okrs.models import Cycle, KeyResult, Objective, Tier, UnitScore
from portfolio.choices import Dimension
from portfolio.models import MeasureUnit, Product
from tests.personas import World, make_world


def small_portfolio(name: str = "Acme") -> World:
    """An organisation with a committed objective whose key result runs from 0 to 100."""
    with transaction.atomic():
        world = make_world(name)
    today = timezone.localdate()
    with tenant(world.organization.pk), transaction.atomic():
        set_up_tiers(world.organization, world["admin"])
        cycle = Cycle.objects.create(
            name="Quarter",
            starts_on=today - timedelta(days=30),
            ends_on=today + timedelta(days=60),
            state=CycleState.OPEN,
        )
        access = world.access("admin")
        objective = create_objective(
            access,
            title="Shops sell sooner",
            tier=Tier.objects.get(name="Product"),
            cycle=cycle,
            product=Product.objects.get(),
        )
        Objective.objects.update(state=ObjectiveState.COMMITTED)
        objective.refresh_from_db()
        unit = MeasureUnit.objects.create(name="points", dimension=Dimension.SCORE)
        create_key_result(
            access,
            objective,
            title="Sellers' score",
            unit=unit,
            baseline=Decimal(0),
            target=Decimal(100),
        )
    return world


def check_in_at(world: World, value: int) -> None:
    with tenant(world.organization.pk), transaction.atomic():
        key_result = KeyResult.objects.select_related("objective__cycle").get()
        check_in(world.access("admin"), key_result, value=Decimal(value))


def unit_score(world: World) -> Decimal | None:
    """What follows from a check-in in the background: the stored score of the first unit."""
    with tenant(world.organization.pk), transaction.atomic():
        return UnitScore.objects.values_list("score", flat=True).first()
