"""Which organisation the running code works for, and how the database learns of it.

The binding lives in a context variable. The database backend reads it where a transaction
begins (`accounts.database`), so requests, tasks, threads and poolers are one case.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

BIND_SQL = (
    "SELECT set_config('app.org_id', %s, true), set_config('app.actor_id', %s, true),"
    " set_config('app.request_id', %s, true), pg_advisory_xact_lock_shared(hashtextextended(%s, 2))"
)
# Every transaction of an organisation holds the lock with others. Who holds it alone, until he lets
# go, has the organisation to himself: `accounts.moving`.
HOLD_SQL = "SELECT pg_advisory_lock(hashtextextended(%s, 2))"
LET_GO_SQL = "SELECT pg_advisory_unlock(hashtextextended(%s, 2))"
ALONE_SQL = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))"


class NoTenant(RuntimeError):
    """Tenant data was asked for while no organisation, or another one, was bound."""


@dataclass(frozen=True)
class Binding:
    """Who works for which organisation, and under which request."""

    organization_id: UUID
    actor_id: UUID | None = None
    request_id: str = ""

    def parameters(self) -> tuple[str, str, str]:
        return (str(self.organization_id), str(self.actor_id or ""), self.request_id)


_binding: ContextVar[Binding | None] = ContextVar("flotilla_tenant", default=None)


def current_binding() -> Binding | None:
    return _binding.get()


def current_organization_id() -> UUID:
    """The bound organisation; raises `NoTenant` when there is none."""
    binding = _binding.get()
    if binding is None:
        raise NoTenant("no organisation is bound: open `tenant(organization_id)` first")
    return binding.organization_id


def activate(binding: Binding) -> Token[Binding | None]:
    """Bind until `deactivate`; for middleware, which cannot hold a block open."""
    from django.db import connection  # the app registry need not be ready to import this module

    token = _binding.set(binding)
    if connection.in_atomic_block:
        tell_database(connection, binding)
    return token


def deactivate(token: Token[Binding | None]) -> None:
    """Put back the binding from before `activate`.

    SET LOCAL outlives the block when an outer transaction is open, so the database is told.
    """
    from django.db import connection

    _binding.reset(token)
    if connection.in_atomic_block and not connection.needs_rollback:
        tell_database(connection, _binding.get())


@contextmanager
def tenant(
    organization_id: UUID, *, actor_id: UUID | None = None, request_id: str = ""
) -> Iterator[Binding]:
    """Work for one organisation; inside another one it raises `NoTenant`."""
    before = _binding.get()
    if before is not None and before.organization_id != organization_id:
        raise NoTenant("already bound to another organisation")
    binding = Binding(organization_id, actor_id, request_id)
    token = activate(binding)
    try:
        yield binding
    finally:
        deactivate(token)


def tell_database(connection: "BaseDatabaseWrapper", binding: Binding | None) -> None:
    """Set the transaction's organisation, actor and request; `None` leaves an unusable one."""
    parameters = binding.parameters() if binding else ("", "", "")
    with connection.connection.cursor() as cursor:
        cursor.execute(BIND_SQL, (*parameters, parameters[0]))


def wait_to_be_alone() -> None:
    """Go on when no other transaction of the bound organisation is open; others wait for this one.

    At the beginning of a transaction: of two that hold something already, one would be given up.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(ALONE_SQL, [str(current_organization_id())])
