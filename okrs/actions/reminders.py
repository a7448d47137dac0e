"""Telling people which check-ins they owe, once a turn.

Beat looks every few minutes. A turn is taken by a row that can exist once, written in the
transaction that tells the member: whoever comes second, or again after a crash, finds it taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member, Notification
from accounts.notifications import Line, Message, Standing, notify
from accounts.queries import organization_clock
from lib.display import show_day
from okrs.actions.escalations import escalate
from okrs.models import ReminderTurn
from okrs.queries.owed import OwedCheckIn, owed_check_ins, running_key_results, seen_by_owners
from okrs.queries.reminders import MembersTurn, turns_to_take

KIND = "check-ins-due"
BATCH = 200
# Lines of a message; the page has them all.
LISTED = 5
# Turns serve for a day; kept a little longer so that people can ask what happened.
KEPT = timedelta(days=60)


def remind(now: datetime | None = None) -> int:
    """Take the turns that have come on members' own clocks; the number of turns taken."""
    now = now or timezone.now()
    mark_answered(now)
    turns = turns_now(now)
    taken = sum(take(turns[start : start + BATCH], now) for start in range(0, len(turns), BATCH))
    if taken:
        forget_old_turns(now)
    return taken


@transaction.atomic
def turns_now(now: datetime) -> list[MembersTurn]:
    return turns_to_take(now)


@transaction.atomic
def take(turns: Sequence[MembersTurn], now: datetime) -> int:
    """Tell the members whose turn nobody else has taken meanwhile; the number of turns taken."""
    clock = organization_clock()
    owed: dict[UUID, list[OwedCheckIn]] = {}
    for row in owed_by([each.member for each in turns if each.is_wanted], now, clock):
        owed.setdefault(row.owner_id, []).append(row)
    ours = claim(turns, {pk: len(rows) for pk, rows in owed.items()})
    today = now.astimezone(clock).date()
    notify(reminder(each, owed[each.member.pk], today) for each in ours if each.member.pk in owed)
    escalate([each.member for each in ours], now=now, zone=clock)
    return len(ours)


def owed_by(members: Sequence[Member], now: datetime, clock: ZoneInfo) -> list[OwedCheckIn]:
    """What members owe and can see, the longest due first; `clock` is the organisation's."""
    rows = running_key_results(now.astimezone(clock).date()).filter(owner__in=members)
    return seen_by_owners(owed_check_ins(rows, now=now, zone=clock), members)


def claim(turns: Iterable[MembersTurn], owed: Mapping[UUID, int]) -> list[MembersTurn]:
    """Those of `turns` that are ours: a concurrent run holds the others until it commits."""
    rows = {
        ReminderTurn(member=each.member, day=each.turn.day, owed=owed.get(each.member.pk, 0)): each
        for each in turns
    }
    ReminderTurn.objects.bulk_create(rows, ignore_conflicts=True)
    stored = ReminderTurn.objects.in_bulk([row.pk for row in rows])
    return [each for row, each in rows.items() if row.pk in stored]


def reminder(each: MembersTurn, owed: Sequence[OwedCheckIn], today: date) -> Message:
    """One message, however many check-ins are owed; `today` is the organisation's."""
    return Message(
        to=each.member,
        kind=KIND,
        key=f"{KIND}:{each.turn.day}",
        title=title_of(owed),
        text="\n".join(line.text for line in lines_of(owed, each.member, today)),
        url=due_list(each.member),
        at_their_hour=True,
    )


def standing(row: Notification) -> Standing | None:
    """What the member still owes, each with the address of its form; None when that is nothing."""
    now, clock = timezone.now(), organization_clock()
    owed = owed_by([row.member], now, clock)
    if not owed:
        return None
    lines = lines_of(owed, row.member, now.astimezone(clock).date())
    return Standing(title_of(owed), lines, act="Check in")


def title_of(owed: Sequence[OwedCheckIn]) -> str:
    return f"{len(owed)} check-ins are due" if len(owed) > 1 else f"Check-in due: {owed[0].title}"


def lines_of(owed: Sequence[OwedCheckIn], member: Member, today: date) -> list[Line]:
    page = due_list(member)
    lines = [Line(f"{row.title}, {due_words(row, today)}", f"{page}?open={row.id}") for row in owed]
    if len(owed) > LISTED:
        lines[LISTED:] = [Line(f"and {len(owed) - LISTED} more", page)]
    return lines


def due_list(member: Member) -> str:
    """The address of the page on which a member checks in one by one."""
    return reverse("okrs:check-ins", args=[member.organization.slug])


def due_words(row: OwedCheckIn, today: date) -> str:
    if row.due_on is None:
        return "no number yet"
    return f"{'was due on' if row.due_on < today else 'by'} {show_day(row.due_on)}"


@transaction.atomic
def mark_answered(now: datetime) -> None:
    """Mark reminders as read of which nothing is owed any more, or that a later one repeats."""
    unread = Notification.objects.filter(kind=KIND, read_at=None)
    latest = {row.member_id: row for row in unread.select_related("member").order_by("id")}
    if not latest:
        return
    members = [row.member for row in latest.values()]
    owing = {row.owner_id for row in owed_by(members, now, organization_clock())}
    open_ones = [row.pk for row in latest.values() if row.member_id in owing]
    unread.exclude(pk__in=open_ones).update(read_at=now)


@transaction.atomic
def forget_old_turns(now: datetime) -> None:
    ReminderTurn.objects.filter(day__lt=(now - KEPT).date()).delete()
