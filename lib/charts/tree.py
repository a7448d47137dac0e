"""The alignment tree: who contributes to whom, from left to right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.safestring import SafeString

from lib.charts.drawing import drawing, element
from lib.display import score_band, show_count, show_score

_WIDTH, _HEIGHT = 236, 60
_COLUMN, _ROW, _GAP = 292, 70, 10


@dataclass(frozen=True)
class Branch:
    """An objective and those that contribute to it; `hidden` counts those not shown."""

    id: str
    title: str
    note: str = ""
    score: Decimal | None = None
    url: str = ""
    children: Sequence["Branch"] = ()
    hidden: int = 0


@dataclass(frozen=True)
class CrossLink:
    """A second link of a branch that already hangs below another one."""

    child: str
    parent: str
    words: str = "supports"


@dataclass
class _Place:
    branch: Branch
    x: float
    y: float


@dataclass
class _Layout:
    places: dict[str, _Place] = field(default_factory=dict)
    bottom: float = 0.0
    depth: int = 0


def alignment_tree(
    roots: Sequence[Branch], *, links: Sequence[CrossLink] = (), name: str = "Alignment"
) -> SafeString:
    """Roots on the left, contributors to their right; each card is a link to its objective.

    Every leaf has a row of its own and a parent stands in the middle of its children, so no
    two cards overlap. Second links are dashed; those with an end that is not shown are left out.
    """
    layout = _Layout()
    for root in roots:
        _place(root, 0, layout)
        layout.bottom += _GAP
    width = (layout.depth + 1) * _COLUMN - (_COLUMN - _WIDTH)
    height = max(layout.bottom - _GAP - (_ROW - _HEIGHT), _HEIGHT)
    chart = drawing(
        f"{name}: {show_count(len(layout.places), 'objective')}",
        *(_stem(layout, parent, child) for parent, child in _pairs(roots)),
        *(_cross(layout, link) for link in links if _is_shown(layout, link)),
        *(_card(place) for place in layout.places.values()),
        class_="ch ch-tree",
        width=width,
        height=height,
        view_box=f"0 0 {width:g} {height:g}",
    )
    return element("div", chart, class_="ch-scroll", tabindex=0, role="region", aria_label=name)


def _place(branch: Branch, depth: int, layout: _Layout) -> float:
    """Gives `branch` and all below it a place; returns the y of its own."""
    layout.depth = max(layout.depth, depth)
    if branch.children:
        ys = [_place(child, depth + 1, layout) for child in branch.children]
        y = (ys[0] + ys[-1]) / 2
    else:
        y = layout.bottom
        layout.bottom += _ROW
    layout.places[branch.id] = _Place(branch, depth * _COLUMN, y)
    return y


def _pairs(branches: Sequence[Branch]) -> Iterator[tuple[Branch, Branch]]:
    for parent in branches:
        for child in parent.children:
            yield parent, child
        yield from _pairs(parent.children)


def _stem(layout: _Layout, parent: Branch, child: Branch) -> SafeString:
    start, end = layout.places[parent.id], layout.places[child.id]
    return element("path", class_="ch-stem", d=_curve(start, end))


def _cross(layout: _Layout, link: CrossLink) -> SafeString:
    start, end = layout.places[link.parent], layout.places[link.child]
    words = element("title", f"{end.branch.title} {link.words} {start.branch.title}")
    return element("path", words, class_="ch-stem ch-cross", d=_curve(start, end))


def _is_shown(layout: _Layout, link: CrossLink) -> bool:
    return link.child in layout.places and link.parent in layout.places


def _curve(start: _Place, end: _Place) -> str:
    """From the right side of `start` to the left side of `end`."""
    x1, y1 = start.x + _WIDTH, start.y + _HEIGHT / 2
    x2, y2 = end.x, end.y + _HEIGHT / 2
    bend = (x1 + x2) / 2 if x2 > x1 else x1 + (_COLUMN - _WIDTH)
    return f"M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2:g} {y2:g}"


def _card(place: _Place) -> SafeString:
    branch = place.branch
    kind = f"ch-{score_band(branch.score)}" if branch.score is not None else "ch-no-data"
    frame = element("rect", class_="ch-card", width=_WIDTH, height=_HEIGHT, rx=7)
    stripe = element("rect", class_="ch-stripe", x=0, y=10, width=3, height=_HEIGHT - 20, rx=1.5)
    body = element("foreignObject", _words(branch), x=13, y=0, width=_WIDTH - 22, height=_HEIGHT)
    drawn = element(
        "g",
        frame,
        stripe,
        body,
        class_=f"ch-node {kind}",
        transform=f"translate({place.x:g} {place.y:g})",
    )
    return element("a", drawn, href=branch.url) if branch.url else drawn


def _words(branch: Branch) -> SafeString:
    more = f" + {branch.hidden} more" if branch.hidden else ""
    foot = element(
        "div",
        element("span", branch.note + more, class_="ch-node-note"),
        element("span", show_score(branch.score), class_="ch-node-score"),
        class_="ch-node-foot",
    )
    title = element("div", branch.title, class_="ch-node-title", title=branch.title)
    return element("div", title, foot, class_="ch-node-words", xmlns="http://www.w3.org/1999/xhtml")
