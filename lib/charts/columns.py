"""Amounts side by side: stacked columns over periods, and planned against spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString

from lib.charts.drawing import Attribute, Axis, element, nice_ticks, percent, picture, text
from lib.display import show_compact, show_number

_HEIGHT = 240
_TOP, _BOTTOM = 20, 212
# Room on the left for the names of the levels, in shares of the width.
_LEFT = 0.08
_SERIES_COLOURS = 6


@dataclass(frozen=True)
class Column:
    """One period; `amounts` follow the order of the series, None is "no data"."""

    label: str
    amounts: Sequence[Decimal | None]
    note: str = ""

    @property
    def total(self) -> Decimal:
        return sum((amount for amount in self.amounts if amount is not None), Decimal(0))


@dataclass(frozen=True)
class PlannedSpent:
    """Money of one budget line: what was planned, promised so far and already spent."""

    planned: Decimal
    spent: Decimal
    committed: Decimal = Decimal(0)


def stacked_columns(
    columns: Sequence[Column], series: Sequence[str], *, unit: str = "", name: str = "Amounts"
) -> SafeString:
    """Columns of non-negative amounts stacked by series, with a legend in words below.

    `note` of a column (a growth rate, for instance) stands above it.
    """
    top = max((column.total for column in columns), default=Decimal(0))
    ticks = nice_ticks(0.0, float(top))
    axis = Axis(0, ticks[-1], _TOP, _BOTTOM)
    step = (1 - _LEFT) / max(1, len(columns))
    drawn = [
        _column(column, series, axis, _LEFT + index * step, step)
        for index, column in enumerate(columns)
    ]
    chart = picture(
        f"{name}: {_sentence(columns, unit)}",
        *_grid(ticks, axis),
        *drawn,
        class_="ch ch-columns",
        width="100%",
        height=_HEIGHT,
    )
    return element("div", chart, _legend(series), class_="ch-with-legend")


def planned_spent_bar(
    money: PlannedSpent, *, scale: Decimal | None = None, unit: str = "", name: str = "Budget"
) -> SafeString:
    """Spent and committed over planned; what goes beyond the plan is marked.

    `scale` is the amount that fills the width: give all rows of a table the same one. Without
    it the bar is as long as its largest amount.
    """
    used = money.spent + money.committed
    whole = scale or max(money.planned, used) or Decimal(1)
    parts = [_piece("track", Decimal(0), money.planned, whole)]
    within = min(money.spent, money.planned)
    parts.append(_piece("spent", Decimal(0), within, whole))
    parts.append(_piece("committed", within, min(used, money.planned) - within, whole))
    if used > money.planned:
        parts.append(_piece("over", money.planned, used - money.planned, whole))
    label = (
        f"{name}: {show_number(money.spent)} spent and {show_number(money.committed)} committed"
        f" of {show_number(money.planned)} {unit} planned"
    )
    return picture(" ".join(label.split()), *parts, class_="ch ch-bar", width="100%", height=16)


def _column(
    column: Column, series: Sequence[str], axis: Axis, left: float, step: float
) -> SafeString:
    place = {"x": percent(left + step * 0.18), "width": percent(step * 0.64)}
    parts, below = [], Decimal(0)
    for index, (name, amount) in enumerate(zip(series, column.amounts, strict=True)):
        if amount:
            words = f"{column.label}, {name}: {show_number(amount)}"
            top, bottom = axis.y(below + amount), axis.y(below)
            parts.append(_block(words, index, y=top, height=bottom - top - 1, **place))
            below += amount
    middle = percent(left + step / 2)
    if column.note:
        parts.append(text(column.note, middle, axis.y(below) - 6, class_="ch-label ch-note"))
    parts.append(text(column.label, middle, _HEIGHT - 8, class_="ch-label ch-middle"))
    return element("g", *parts)


def _block(words: str, index: int, *, height: float, **place: Attribute) -> SafeString:
    return element(
        "rect",
        element("title", words),
        class_=_series_class(index),
        height=max(1.0, height),
        rx=1.5,
        **place,
    )


def _series_class(index: int) -> str:
    return f"ch-series-{index % _SERIES_COLOURS + 1}"


def _grid(ticks: Sequence[float], axis: Axis) -> list[SafeString]:
    parts = []
    for tick in ticks:
        y = axis.y(tick)
        parts.append(element("line", class_="ch-grid", x1=0, x2="100%", y1=y, y2=y))
        parts.append(text(show_compact(Decimal(str(tick))), 0, y - 4, class_="ch-label"))
    return parts


def _legend(series: Sequence[str]) -> SafeString:
    entries = [
        element(
            "li",
            element(
                "svg",
                element(
                    "rect",
                    class_=_series_class(index),
                    width=10,
                    height=10,
                    rx=2,
                ),
                width=10,
                height=10,
                aria_hidden="true",
            ),
            name,
        )
        for index, name in enumerate(series)
    ]
    return element("ul", *entries, class_="ch-legend")


def _piece(kind: str, start: Decimal, length: Decimal, whole: Decimal) -> SafeString:
    return element(
        "rect",
        class_=f"ch-{kind}",
        x=percent(float(start / whole)),
        width=percent(float(max(length, Decimal(0)) / whole)),
        y=4,
        height=8,
        rx=2,
    )


def _sentence(columns: Sequence[Column], unit: str) -> str:
    if not columns:
        return "no data yet"
    told = (f"{column.label} {show_compact(column.total)} {unit}".strip() for column in columns)
    return ", ".join(told)
