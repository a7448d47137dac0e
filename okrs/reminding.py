"""When people are reminded: arithmetic on clocks and calendars. No Django here."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)
# A reminder that could not go out on time is made good within a day, then let go.
GRACE = timedelta(days=1)


@dataclass(frozen=True)
class Hour:
    """When somebody wants to be reminded: a weekday (0 is Monday) and an hour on their clock."""

    weekday: int
    hour: int
    zone: ZoneInfo


@dataclass(frozen=True)
class Turn:
    """One reminder's day on the person's calendar, and its moment in UTC."""

    day: date
    at: datetime


def latest_turn(hour: Hour, now: datetime) -> Turn:
    """The last turn up to `now`.

    On the day when clocks go forward an hour that does not exist is an hour later; on the day when
    they go back, the first of two equal hours counts.
    """
    today = now.astimezone(hour.zone).date()
    turn = _turn(hour, today - timedelta(days=(today.weekday() - hour.weekday) % 7))
    return turn if turn.at <= now else _turn(hour, turn.day - WEEK)


def next_turn(hour: Hour, now: datetime) -> Turn:
    """The first turn after `now`."""
    return _turn(hour, latest_turn(hour, now).day + WEEK)


def is_current(turn: Turn, now: datetime) -> bool:
    """Whether a turn that nobody has taken yet is still worth taking."""
    return turn.at <= now < turn.at + GRACE


def _turn(hour: Hour, day: date) -> Turn:
    return Turn(day, datetime.combine(day, time(hour.hour), hour.zone).astimezone(UTC))
