"""How key results went: the readings of a quarter from the word for its course. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from config.demo.agreements import DUE, OVERDUE
from config.demo.shapes import Result
from config.demo.words import NOTES

# Share of the quarter gone → share of the way made.
COURSES: dict[str, tuple[tuple[float, float], ...]] = {
    "ahead": ((0, 0), (0.3, 0.55), (0.6, 0.9), (1, 1.06)),
    "steady": ((0, 0), (0.3, 0.36), (0.6, 0.64), (1, 0.8)),
    "slow": ((0, 0), (0.3, 0.18), (0.6, 0.46), (1, 0.63)),
    "stuck": ((0, 0), (0.3, 0.02), (0.6, 0.06), (1, 0.18)),
    "backwards": ((0, 0), (0.3, -0.08), (0.6, -0.18), (1, -0.12)),
    "done": ((0, 0), (0.2, 0.6), (0.32, 1.02), (1, 1.2)),
    "late": ((0, 0), (0.3, 0.1), (0.6, 0.3), (1, 0.4)),
    # Up in the first weeks, and then down again with every reading, whatever day the demo begins.
    "slips": ((0, 0), (0.15, 0.7), (0.7, 0.05), (1, 0.02)),
    # Well under way until the last reading.
    "dip": ((0, 0), (0.3, 0.5), (0.6, 0.85), (1, 1.0)),
}
CONFIDENCE = {
    "ahead": "0.9", "steady": "0.7", "slow": "0.5", "stuck": "0.2", "backwards": "0.1",
    "done": "1.0", "late": "0.6", "dip": "0.4", "slips": "0.3", "met": "0.9", "missed": "0.3",
}  # fmt: skip
AFTER_A_DIP = 0.35
# How far a reading may be off its course, either way.
WAVERING = 0.03
STATUS = {
    "dip": "behind",
    "slips": "behind",
    "slow": "behind",
    "stuck": "at-risk",
    "backwards": "at-risk",
    "missed": "behind",
}
# Days after which a late product stopped checking in.
SILENT_AFTER = timedelta(days=9)
PLACES = {
    "percent": 1, "days": 1, "points": 1, "minutes": 1, "hours": 1, "seconds": 1,
    "EUR an order": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What somebody reported at a moment."""

    at: datetime
    value: Decimal
    confidence: Decimal
    status: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """The part of a quarter that has passed, and how often people report in it."""

    starts_on: date
    ends_on: date
    now: datetime
    every: timedelta
    zone: ZoneInfo

    def share_gone(self, at: datetime) -> float:
        days = (self.ends_on - self.starts_on).days + 1
        return min(1.0, (at.astimezone(self.zone).date() - self.starts_on).days / days)


def readings(result: Result, stretch: Stretch, random: Random) -> list[Reading]:
    """What was reported, oldest first; nothing for a silent key result."""
    if result.course == "silent":
        return []
    moments = check_in_moments(result, stretch, random)
    notes = iter(random.sample(NOTES[result.course], len(NOTES[result.course])))
    made = []
    for number, at in enumerate(moments):
        is_last = number == len(moments) - 1
        share = stretch.share_gone(at)
        if is_last and result.course == "dip":
            share *= AFTER_A_DIP
        value = value_at(result, share, random)
        said = result.note.replace("{value}", f"{value.normalize():,f}") if is_last else ""
        if not said and random.random() < (0.8 if is_last else 0.55):
            said = next(notes, "")
        made.append(
            Reading(
                at,
                value,
                confidence_at(result, number, len(moments), random),
                result.status or STATUS.get(result.course, "on-track"),
                said,
            )
        )
    return made


def check_in_moments(result: Result, stretch: Stretch, random: Random) -> list[datetime]:
    """Office hours, one cadence apart, the last one recent unless the next is due or overdue."""
    found: list[datetime] = []
    back = timedelta(days=random.randrange(max(1, stretch.every.days * 2 // 3)))
    if result.title in DUE:
        back = stretch.every - timedelta(days=1)
    if result.title in OVERDUE:
        back = stretch.every + timedelta(days=OVERDUE[result.title])
    day = stretch.now.astimezone(stretch.zone).date() - back
    while day > stretch.starts_on:
        clock = time(random.randrange(9, 17), random.randrange(60))
        at = datetime.combine(day, clock, stretch.zone)
        found.append(min(at, stretch.now - timedelta(minutes=random.randrange(15, 90))))
        day -= stretch.every
    if not found:
        found = [stretch.now - timedelta(hours=2)]
    if result.course == "late":
        first_day = datetime.combine(stretch.starts_on, time(10), stretch.zone)
        return [first_day + timedelta(days=2), first_day + SILENT_AFTER]
    return found[::-1]


def value_at(result: Result, share: float, random: Random) -> Decimal:
    """What was measured when `share` of the quarter had gone."""
    if result.shape == "milestones":
        return Decimal(steps_done(result, share)) / len(result.steps)
    if result.shape == "count":
        return Decimal(result.start) + counted(result, share)
    if result.shape == "yes-no":
        return Decimal(1 if result.course == "met" and share > 0.2 else 0)
    if result.course in {"met", "missed"}:
        return limit_value(result, random)
    way = progress(COURSES[result.course], share) + random.uniform(-WAVERING, WAVERING)
    start, target = Decimal(result.start), Decimal(result.target)
    return rounded(start + (target - start) * Decimal(way), result)


def limit_value(result: Result, random: Random) -> Decimal:
    """A value beside a limit, between two, or the baseline that was looked for."""
    if result.shape == "baseline":
        return Decimal(random.choice(["1.7", "1.9"]))
    if result.shape == "within":
        lower, upper = Decimal(result.start), Decimal(result.target)
        return rounded(lower + (upper - lower) * Decimal(random.uniform(0.4, 0.7)), result)
    return threshold_value(result, random)


def threshold_value(result: Result, random: Random) -> Decimal:
    """Inside the limit when it is met, outside when not."""
    off = Decimal(random.uniform(0.1, 0.35))
    inside = result.course == "met"
    below = inside == (result.shape == "at-most")
    target = Decimal(result.target)
    if result.unit == "percent" and not below:
        return rounded(target + (100 - target) * off, result)
    return rounded(target * (1 - off if below else 1 + off), result)


def steps_done(result: Result, share: float) -> int:
    return min(len(result.steps), int(share * len(result.steps)))


def counted(result: Result, share: float) -> int:
    """Things counted by then: all of those that are listed by now, at an even pace."""
    return min(len(result.counted), 1 + int(share * 3 * len(result.counted)))


def progress(course: Sequence[tuple[float, float]], share: float) -> float:
    for (a, low), (b, high) in pairwise(course):
        if share <= b:
            return low + (high - low) * (share - a) / (b - a)
    return course[-1][1]


def rounded(value: Decimal, result: Result) -> Decimal:
    places = PLACES.get(result.unit, 0)
    target = abs(Decimal(result.target or 0))
    if target and target < 1:
        places = 2
    if target >= 100000:
        return value.quantize(Decimal(1000), ROUND_HALF_UP).quantize(Decimal(1))
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def confidence_at(result: Result, number: int, of: int, random: Random) -> Decimal:
    """Where the owner ended up, with some wavering on the way."""
    final = Decimal(result.confidence or CONFIDENCE[result.course])
    if number == of - 1:
        return final
    wavering = Decimal(random.choice(["-0.1", "0", "0", "0.1"]))
    begun = (final + Decimal("0.7")) / 2 if number < of // 2 else final
    tenth = (begun + wavering).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return min(Decimal(1), max(Decimal(0), tenth))
