"""Rows of the map, in the bound organisation."""

from datetime import date
from decimal import Decimal
from typing import TypeVar

import factory

from accounts.choices import UnitRole
from portfolio.choices import Dimension, RelationKind
from portfolio.models import (
    MeasureUnit,
    Metric,
    Portfolio,
    Product,
    ProductPlacement,
    ProductRelation,
    RoleAssignment,
    Team,
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


class TeamMemberFactory(factory.django.DjangoModelFactory[TeamMember]):
    class Meta:
        model = TeamMember

    team = factory.SubFactory(TeamFactory)
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
