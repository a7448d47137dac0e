"""Rows of the route table for people, their tokens and what they did."""

from accounts.models import ApiToken, Invitation, Member, Notification
from accounts.permissions import Permission
from tests.factories.accounts import (
    ApiTokenFactory,
    InvitationFactory,
    NotificationFactory,
    ServiceAccountFactory,
)
from tests.personas import World
from tests.route_table import EVERYBODY, Route, of

P = Permission


def a_member(world: World) -> Member:
    return world["bystander"]


def an_invitation(world: World) -> Invitation:
    return InvitationFactory.create(invited_by=world["admin"])


def a_script(world: World) -> Member:
    return ServiceAccountFactory.create()


def a_token(world: World) -> ApiToken:
    """The bystander's, which administrators may revoke and nobody else sees."""
    return ApiTokenFactory.create(member=world["bystander"])


def a_notification(world: World) -> Notification:
    """The administrator's, which nobody else sees."""
    return NotificationFactory.create(member=world["admin"])


member, invitation, script = of(a_member), of(an_invitation), of(a_script)
token, notification = of(a_token), of(a_notification)


def hidden_from_all_but(*personas: str) -> dict[str, int]:
    return dict.fromkeys(EVERYBODY - set(personas), 404)


def on_token(name: str, method: str, ok: int) -> Route:
    hidden = hidden_from_all_but("admin", "bystander")
    return Route(name, method, P.TOKEN_MANAGE, ok, token, out_of_reach=hidden)


def on_notification(name: str, method: str, permission: P, ok: int) -> Route:
    return Route(
        name, method, permission, ok, notification, out_of_reach=hidden_from_all_but("admin")
    )


ROUTES: list[Route] = [
    Route("accounts:palette", "GET", P.ORG_READ),
    Route("accounts:organization", "GET", P.ORG_READ),
    Route("accounts:organization", "POST", P.ORG_MANAGE, 422),
    Route("accounts:people", "GET", P.ORG_READ),
    Route("accounts:invite", "GET", P.MEMBER_MANAGE),
    Route("accounts:invite", "POST", P.MEMBER_MANAGE, 422),
    Route("accounts:member", "GET", P.MEMBER_MANAGE, arguments=member),
    Route("accounts:member", "POST", P.MEMBER_MANAGE, 422, member),
    Route("accounts:remove-member", "POST", P.MEMBER_MANAGE, 302, member),
    Route("accounts:renew-invitation", "POST", P.MEMBER_MANAGE, 302, invitation),
    Route("accounts:withdraw-invitation", "POST", P.MEMBER_MANAGE, 302, invitation),
    Route("accounts:create-service-account", "GET", P.MEMBER_MANAGE),
    Route("accounts:create-service-account", "POST", P.MEMBER_MANAGE, 422),
    Route("accounts:tokens", "GET", P.TOKEN_MANAGE),
    Route("accounts:tokens", "POST", P.TOKEN_MANAGE, 422),
    on_token("accounts:revoke-token", "POST", 302),
    Route("accounts:audit-log", "GET", P.AUDIT_READ),
    Route("accounts:audit-csv", "GET", P.AUDIT_READ),
    Route("accounts:health", "GET", P.ORG_MANAGE),
    Route("accounts:notifications", "GET", P.ORG_READ),
    Route("accounts:read-notifications", "POST", P.NOTIFICATION_WRITE, 302),
    on_notification("accounts:open-notification", "POST", P.NOTIFICATION_WRITE, 302),
    on_notification("accounts:read-notification", "POST", P.NOTIFICATION_WRITE, 302),
    on_notification("accounts:unread-notification", "POST", P.NOTIFICATION_WRITE, 302),
    Route("api:organization", "GET", P.ORG_READ),
    Route("api:organization", "PATCH", P.ORG_MANAGE, 428),
    Route("api:members", "GET", P.ORG_READ),
    Route("api:members-record", "GET", P.ORG_READ, arguments=member),
    Route("api:members-record", "PATCH", P.MEMBER_MANAGE, 428, member),
    Route("api:members-record", "DELETE", P.MEMBER_MANAGE, 428, member),
    Route("api:service-accounts", "GET", P.ORG_READ),
    Route("api:service-accounts", "POST", P.MEMBER_MANAGE, 422),
    Route("api:service-accounts-record", "GET", P.ORG_READ, 200, script),
    Route("api:service-accounts-record", "PATCH", P.MEMBER_MANAGE, 428, script),
    Route("api:service-accounts-record", "DELETE", P.MEMBER_MANAGE, 428, script),
    Route("api:invitations", "GET", P.MEMBER_MANAGE),
    Route("api:invitations", "POST", P.MEMBER_MANAGE, 422),
    Route("api:invitations-record", "GET", P.MEMBER_MANAGE, 200, invitation),
    Route("api:invitations-record", "DELETE", P.MEMBER_MANAGE, 428, invitation),
    Route("api:tokens", "GET", P.TOKEN_MANAGE),
    Route("api:tokens", "POST", P.TOKEN_MANAGE, 422),
    on_token("api:tokens-record", "GET", 200),
    on_token("api:tokens-record", "DELETE", 204),
    Route("api:notifications", "GET", P.ORG_READ),
    on_notification("api:notifications-record", "GET", P.ORG_READ, 200),
    on_notification("api:notifications-read", "POST", P.NOTIFICATION_WRITE, 200),
    on_notification("api:notifications-unread", "POST", P.NOTIFICATION_WRITE, 200),
    Route("api:notifications-read-all", "POST", P.NOTIFICATION_WRITE),
    Route("api:audit-entries", "GET", P.AUDIT_READ),
]
