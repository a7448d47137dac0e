"""Work on a time line: lanes, bars with progress, milestones and what waits for what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.utils.safestring import SafeString

from lib.charts.drawing import (
    PLOT_WIDTH,
    Days,
    drawing,
    element,
    joined,
    month_starts,
    percent,
    stretched,
    text,
)
from lib.display import score_band, show_day, show_percent, show_span

_ROW, _BAR, _HEAD, _PAD = 38, 26, 30, 7
# How far an arrow stands off before it turns, in thousandths of the width.
_BEND = 9


@dataclass(frozen=True)
class Bar:
    """A piece of work between two dates, both included; `progress` is 0..1 or None."""

    id: str
    title: str
    first: date
    last: date
    progress: Decimal | None = None
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Milestone:
    """A day that something is due."""

    id: str
    title: str
    on: date
    url: str = ""


@dataclass(frozen=True)
class Lane:
    """The work of one team or product; what overlaps in time goes into rows of its own."""

    title: str
    bars: Sequence[Bar] = ()
    milestones: Sequence[Milestone] = ()


@dataclass(frozen=True)
class Needs:
    """`successor` cannot start before `predecessor` is ready; late when the dates say it will."""

    predecessor: str
    successor: str
    late: bool = False


@dataclass
class _Layout:
    days: Days
    height: float = _HEAD
    lanes: list[tuple[Lane, float, float]] = field(default_factory=list)
    # (start share, end share, middle y) of every bar and milestone.
    places: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    def span(self, first: date, last: date) -> tuple[float, float]:
        start = self.days.x(first)
        return max(0.0, start), min(1.0, self.days.x(last + timedelta(days=1)))


def roadmap(
    lanes: Sequence[Lane],
    *,
    first: date,
    last: date,
    today: date,
    needs: Sequence[Needs] = (),
    name: str = "Roadmap",
) -> SafeString:
    """Lanes from `first` to `last`, both included; what lies outside is cut at the edge.

    Bars and milestones with an address are links. Dependencies whose ends are not shown are
    left out; late ones are dashed.
    """
    layout = _laid_out(lanes, Days(first, last))
    chart = drawing(
        f"{name}, {show_span(first, last)}",
        *_lane_backgrounds(layout),
        *_months(layout),
        *_arrows(layout, needs),
        *(_bar(bar, layout) for lane in lanes for bar in lane.bars if bar.id in layout.places),
        *(
            _milestone(milestone, layout)
            for lane in lanes
            for milestone in lane.milestones
            if milestone.id in layout.places
        ),
        *_today(layout, today),
        class_="ch ch-roadmap",
        width="100%",
        height=layout.height,
    )
    plot = element("div", chart, class_="ch-scroll", tabindex=0, role="region", aria_label=name)
    return element("div", _lane_names(layout), plot, class_="ch-lanes")


def _laid_out(lanes: Sequence[Lane], days: Days) -> _Layout:
    layout = _Layout(days)
    for lane in lanes:
        top = layout.height
        rows = _placed_rows(lane, layout, top + _PAD)
        layout.height = top + max(1, rows) * _ROW + _PAD
        layout.lanes.append((lane, top, layout.height - top))
    return layout


def _placed_rows(lane: Lane, layout: _Layout, top: float) -> int:
    """Puts each bar into the first row that is free at its start; gives the number of rows."""
    free_from: list[float] = []
    days = layout.days
    visible = [bar for bar in lane.bars if bar.last >= days.first and bar.first <= days.last]
    for bar in sorted(visible, key=lambda bar: (bar.first, bar.last)):
        start, end = layout.span(bar.first, bar.last)
        row = _row_for(start, end + 0.01, free_from)
        layout.places[bar.id] = (start, end, top + row * _ROW + _BAR / 2)
    for milestone in sorted(lane.milestones, key=lambda milestone: milestone.on):
        if days.first <= milestone.on <= days.last:
            at = days.x(milestone.on)
            # The title needs room to the right of the diamond.
            row = _row_for(at - 0.01, at + 0.16, free_from)
            layout.places[milestone.id] = (at, at, top + row * _ROW + _BAR / 2)
    return len(free_from)


def _row_for(start: float, end: float, free_from: list[float]) -> int:
    row = next((i for i, free in enumerate(free_from) if free <= start), len(free_from))
    if row == len(free_from):
        free_from.append(end)
    free_from[row] = end
    return row


def _lane_names(layout: _Layout) -> SafeString:
    names = [
        _clamped_text(
            lane.title, x=0, y=top + 4, width="100%", height=height - 8, class_="ch-lane-name"
        )
        for lane, top, height in layout.lanes
    ]
    rules = [_rule(top) for _, top, _ in layout.lanes]
    return element("svg", *rules, *names, class_="ch ch-lane-names", height=layout.height)


def _rule(y: float) -> SafeString:
    return element("line", class_="ch-grid", x1=0, x2="100%", y1=y, y2=y)


def _lane_backgrounds(layout: _Layout) -> list[SafeString]:
    return [_rule(top) for _, top, _ in layout.lanes]


def _months(layout: _Layout) -> list[SafeString]:
    parts = []
    starts = month_starts(layout.days.first, layout.days.last)
    for day in starts:
        share = layout.days.x(day)
        is_named = day == starts[0] or day.month == 1
        x, kind = percent(share), "ch-month ch-quarter" if day.month % 3 == 1 else "ch-month"
        parts.append(element("line", class_=kind, x1=x, x2=x, y1=_HEAD, y2=layout.height))
        if share < 0.97:
            words = f"{day:%b %Y}" if is_named else f"{day:%b}"
            parts.append(text(words, x, 18, class_="ch-label"))
    return parts


def _today(layout: _Layout, today: date) -> list[SafeString]:
    share = layout.days.x(today)
    if not 0 <= share <= 1:
        return []
    x = percent(share)
    line = element("line", class_="ch-today", x1=x, x2=x, y1=_HEAD - 6, y2=layout.height)
    dot = element("circle", class_="ch-today-dot", cx=x, cy=_HEAD - 6, r=3.5)
    return [element("g", element("title", f"Today, {show_day(today)}"), line, dot)]


def _bar(bar: Bar, layout: _Layout) -> SafeString:
    start, end, middle = layout.places[bar.id]
    kind = f"ch-{score_band(bar.progress)}" if bar.progress is not None else "ch-no-data"
    body = [element("rect", class_="ch-bar-body", width="100%", height=_BAR, rx=5)]
    if bar.progress:
        done = percent(min(1.0, float(bar.progress)))
        body.append(element("rect", class_="ch-bar-done", x=0, y=_BAR - 4, width=done, height=4))
    body.append(
        _clamped_text(bar.title, x=0, y=0, width="100%", height=_BAR - 3, class_="ch-bar-title")
    )
    done_words = "no data" if bar.progress is None else f"{show_percent(bar.progress)} done"
    words = f"{bar.title}, {show_span(bar.first, bar.last)}, {done_words}"
    drawn = element(
        "svg",
        *body,
        x=percent(start),
        y=middle - _BAR / 2,
        width=percent(end - start),
        height=_BAR,
        class_=f"ch-work {kind}",
    )
    return _linked(drawn, bar.url, f"{words}, {bar.note}" if bar.note else words)


def _milestone(milestone: Milestone, layout: _Layout) -> SafeString:
    at, _, middle = layout.places[milestone.id]
    diamond = element("path", class_="ch-diamond", d="M0 -7 7 0 0 7 -7 0z")
    title = _clamped_text(
        milestone.title, x=12, y=-11, width=140, height=22, class_="ch-milestone-title"
    )
    drawn = element("svg", diamond, title, x=percent(at), y=middle, class_="ch-milestone")
    return _linked(drawn, milestone.url, f"{milestone.title}, due {show_day(milestone.on)}")


def _linked(drawn: SafeString, url: str, words: str) -> SafeString:
    tooltip = element("title", words)
    if not url:
        return element("g", tooltip, drawn)
    return element("a", tooltip, drawn, href=url, aria_label=words)


def _arrows(layout: _Layout, needs: Sequence[Needs]) -> list[SafeString]:
    shown = [n for n in needs if n.predecessor in layout.places and n.successor in layout.places]
    lines = [_arrow_line(need, layout) for need in shown]
    heads = [_arrow_head(need, layout) for need in shown]
    return [stretched(layout.height, *lines), joined(heads)] if shown else []


def _arrow_line(need: Needs, layout: _Layout) -> SafeString:
    """Leaves to the right and arrives from the left, through the gap between rows if it must."""
    _, end, y1 = layout.places[need.predecessor]
    start, _, y2 = layout.places[need.successor]
    leave, arrive = end * PLOT_WIDTH, start * PLOT_WIDTH
    if leave + 2 * _BEND <= arrive:
        course = f"M{leave:.1f} {y1:g}H{arrive - _BEND:.1f}V{y2:g}H{arrive - 5:.1f}"
    else:
        gap = y1 + (_ROW / 2 if y2 >= y1 else -_ROW / 2)
        course = (
            f"M{leave:.1f} {y1:g}H{leave + _BEND:.1f}V{gap:g}"
            f"H{arrive - _BEND:.1f}V{y2:g}H{arrive - 5:.1f}"
        )
    return element("path", class_=_arrow_class(need), d=course)


def _arrow_head(need: Needs, layout: _Layout) -> SafeString:
    x, _, y = layout.places[need.successor]
    head = element("path", class_=f"{_arrow_class(need)} ch-head", d="M-7 -4 -1 0 -7 4z")
    return element("svg", head, x=percent(x), y=y, class_="ch-milestone")


def _arrow_class(need: Needs) -> str:
    return "ch-arrow ch-late" if need.late else "ch-arrow"


def _clamped_text(words: str, *, class_: str, **place: float | str) -> SafeString:
    """HTML inside the picture, so that the style sheet can cut it with an ellipsis."""
    body = element("div", words, xmlns="http://www.w3.org/1999/xhtml", class_=class_)
    return element("foreignObject", body, **place)
