"""Records of accounts as the API gives and takes them."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from accounts.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    Member,
    Notification,
    Organization,
)


class OrganizationSerializer(TenantSerializer):
    class Meta:
        model = Organization
        fields = (
            "id",
            "slug",
            "name",
            "time_zone",
            "currency",
            "fiscal_year_start",
            "behind_after",
            "at_risk_after",
            "version",
        )
        read_only_fields = ("version",)
        # The action knows which addresses are taken, former ones included.
        extra_kwargs: ClassVar[dict[str, Any]] = {"slug": {"validators": []}}


class MemberSerializer(TenantSerializer):
    """A person in the organisation; `email` is theirs."""

    email = serializers.EmailField(source="person.email", read_only=True)

    class Meta:
        model = Member
        fields = ("id", "name", "email", "role", "money", "joined_at", "version")
        read_only_fields = ("joined_at", "version")


class ServiceAccountSerializer(TenantSerializer):
    class Meta:
        model = Member
        fields = ("id", "name", "role", "money", "joined_at", "version")
        read_only_fields = ("joined_at", "version")


class InvitationSerializer(TenantSerializer):
    class Meta:
        model = Invitation
        fields = (
            "id",
            "email",
            "role",
            "money",
            "invited_by",
            "expires_at",
            "accepted_at",
            "withdrawn_at",
            "version",
        )
        read_only_fields = ("invited_by", "expires_at", "accepted_at", "withdrawn_at", "version")


class TokenSerializer(TenantSerializer):
    """A token without its secret. Leave `member` out for a token of your own."""

    class Meta:
        model = ApiToken
        fields: ClassVar[Any] = (
            "id",
            "member",
            "name",
            "scope",
            "prefix",
            "expires_at",
            "revoked_at",
            "last_used_at",
            "last_used_from",
        )
        read_only_fields = ("prefix", "revoked_at", "last_used_at", "last_used_from")
        extra_kwargs: ClassVar = {"member": {"required": False}, "scope": {"required": True}}


class FreshTokenSerializer(TokenSerializer):
    """The answer to making a token: the only one that holds the token itself."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields: ClassVar[Any] = (*TokenSerializer.Meta.fields, "token")


class NotificationSerializer(TenantSerializer):
    """Something that the member behind the token was told; `url` is a path within the site."""

    state = serializers.ChoiceField(choices=["unread", "read"], read_only=True)

    class Meta:
        model = Notification
        fields = ("id", "kind", "title", "text", "url", "actor", "state", "read_at", "created_at")
        read_only_fields = fields


class ReadCountSerializer(serializers.Serializer[Any]):
    """How many notifications are marked as read now that were not before."""

    marked = serializers.IntegerField()


class AuditEntrySerializer(TenantSerializer):
    """One change of one record; `changes` maps each field to its value before and after."""

    actor = serializers.UUIDField(source="actor_id", allow_null=True)
    changes = serializers.DictField(child=serializers.ListField())

    class Meta:
        model = AuditEntry
        fields = ("id", "at", "actor", "request_id", "table_name", "row_id", "operation", "changes")
        read_only_fields = fields
