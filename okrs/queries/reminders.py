"""Whose turn it is to be reminded, and when somebody's next one comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.models import Member
from accounts.notifications import clock_of
from accounts.queries import organization_clock
from okrs.models import CheckInSettings, ReminderChoice, ReminderTurn
from okrs.queries.cadences import check_in_settings
from okrs.reminding import Hour, Turn, is_current, latest_turn, next_turn

# Further back than any turn that is still current, on any clock.
LATELY = timedelta(days=3)


@dataclass(frozen=True)
class MembersTurn:
    """A member's turn that has come; `is_wanted` is False for those who want no reminder."""

    member: Member
    turn: Turn
    is_wanted: bool


def turns_to_take(now: datetime) -> list[MembersTurn]:
    """Turns of active members that have come within the last day and that nobody took.

    Five statements, however many members there are.
    """
    settings, clock = check_in_settings(), organization_clock()
    choices = {choice.member_id: choice for choice in ReminderChoice.objects.all()}
    lately = ReminderTurn.objects.filter(day__gte=(now - LATELY).date())
    taken = set(lately.values_list("member_id", "day"))
    people = Member.objects.filter(left_at=None, person__is_active=True)
    found = []
    for member in people.select_related("person", "organization").order_by("id"):
        choice = choices.get(member.pk)
        turn = latest_turn(hour_of(member, choice, settings, clock), now)
        if is_current(turn, now) and (member.pk, turn.day) not in taken:
            found.append(MembersTurn(member, turn, choice is None or choice.is_wanted))
    return found


def hour_of(
    member: Member, choice: ReminderChoice | None, settings: CheckInSettings, clock: ZoneInfo
) -> Hour:
    """When a member is reminded: their own choice, what they left open as the organisation.

    `clock` is the organisation's, for people without a time zone of their own.
    """
    weekday, hour = settings.remind_on, settings.remind_at
    if choice is not None and choice.remind_on is not None:
        weekday = choice.remind_on
    if choice is not None and choice.remind_at is not None:
        hour = choice.remind_at
    if member.person is None:
        raise ValueError("scripts have no hour")
    return Hour(weekday, hour, clock_of(member.person, clock))


@dataclass(frozen=True)
class OwnReminder:
    """When one member is reminded, on their own clock; `next` is None for those who want none."""

    choice: ReminderChoice
    zone: ZoneInfo
    next: datetime | None

    @property
    def words(self) -> str:
        """The next one on the member's own clock: "Monday 23 November at 09:00"."""
        return f"{self.next:%A} {self.next.day} {self.next:%B at %H:%M}" if self.next else ""


def own_reminder(member: Member, now: datetime) -> OwnReminder:
    """The member's choice, or an empty one that leaves everything to the organisation."""
    choice = ReminderChoice.objects.filter(member=member).first() or ReminderChoice(member=member)
    if member.person is None:
        return OwnReminder(choice, organization_clock(), None)
    hour = hour_of(member, choice, check_in_settings(), organization_clock())
    moment = next_turn(hour, now).at.astimezone(hour.zone)
    return OwnReminder(choice, hour.zone, moment if choice.is_wanted else None)
