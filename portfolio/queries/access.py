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

# A member's roles with what they reach: a portfolio reaches the products at home in it, a
# product its own teams. The strongest role wins.
ROLES = """
WITH direct AS (
    SELECT role, portfolio_id, product_id, team_id FROM portfolio_roleassignment
    WHERE organization_id = %(org)s AND member_id = %(member)s AND archived_at IS NULL
      AND from_date <= %(day)s AND (until_date IS NULL OR until_date >= %(day)s)
), products AS (
    SELECT role, product_id AS id FROM direct WHERE product_id IS NOT NULL
    UNION SELECT d.role, p.product_id FROM direct d JOIN portfolio_productplacement p
      ON p.organization_id = %(org)s AND p.portfolio_id = d.portfolio_id AND p.is_home
     AND p.archived_at IS NULL
     AND p.from_date <= %(day)s AND (p.until_date IS NULL OR p.until_date >= %(day)s)
), teams AS (
    SELECT role, team_id AS id FROM direct WHERE team_id IS NOT NULL
    UNION SELECT pr.role, t.team_id FROM products pr JOIN portfolio_teamproduct t
      ON t.organization_id = %(org)s AND t.product_id = pr.id AND t.tie = 'owned'
     AND t.archived_at IS NULL
     AND t.from_date <= %(day)s AND (t.until_date IS NULL OR t.until_date >= %(day)s)
)
SELECT role, portfolio_id FROM direct WHERE portfolio_id IS NOT NULL
UNION ALL SELECT role, id FROM products UNION ALL SELECT role, id FROM teams
"""
# Private portfolios, the products at home in them, and those products' own teams.
PRIVATE = """
WITH portfolios AS (
    SELECT id FROM portfolio_portfolio WHERE organization_id = %(org)s AND is_private
), products AS (
    SELECT p.product_id AS id FROM portfolio_productplacement p JOIN portfolios f
      ON p.organization_id = %(org)s AND p.portfolio_id = f.id AND p.is_home
     AND p.archived_at IS NULL
     AND p.from_date <= %(day)s AND (p.until_date IS NULL OR p.until_date >= %(day)s)
)
SELECT id FROM portfolios UNION SELECT id FROM products UNION
SELECT t.team_id FROM portfolio_teamproduct t JOIN products pr
  ON t.organization_id = %(org)s AND t.product_id = pr.id AND t.tie = 'owned'
 AND t.archived_at IS NULL
 AND t.from_date <= %(day)s AND (t.until_date IS NULL OR t.until_date >= %(day)s)
"""
# Both at once; a unit that is private comes without a role.
ROLES_AND_PRIVATE = f"""
WITH roles AS ({ROLES}), private AS ({PRIVATE})
SELECT role, portfolio_id FROM roles UNION ALL SELECT NULL, id FROM private
"""  # noqa: S608 (both stand above)
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
