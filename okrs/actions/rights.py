"""Who may change a goal: the roles on its owner, its co-owners' roles, and its own people."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from okrs.models import KeyResult, Objective
from portfolio.choices import TeamTie
from portfolio.models import ProductPlacement, TeamProduct, holding

OWNERS_MAY = frozenset({Permission.CHECK_IN_WRITE, Permission.OKR_WRITE})


def units_of(objective: Objective) -> list[UUID | None]:
    """The owner and, for key results that units share, the co-owners."""
    co_owners = objective.co_owners.values_list("product_id", "team_id")
    return [objective.unit_id, *(product or team for product, team in co_owners)]


def may_on_objective(access: Access, permission: Permission, objective: Objective) -> bool:
    is_owner = objective.owner_id == access.member.pk
    if is_owner and permission in OWNERS_MAY and access.allows(permission):
        return True
    if access.allows_on(permission, [objective.unit_id]):
        return True
    return access.allows(permission) and access.allows_on(permission, units_of(objective))


def require_on_objective(access: Access, permission: Permission, objective: Objective) -> None:
    """Raise `PermissionDenied` unless the member may do this to the objective."""
    if not may_on_objective(access, permission, objective):
        access.require(permission, [objective.unit_id])


def deciding_units(objective: Objective) -> list[UUID]:
    """The units that decide on a proposal, one step above its owner.

    A team's goals are decided on by the products that it belongs to, a product's by its home
    portfolio, a portfolio's by itself; the organisation's by those who steer everything.
    """
    if objective.portfolio_id is not None:
        return [objective.portfolio_id]
    today = holding(timezone.localdate())
    if objective.team_id is not None:
        owners = TeamProduct.objects.filter(today, team=objective.team_id, tie=TeamTie.OWNED)
        return list(owners.values_list("product_id", flat=True))
    homes = ProductPlacement.objects.filter(today, product=objective.product_id, is_home=True)
    return list(homes.values_list("portfolio_id", flat=True))


def may_decide_on(access: Access, objective: Objective) -> bool:
    """Whether the member speaks for the side above: nobody accepts a proposal of their own."""
    decide = Permission.OKR_DECIDE
    if not access.allows(decide) or decide in access.everywhere:
        return access.allows(decide)
    return access.allows_on(decide, deciding_units(objective))


def require_decision_on(access: Access, objective: Objective) -> None:
    """Raise `PermissionDenied` unless the member speaks for the side above the objective."""
    if not may_decide_on(access, objective):
        raise PermissionDenied(Permission.OKR_DECIDE.value)


def may_on_key_result(access: Access, permission: Permission, key_result: KeyResult) -> bool:
    """As on its objective; the owner of the key result may as well."""
    is_owner = key_result.owner_id == access.member.pk
    if is_owner and permission in OWNERS_MAY and access.allows(permission):
        return True
    return may_on_objective(access, permission, key_result.objective)


def require_on_key_result(access: Access, permission: Permission, key_result: KeyResult) -> None:
    """Raise `PermissionDenied` unless the member may do this to the key result."""
    if not may_on_key_result(access, permission, key_result):
        access.require(permission, [key_result.objective.unit_id])
