"""Which units a member has a role on, which are hidden, and which may be chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.access import Access, UnitAccess
from accounts.choices import OrgRole, UnitRole
from accounts.models import Member
from accounts.permissions import Permission
from accounts.tenant_models import EditableModel, TenantModel
from portfolio.models import (
    Metric,
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
    Unit,
)

Row = TypeVar("Row", bound=TenantModel)
EditableRow = TypeVar("EditableRow", bound=EditableModel)
UnitRow = TypeVar("UnitRow", bound=Unit)
# Where a row names units that may be hidden.
UNIT_COLUMNS: Mapping[type[TenantModel], tuple[str, ...]] = {
    Portfolio: ("id",),
    Product: ("id",),
    Team: ("id",),
    Theme: ("portfolio_id",),
    ProductPlacement: ("portfolio_id", "product_id"),
    ProductRelation: ("product_id", "other_id"),
    ProductStance: ("product_id",),
    TeamProduct: ("team_id", "product_id"),
    TeamMember: ("team_id",),
    TeamCapacity: ("team_id",),
    RoleAssignment: ("portfolio_id", "product_id", "team_id"),
    Metric: ("product_id",),
}

# The functions stand in `portfolio/migrations/0003_reach.py`; a unit may come with several roles.
ROLES = "SELECT held, unit FROM portfolio_roles_of(%(org)s, %(member)s, %(day)s)"
PRIVATE = "SELECT NULL, unit FROM portfolio_private_units(%(org)s, %(day)s)"
# Both at once; a unit that is private comes without a role.
ROLES_AND_PRIVATE = f"{ROLES} UNION ALL {PRIVATE}"
STRENGTH = {UnitRole.VIEWER: 0, UnitRole.CONTRIBUTOR: 1, UnitRole.LEAD: 2}


def unit_access(member: Member) -> UnitAccess:
    """A member's roles with everything they reach, and the private units beyond them.

    One statement. From administrators and facilitators nothing is hidden.
    """
    sees_all = member.role in {OrgRole.ADMIN, OrgRole.FACILITATOR}
    with connection.cursor() as cursor:
        cursor.execute(
            ROLES if sees_all else ROLES_AND_PRIVATE,
            {"org": member.organization_id, "member": member.pk, "day": timezone.localdate()},
        )
        rows = cursor.fetchall()
    roles = strongest((UnitRole(role), unit) for role, unit in rows if role is not None)
    private = {unit for role, unit in rows if role is None}
    return UnitAccess(roles, frozenset(private - set(roles)))


def strongest(found: Iterable[tuple[UnitRole, UUID]]) -> dict[UUID, UnitRole]:
    """The strongest role on each unit."""
    return {unit: role for role, unit in sorted(found, key=lambda row: STRENGTH[row[0]])}


def visible(model: type[Row], access: Access) -> QuerySet[Row]:
    """Rows of one kind, archived ones included, without those of units hidden from the member.

    A silent metric without a product may serve a goal of a private portfolio, so it shows only
    to those from whom nothing is hidden.
    """
    rows: QuerySet[Row] = model.objects.all()
    hidden = access.units.hidden
    if not hidden:
        return rows
    for column in UNIT_COLUMNS.get(model, ()):
        rows = rows.exclude(**{f"{column}__in": hidden})
    if model is Metric:
        rows = rows.exclude(is_silent=True, product=None)
    return rows


def live(model: type[EditableRow], access: Access) -> QuerySet[EditableRow]:
    """The visible rows that are not archived."""
    return visible(model, access).filter(archived_at=None)


@dataclass(frozen=True)
class UnitChoices:
    """What a chooser may offer."""

    portfolios: QuerySet[Portfolio]
    products: QuerySet[Product]
    teams: QuerySet[Team]


def units_where(access: Access, permission: Permission) -> UnitChoices:
    """The live units on which the member holds `permission`, by kind and name."""

    def choose(model: type[UnitRow]) -> QuerySet[UnitRow]:
        rows = live(model, access)
        if permission in access.everywhere:
            return rows
        granted = [unit for unit in access.units.roles if access.allows_on(permission, [unit])]
        return rows.filter(pk__in=granted)

    return UnitChoices(choose(Portfolio), choose(Product), choose(Team))
