"""The course of a key result's value, beside where it was meant to be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from lib.charts import Reading
from okrs import scoring
from okrs.choices import PaceCurve, Shape
from okrs.definitions import dates_of, expectation_of
from okrs.models import KeyResult, Override
from okrs.queries.moment import Moment
from portfolio.choices import ValueSource
from portfolio.queries import RecordedValue, standing_values

ENTRIES_SHOWN = 12


@dataclass(frozen=True)
class History:
    """`first` and `last` are the days of the key result, both inclusive."""

    readings: Sequence[Reading]
    expected: Sequence[tuple[date, Decimal]]
    first: date
    last: date
    today: date
    # The latest values within those days, newest first.
    latest: Sequence["Entry"] = ()


@dataclass(frozen=True)
class Entry:
    """A value of the log with the days on which it was true and written down."""

    value: Decimal
    on: date
    recorded_on: date
    source: str
    note: str

    @property
    def is_late(self) -> bool:
        """Whether it was written down on a later day."""
        return self.recorded_on > self.on


def history_of(key_result: KeyResult, moment: Moment, overrides: Sequence[Override]) -> History:
    """Values in use from the first day on, oldest first; one query.

    `overrides` are those known at the moment, oldest first.
    """
    zone = ZoneInfo(key_result.objective.organization.time_zone)
    first, last = dates_of(key_result, key_result.objective.cycle)
    values = standing_values(
        key_result.metric_id, as_of=moment.as_of, known_at=moment.known_at, limit=400
    )
    readings = [
        *automatic(values, overrides, zone),
        *overriding(overrides, moment, zone),
    ]
    readings.sort(key=lambda reading: reading.on)
    return History(
        within(readings, first, last),
        expected_values(key_result),
        first,
        last,
        moment.as_of.astimezone(zone).date(),
        latest_entries(values, first, last, zone),
    )


def latest_entries(
    values: Sequence[RecordedValue], first: date, last: date, zone: ZoneInfo
) -> list[Entry]:
    entries = (
        Entry(
            row.value,
            row.effective_at.astimezone(zone).date(),
            row.recorded_at.astimezone(zone).date(),
            ValueSource(row.source).label,
            row.note,
        )
        for row in reversed(values)
    )
    return [entry for entry in entries if first <= entry.on <= last][:ENTRIES_SHOWN]


def automatic(
    values: Iterable[RecordedValue], overrides: Sequence[Override], zone: ZoneInfo
) -> list[Reading]:
    """Logged values, without those that an override stood in for."""
    return [
        Reading(row.effective_at.astimezone(zone).date(), row.value)
        for row in values
        if not any(covers(override, row.effective_at) for override in overrides)
    ]


def covers(override: Override, at: datetime) -> bool:
    end = end_of(override)
    return override.from_at <= at and (end is None or at < end)


def end_of(override: Override) -> datetime | None:
    ends = [end for end in (override.until_at, override.released_at) if end is not None]
    return min(ends, default=None)


def overriding(overrides: Iterable[Override], moment: Moment, zone: ZoneInfo) -> list[Reading]:
    """Each override from its first day to its last, or to the moment that is shown."""
    found = []
    for row in overrides:
        if row.from_at > moment.as_of:
            continue
        end = min(end_of(row) or moment.as_of, moment.as_of)
        days = {row.from_at.astimezone(zone).date(), end.astimezone(zone).date()}
        found += [Reading(day, row.value, overridden=True) for day in sorted(days)]
    return found


def within(readings: Sequence[Reading], first: date, last: date) -> list[Reading]:
    """The readings of the days shown; the last one before them stands at the first day."""
    inside = [reading for reading in readings if first <= reading.on <= last]
    earlier = [reading for reading in readings if reading.on < first]
    if earlier and (not inside or inside[0].on > first):
        inside.insert(0, Reading(first, earlier[-1].value, earlier[-1].overridden))
    return inside


def expected_values(key_result: KeyResult) -> list[tuple[date, Decimal]]:
    """The expected pace in the unit of the value; empty where none is expected."""
    baseline, target = key_result.baseline, key_result.target
    if key_result.shape == Shape.COUNT:
        baseline = baseline or Decimal(0)
    paced = scoring.Shape(key_result.shape) in scoring.PACED_SHAPES
    if not paced or key_result.curve == PaceCurve.NONE or key_result.shape == Shape.MILESTONES:
        return []
    if baseline is None or target is None:
        return []
    expectation = expectation_of(key_result, key_result.objective.cycle)
    days = sorted({expectation.starts, expectation.ends, *(p.on for p in expectation.points)})
    shares = [(day, scoring.expected_progress(expectation, day) or Decimal(0)) for day in days]
    course = [(day, baseline + (target - baseline) * share) for day, share in shares]
    return stepped(course) if key_result.curve == PaceCurve.STEPPED else course


def stepped(course: Sequence[tuple[date, Decimal]]) -> list[tuple[date, Decimal]]:
    """Corners instead of slopes: each value holds until the day of the next."""
    corners: list[tuple[date, Decimal]] = []
    for day, value in course:
        if corners:
            corners.append((day, corners[-1][1]))
        corners.append((day, value))
    return corners
