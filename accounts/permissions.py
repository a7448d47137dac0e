"""What may be done, and which roles may do it.

A view declares a permission for each method with `@requires`; the route table in
`tests/routes.py` repeats it, and a test compares the two.
"""

from collections.abc import Callable
from contextlib import nullcontext
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django_htmx.middleware import HtmxDetails

from accounts.choices import MoneyAccess, OrgRole, UnitRole

if TYPE_CHECKING:
    from accounts.access import Access
    from accounts.models import Member, Organization


class Permission(StrEnum):
    """`subject:action`; an action other than `read` changes something."""

    AUDIT_READ = "audit:read"
    CHECK_IN_WRITE = "check-in:write"
    COMMENT_WRITE = "comment:write"
    CONNECTION_MANAGE = "connection:manage"
    CONNECTION_SYNC = "connection:sync"
    CYCLE_MANAGE = "cycle:manage"
    DECISION_DECIDE = "decision:decide"
    DECISION_WRITE = "decision:write"
    MAP_MANAGE = "map:manage"
    MAP_WRITE = "map:write"
    MEMBER_MANAGE = "member:manage"
    MONEY_READ = "money:read"
    MONEY_WRITE = "money:write"
    NOTIFICATION_WRITE = "notification:write"
    OKR_DECIDE = "okr:decide"
    OKR_WRITE = "okr:write"
    ORG_MANAGE = "org:manage"
    ORG_READ = "org:read"
    RISK_WRITE = "risk:write"
    SIGNAL_ASSESS = "signal:assess"
    SIGNAL_WRITE = "signal:write"
    TOKEN_MANAGE = "token:manage"  # noqa: S105 (a permission, not a secret)

    @property
    def is_read(self) -> bool:
        return self.value.endswith(":read")


P = Permission
EVERY_MEMBER = frozenset(
    {P.COMMENT_WRITE, P.NOTIFICATION_WRITE, P.ORG_READ, P.SIGNAL_WRITE, P.TOKEN_MANAGE}
)
CONTRIBUTING = frozenset(
    {P.CHECK_IN_WRITE, P.CONNECTION_SYNC, P.DECISION_WRITE, P.OKR_WRITE, P.RISK_WRITE}
)
BY_UNIT_ROLE: dict[UnitRole, frozenset[Permission]] = {
    UnitRole.VIEWER: frozenset(),
    UnitRole.CONTRIBUTOR: CONTRIBUTING,
    UnitRole.LEAD: CONTRIBUTING | {P.DECISION_DECIDE, P.MAP_WRITE, P.OKR_DECIDE, P.SIGNAL_ASSESS},
}
STEERING = BY_UNIT_ROLE[UnitRole.LEAD] | {P.MAP_MANAGE, P.CYCLE_MANAGE, P.AUDIT_READ}
BY_ORG_ROLE: dict[OrgRole, frozenset[Permission]] = {
    OrgRole.MEMBER: EVERY_MEMBER,
    OrgRole.FACILITATOR: EVERY_MEMBER | STEERING,
    OrgRole.ADMIN: EVERY_MEMBER | STEERING | {P.ORG_MANAGE, P.MEMBER_MANAGE, P.CONNECTION_MANAGE},
}
BY_MONEY_ACCESS: dict[MoneyAccess, frozenset[Permission]] = {
    MoneyAccess.NONE: frozenset(),
    MoneyAccess.SEE: frozenset({P.MONEY_READ}),
    MoneyAccess.CHANGE: frozenset({P.MONEY_READ, P.MONEY_WRITE}),
}


class MemberRequest(HttpRequest):
    """A request inside an organisation, after its permission was checked."""

    org: "Organization"
    member: "Member"
    access: "Access"
    htmx: HtmxDetails


def requires(
    read: Permission, *, post: Permission | None = None
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let members in who hold the method's permission somewhere; others get 403.

    GET needs `read`. POST is answered only when `post` is given. Whether the permission holds
    for the record at hand is for the action to check (`Access.require`).
    """
    permissions = {"GET": read} | ({"POST": post} if post else {})

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return gated(view, permissions)

    return decorate


def requires_post(
    permission: Permission,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """As `requires`, for a view that only changes something."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return gated(view, {"POST": permission})

    return decorate


def gated(
    view: Callable[..., HttpResponse], permissions: dict[str, Permission]
) -> Callable[..., HttpResponse]:
    @wraps(view)
    def checked(request: HttpRequest, org: str, *args: Any, **kwargs: Any) -> HttpResponse:
        from accounts.access import load_access

        method = "GET" if request.method == "HEAD" else request.method or ""
        if method not in permissions:
            return HttpResponseNotAllowed(list(permissions))
        if not hasattr(request, "principal"):
            return resumed(checked, request, org, *args, **kwargs)
        # A view that waits for the network has no transaction around it, reading needs one.
        with nullcontext() if connection.in_atomic_block else transaction.atomic():
            access = load_access(request)
        if not access.allows(permissions[method]):
            raise PermissionDenied(permissions[method].value)
        member_request = cast("MemberRequest", request)
        member_request.access = access
        member_request.member = access.member
        member_request.org = access.organization
        return view(member_request, *args, **kwargs)

    checked.permissions = permissions  # type: ignore[attr-defined]
    checked.methods = list(permissions)  # type: ignore[attr-defined]
    return checked


def resumed(
    view: Callable[..., HttpResponse], request: HttpRequest, org: str, *args: Any, **kwargs: Any
) -> HttpResponse:
    """Carry out a form that waited for the person to confirm who they are.

    allauth calls the view itself, so the middleware has not bound the organisation.
    """
    from accounts.principal import principal_of_person
    from accounts.tenancy import tenant

    principal = principal_of_person(org, request.user.pk) if request.user.is_authenticated else None
    if principal is None:
        raise Http404
    request.principal = principal  # type: ignore[attr-defined]
    request_id = request.request_id  # type: ignore[attr-defined]
    with tenant(principal.organization_id, actor_id=principal.member_id, request_id=request_id):
        return view(request, org, *args, **kwargs)
