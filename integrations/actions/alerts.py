"""Telling the owner of a connection that it needs a person."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from accounts import outbox
from accounts.choices import OrgRole
from accounts.models import Member
from integrations.choices import OUT_OF_SIGHT
from integrations.models import Connection, Source

ALERT_JOB = "integrations.tasks.tell_owner"
# What happened → the subject of the message.
SUBJECTS = {
    "broken": "{name} cannot be read any more",
    "failing": "{name} fails again and again",
    "unseen": "A part of {name} is out of sight",
}


def alert(connection_id: UUID, reason: str) -> None:
    """Owe the owner a message; it is sent once this transaction is stored."""
    outbox.enqueue(ALERT_JOB, connection_id=str(connection_id), reason=reason)


@transaction.atomic
def tell_owner(connection_id: UUID, reason: str) -> None:
    """Write to the owner, or to the administrators when the owner left or is no person."""
    connection = Connection.objects.select_related("owner__person", "organization").get(
        pk=connection_id
    )
    lost = Source.objects.filter(
        connection=connection, archived_at=None, state__in=OUT_OF_SIGHT
    ).order_by("name")
    context = {
        "connection": connection,
        "reason": reason,
        "lost": list(lost),
        "url": f"{settings.PUBLIC_URL}{connection.get_absolute_url()}",
    }
    subject = SUBJECTS[reason].format(name=connection.name)
    text = render_to_string("emails/connection_alert.txt", context)
    for address in addresses(connection):
        send_mail(subject, text, None, [address])


def addresses(connection: Connection) -> list[str]:
    owner = connection.owner
    if owner.person is not None and owner.left_at is None:
        return [owner.person.email]
    admins = Member.objects.filter(role=OrgRole.ADMIN, left_at=None, person__isnull=False)
    return list(admins.values_list("person__email", flat=True))
