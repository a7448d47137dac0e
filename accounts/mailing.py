"""Letters: what a member was told and has not read by then, in one e-mail.

A letter is made in the transaction that names its notifications, and sent by a job of its own.
It is marked before the first word goes out: a worker that dies in the middle leaves it marked,
and nobody sends it a second time. What it said still stands unread on the member's page.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.access import access_of
from accounts.choices import LetterState, MailRhythm
from accounts.mail_rhythm import PAUSE
from accounts.models import Letter, Member, Notification
from accounts.notifications import Standing, standing_of
from accounts.outbox import enqueue
from accounts.queries import notifications_of

logger = logging.getLogger(__name__)
JOB = "accounts.tasks.deliver_letter"
# A letter that the queue forgot is taken up again after this time.
PATIENCE = timedelta(minutes=2)
FIRST_RETRY = timedelta(minutes=2)
MOST_ATTEMPTS = 6
# The server said no, so nobody got the letter; after any other trouble that is not sure.
REFUSALS = (SMTPResponseException, SMTPRecipientsRefused)


@dataclass(frozen=True)
class Told:
    """One thing in a letter; `url` is a path within the site."""

    standing: Standing
    url: str


@transaction.atomic
def gather() -> None:
    """Make the letters that are due, and take up those that nobody sent."""
    now = timezone.now()
    members = list(members_due(now))
    letters = Letter.objects.bulk_create(
        Letter(member=member, due_at=now + PATIENCE) for member in members
    )
    fresh = Letter.objects.filter(pk__in=[letter.pk for letter in letters])
    untold(Notification.objects.filter(member__in=members)).update(
        letter=Subquery(fresh.filter(member=OuterRef("member")).values("pk"))
    )
    late = Letter.objects.select_for_update(skip_locked=True).filter(
        state=LetterState.WAITING, due_at__lte=now
    )
    forgotten = list(late.values_list("pk", flat=True))
    Letter.objects.filter(pk__in=forgotten).update(due_at=now + PATIENCE)
    for pk in [*(letter.pk for letter in letters), *forgotten]:
        enqueue(JOB, letter_id=str(pk))


def untold(rows: QuerySet[Notification]) -> QuerySet[Notification]:
    """Those that may go out by mail, are in no letter and were not read."""
    return rows.filter(letter=None, read_at=None).exclude(mail_at=None)


def members_due(now: datetime) -> QuerySet[Member]:
    """Members to write to at `now`, held so that two workers make no two letters for one."""
    due = untold(Notification.objects.filter(member=OuterRef("pk"), mail_at__lte=now))
    lately = Letter.objects.filter(member=OuterRef("pk"), created_at__gt=now - PAUSE)
    return (
        Member.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(Exists(due), left_at=None, person__is_active=True)
        .exclude(Exists(lately))
    )


def deliver(pk: UUID) -> None:
    """Send a letter, unless that was begun before or nothing is left to say."""
    if not is_waiting(pk):
        return
    server = get_connection()
    try:
        server.open()
        message = begin(pk, server)
        if message is not None:
            send(pk, message)
    except (SMTPException, OSError) as error:
        note_trouble(pk, error)
    finally:
        server.close()


@transaction.atomic
def is_waiting(pk: UUID) -> bool:
    return Letter.objects.filter(pk=pk, state=LetterState.WAITING).exists()


@transaction.atomic
def begin(pk: UUID, server: BaseEmailBackend) -> EmailMultiAlternatives | None:
    """The message to send now; marked, so that no other worker begins it as well."""
    letter = (
        Letter.objects.select_for_update(of=("self",))
        .select_related("member__person", "member__organization")
        .filter(pk=pk, state=LetterState.WAITING)
        .first()
    )
    if letter is None:
        return None
    told = still_worth_telling(letter)
    letter.state = LetterState.SENDING if told else LetterState.DROPPED
    letter.attempts += 1
    letter.begun_at = timezone.now()
    letter.save(update_fields=["state", "attempts", "begun_at"])
    return message_of(letter, told, server) if told else None


def still_worth_telling(letter: Letter) -> list[Told]:
    """What the member has not read, may still see and has not settled, the oldest first."""
    member = letter.member
    gone = member.left_at or not member.person.is_active
    if gone or member.person.mail_rhythm == MailRhythm.NEVER:
        return []
    rows = notifications_of(access_of(member)).filter(letter=letter, read_at=None)
    found = rows.select_related("member__person", "member__organization").order_by("id")
    return [Told(now, row.url) for row in found if (now := standing_of(row))]


def message_of(
    letter: Letter, told: list[Told], server: BaseEmailBackend
) -> EmailMultiAlternatives:
    organization = letter.member.organization
    context = {
        "person": letter.member.person,
        "organization": organization,
        "told": told,
        "site": settings.PUBLIC_URL,
        "list": reverse("accounts:notifications", args=[organization.slug]),
        "profile": reverse("accounts:profile"),
    }
    subject = render_to_string("emails/notifications_subject.txt", context)
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string("emails/notifications.txt", context),
        to=[letter.member.person.email],
        headers={
            "Message-ID": f"<{letter.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>",
            # No robot shall answer.
            "Auto-Submitted": "auto-generated",
        },
        connection=server,
    )
    message.attach_alternative(render_to_string("emails/notifications.html", context), "text/html")
    return message


def send(pk: UUID, message: EmailMultiAlternatives) -> None:
    message.send()
    store(pk, state=LetterState.SENT, sent_at=timezone.now(), error="")


def note_trouble(pk: UUID, error: Exception) -> None:
    """Try again later when surely nobody got the letter, else leave it as it is."""
    reason = f"{type(error).__name__}: {error}"[:240]
    logger.warning("letter %s was not sent: %s", pk, reason)
    put_off(pk, reason, surely_not_sent=isinstance(error, REFUSALS))


@transaction.atomic
def put_off(pk: UUID, reason: str, *, surely_not_sent: bool) -> None:
    letter = Letter.objects.select_for_update().get(pk=pk)
    begun = letter.state == LetterState.SENDING
    if begun and not surely_not_sent:
        letter.error = reason
    elif letter.attempts >= MOST_ATTEMPTS:
        letter.state, letter.error = LetterState.FAILED, reason
    else:
        letter.attempts += 0 if begun else 1
        letter.due_at = timezone.now() + FIRST_RETRY * 2**letter.attempts
        letter.state, letter.error = LetterState.WAITING, reason
    letter.save(update_fields=["state", "attempts", "due_at", "error"])


@transaction.atomic
def store(pk: UUID, **changes: object) -> None:
    Letter.objects.filter(pk=pk).update(**changes)
