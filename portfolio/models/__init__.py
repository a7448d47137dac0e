"""The map: portfolios, products, teams, how they hang together, and what is measured."""

from portfolio.models.links import (
    DatedLink,
    ProductPlacement,
    ProductRelation,
    RoleAssignment,
    TeamMember,
    TeamProduct,
    holding,
)
from portfolio.models.measures import MeasureUnit, Metric, MetricValue
from portfolio.models.rules import exactly_one
from portfolio.models.units import (
    Portfolio,
    Product,
    ProductStance,
    Team,
    TeamCapacity,
    Theme,
    Unit,
    ValueStream,
)

__all__ = [
    "DatedLink",
    "MeasureUnit",
    "Metric",
    "MetricValue",
    "Portfolio",
    "Product",
    "ProductPlacement",
    "ProductRelation",
    "ProductStance",
    "RoleAssignment",
    "Team",
    "TeamCapacity",
    "TeamMember",
    "TeamProduct",
    "Theme",
    "Unit",
    "ValueStream",
    "exactly_one",
    "holding",
]
