"""How regularly people report: the turns that check-ins answer, who is late, what was put off."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from accounts.access import access_of
from config.demo.agreements import PUT_OFF
from config.demo.book import Book
from config.demo.courses import Reading
from okrs import scoring
from okrs.actions.check_ins import postpone

# Share of check-ins that come late, by course: bad news takes longer.
LATE = {"stuck": 0.35, "backwards": 0.3, "slips": 0.25, "slow": 0.15}
NOW_AND_THEN = 0.05
# Shorter than the time between two check-ins, so that they keep their order.
DAYS_LATE = (1, 2, 3, 5)


def as_people_are(readings: Sequence[Reading], course: str, random: Random) -> list[Reading]:
    """The readings with some of them days late; the last stays, it says how things stand."""
    share = LATE.get(course, NOW_AND_THEN)

    def delay() -> timedelta:
        return timedelta(days=random.choice(DAYS_LATE) if random.random() < share else 0)

    late = [replace(each, at=each.at + delay()) for each in readings[:-1]]
    return [*late, *readings[-1:]]


def turns(
    days: Iterable[date], *, since: date, cadence: scoring.Cadence
) -> Iterator[tuple[date | None, int]]:
    """For check-ins on these days: the day each was owed by, and due days missed before it."""
    for day in days:
        due_on = scoring.next_due(since, cadence)
        if scoring.half_has_passed(due_on, since=since, today=day):
            yield due_on, scoring.turns_missed(due_on, day, cadence)
        else:
            yield None, 0
        since = day


def put_off(book: Book) -> None:
    """What owners said they cannot report yet."""
    today = book.now.astimezone(book.zone).date()
    for title, days, reason in PUT_OFF:
        key_result = book.key_results[title]
        owner = book.members[key_result.owner.name]
        until = today + timedelta(days=days)
        postpone(access_of(owner), key_result, until=until, reason=reason)
