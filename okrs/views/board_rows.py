"""The rows of the dashboard's table.

A board has a hundred rows of eight cells, and between two looks at it a few of them change. So
each cell is formatted apart, and a row that has the same cells as one before is not drawn again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lib.addresses import address_of
from lib.display import show_count
from lib.rows import Row
from lib.templatetags.flotilla import confidence, freshness, progress_bar, score_badge, sparkline
from okrs.queries.courses import Course
from okrs.queries.dashboard import Board, Group, ObjectiveLine, RollUp, UnitLine
from okrs.queries.objectives import PaceCounts
from okrs.queries.scope import Scope
from okrs.templatetags.overviews import last_evidence, moved, pace_tally, same_moment
from okrs.views.addresses import Address

NOT_OF_THE_PAST = format_html('<span class="muted">{}</span>', "–")


def note_of(figures: RollUp) -> str:
    if not figures.objectives:
        return "no agreed objectives in this cycle"
    objectives = show_count(figures.objectives, "objective")
    return f"{objectives}, {figures.reporting} of {figures.key_results} reporting"


@dataclass(frozen=True, kw_only=True)
class Cells(Row):
    """The figures of a row; `since` is how far back `moved` looks, in words."""

    score: SafeString
    progress: SafeString
    since: str
    moved: SafeString | str
    trend: SafeString
    paces: SafeString
    confidence: SafeString
    evidence: SafeString


@dataclass(frozen=True, kw_only=True)
class BoardRow(Row):
    """All that a row shows. Without cells there are no figures; `toggle` folds and unfolds it."""

    kind: str
    name: str = ""
    note: str = ""
    url: str = ""
    id: UUID | None = None
    toggle: str = ""
    is_open: bool = False
    inner: bool = False
    cells: Cells | None = None


NOTHING_INSIDE = BoardRow(kind="nothing")


# Some kilobytes each, for ten large boards.
@lru_cache(maxsize=1024)
def drawn(row: BoardRow) -> SafeString:
    return render_to_string("okrs/dashboard_row.html", {"row": row})


@dataclass(frozen=True)
class Section:
    """The body of the table for one portfolio, or for the organisation's own goals."""

    id: str
    rows: list[SafeString]


@dataclass(frozen=True, kw_only=True)
class Formatter:
    """What all rows of a board have in common; `elapsed` is the share 0..1 of the cycle."""

    scope: Scope
    address: Address
    elapsed: Decimal | None
    since: str

    def sections(self, board: Board) -> Iterator[Section]:
        own = board.organization
        if own.objectives:
            rows = [self.unit(own, kind="portfolio"), *map(self.objective, own.objectives)]
            yield Section("unit-organisation", [*map(drawn, rows)])
        for group in board.groups:
            name = f"unit-{group.portfolio.id or 'none'}"
            yield Section(name, [*map(drawn, self.rows_of(group))])

    def rows_of(self, group: Group) -> Iterator[BoardRow]:
        yield self.unit(group.portfolio, kind="portfolio")
        yield from map(self.objective, group.portfolio.objectives)
        for product in group.products:
            yield self.product(product)
            if product.is_open:
                inside = [self.objective(line, inner=True) for line in product.objectives]
                yield from inside or [NOTHING_INSIDE]

    def product(self, line: UnitLine) -> BoardRow:
        return self.unit(
            line,
            kind="product",
            id=line.id,
            url=address_of("portfolio:product", self.slug, line.slug),
            toggle=str(self.address.toggled("open", line.id)),
            is_open=line.is_open,
        )

    def unit(self, line: UnitLine, *, kind: str, **more: Any) -> BoardRow:
        figures = line.figures
        if figures is None:
            nameless = line.id is None and kind == "portfolio"
            note = "" if nameless else "no objectives in this cycle"
            return BoardRow(kind=kind, name=line.name, note=note, **more)
        return BoardRow(
            kind=kind,
            name=line.name,
            note=note_of(figures),
            cells=self.cells(
                line, line.pace, name=line.name, expected=self.elapsed, chance=figures.confidence
            ),
            **more,
        )

    def objective(self, line: ObjectiveLine, *, inner: bool = False) -> BoardRow:
        whose = f"{line.team}, {line.owner}" if line.team else line.owner
        return BoardRow(
            kind="objective",
            name=line.title,
            url=address_of("okrs:objective", self.slug, line.id) + same_moment(self.address),
            note=f"{whose}, {line.reporting} of {line.counted} reporting",
            inner=inner,
            cells=self.cells(
                line, line.pace, name=line.title, expected=line.expected, chance=line.confidence
            ),
        )

    def cells(
        self,
        line: UnitLine | ObjectiveLine,
        pace: PaceCounts,
        *,
        name: str,
        expected: Decimal | None,
        chance: Decimal | None,
    ) -> Cells:
        final, course = self.scope.is_final, line.course
        return Cells(
            score=score_badge(line.score, final=final),
            progress=progress_bar(line.score, expected=expected, final=final, name=name),
            since=self.since,
            moved=moved(course.change),
            trend=trend(course),
            paces=total(pace) if final else pace_tally(pace),
            confidence=confidence(chance),
            evidence=self.evidence(pace),
        )

    def evidence(self, pace: PaceCounts) -> SafeString:
        if self.scope.is_past:
            return NOT_OF_THE_PAST
        if self.scope.is_final:
            return freshness(pace.evidence_at, verb="")
        return last_evidence(pace)

    @property
    def slug(self) -> str:
        return self.scope.access.organization.slug


def trend(course: Course) -> SafeString:
    return sparkline(course.scores, width=80, height=24)


def total(pace: PaceCounts) -> SafeString:
    return format_html('<span class="number">{}</span>', pace.total)
