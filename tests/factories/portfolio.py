"""Rows of the map, in the bound organisation."""

from datetime import date
from decimal import Decimal
from typing import TypeVar

import factory
from django.utils import timezone

from accounts.choices import UnitRole
from portfolio.choices import Dimension, LifecycleStage, Posture, RelationKind, ValueSource
from portfolio.models import (
    MeasureUnit,
    Metric,
    MetricValue,
    Portfolio,
    Product,
    ProductPlacement,
    ProductRelation,
    ProductStance,
    RoleAssignment,
    Team,
    TeamCapacity,
    TeamMember,
    TeamProduct,
    Theme,
    ValueStream,
)

Unit = TypeVar("Unit", Portfolio, ValueStream, Product, Team)
LONG_AGO = date(2020, 1, 1)


class UnitFactory(factory.django.DjangoModelFactory[Unit]):
    class Meta:
        abstract = True

    name = factory.Sequence(lambda n: f"Unit {n}")
    slug = factory.Sequence(lambda n: f"unit-{n}")


class PortfolioFactory(UnitFactory[Portfolio]):
    class Meta:
        model = Portfolio


class ValueStreamFactory(UnitFactory[ValueStream]):
    class Meta:
        model = ValueStream


class ProductFactory(UnitFactory[Product]):
    class Meta:
        model = Product


class TeamFactory(UnitFactory[Team]):
    class Meta:
        model = Team

    capacity = Decimal(20)


class ProductPlacementFactory(factory.django.DjangoModelFactory[ProductPlacement]):
    class Meta:
        model = ProductPlacement

    product = factory.SubFactory(ProductFactory)
    portfolio = factory.SubFactory(PortfolioFactory)
    is_home = True
    from_date = LONG_AGO


class TeamProductFactory(factory.django.DjangoModelFactory[TeamProduct]):
    class Meta:
        model = TeamProduct

    team = factory.SubFactory(TeamFactory)
    product = factory.SubFactory(ProductFactory)
    from_date = LONG_AGO


class ThemeFactory(factory.django.DjangoModelFactory[Theme]):
    class Meta:
        model = Theme

    portfolio = factory.SubFactory(PortfolioFactory)
    name = factory.Sequence(lambda n: f"Theme {n}")
    starts_on = date(2026, 1, 1)
    ends_on = date(2026, 12, 31)


class MeasureUnitFactory(factory.django.DjangoModelFactory[MeasureUnit]):
    class Meta:
        model = MeasureUnit

    name = factory.Sequence(lambda n: f"unit of measure {n}")
    symbol = ""
    dimension = Dimension.COUNT


class MetricFactory(factory.django.DjangoModelFactory[Metric]):
    class Meta:
        model = Metric

    name = factory.Sequence(lambda n: f"Metric {n}")
    unit = factory.SubFactory(MeasureUnitFactory)


class MetricValueFactory(factory.django.DjangoModelFactory[MetricValue]):
    """A value that a person gave just now."""

    class Meta:
        model = MetricValue

    metric = factory.SubFactory(MetricFactory)
    value = Decimal(1)
    effective_at = factory.LazyFunction(timezone.now)
    source = ValueSource.PERSON


class TeamMemberFactory(factory.django.DjangoModelFactory[TeamMember]):
    class Meta:
        model = TeamMember

    team = factory.SubFactory(TeamFactory)
    from_date = LONG_AGO


class TeamCapacityFactory(factory.django.DjangoModelFactory[TeamCapacity]):
    """What a team can do in the month of January 2026."""

    class Meta:
        model = TeamCapacity

    team = factory.SubFactory(TeamFactory)
    month = date(2026, 1, 1)
    people_weeks = Decimal(3)


class ProductStanceFactory(factory.django.DjangoModelFactory[ProductStance]):
    class Meta:
        model = ProductStance

    product = factory.SubFactory(ProductFactory)
    lifecycle_stage = LifecycleStage.GROWTH
    posture = Posture.GROW
    from_date = LONG_AGO


class ProductRelationFactory(factory.django.DjangoModelFactory[ProductRelation]):
    class Meta:
        model = ProductRelation

    product = factory.SubFactory(ProductFactory)
    other = factory.SubFactory(ProductFactory)
    kind = RelationKind.PLATFORM


class RoleFactory(factory.django.DjangoModelFactory[RoleAssignment]):
    class Meta:
        model = RoleAssignment

    role = UnitRole.LEAD
    from_date = LONG_AGO
