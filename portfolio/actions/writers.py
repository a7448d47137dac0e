"""On which units somebody needs map:write to change a record."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import EditableModel
from portfolio.choices import TeamTie
from portfolio.models import (
    MeasureUnit,
    Metric,
    Portfolio,
    Product,
    ProductPlacement,
    ProductRelation,
    RoleAssignment,
    Team,
    TeamCapacity,
    TeamMember,
    TeamProduct,
    Theme,
    Unit,
    ValueStream,
)

# Each of the lists must hold a unit on which the member may write.
Needed = list[list[UUID | None]]


def itself(row: Unit) -> Needed:
    return [[row.pk]]


def of_team_link(row: TeamProduct) -> Needed:
    owned = row.tie == TeamTie.OWNED
    return [[row.team_id], [row.product_id]] if owned else [[row.team_id, row.product_id]]


def of_placement(row: ProductPlacement) -> Needed:
    portfolio: Needed = [[row.portfolio_id]]
    return [*portfolio, [row.product_id]] if row.is_home else portfolio


# A link that hands rights down (a product's home, a product's own team) needs the right at both
# ends: a lead must not gain a product or team by linking it.
UNITS_TO_WRITE: dict[type[EditableModel], Callable[[Any], Needed]] = {
    Portfolio: itself,
    Product: itself,
    Team: itself,
    Theme: lambda row: [[row.portfolio_id]],
    ProductPlacement: of_placement,
    TeamProduct: of_team_link,
    TeamMember: lambda row: [[row.team_id]],
    TeamCapacity: lambda row: [[row.team_id]],
    RoleAssignment: lambda row: [[row.portfolio_id or row.product_id or row.team_id]],
    ProductRelation: lambda row: [[row.product_id, row.other_id]],
    Metric: lambda row: [[row.product_id]],
    # The right on the whole organisation.
    ValueStream: lambda _: [[]],
    MeasureUnit: lambda _: [[]],
}


def require_write(access: Access, row: EditableModel) -> None:
    """Raise `PermissionDenied` unless the member may change `row`."""
    for units in UNITS_TO_WRITE[type(row)](row):
        access.require(Permission.MAP_WRITE, units)


def may_write(access: Access, row: EditableModel) -> bool:
    return all(
        access.allows_on(Permission.MAP_WRITE, units) for units in UNITS_TO_WRITE[type(row)](row)
    )
