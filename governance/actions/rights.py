"""Who may write about which records."""

from collections.abc import Iterable

from accounts.access import Access
from accounts.permissions import Permission
from governance.queries.records import Record, units_of


def may_on(access: Access, permission: Permission, records: Iterable[Record]) -> bool:
    """Whether `permission` holds on a unit that owns one of the records; on none, everywhere."""
    if permission in access.everywhere:
        return True
    return access.allows(permission) and access.allows_on(permission, units_of(records))


def require_on(access: Access, permission: Permission, records: Iterable[Record]) -> None:
    """Raise `PermissionDenied` unless `may_on`."""
    if not may_on(access, permission, records):
        access.require(permission, ())
