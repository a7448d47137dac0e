"""How often a key result is checked in, and when silence makes it outdated."""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum


class Cadence(StrEnum):
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


# A check-in is asked for from a week before it falls due.
AHEAD = timedelta(days=7)
_WEEKS = {Cadence.WEEKLY: 1, Cadence.BIWEEKLY: 2}
_MONTHS = {Cadence.MONTHLY: 1, Cadence.QUARTERLY: 3}


def next_due(day: date, cadence: Cadence) -> date:
    """The last date on which evidence of `day` is still fresh, so the date the next is due.

    Months keep the day of the month, or end with the month: 31 January is due by 28 February.
    """
    if cadence in _WEEKS:
        return day + timedelta(weeks=_WEEKS[cadence])
    return _add_months(day, _MONTHS[cadence])


def is_outdated(last_evidence: date | None, *, starts: date, today: date, cadence: Cadence) -> bool:
    """Whether more than one cadence has passed without evidence.

    Evidence is a check-in by hand or a complete sync run. All dates are in the organisation's time
    zone. Silence counts from the first date of the key result.
    """
    since = starts if last_evidence is None else max(last_evidence, starts)
    return today > next_due(since, cadence)


def is_owed(due_on: date, *, since: date, today: date) -> bool:
    """Whether a check-in that falls due on `due_on` is worth asking for today.

    It falls due within the seven days that begin today, and at least half of the time from the
    last evidence (`since`) has passed: nobody is asked again for what they have just said.
    """
    return due_on < today + AHEAD and half_has_passed(due_on, since=since, today=today)


def half_has_passed(due_on: date, *, since: date, today: date) -> bool:
    """Whether the way from the last evidence to the due day is at least half gone."""
    return 2 * (today - since) >= due_on - since


def turns_missed(due_on: date, day: date, cadence: Cadence) -> int:
    """How many due days went by without a word before `day`; 0 up to and on the first of them."""
    missed = 0
    while due_on < day:
        missed += 1
        due_on = next_due(due_on, cadence)
    return missed


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
