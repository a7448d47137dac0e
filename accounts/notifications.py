"""Telling members something: on their page of notifications at once, by e-mail as they like it.

Any app may tell: it registers a kind from `AppConfig.ready()` and calls `notify` in the
transaction of the change. `accounts.mailing` makes letters out of what was not read by then.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator

from accounts.access import Access
from accounts.choices import MailRhythm
from accounts.mail_rhythm import mail_moment
from accounts.models import Member, Notification, Person
from accounts.permissions import Permission
from accounts.queries import notifications_of, organization_clock

LONGEST_TITLE = 400
LONGEST_TEXT = 400


@dataclass(frozen=True)
class Line:
    """One thing that a notification is about; `url` is a path within the site, or empty."""

    text: str
    url: str


@dataclass(frozen=True)
class Standing:
    """What is left of a notification by the time its letter goes out; `act` is on its button."""

    title: str
    lines: Sequence[Line]
    act: str = "Open"


@dataclass(frozen=True, kw_only=True)
class NotificationKind:
    """What members filter their notifications by.

    `standing` reads what a letter shall say in place of the words of then; None when it is settled.
    """

    name: str
    label: str
    icon: str
    order: int = 100
    standing: Callable[[Notification], Standing | None] | None = None


_kinds: dict[str, NotificationKind] = {}


def register_kind(kind: NotificationKind) -> None:
    """Add a kind of notification. Raises ValueError for a name that is taken."""
    if kind.name in _kinds:
        raise ValueError(f"there is already a kind of notification named {kind.name!r}")
    _kinds[kind.name] = kind


def icon_of(kind: str) -> str:
    """The icon of a kind; a bell for one that no app knows any more."""
    return _kinds[kind].icon if kind in _kinds else "bell"


def standing_of(row: Notification) -> Standing | None:
    """What a letter says about a notification; None for one that was settled meanwhile."""
    kind = _kinds.get(row.kind)
    if kind is None or kind.standing is None:
        return Standing(row.title, [Line(text, "") for text in row.text.splitlines()])
    return kind.standing(row)


def notification_kinds() -> list[NotificationKind]:
    return sorted(_kinds.values(), key=lambda kind: (kind.order, kind.label))


def known(kind: str) -> str:
    """`kind` itself. Raises KeyError for one that no app registered."""
    return _kinds[kind].name


@dataclass(frozen=True, kw_only=True)
class Message:
    """What one member is told.

    `to` has its person at hand. `key` names the event: with the same key a member is told once,
    however often the code runs. `url` is a path within the site, `about` the id of the record
    that may take the message back, `units` the units whose privacy it shares. `at_their_hour` says
    that the member chose when to be told: mail that goes out once a day does not hold it back.
    """

    to: Member
    kind: str
    key: str
    title: str
    url: str
    text: str = ""
    by: Member | None = None
    about: UUID | None = None
    units: Iterable[UUID] = ()
    at_their_hour: bool = False


@transaction.atomic
def notify(messages: Iterable[Message]) -> None:
    """Tell members something, each once a key; scripts and those who left are told nothing."""
    people = [(each, each.to.person) for each in messages if not each.to.left_at]
    clock, now = organization_clock(), timezone.now()
    Notification.objects.bulk_create(
        [notification_of(each, person, clock, now) for each, person in people if person],
        ignore_conflicts=True,
    )


def notification_of(
    message: Message, person: Person, clock: ZoneInfo, now: datetime
) -> Notification:
    """The row; `clock` is that of people without one of their own."""
    rhythm = person.mail_rhythm
    if message.at_their_hour and rhythm == MailRhythm.DAILY:
        rhythm = MailRhythm.AT_ONCE
    return Notification(
        member=message.to,
        kind=known(message.kind),
        key=message.key,
        title=Truncator(message.title).chars(LONGEST_TITLE),
        text=Truncator(message.text).chars(LONGEST_TEXT),
        url=message.url,
        actor=message.by,
        about=message.about,
        units=list(message.units),
        mail_at=mail_moment(rhythm, clock_of(person, clock), now),
    )


def clock_of(person: Person, otherwise: ZoneInfo) -> ZoneInfo:
    """The person's own time zone, or the one given."""
    return ZoneInfo(person.time_zone) if person.time_zone else otherwise


def take_back(about: UUID, *, except_for: Iterable[UUID] = ()) -> None:
    """Withdraw what members were told about a record, but for the members of `except_for`."""
    Notification.objects.filter(about=about).exclude(member__in=list(except_for)).delete()


def say_anew(about: UUID, text: str) -> None:
    """Change the words that members were told about a record."""
    text = Truncator(text).chars(LONGEST_TEXT)
    Notification.objects.filter(about=about).update(text=text)


@transaction.atomic
def plan_mail_anew(person: Person, member: Member) -> None:
    """Let what waits for a letter follow the person's rhythm and clock as they are now."""
    zone = clock_of(person, organization_clock())
    moment = mail_moment(person.mail_rhythm, zone, timezone.now())
    waiting = Notification.objects.filter(member=member, letter=None, read_at=None)
    waiting.exclude(mail_at=None).update(mail_at=moment)


@transaction.atomic
def mark_read(access: Access, row: Notification, *, read: bool = True) -> None:
    """Note that the member has read one of their notifications, or that they have not."""
    access.require(Permission.NOTIFICATION_WRITE)
    row.read_at = timezone.now() if read else None
    row.save(update_fields=["read_at"])


@transaction.atomic
def mark_all_read(access: Access) -> int:
    """Note that the member has read everything that they see; the number of notifications."""
    access.require(Permission.NOTIFICATION_WRITE)
    unread = notifications_of(access).filter(read_at=None)
    return unread.update(read_at=timezone.now())
