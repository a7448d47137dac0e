"""What one member may see and do, worked out once a request."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from accounts.choices import OrgRole, TokenScope, UnitRole
from accounts.models import Member, Organization, Person
from accounts.permissions import BY_MONEY_ACCESS, BY_ORG_ROLE, BY_UNIT_ROLE, Permission
from accounts.principal import Principal
from accounts.statements import Statement, written

MEMBER_COLUMNS, ORGANIZATION_COLUMNS = (
    [field.attname for field in model._meta.concrete_fields] for model in (Member, Organization)
)


@dataclass(frozen=True)
class UnitAccess:
    """Roles by unit id, inherited ones included, and the units hidden from the member."""

    roles: Mapping[UUID, UnitRole] = field(default_factory=dict)
    hidden: frozenset[UUID] = frozenset()


UnitAccessSource = Callable[[Member], UnitAccess]
_unit_access_source: list[UnitAccessSource] = []


def register_unit_access(source: UnitAccessSource) -> None:
    """Called once, by the app that knows portfolios, products and teams."""
    _unit_access_source[:] = [source]


@dataclass(frozen=True)
class Access:
    member: Member
    units: UnitAccess
    read_only: bool = False
    by_token: bool = False

    @property
    def organization(self) -> Organization:
        return self.member.organization

    @cached_property
    def everywhere(self) -> frozenset[Permission]:
        """Permissions that hold for the whole organisation."""
        granted = BY_ORG_ROLE[OrgRole(self.member.role)] | BY_MONEY_ACCESS[self.member.money]  # type: ignore[index]
        return self._limited(granted)

    @cached_property
    def anywhere(self) -> frozenset[Permission]:
        """Permissions that hold for at least one record."""
        by_unit = frozenset[Permission]().union(
            *(BY_UNIT_ROLE[role] for role in set(self.units.roles.values()))
        )
        return self.everywhere | self._limited(by_unit)

    def _limited(self, permissions: frozenset[Permission]) -> frozenset[Permission]:
        return frozenset(p for p in permissions if p.is_read) if self.read_only else permissions

    def allows(self, permission: Permission) -> bool:
        return permission in self.anywhere

    def allows_on(self, permission: Permission, units: Iterable[UUID | None]) -> bool:
        """Whether `permission` holds for a record that any of `units` owns."""
        if permission in self.everywhere:
            return True
        roles = (self.units.roles.get(unit) for unit in units if unit is not None)
        return any(permission in self._limited(BY_UNIT_ROLE[role]) for role in roles if role)

    def require(self, permission: Permission, units: Iterable[UUID | None] = ()) -> None:
        """Raise `PermissionDenied` unless `permission` holds for a record of `units`."""
        if not self.allows_on(permission, units):
            raise PermissionDenied(permission.value)

    def require_anywhere(self, permission: Permission) -> None:
        """Raise `PermissionDenied` unless `permission` holds for at least one record."""
        if not self.allows(permission):
            raise PermissionDenied(permission.value)


def access_of(member: Member, *, scope: TokenScope | None = None) -> Access:
    source = _unit_access_source[0]
    return Access(
        member,
        source(member),
        read_only=scope == TokenScope.READ,
        by_token=scope is not None,
    )


def member_in_place(pk: UUID) -> Member:
    """A member with the organisation. Raises `Member.DoesNotExist`."""
    rows = member_statement().rows(pk)
    if not rows:
        raise Member.DoesNotExist(pk)
    values = list(rows[0].values())
    member = Member.from_db(connection.alias, MEMBER_COLUMNS, values[: len(MEMBER_COLUMNS)])
    place = values[len(MEMBER_COLUMNS) :]
    member.organization = Organization.from_db(connection.alias, ORGANIZATION_COLUMNS, place)
    return member


@cache
def member_statement() -> Statement:
    stand_in = uuid4()
    place = [f"organization__{column}" for column in ORGANIZATION_COLUMNS]
    rows = Member.objects.filter(pk=stand_in).values(*MEMBER_COLUMNS, *place)
    return written(rows, stand_in)


def load_access(request: HttpRequest) -> Access:
    """The access of the request's principal; the middleware has let members in only.

    From here on, days are those of the organisation's clock.
    """
    principal: Principal = request.principal  # type: ignore[attr-defined]
    member = member_in_place(principal.member_id)
    if not principal.by_token:
        member.person = cast("Person", request.user)  # read already, for the session
    timezone.activate(ZoneInfo(member.organization.time_zone))
    return access_of(member, scope=principal.scope)
