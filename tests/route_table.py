"""The form of the route table, and what each persona may do by it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.permissions import Permission
from accounts.tenancy import tenant
from accounts.tenant_models import TenantModel
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
    P.COMMENT_WRITE: EVERYBODY,
    P.CONNECTION_MANAGE: frozenset({"admin"}),
    P.CONNECTION_SYNC: DOERS,
    P.CYCLE_MANAGE: STEERERS,
    P.DECISION_DECIDE: LEADS,
    P.DECISION_WRITE: DOERS,
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
    P.RISK_WRITE: DOERS,
    P.SIGNAL_ASSESS: LEADS,
    P.SIGNAL_WRITE: EVERYBODY,
    P.TOKEN_MANAGE: EVERYBODY,
}


def no_arguments(world: World) -> dict[str, Any]:
    return {}


def of(make: Callable[[World], TenantModel]) -> Arguments:
    """The id of a row that `make` makes for the call."""
    return lambda world: {"pk": make(world).pk}


@dataclass(frozen=True)
class Route:
    """One URL and method: the permission it demands, and the answer to those who hold it.

    `arguments` makes the row that the address names; `words` are parts of the address that are
    the same in every organisation. `ok` is the status with an empty body and without If-Match,
    `out_of_reach` that for personas who hold the permission, but not for this row.
    """

    name: str
    method: str
    permission: Permission
    ok: int = 200
    arguments: Arguments = no_arguments
    words: Mapping[str, str] = field(default_factory=dict)
    out_of_reach: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.name}"

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:")

    @property
    def names_row(self) -> bool:
        """Whether the address holds more than the organisation and words."""
        return placeholders()[self.name] - {"org", *self.words} != set()

    def arguments_in(self, world: World) -> dict[str, Any]:
        """What names a row of `world`, made for the call."""
        with tenant(world.organization.pk):
            return self.arguments(world)

    def path(self, world: World, arguments: Mapping[str, Any]) -> str:
        """The address in `world`, with a row that may be another's."""
        given = {"org": world.organization.slug, **self.words, **arguments}
        return reverse(self.name, kwargs=given)

    def answer(self, persona: str) -> int:
        """The status for a persona."""
        if persona not in HOLDERS[self.permission]:
            return 403
        return self.out_of_reach.get(persona, self.ok)


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


@cache
def placeholders() -> dict[str, set[str]]:
    """Route name → the parts of its address that differ from call to call."""
    return {name: set(re.findall(r"<\w+:(\w+)>", path)) for name, path, _ in named_patterns()}


def methods_of(pattern: URLPattern) -> dict[str, Permission]:
    """The methods that a view answers, with the permission that it declares for each."""
    view = pattern.callback
    actions = getattr(view, "actions", None)
    if actions is not None:
        permissions = view.cls.permissions  # type: ignore[attr-defined]
        told = actions.items() - {("head", actions.get("head"))}  # answered as GET is
        return {method.upper(): permissions[action] for method, action in told}
    return {method: view.permissions[method] for method in view.methods}  # type: ignore[attr-defined]
