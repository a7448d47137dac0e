"""Reads of people, tokens and the audit log."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.access import Access
from accounts.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    Member,
    Notification,
    Organization,
)
from accounts.permissions import Permission
from accounts.tenancy import current_organization_id, tenant
from accounts.tokens import digest


def organization_clock() -> ZoneInfo:
    """The time zone of the bound organisation."""
    return ZoneInfo(Organization.objects.values_list("time_zone", flat=True).get())


def notifications_of(access: Access) -> QuerySet[Notification]:
    """What the member was told, without what speaks of units that are hidden from them now."""
    rows = Notification.objects.filter(member=access.member)
    hidden = access.units.hidden
    return rows.exclude(units__overlap=list(hidden)) if hidden else rows


def members(access: Access, *, words: str = "") -> QuerySet[Member]:
    """People of the organisation who have not left, by name."""
    rows = Member.objects.filter(left_at=None, person__isnull=False).select_related("person")
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(person__email__icontains=words))
    return rows.order_by("name", "id")


def service_accounts(access: Access) -> QuerySet[Member]:
    """Members for scripts that are in use, by name."""
    return Member.objects.filter(left_at=None, person=None).order_by("name", "id")


def open_invitations(access: Access) -> QuerySet[Invitation]:
    """Invitations that nobody answered or withdrew, expired ones included, the newest first."""
    return (
        Invitation.objects.filter(accepted_at=None, withdrawn_at=None)
        .select_related("invited_by")
        .order_by("-created_at")
    )


def visible_tokens(access: Access) -> QuerySet[ApiToken]:
    """The member's own tokens and, for those who manage members, everybody's."""
    rows = ApiToken.objects.select_related("member").order_by("-created_at")
    if access.allows(Permission.MEMBER_MANAGE):
        return rows
    return rows.filter(member=access.member)


@dataclass(frozen=True)
class Offer:
    """What an invitation link offers, as far as its holder may know before signing in."""

    organization: str
    slug: str
    email: str
    invited_by: str


def offer_of(raw: str) -> Offer | None:
    """The offer behind a live invitation link; None for a link that is used or too old."""
    organization_id = organization_of_invitation(raw)
    if organization_id is None:
        return None
    with tenant(organization_id):
        invitation = Invitation.objects.select_related("organization", "invited_by").get(
            token_hash=digest(raw)
        )
    return Offer(
        invitation.organization.name,
        invitation.organization.slug,
        invitation.email,
        invitation.invited_by.name,
    )


def organization_of_invitation(raw: str) -> UUID | None:
    """The organisation behind a live invitation link."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT flotilla_invitation(%s)", [digest(raw)])
        found: UUID | None = cursor.fetchone()[0]
    return found


def audit_entries(
    access: Access,
    *,
    table: str = "",
    actor: UUID | None = None,
    row: UUID | None = None,
    first: date | None = None,
    last: date | None = None,
) -> QuerySet[AuditEntry]:
    """Changes in the organisation, the newest first; `first` and `last` are both included."""
    rows = AuditEntry.objects.filter(organization_id=access.organization.pk)
    given = {"table_name": table, "actor_id": actor, "row_id": row}
    rows = rows.filter(**{name: value for name, value in given.items() if value})
    if first:
        rows = rows.filter(at__gte=start_of(first))
    if last:
        rows = rows.filter(at__lt=start_of(last + timedelta(days=1)))
    return rows.order_by("-id")


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def actor_names(access: Access) -> dict[UUID, str]:
    """Everybody who ever acted, members who left and service accounts included."""
    return dict(Member.objects.order_by("name").values_list("pk", "name"))


def latest_changes(count: int = 50) -> tuple[int, ...]:
    """The ids of the newest audit entries: other ones whenever somebody has edited something.

    More than the newest, because a change that took long is seen with an id below it.
    """
    ids = AuditEntry.objects.filter(organization_id=current_organization_id())
    return tuple(ids.order_by("-id").values_list("id", flat=True)[:count])
