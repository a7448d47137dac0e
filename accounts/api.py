"""The API of people, organisations, tokens and the audit log."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Case, Value, When
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions, notifications, queries
from accounts.api_base import Resource, TenantSerializer, TenantView
from accounts.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    Member,
    Notification,
    Organization,
)
from accounts.permissions import Permission
from accounts.reauthentication import require_recent_confirmation
from accounts.serializers import (
    AuditEntrySerializer,
    FreshTokenSerializer,
    InvitationSerializer,
    MemberSerializer,
    NotificationSerializer,
    OrganizationSerializer,
    ReadCountSerializer,
    ServiceAccountSerializer,
    TokenSerializer,
)

P = Permission


class SensitiveResource(Resource):
    """A resource that a session may change only soon after proving who uses it."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_recent_confirmation(request)


class Organizations(SensitiveResource):
    """The organisation in the address, with its settings."""

    model = Organization  # type: ignore[assignment]  # the tenant itself is no tenant row
    serializer_class = OrganizationSerializer
    permissions: ClassVar = {"retrieve": P.ORG_READ, "partial_update": P.ORG_MANAGE}
    examples: ClassVar = {"partial_update": {"name": "North Wind", "fiscal_year_start": 4}}

    def visible(self) -> models.QuerySet[Organization]:
        return Organization.objects.filter(pk=self.access.organization.pk)

    def retrieve(self, request: Request, pk: UUID | None = None) -> Response:
        return super().retrieve(request, self.access.organization.pk)

    def partial_update(self, request: Request, pk: UUID | None = None) -> Response:
        return super().partial_update(request, self.access.organization.pk)

    def perform_edit(self, row: Organization, data: dict[str, Any], version: int) -> Any:
        return actions.edit_organization(self.access, expected_version=version, **data)


class Members(SensitiveResource):
    """The people of the organisation. They join by an invitation."""

    model = Member
    serializer_class: ClassVar[type[TenantSerializer]] = MemberSerializer
    permissions: ClassVar = {
        "list": P.ORG_READ,
        "retrieve": P.ORG_READ,
        "partial_update": P.MEMBER_MANAGE,
        "destroy": P.MEMBER_MANAGE,
    }
    filters: ClassVar = {"role": "role", "email": "person__email"}
    examples: ClassVar = {"partial_update": {"role": "facilitator"}}

    def visible(self) -> models.QuerySet[Member]:
        return queries.members(self.access)

    def perform_edit(self, row: Member, data: dict[str, Any], version: int) -> Member:
        return actions.edit_member(self.access, row, expected_version=version, **data)

    def perform_archive(self, row: Member, version: int | None) -> None:
        actions.remove_member(self.access, row, expected_version=version)


class ServiceAccounts(Members):
    """Members for scripts: they cannot sign in, and stay when people leave."""

    serializer_class = ServiceAccountSerializer
    permissions: ClassVar = {**Members.permissions, "create": P.MEMBER_MANAGE}
    filters: ClassVar = {"role": "role"}
    examples: ClassVar = {
        "create": {"name": "Nightly export", "role": "member", "money": "none"},
        "partial_update": {"name": "Weekly export"},
    }

    def visible(self) -> models.QuerySet[Member]:
        return queries.service_accounts(self.access)

    def perform_create(self, data: dict[str, Any]) -> Member:
        return actions.create_service_account(self.access, **data)


class Invitations(SensitiveResource):
    """Offers of membership that nobody has answered yet; creating one sends the e-mail."""

    model = Invitation
    serializer_class = InvitationSerializer
    permissions: ClassVar = dict.fromkeys(
        ("list", "retrieve", "create", "destroy"), P.MEMBER_MANAGE
    )
    filters: ClassVar = {"email": "email"}
    examples: ClassVar = {"create": {"email": "kim@example.com", "role": "member"}}

    def visible(self) -> models.QuerySet[Invitation]:
        return queries.open_invitations(self.access)

    def perform_create(self, data: dict[str, Any]) -> Invitation:
        return actions.invite(self.access, link=self.link, **data)

    def perform_archive(self, row: Invitation, version: int | None) -> None:
        actions.withdraw_invitation(self.access, row, expected_version=version)

    def link(self, raw: str) -> str:
        path = reverse("accounts:accept-invitation", args=[raw])
        return str(self.request.build_absolute_uri(path))


class Tokens(SensitiveResource):
    """Your API tokens and, for administrators, everybody's; deleting one revokes it."""

    model = ApiToken
    serializer_class = TokenSerializer
    permissions: ClassVar = dict.fromkeys(("list", "retrieve", "create", "destroy"), P.TOKEN_MANAGE)
    filters: ClassVar = {"member": "member_id", "scope": "scope"}
    bodies: ClassVar = {"create": (TokenSerializer, FreshTokenSerializer)}
    examples: ClassVar = {
        "create": {
            "name": "Nightly export",
            "scope": "read",
            "expires_at": "2027-03-31T00:00:00Z",
        }
    }
    # A retry with the same key learns which token was made, never the token itself.
    secrets = ("token",)

    def visible(self) -> models.QuerySet[ApiToken]:
        return queries.visible_tokens(self.access)

    def create(self, request: Request) -> Response:
        data = self.checked(self.serializer_class, request)
        token, raw = actions.create_token(self.access, **data)
        response = self.answer(token.pk, status=201)
        response.data["token"] = raw
        response["Location"] = f"{request.path}{token.pk}/"
        return response

    def perform_archive(self, row: ApiToken, version: int | None) -> None:
        actions.revoke_token(self.access, row)


class Notifications(Resource):
    """What you were told, by mentions and otherwise."""

    model = Notification
    serializer_class = NotificationSerializer
    permissions: ClassVar = {
        "list": P.ORG_READ,
        "retrieve": P.ORG_READ,
        "read": P.NOTIFICATION_WRITE,
        "unread": P.NOTIFICATION_WRITE,
    }
    filters: ClassVar = {"kind": "kind", "state": "state"}
    bodies: ClassVar = dict.fromkeys(("read", "unread"), (None, NotificationSerializer))

    def visible(self) -> models.QuerySet[Notification]:
        state = Case(When(read_at=None, then=Value("unread")), default=Value("read"))
        return queries.notifications_of(self.access).annotate(state=state)

    def read(self, request: Request, pk: UUID) -> Response:
        """Mark it as read."""
        notifications.mark_read(self.access, self.get_row(pk))
        return self.answer(pk)

    def unread(self, request: Request, pk: UUID) -> Response:
        """Mark it as unread again."""
        notifications.mark_read(self.access, self.get_row(pk), read=False)
        return self.answer(pk)


class ReadNotifications(TenantView):
    """All of your notifications at once."""

    permissions: ClassVar = {"read_all": P.NOTIFICATION_WRITE}
    bodies: ClassVar = {"read_all": (None, ReadCountSerializer)}

    def read_all(self, request: Request) -> Response:
        """Mark everything as read."""
        return Response({"marked": notifications.mark_all_read(self.access)})


class AuditEntries(Resource):
    """Every change of a record, in the order in which they were made."""

    model = AuditEntry  # type: ignore[assignment]  # written by a trigger, not by the application
    serializer_class = AuditEntrySerializer
    permissions: ClassVar = {"list": P.AUDIT_READ}
    filters: ClassVar = {
        "table_name": "table_name",
        "row_id": "row_id",
        "actor": "actor_id",
        "request_id": "request_id",
        "since": "at__gte",
        "until": "at__lt",
    }

    def visible(self) -> models.QuerySet[AuditEntry]:
        return queries.audit_entries(self.access)
