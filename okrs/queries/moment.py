"""The moment that is asked for: when something was true, and what was known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

EARLIEST = 1900
UNREADABLE = "Give a day such as 2026-09-30, or a moment such as 2026-09-30T17:00."
AHEAD = "This lies in the future."


@dataclass(frozen=True)
class Moment:
    """`as_of` is when it was true; `known_at` is what we knew, None for all that is known now."""

    as_of: datetime
    known_at: datetime | None = None
    is_past: bool = False

    @classmethod
    def now(cls) -> "Moment":
        return cls(timezone.now())

    @property
    def decided_by(self) -> datetime:
        """Decisions are true from when they are made, so those count that were made by then."""
        return self.as_of if self.known_at is None else min(self.as_of, self.known_at)

    def day(self, zone: ZoneInfo) -> date:
        """The day on which it was true, in the organisation's time zone."""
        return self.as_of.astimezone(zone).date()

    def earlier(self, as_of: datetime) -> "Moment":
        """What was true before, as known at the same time."""
        return Moment(as_of, self.known_at, is_past=True)


class UnreadableMoment(ValueError):
    """What an address asks for is no past moment; `errors` says why, by parameter."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {words}" for name, words in errors.items()))
        self.errors = errors


def read_moment(as_of: str, known_at: str, organization_zone: str) -> Moment:
    """The moment that an address asks for; without either it is now.

    A day means its last instant in the organisation's time zone, today means now. Raises
    `UnreadableMoment` for what is no moment and for one that lies ahead.
    """
    now, zone = timezone.now(), ZoneInfo(organization_zone)
    found: dict[str, datetime | None] = {}
    errors: dict[str, str] = {}
    for name, text in (("as_of", as_of), ("known_at", known_at)):
        try:
            found[name] = instant(text.strip(), zone, now) if text.strip() else None
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise UnreadableMoment(errors)
    past = [at for at in found.values() if at is not None and at < now]
    return Moment(found["as_of"] or now, found["known_at"], is_past=True) if past else Moment(now)


def instant(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """A moment up to now. Raises ValueError with a reason."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(UNREADABLE) from None
    if not EARLIEST <= moment.year < date.max.year:
        raise ValueError(UNREADABLE)
    if len(text) == len("2026-01-31"):
        return last_instant(moment.date(), zone, now)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if moment > now:
        raise ValueError(AHEAD)
    return moment


def last_instant(day: date, zone: ZoneInfo, now: datetime) -> datetime:
    if day > now.astimezone(zone).date():
        raise ValueError(AHEAD)
    end = datetime.combine(day + timedelta(days=1), time.min, zone) - timedelta(microseconds=1)
    return min(end, now)
