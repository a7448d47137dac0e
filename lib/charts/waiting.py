"""Who waits for whom: what comes first on the left, what waits for it on the right."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from django.utils.safestring import SafeString

from lib.charts.drawing import drawing, element, text
from lib.charts.layered import Layered, apart, layered
from lib.display import show_count

_WIDTH, _HEIGHT = 204, 58
_COLUMN, _ROW = _WIDTH + 136, 72
_PILL = 22


class Mark(StrEnum):
    """How a promise stands: each has a line and a sign of its own, beside its colour."""

    HOLDS = "holds"
    LATE = "late"
    UNANSWERED = "unanswered"
    BROKEN = "broken"


_SIGNS = {
    Mark.LATE: "M0 -5A5 5 0 1 1 -.01 -5M0 -3V0L2.4 1.4",
    Mark.UNANSWERED: "M-2.6 -2.2A2.6 2.6 0 1 1 0 1V2M0 4.6V5",
    Mark.BROKEN: "M-3.8 -3.8 3.8 3.8M-3.8 3.8 3.8 -3.8",
}


@dataclass(frozen=True, kw_only=True)
class Party:
    """A goal or a piece of work, or a unit that has not named one."""

    id: str
    title: str
    note: str = ""
    url: str = ""
    is_unit: bool = False
    is_centre: bool = False


@dataclass(frozen=True, kw_only=True)
class Wait:
    """`needer` waits for `provider`; `words` stand on the line, `sentence` is said aloud."""

    provider: str
    needer: str
    mark: Mark = Mark.HOLDS
    words: str = ""
    sentence: str = ""
    url: str = ""


def waiting_graph(
    parties: Sequence[Party], waits: Sequence[Wait], *, name: str = "Who waits for whom"
) -> SafeString:
    """A drawing whose arrows run from what is promised to who waits for it.

    Cards are links to their records, and so are the words on a promise that is in trouble. A wait
    with an end that is not among the parties is left out.
    """
    places = layered([p.id for p in parties], [(w.provider, w.needer) for w in waits])
    width = max(places.columns * _COLUMN - (_COLUMN - _WIDTH), _WIDTH)
    height = max(places.rows * _ROW - (_ROW - _HEIGHT), _HEIGHT)
    drawn = [(w, route) for w, route in zip(waits, places.routes, strict=True) if route]
    chart = drawing(
        f"{name}: {show_count(len(drawn), 'promise')} between {len(parties)} goals and units",
        *(_line(wait, route) for wait, route in drawn),
        *(_card(party, places) for party in parties),
        *_labels(drawn),
        class_="ch ch-waiting",
        width=width,
        height=height,
        view_box=f"0 0 {width:g} {height:g}",
    )
    return element("div", chart, class_="ch-scroll", tabindex=0, role="region", aria_label=name)


def _x(column: int) -> float:
    return column * _COLUMN


def _y(row: float) -> float:
    return row * _ROW + _HEIGHT / 2


def _line(wait: Wait, route: Sequence[tuple[int, float]]) -> SafeString:
    """From card to card, level past the columns in between, with a head at the end."""
    course = f"M{_x(route[0][0]) + _WIDTH:g} {_y(route[0][1]):.1f}"
    for (column, row), (to_column, to_row) in pairwise(route):
        start, end = _x(column) + _WIDTH, _x(to_column)
        bend = (start + end) / 2
        course += f"C{bend:g} {_y(row):.1f} {bend:g} {_y(to_row):.1f} {end:g} {_y(to_row):.1f}"
        if (to_column, to_row) != route[-1]:
            course += f"H{end + _WIDTH:g}"
    x, y = _x(route[-1][0]), _y(route[-1][1])
    head = element("path", class_="ch-wait-head", d=f"M{x - 8:g} {y - 4.5:.1f}l8 4.5-8 4.5z")
    body = element("path", element("title", wait.sentence), class_="ch-wait-line", d=course)
    return element("g", body, head, class_=f"ch-wait ch-wait-{wait.mark}")


def _labels(drawn: Sequence[tuple[Wait, Sequence[tuple[int, float]]]]) -> list[SafeString]:
    """What is the matter, on the last stretch of its line, moved apart where they would overlap."""
    gaps: defaultdict[int, list[tuple[float, Wait]]] = defaultdict(list)
    for wait, route in drawn:
        if wait.mark is not Mark.HOLDS:
            before, end = route[-2:]
            gaps[end[0]].append(((_y(before[1]) + _y(end[1])) / 2, wait))
    parts = []
    for column, found in gaps.items():
        found.sort(key=lambda pair: pair[0])
        places = apart([y / _PILL for y, _ in found])
        middle = _x(column) - (_COLUMN - _WIDTH) / 2
        parts += [
            _label(wait, middle, place * _PILL)
            for (_, wait), place in zip(found, places, strict=True)
        ]
    return parts


def _label(wait: Wait, x: float, y: float) -> SafeString:
    width = 33 + 7.4 * len(wait.words)
    pill = element("rect", class_="ch-pill", x=-width / 2, y=-9, width=width, height=18, rx=9)
    sign = element(
        "path", class_="ch-sign", d=_SIGNS[wait.mark], transform=f"translate({13 - width / 2:g} 0)"
    )
    words = text(wait.words, 23 - width / 2, 4, class_="ch-pill-words")
    drawn = element(
        "g",
        pill,
        sign,
        words,
        class_=f"ch-wait ch-wait-{wait.mark}",
        transform=f"translate({x:g} {y:.1f})",
    )
    return element("a", drawn, href=wait.url, aria_label=wait.sentence) if wait.url else drawn


def _card(party: Party, places: Layered) -> SafeString:
    column, row = places.places[party.id]
    kind = " ch-unit" if party.is_unit else ""
    centre = " ch-centre" if party.is_centre else ""
    frame = element(
        "rect", class_="ch-card", width=_WIDTH, height=_HEIGHT, rx=22 if party.is_unit else 7
    )
    words = element(
        "div",
        element("div", party.title, class_="ch-node-title", title=party.title),
        element("div", party.note, class_="ch-node-note"),
        class_="ch-node-words",
        xmlns="http://www.w3.org/1999/xhtml",
    )
    body = element("foreignObject", words, x=13, y=0, width=_WIDTH - 24, height=_HEIGHT)
    drawn = element(
        "g",
        frame,
        body,
        class_=f"ch-node{kind}{centre}",
        transform=f"translate({_x(column):g} {row * _ROW:.1f})",
    )
    return element("a", drawn, href=party.url) if party.url else drawn
