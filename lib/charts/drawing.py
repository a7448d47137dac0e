"""SVG elements and the scales of charts.

Geometry goes into attributes and paint into classes that begin with `ch-`, because the content
security policy allows no inline style. Horizontal places are percentages, so that a chart takes
the width of its column and its text is never scaled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import count, takewhile
from math import floor, log10

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Attribute = str | int | float | Decimal | None
_CAMEL = {"view_box": "viewBox", "preserve_aspect_ratio": "preserveAspectRatio"}
_NICE_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
PLOT_WIDTH = 1000
_ONE_LEVEL = 1e-9


def element(name: str, *children: str, **attributes: Attribute) -> SafeString:
    """One SVG or HTML element; text children and attribute values are escaped."""
    opening = "".join(
        f' {_attribute_name(key)}="{_attribute_text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    body = joined(children)
    return mark_safe(f"<{name}{opening}>{body}</{name}>")  # noqa: S308 (every part is escaped)


def joined(parts: Iterable[str]) -> SafeString:
    """The parts one after another; those that are not safe yet are escaped."""
    return mark_safe("".join(map(conditional_escape, parts)))  # noqa: S308 (every part is escaped)


def picture(label: str, *children: str, **attributes: Attribute) -> SafeString:
    """An SVG that assistive tools read as one picture with `label` as its text."""
    return element("svg", *children, role="img", aria_label=label, **attributes)


def drawing(label: str, *children: str, **attributes: Attribute) -> SafeString:
    """An SVG with links inside, which stay reachable one by one."""
    return element("svg", *children, role="group", aria_label=label, **attributes)


def text(words: str, x: Attribute, y: Attribute, **attributes: Attribute) -> SafeString:
    return element("text", words, x=x, y=y, **attributes)


def percent(share: float) -> str:
    """A share of 0..1 of the width as an SVG length."""
    return f"{_short(share * 100)}%"


def stretched(height: float, *children: str) -> SafeString:
    """A plot as wide as the picture, whose inner width is always 1000; strokes keep their width."""
    return element(
        "svg",
        *children,
        view_box=f"0 0 {PLOT_WIDTH} {_short(height)}",
        width="100%",
        height=height,
        preserve_aspect_ratio="none",
        class_="ch-plot",
    )


def path(points: Sequence[tuple[float, float]]) -> str:
    """Straight lines through points of (share of the width, y in px)."""
    return "M" + "L".join(f"{_short(x * PLOT_WIDTH)} {_short(y)}" for x, y in points)


@dataclass(frozen=True)
class Axis:
    """A vertical axis from `low` at the bottom (`bottom` px) to `high` at the top (`top` px)."""

    low: float
    high: float
    top: float
    bottom: float

    def y(self, value: float | Decimal) -> float:
        share = (float(value) - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)


@dataclass(frozen=True)
class Days:
    """A horizontal axis over calendar dates, both included."""

    first: date
    last: date

    def x(self, day: date) -> float:
        """The share of the width at the start of `day`; may lie outside 0..1."""
        return (day - self.first).days / max(1, (self.last - self.first).days)


def nice_ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """About `wanted` round numbers that cover low..high, both ends included.

    Where all is at one level the axis runs from zero, or to one when that level is zero.
    """
    if high - low <= _ONE_LEVEL * max(abs(low), abs(high), _ONE_LEVEL):
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= _ONE_LEVEL:
        high = low + 1
    rough = (high - low) / wanted
    magnitude = 10.0 ** floor(log10(rough))
    step = next(nice * magnitude for nice in _NICE_STEPS if nice * magnitude >= rough * 0.999)
    below = takewhile(lambda tick: (tick - 1) * step < high - step * 1e-9, count(floor(low / step)))
    return [round(tick * step, 10) for tick in below]


def month_starts(first: date, last: date) -> list[date]:
    """The first day of each month that begins between two dates, both included."""
    starts, year, month = [], first.year, first.month
    while (day := date(year, month, 1)) <= last:
        if day >= first:
            starts.append(day)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return starts


def time_labels(days: Days, *, y: float, left: float = 0.0, room: float = 1.0) -> SafeString:
    """Names of months along a time axis, the year beside each January and the first one."""
    starts = month_starts(days.first, days.last) or [days.first]
    every = max(1, -(-len(starts) // 7))
    return joined(
        text(
            _month_name(day, is_first=day == starts[0]),
            percent(left + days.x(day) * room),
            y,
            class_="ch-label",
        )
        for day in starts[::every]
    )


@cache
def _attribute_name(key: str) -> str:
    return _CAMEL.get(key, key.rstrip("_").replace("_", "-"))


def _attribute_text(value: str | float | Decimal) -> str:
    """As it stands in an attribute; numbers hold nothing to escape."""
    if isinstance(value, str):
        return conditional_escape(value)
    return _short(value) if isinstance(value, float) else str(value)


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _month_name(day: date, *, is_first: bool) -> str:
    return f"{day:%b %Y}" if is_first or day.month == 1 else f"{day:%b}"
