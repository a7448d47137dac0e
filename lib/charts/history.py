"""The course of a value over time, against where it should have been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.utils.safestring import SafeString

from lib.charts.drawing import (
    Axis,
    Days,
    element,
    nice_ticks,
    path,
    percent,
    picture,
    stretched,
    text,
    time_labels,
)
from lib.display import show_count, show_day, show_number

_HEIGHT = 240
_TOP, _BOTTOM = 14, 212
# Room for the names of the levels on the left, and a little after the last day.
_LEFT, _ROOM = 0.07, 0.9


@dataclass(frozen=True)
class Reading:
    """A value that was true from `on`; overridden ones were set by a person over a source."""

    on: date
    value: Decimal
    overridden: bool = False


@dataclass(frozen=True)
class _Frame:
    days: Days
    axis: Axis

    def place(self, on: date, value: Decimal) -> tuple[float, float]:
        return _LEFT + self.days.x(on) * _ROOM, self.axis.y(value)


def history_chart(
    readings: Sequence[Reading],
    *,
    first: date,
    last: date,
    today: date,
    target: Decimal | None = None,
    baseline: Decimal | None = None,
    expected: Sequence[tuple[date, Decimal]] = (),
    unit: str = "",
    name: str = "Value",
) -> SafeString:
    """A line through `readings` (oldest first) between two dates, both included.

    `target` and `baseline` are levels in the unit of the values, `expected` is the course of
    the expected pace as (day, value). A stretch of overridden readings is drawn dashed with
    hollow points. Draws its frame even when there is nothing to show yet.
    """
    levels = [reading.value for reading in readings] + [value for _, value in expected]
    levels += [level for level in (target, baseline) if level is not None]
    ticks = nice_ticks(float(min(levels, default=Decimal(0))), float(max(levels, default=1)))
    frame = _Frame(Days(first, last), Axis(ticks[0], ticks[-1], _TOP, _BOTTOM))
    return picture(
        _sentence(name, readings, target, unit),
        *_grid(ticks, frame.axis, unit),
        time_labels(frame.days, y=_HEIGHT - 8, left=_LEFT, room=_ROOM),
        stretched(_HEIGHT, *_lines(readings, expected, frame)),
        *_levels(frame.axis, target, baseline),
        *_today(frame.days, today),
        *_points(readings, frame, unit),
        class_="ch ch-history",
        width="100%",
        height=_HEIGHT,
    )


def _grid(ticks: Sequence[float], axis: Axis, unit: str) -> list[SafeString]:
    lines = [
        element("line", class_="ch-grid", x1=0, x2="100%", y1=axis.y(tick), y2=axis.y(tick))
        for tick in ticks
    ]
    suffix = "%" if unit == "%" else ""
    words = [
        text(show_number(Decimal(str(tick))) + suffix, 0, axis.y(tick) - 4, class_="ch-label")
        for tick in ticks
    ]
    return lines + words


def _lines(
    readings: Sequence[Reading], expected: Sequence[tuple[date, Decimal]], frame: _Frame
) -> list[SafeString]:
    parts = []
    if len(expected) > 1:
        course = [frame.place(on, value) for on, value in expected]
        parts.append(element("path", class_="ch-expected", d=path(course)))
    places = [frame.place(reading.on, reading.value) for reading in readings]
    for overridden, stretch in groupby(
        range(1, len(readings)), key=lambda index: readings[index].overridden
    ):
        ends = list(stretch)
        kind = "ch-line ch-override" if overridden else "ch-line"
        parts.append(element("path", class_=kind, d=path(places[ends[0] - 1 : ends[-1] + 1])))
    return parts


def _levels(axis: Axis, target: Decimal | None, baseline: Decimal | None) -> list[SafeString]:
    parts = []
    for word, level in (("target", target), ("baseline", baseline)):
        if level is None:
            continue
        y = axis.y(level)
        parts.append(element("line", class_=f"ch-{word}", x1=0, x2="100%", y1=y, y2=y))
        words = f"{word.capitalize()} {show_number(level)}"
        parts.append(text(words, "100%", y - 5, class_="ch-label ch-strong ch-end"))
    return parts


def _today(days: Days, today: date) -> list[SafeString]:
    share = days.x(today)
    if not 0 <= share <= 1:
        return []
    x = percent(_LEFT + share * _ROOM)
    return [element("line", class_="ch-today", x1=x, x2=x, y1=_TOP, y2=_BOTTOM)]


def _points(readings: Sequence[Reading], frame: _Frame, unit: str) -> list[SafeString]:
    parts = []
    for reading in readings:
        share, y = frame.place(reading.on, reading.value)
        told = f"{show_day(reading.on)}: {show_number(reading.value)} {unit}".rstrip()
        words = f"{told}, overridden" if reading.overridden else told
        kind = "ch-dot ch-hollow" if reading.overridden else "ch-dot"
        tooltip = element("title", words)
        parts.append(element("circle", tooltip, class_=kind, cx=percent(share), cy=y, r=3.5))
    return parts


def _sentence(name: str, readings: Sequence[Reading], target: Decimal | None, unit: str) -> str:
    if not readings:
        return f"{name}: no values yet"
    now = readings[-1]
    told = f"{name}: {show_number(now.value)} {unit}".rstrip() + f" on {show_day(now.on)}"
    goal = "" if target is None else f", target {show_number(target)}"
    return f"{told}{goal}, {show_count(len(readings), 'value')} since {show_day(readings[0].on)}"
