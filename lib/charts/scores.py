"""Charts of one score: ring, bar and sparkline. The caller says what the score means."""

from collections.abc import Sequence
from decimal import Decimal
from math import cos, pi, sin

from django.utils.safestring import SafeString

from lib.charts.drawing import Attribute, Axis, element, percent, picture, text
from lib.display import Band, band_words, score_band, show_number, show_score

_ZERO, _ONE = Decimal(0), Decimal(1)


def progress_ring(
    score: Decimal | None,
    *,
    expected: Decimal | None = None,
    size: int = 64,
    final: bool = False,
    name: str = "Score",
) -> SafeString:
    """A ring filled to `score` (0..1) with a tick at the `expected` progress (0..1).

    `size` is the side in px; None draws an empty ring that says so.
    """
    stroke = max(4, size // 11)
    middle, radius = size / 2, (size - stroke) / 2 - 2
    circle = {"cx": middle, "cy": middle, "r": radius, "stroke_width": stroke}
    parts = [element("circle", class_="ch-track", **circle)]
    if score is not None and score > 0:
        parts.append(_arc(_clamped(score), score_band(score), circle, middle))
    if expected is not None:
        parts.append(_tick(float(_clamped(expected)), middle, radius, stroke))
    parts.append(text(show_score(score), middle, middle, class_="ch-ring-number"))
    label = _sentence(name, score, expected, final=final)
    side: dict[str, Attribute] = {"width": size, "height": size, "view_box": f"0 0 {size} {size}"}
    return picture(label, *parts, class_=f"ch ch-ring ch-ring-{_ring_size(size)}", **side)


def progress_bar(
    score: Decimal | None,
    *,
    expected: Decimal | None = None,
    final: bool = False,
    name: str = "Score",
) -> SafeString:
    """A bar filled to `score` (0..1) with a marker at `expected` (0..1), as wide as its place."""
    parts = [element("rect", class_="ch-track", width="100%", y=5, height=6, rx=3)]
    if score is not None and score > 0:
        band, width = score_band(score), percent(float(_clamped(score)))
        parts.append(element("rect", class_=f"ch-fill ch-{band}", width=width, y=5, height=6, rx=3))
    if expected is not None:
        parts.append(_marker(float(_clamped(expected))))
    label = _sentence(name, score, expected, final=final)
    return picture(label, *parts, class_="ch ch-bar", width="100%", height=16)


def sparkline(
    values: Sequence[Decimal],
    *,
    target: Decimal | None = None,
    low: Decimal | float | None = None,
    high: Decimal | float | None = None,
    width: int = 96,
    height: int = 28,
    name: str = "Trend",
) -> SafeString:
    """The course of a value in a table cell, oldest first, with a dashed line at the target.

    As high as its values go, unless `low` and `high` set one scale for several. An empty picture
    with a sentence when there are fewer than two values.
    """
    frame: dict[str, Attribute] = {
        "width": width,
        "height": height,
        "view_box": f"0 0 {width} {height}",
    }
    if len(values) < 2:
        return picture(f"{name}: too few values yet", class_="ch ch-spark", **frame)
    levels = [float(level) for level in (*values, target, low, high) if level is not None]
    axis = _spark_axis(levels, height)
    points = _spark_points(values, axis, width)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [element("polyline", class_="ch-line", points=line)]
    if target is not None:
        y = axis.y(target)
        parts.insert(0, element("line", class_="ch-target", x1=0, x2=width, y1=y, y2=y))
    parts.append(element("circle", class_="ch-dot", cx=points[-1][0], cy=points[-1][1], r=2.5))
    ends = f"from {show_number(values[0])} to {show_number(values[-1])}"
    label = f"{name}: {ends} in {len(values)} values"
    return picture(label, *parts, class_="ch ch-spark", **frame)


def _arc(score: Decimal, band: Band, circle: dict[str, float], middle: float) -> SafeString:
    around = 2 * pi * circle["r"]
    return element(
        "circle",
        class_=f"ch-arc ch-{band}",
        stroke_dasharray=f"{around * float(score):.2f} {around:.2f}",
        transform=f"rotate(-90 {middle:g} {middle:g})",
        **circle,
    )


def _tick(expected: float, middle: float, radius: float, stroke: float) -> SafeString:
    angle = 2 * pi * expected - pi / 2
    inner, outer = radius - stroke / 2 - 1.5, radius + stroke / 2 + 1.5
    ends = {
        "x1": middle + inner * cos(angle),
        "y1": middle + inner * sin(angle),
        "x2": middle + outer * cos(angle),
        "y2": middle + outer * sin(angle),
    }
    # Two strokes: a wide one in the surface's colour keeps the tick off the arc.
    return element(
        "g",
        element("line", class_="ch-marker-gap", **ends),
        element("line", class_="ch-marker", **ends),
    )


def _marker(expected: float) -> SafeString:
    x = percent(expected)
    return element(
        "g",
        element("line", class_="ch-marker-gap", x1=x, x2=x, y1=2, y2=14),
        element("line", class_="ch-marker", x1=x, x2=x, y1=2, y2=14),
    )


def _spark_axis(levels: Sequence[float], height: int) -> Axis:
    low, high = min(levels), max(levels)
    if low == high:
        low, high = low - 1, high + 1
    return Axis(low, high, top=3.5, bottom=height - 3.5)


def _spark_points(values: Sequence[Decimal], axis: Axis, width: int) -> list[tuple[float, float]]:
    step = (width - 6) / (len(values) - 1)
    return [(2 + index * step, axis.y(value)) for index, value in enumerate(values)]


def _ring_size(size: int) -> str:
    return "small" if size < 48 else "large" if size > 80 else "medium"


def _clamped(share: Decimal) -> Decimal:
    return min(max(share, _ZERO), _ONE)


def _sentence(name: str, score: Decimal | None, expected: Decimal | None, *, final: bool) -> str:
    if score is None:
        return f"{name}: no data yet"
    told = f"{name} {show_score(score)}, {band_words(score_band(score), final=final)}"
    return told if expected is None else f"{told}; {show_score(expected)} expected by now"
