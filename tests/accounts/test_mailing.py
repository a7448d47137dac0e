"""Letters: one a person and period, none without a reason, and never the same one twice."""

import smtplib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from django.utils import timezone

from accounts import mailing, notifications
from accounts.choices import LetterState, MailRhythm
from accounts.health import mail as mail_vital
from accounts.mailing import deliver, gather
from accounts.models import Letter, Member, Notification, OutboxEntry, Person
from accounts.notifications import Line, NotificationKind, Standing, register_kind
from portfolio.models import Portfolio
from tests.factories.accounts import NotificationFactory
from tests.personas import World

NOW = timezone.now
SITE = settings.PUBLIC_URL


class Troubled(BaseEmailBackend):
    """A mail server that fails as told: when it is called, or while it is spoken to."""

    on_open: Exception | None = None
    on_send: Exception | None = None

    def open(self) -> None:
        if self.on_open:
            raise self.on_open

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if self.on_send:
            raise self.on_send
        return len(email_messages)


@pytest.fixture
def troubled(monkeypatch: pytest.MonkeyPatch) -> type[Troubled]:
    monkeypatch.setattr(settings, "EMAIL_BACKEND", f"{__name__}.Troubled")
    monkeypatch.setattr(Troubled, "on_open", None)
    monkeypatch.setattr(Troubled, "on_send", None)
    return Troubled


def tell(member: Member, **fields: Any) -> Notification:
    return NotificationFactory.create(member=member, **fields)


def owed() -> list[UUID]:
    """The letters that the outbox hands to the queue."""
    entries = OutboxEntry.objects.filter(job="accounts.tasks.deliver_letter").order_by("id")
    return [UUID(entry.arguments["letter_id"]) for entry in entries]


def write() -> None:
    """Gather, and deliver what the outbox was given."""
    gather()
    for pk in dict.fromkeys(owed()):
        deliver(pk)


def state_of(letter: UUID) -> str:
    return Letter.objects.get(pk=letter).state


@pytest.fixture
def letter(in_acme: World) -> UUID:
    """A letter to the viewer, about to be sent."""
    tell(in_acme["viewer"], title="Kim mentioned you")
    gather()
    (pk,) = owed()
    return pk


# --- How many letters -----------------------------------------------------------------------
def test_many_notifications_become_one_letter(in_acme: World) -> None:
    for number in range(5):
        tell(in_acme["viewer"], title=f"Said {number}")
    write()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["viewer@acme.example"], "5 notifications from Acme")


def test_the_letter_says_everything_in_order(in_acme: World) -> None:
    for title in ("First", "Second"):
        tell(in_acme["viewer"], title=title, text=f"{title} words", url=f"/o/acme/{title}/")
    write()
    body = mail.outbox[0].body
    places = [
        body.index(f"{title}\n\n{title} words\n\n    {settings.PUBLIC_URL}/o/acme/{title}/")
        for title in ("First", "Second")
    ]
    assert places == sorted(places)


def test_the_letter_says_the_same_in_html(in_acme: World) -> None:
    tell(in_acme["viewer"], title="Kim & Ana", text="<b>Words</b>", url="/o/acme/goal/")
    write()
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    ((body, kind),) = sent.alternatives
    assert kind == "text/html"
    for part in ("Kim &amp; Ana", "&lt;b&gt;Words&lt;/b&gt;", f'href="{SITE}/o/acme/goal/"'):
        assert part in str(body)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> dict[str, Standing | None]:
    """What is left of notifications of a kind by the time a letter goes out, by title."""
    found: dict[str, Standing | None] = {}
    monkeypatch.setattr(notifications, "_kinds", {})
    register_kind(
        NotificationKind(
            name="mention", label="M", icon="bell", standing=lambda row: found.get(row.title)
        )
    )
    return found


def test_a_letter_says_what_is_left_by_then(
    in_acme: World, settled: dict[str, Standing | None]
) -> None:
    settled["Three things"] = Standing("One thing", [Line("The last one", "/o/acme/last/")])
    tell(in_acme["viewer"], title="Three things")
    write()
    (sent,) = mail.outbox
    assert sent.subject == "One thing"
    assert f"The last one\n    {SITE}/o/acme/last/" in sent.body


def test_what_is_settled_by_then_is_no_letter(
    in_acme: World, settled: dict[str, Standing | None]
) -> None:
    tell(in_acme["viewer"], title="Done meanwhile")
    write()
    assert mail.outbox == []
    assert Letter.objects.get().state == LetterState.DROPPED


def test_a_letter_about_one_thing_is_called_after_it(in_acme: World) -> None:
    tell(in_acme["viewer"], title="Kim\r\nBcc: evil@example.com")
    write()
    assert mail.outbox[0].subject == "Kim Bcc: evil@example.com"


def test_everybody_has_a_letter_of_their_own(in_acme: World) -> None:
    tell(in_acme["viewer"])
    tell(in_acme["lead"])
    write()
    addressed = sorted(sent.to[0] for sent in mail.outbox)
    assert addressed == ["lead@acme.example", "viewer@acme.example"]


def test_nothing_to_tell_is_no_letter(in_acme: World) -> None:
    write()
    assert (mail.outbox, Letter.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    "fields",
    [
        lambda: {"read_at": NOW()},
        lambda: {"mail_at": None},
        lambda: {"mail_at": NOW() + timedelta(hours=1)},
    ],
    ids=["read", "never", "later"],
)
def test_what_is_read_unwanted_or_not_yet_due_makes_no_letter(
    fields: Callable[[], dict[str, Any]], in_acme: World
) -> None:
    tell(in_acme["viewer"], **fields())
    write()
    assert mail.outbox == []


def test_what_is_told_meanwhile_goes_along(in_acme: World) -> None:
    tell(in_acme["viewer"])
    tell(in_acme["viewer"], mail_at=NOW() + timedelta(seconds=50))
    write()
    assert mail.outbox[0].subject == "2 notifications from Acme"


def test_a_second_letter_waits_for_the_pause(in_acme: World) -> None:
    for _ in range(2):
        tell(in_acme["viewer"])
        write()
    assert len(mail.outbox) == 1


def test_after_the_pause_there_is_a_second_letter(in_acme: World) -> None:
    tell(in_acme["viewer"])
    write()
    Letter.objects.update(created_at=NOW() - timedelta(minutes=16))
    tell(in_acme["viewer"])
    write()
    assert len(mail.outbox) == 2


def test_the_letters_of_many_are_made_in_as_many_statements(
    in_acme: World, django_assert_max_num_queries: Any
) -> None:
    for name in in_acme.members:
        tell(in_acme[name])
    with django_assert_max_num_queries(8 + 3 * len(in_acme.members)):
        gather()


# --- To whom --------------------------------------------------------------------------------
def test_who_left_gets_no_letter(in_acme: World) -> None:
    tell(in_acme["viewer"])
    Member.objects.filter(pk=in_acme["viewer"].pk).update(left_at=NOW())
    write()
    assert mail.outbox == []


def test_who_left_while_the_letter_waited_gets_none(in_acme: World, letter: UUID) -> None:
    Member.objects.filter(pk=in_acme["viewer"].pk).update(left_at=NOW())
    deliver(letter)
    assert (mail.outbox, state_of(letter)) == ([], LetterState.DROPPED)


def test_what_was_read_while_the_letter_waited_is_left_out(in_acme: World, letter: UUID) -> None:
    Notification.objects.update(read_at=NOW())
    deliver(letter)
    assert (mail.outbox, state_of(letter)) == ([], LetterState.DROPPED)


def test_who_wants_none_any_more_gets_none(in_acme: World, letter: UUID) -> None:
    Person.objects.update(mail_rhythm=MailRhythm.NEVER)
    deliver(letter)
    assert (mail.outbox, state_of(letter)) == ([], LetterState.DROPPED)


def test_what_became_private_is_not_in_the_letter(in_acme: World) -> None:
    tell(in_acme["bystander"], title="A secret", units=[Portfolio.objects.get().pk])
    tell(in_acme["bystander"], title="No secret")
    gather()
    Portfolio.objects.update(is_private=True)
    deliver(owed()[0])
    body = mail.outbox[0].body
    assert ("A secret" in body, "No secret" in body) == (False, True)


def test_the_letter_leads_to_the_list_and_the_profile(in_acme: World, letter: UUID) -> None:
    deliver(letter)
    body = mail.outbox[0].body
    wanted = [reverse("accounts:notifications", args=["acme"]), reverse("accounts:profile")]
    assert [f"{settings.PUBLIC_URL}{path}" in body for path in wanted] == [True, True]


def test_robots_shall_not_answer(in_acme: World, letter: UUID) -> None:
    deliver(letter)
    assert mail.outbox[0].extra_headers["Auto-Submitted"] == "auto-generated"


# --- Once -----------------------------------------------------------------------------------
def test_a_letter_is_sent_once_however_often_the_job_runs(in_acme: World, letter: UUID) -> None:
    for _ in range(3):
        deliver(letter)
    assert (len(mail.outbox), state_of(letter)) == (1, LetterState.SENT)


def test_gathering_again_sends_nothing_again(in_acme: World) -> None:
    tell(in_acme["viewer"])
    for _ in range(3):
        write()
    assert len(mail.outbox) == 1


def test_a_letter_that_was_begun_is_not_begun_again(in_acme: World, letter: UUID) -> None:
    Letter.objects.update(state=LetterState.SENDING)
    deliver(letter)
    assert mail.outbox == []


def test_a_letter_that_the_queue_forgot_is_handed_over_again(in_acme: World, letter: UUID) -> None:
    Letter.objects.update(due_at=NOW() - timedelta(seconds=1))
    gather()
    assert owed() == [letter, letter]


# --- Trouble --------------------------------------------------------------------------------
def test_a_server_that_cannot_be_reached_is_tried_later(
    in_acme: World, letter: UUID, troubled: type[Troubled]
) -> None:
    troubled.on_open = ConnectionRefusedError("refused")
    deliver(letter)
    row = Letter.objects.get(pk=letter)
    assert (row.state, row.attempts, row.error) == (
        LetterState.WAITING,
        1,
        "ConnectionRefusedError: refused",
    )
    assert row.due_at > NOW() + timedelta(minutes=3)


def test_a_letter_that_the_server_refuses_is_tried_later(
    in_acme: World, letter: UUID, troubled: type[Troubled]
) -> None:
    troubled.on_send = smtplib.SMTPDataError(451, b"try again")
    deliver(letter)
    assert state_of(letter) == LetterState.WAITING


def test_a_letter_is_given_up_in_the_end(
    in_acme: World, letter: UUID, troubled: type[Troubled]
) -> None:
    troubled.on_send = smtplib.SMTPDataError(550, b"no such mailbox")
    for _ in range(mailing.MOST_ATTEMPTS + 1):
        deliver(letter)
    assert state_of(letter) == LetterState.FAILED


def test_a_letter_that_may_have_arrived_is_not_sent_again(
    in_acme: World, letter: UUID, troubled: type[Troubled]
) -> None:
    troubled.on_send = TimeoutError("no answer to the letter")
    deliver(letter)
    assert state_of(letter) == LetterState.SENDING
    gather()
    assert owed() == [letter]


def test_the_health_page_tells_of_letters_that_did_not_get_through(
    in_acme: World, letter: UUID, troubled: type[Troubled]
) -> None:
    troubled.on_send = smtplib.SMTPDataError(550, b"no such mailbox")
    for _ in range(mailing.MOST_ATTEMPTS + 1):
        deliver(letter)
    vital = mail_vital()
    assert (vital.is_well, "no such mailbox" in vital.text) == (False, True)


def test_a_letter_that_broke_off_is_told_as_well(in_acme: World, letter: UUID) -> None:
    Letter.objects.update(state=LetterState.SENDING, begun_at=NOW() - timedelta(minutes=11))
    assert mail_vital().is_well is False


def test_all_is_well_while_letters_get_through(in_acme: World, letter: UUID) -> None:
    deliver(letter)
    assert mail_vital().is_well is True
