"""Who may change a goal: the roles on its owner, its co-owners' roles, and its own people."""

from uuid import UUID

from accounts.access import Access
from accounts.permissions import Permission
from okrs.models import KeyResult, Objective

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
