from typing import Any

from accounts.permissions import Permission
from tests.personas import World
from tests.route_table import Route

P = Permission


def some_id(world: World) -> dict[str, Any]:
    return {"pk": world.organization.pk}


def own_member(world: World) -> dict[str, Any]:
    return {"pk": world["bystander"].pk}


ROUTES: list[Route] = [
    Route("accounts:palette", "GET", P.ORG_READ),
    Route("accounts:organization", "GET", P.ORG_READ),
    Route("accounts:organization", "POST", P.ORG_MANAGE, 422),
    Route("accounts:people", "GET", P.ORG_READ),
    Route("accounts:invite", "GET", P.MEMBER_MANAGE),
    Route("accounts:invite", "POST", P.MEMBER_MANAGE, 422),
    Route("accounts:member", "GET", P.MEMBER_MANAGE, arguments=own_member),
    Route("accounts:member", "POST", P.MEMBER_MANAGE, 422, own_member),
    Route("accounts:remove-member", "POST", P.MEMBER_MANAGE, 302, own_member),
    Route("accounts:renew-invitation", "POST", P.MEMBER_MANAGE, 404, some_id),
    Route("accounts:withdraw-invitation", "POST", P.MEMBER_MANAGE, 404, some_id),
    Route("accounts:create-service-account", "GET", P.MEMBER_MANAGE),
    Route("accounts:create-service-account", "POST", P.MEMBER_MANAGE, 422),
    Route("accounts:tokens", "GET", P.TOKEN_MANAGE),
    Route("accounts:tokens", "POST", P.TOKEN_MANAGE, 422),
    Route("accounts:revoke-token", "POST", P.TOKEN_MANAGE, 404, some_id),
    Route("accounts:audit-log", "GET", P.AUDIT_READ),
    Route("accounts:audit-csv", "GET", P.AUDIT_READ),
    Route("accounts:health", "GET", P.ORG_MANAGE),
    Route("accounts:notifications", "GET", P.ORG_READ),
    Route("accounts:read-notifications", "POST", P.NOTIFICATION_WRITE, 302),
    Route("accounts:open-notification", "POST", P.NOTIFICATION_WRITE, 404, some_id),
    Route("accounts:read-notification", "POST", P.NOTIFICATION_WRITE, 404, some_id),
    Route("accounts:unread-notification", "POST", P.NOTIFICATION_WRITE, 404, some_id),
    Route("api:organization", "GET", P.ORG_READ),
    Route("api:organization", "PATCH", P.ORG_MANAGE, 428),
    Route("api:members", "GET", P.ORG_READ),
    Route("api:members-record", "GET", P.ORG_READ, arguments=own_member),
    Route("api:members-record", "PATCH", P.MEMBER_MANAGE, 428, own_member),
    Route("api:members-record", "DELETE", P.MEMBER_MANAGE, 428, own_member),
    Route("api:service-accounts", "GET", P.ORG_READ),
    Route("api:service-accounts", "POST", P.MEMBER_MANAGE, 422),
    Route("api:service-accounts-record", "GET", P.ORG_READ, 404, some_id),
    Route("api:service-accounts-record", "PATCH", P.MEMBER_MANAGE, 404, some_id),
    Route("api:service-accounts-record", "DELETE", P.MEMBER_MANAGE, 404, some_id),
    Route("api:invitations", "GET", P.MEMBER_MANAGE),
    Route("api:invitations", "POST", P.MEMBER_MANAGE, 422),
    Route("api:invitations-record", "GET", P.MEMBER_MANAGE, 404, some_id),
    Route("api:invitations-record", "DELETE", P.MEMBER_MANAGE, 404, some_id),
    Route("api:tokens", "GET", P.TOKEN_MANAGE),
    Route("api:tokens", "POST", P.TOKEN_MANAGE, 422),
    Route("api:tokens-record", "GET", P.TOKEN_MANAGE, 404, some_id),
    Route("api:tokens-record", "DELETE", P.TOKEN_MANAGE, 404, some_id),
    Route("api:notifications", "GET", P.ORG_READ),
    Route("api:notifications-record", "GET", P.ORG_READ, 404, some_id),
    Route("api:notifications-read", "POST", P.NOTIFICATION_WRITE, 404, some_id),
    Route("api:notifications-unread", "POST", P.NOTIFICATION_WRITE, 404, some_id),
    Route("api:notifications-read-all", "POST", P.NOTIFICATION_WRITE),
    Route("api:audit-entries", "GET", P.AUDIT_READ),
]
