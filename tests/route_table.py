"""The form of the route table, and what each persona may do by it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from accounts.permissions import Permission
from tests.personas import World

P = Permission
Arguments = Callable[[World], dict[str, Any]]
STEERERS = frozenset({"admin", "facilitator"})
LEADS = STEERERS | {"lead"}
DOERS = LEADS | {"contributor"}
EVERYBODY = DOERS | {"viewer", "bystander"}

# Who holds each permission for at least one record. Written out, not derived: the roles in
# the product are compared with it.
HOLDERS: dict[Permission, frozenset[str]] = {
    P.AUDIT_READ: STEERERS,
    P.CHECK_IN_WRITE: DOERS,
    P.CONNECTION_MANAGE: frozenset({"admin"}),
    P.CONNECTION_SYNC: DOERS,
    P.CYCLE_MANAGE: STEERERS,
    P.MAP_MANAGE: STEERERS,
    P.MAP_WRITE: LEADS,
    P.MEMBER_MANAGE: frozenset({"admin"}),
    P.MONEY_READ: frozenset({"admin"}),
    P.MONEY_WRITE: frozenset({"admin"}),
    P.NOTIFICATION_WRITE: EVERYBODY,
    P.OKR_DECIDE: LEADS,
    P.OKR_WRITE: DOERS,
    P.ORG_MANAGE: frozenset({"admin"}),
    P.ORG_READ: EVERYBODY,
    P.TOKEN_MANAGE: EVERYBODY,
}


def no_arguments(world: World) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Route:
    """One URL and method: the permission it demands, and the answer to those who hold it.

    `ok` is the status with an empty body; 404 for a record that need not exist shows as well
    that the gate opened.
    """

    name: str
    method: str
    permission: Permission
    ok: int = 200
    arguments: Arguments = no_arguments

    def __str__(self) -> str:
        return f"{self.method} {self.name}"

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:")


def named_patterns(
    patterns: list[URLPattern | URLResolver] | None = None, namespace: str = "", prefix: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """(name with namespace, path, pattern) of every URL of the product."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, [namespace, pattern.namespace]))
            yield from named_patterns(pattern.url_patterns, inner, path)
        else:
            yield ":".join(filter(None, [namespace, pattern.name])), path, pattern


def methods_of(pattern: URLPattern) -> dict[str, Permission]:
    """The methods that a view answers, with the permission that it declares for each."""
    view = pattern.callback
    actions = getattr(view, "actions", None)
    if actions is not None:
        permissions = view.cls.permissions  # type: ignore[attr-defined]
        told = actions.items() - {("head", actions.get("head"))}  # answered as GET is
        return {method.upper(): permissions[action] for method, action in told}
    return {method: view.permissions[method] for method in view.methods}  # type: ignore[attr-defined]
