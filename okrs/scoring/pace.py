"""Where a score should be today, and how far it is from there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from okrs.scoring.definition import FieldError, Shape
from okrs.scoring.exact import ONE, ZERO, difference, is_share, product, quotient, total

_HUNDRED = Decimal(100)
PACED_SHAPES = frozenset({Shape.FROM_TO, Shape.MILESTONES, Shape.COUNT})


class Pace(StrEnum):
    ON_TRACK = "on-track"
    BEHIND = "behind"
    AT_RISK = "at-risk"
    OUTDATED = "outdated"
    NONE = "none"


class Course(StrEnum):
    """How progress is expected to come."""

    LINEAR = "linear"
    STEPPED = "stepped"
    CUSTOM = "custom"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """From the morning of `on`, progress of `expected` (0..1)."""

    on: date
    expected: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Expected progress between two dates, both included.

    0 on the first date and 1 on the last, unless a point says otherwise. A stepped course holds
    each point until the next, a custom curve runs straight between them.
    """

    course: Course
    starts: date
    ends: date
    points: tuple[CoursePoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Widest gap, in points, that is still on track and still behind. Raises FieldError."""

    on_track: Decimal = ZERO
    behind: Decimal = Decimal(25)

    def __post_init__(self) -> None:
        if not (self.on_track.is_finite() and self.behind.is_finite()):
            raise FieldError("behind", "This is not a number.")
        if self.on_track > self.behind:
            raise FieldError("behind", "It is not below the gap that is still on track.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceReading:
    """`gap` is in points of 0..100: above 0 is behind, below 0 ahead, None where none is judged."""

    pace: Pace
    expected: Decimal | None
    gap: Decimal | None


DEFAULT_THRESHOLDS = Thresholds()


def expected_progress(expectation: Expectation, on: date) -> Decimal | None:
    """Expected score (0..1) on a date; None before the first date and where nothing is expected."""
    if expectation.course is Course.NONE or on < expectation.starts:
        return None
    points = _anchored(expectation)
    if on >= expectation.ends:
        return points[-1].expected
    before, after = next(pair for pair in pairwise(points) if pair[0].on <= on < pair[1].on)
    if expectation.course is Course.STEPPED:
        return before.expected
    return _between(before, after, on)


def judge_pace(
    shape: Shape,
    score: Decimal | None,
    expected: Decimal | None,
    *,
    outdated: bool,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> PaceReading:
    """Compare a score with what is expected; outdated wins over every colour, never the reverse."""
    paced = expected if shape in PACED_SHAPES else None
    gap = None if score is None or paced is None else _points(paced, score)
    pace = Pace.OUTDATED if outdated else _colour(gap, thresholds)
    return PaceReading(pace=pace, expected=paced, gap=gap)


def expectation_errors(expectation: Expectation) -> Iterator[FieldError]:
    """Everything wrong with an expectation, each with its field."""
    if expectation.ends < expectation.starts:
        yield FieldError("ends", "The last date lies before the first.")
    points = expectation.points
    if not all(expectation.starts <= point.on <= expectation.ends for point in points):
        yield FieldError("points", "Every point lies within the dates of the key result.")
    if not all(is_share(point.expected) for point in points):
        yield FieldError("points", "Expected progress lies between 0 and 1.")
    elif not all(a.on < b.on and a.expected <= b.expected for a, b in pairwise(points)):
        yield FieldError("points", "Points rise from date to date.")


def _anchored(expectation: Expectation) -> list[CoursePoint]:
    anchors = {expectation.starts: ZERO, expectation.ends: ONE}
    if expectation.course is not Course.LINEAR:
        anchors |= {point.on: point.expected for point in expectation.points}
    return [CoursePoint(on, anchors[on]) for on in sorted(anchors)]


def _between(before: CoursePoint, after: CoursePoint, on: date) -> Decimal:
    # Both ends weigh by the days from the other one, so that nothing is rounded but the quotient.
    passed, ahead = (on - before.on).days, (after.on - on).days
    weighed = [product(before.expected, Decimal(ahead)), product(after.expected, Decimal(passed))]
    return quotient(total(weighed), Decimal(passed + ahead))


def _points(expected: Decimal, score: Decimal) -> Decimal:
    return quotient(product(difference(expected, score), _HUNDRED))


def _colour(gap: Decimal | None, thresholds: Thresholds) -> Pace:
    if gap is None:
        return Pace.NONE
    if gap <= thresholds.on_track:
        return Pace.ON_TRACK
    return Pace.BEHIND if gap <= thresholds.behind else Pace.AT_RISK
