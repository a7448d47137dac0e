"""What the frame around every page tells, read by one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.http import HttpRequest

from accounts.access import Access
from accounts.principal import OrganizationChoice

# `{visible}` leaves out what speaks of units that are hidden from the member, as
# `accounts.queries.notifications_of` does.
FRAME = """
SELECT
    (SELECT json_agg(json_build_array(id, slug, name))
     FROM flotilla_organizations_of(%(person)s)),
    (SELECT json_object_agg(name, at) FROM accounts_heartbeat),
    (SELECT count(*) FROM accounts_notification
     WHERE organization_id = %(org)s AND member_id = %(member)s AND read_at IS NULL {visible})
"""
NOT_HIDDEN = "AND NOT units && %(hidden)s::uuid[]"


@dataclass(frozen=True)
class Frame:
    """Where the person may go, when workers were last seen, and how much the member has unread."""

    organizations: Sequence[OrganizationChoice]
    signs_of_life: Mapping[str, datetime]
    unread: int


def frame_of(request: HttpRequest) -> Frame:
    """The frame of the request's member, read when it is first asked for."""
    found: Frame | None = getattr(request, "frame", None)
    if found is None:
        found = read_frame(request.access)  # type: ignore[attr-defined]
        request.frame = found  # type: ignore[attr-defined]
    return found


def read_frame(access: Access) -> Frame:
    member, hidden = access.member, access.units.hidden
    with connection.cursor() as cursor:
        cursor.execute(
            FRAME.format(visible=NOT_HIDDEN if hidden else ""),
            {
                "person": member.person_id,
                "org": member.organization_id,
                "member": member.pk,
                "hidden": list(hidden),
            },
        )
        organizations, seen, unread = cursor.fetchone()
    return Frame(
        [OrganizationChoice(UUID(pk), slug, name) for pk, slug, name in organizations or ()],
        {name: datetime.fromisoformat(at) for name, at in (seen or {}).items()},
        unread,
    )
