"""The rows of the dashboard's table, with everything in them already formatted.

A board has a hundred rows of eight cells. A template that works out each of them from the parts
of a row takes longer than all other parts of the page together; one that only puts finished
cells in their places does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from lib.addresses import address_of
from lib.display import show_count
from lib.templatetags.flotilla import confidence, freshness, progress_bar, score_badge, sparkline
from okrs.queries.courses import Course
from okrs.queries.dashboard import Board, Group, ObjectiveLine, UnitLine
from okrs.queries.objectives import PaceCounts
from okrs.queries.scope import Scope
from okrs.templatetags.overviews import last_evidence, moved, pace_tally, same_moment
from okrs.views.addresses import Address

# By name, as templates find them at the first try.
Row = dict[str, Any]
NOT_OF_THE_PAST = format_html('<span class="muted">{}</span>', "–")
NOTHING_INSIDE: Row = {"kind": "nothing"}
# A template looks longest for what is not there.
PLAIN: Row = {"url": "", "toggle": "", "inner": False, "cells": None}


@dataclass(frozen=True)
class Section:
    """The body of the table for one portfolio, or for the organisation's own goals."""

    id: str
    rows: list[Row]


@dataclass(frozen=True, kw_only=True)
class Formatter:
    """What all rows of a board have in common; `elapsed` is the share 0..1 of the cycle."""

    scope: Scope
    address: Address
    elapsed: Decimal | None

    def sections(self, board: Board) -> Iterator[Section]:
        own = board.organization
        if own.objectives:
            rows = [self.unit(own, "portfolio"), *map(self.objective, own.objectives)]
            yield Section("unit-organisation", rows)
        for group in board.groups:
            yield Section(f"unit-{group.portfolio.id or 'none'}", [*self.rows_of(group)])

    def rows_of(self, group: Group) -> Iterator[Row]:
        yield self.unit(group.portfolio, "portfolio")
        yield from map(self.objective, group.portfolio.objectives)
        for product in group.products:
            yield self.product(product)
            if product.is_open:
                inside = [{**self.objective(line), "inner": True} for line in product.objectives]
                yield from inside or [NOTHING_INSIDE]

    def product(self, line: UnitLine) -> Row:
        return {
            **self.unit(line, "product"),
            "url": address_of("portfolio:product", self.slug, line.slug),
            "toggle": str(self.address.toggled("open", line.id)),
            "expanded": "true" if line.is_open else "false",
        }

    def unit(self, line: UnitLine, kind: str) -> Row:
        row: Row = {**PLAIN, "kind": kind, "id": line.id, "name": line.name}
        figures = line.figures
        if figures is None:
            nameless = line.id is None and kind == "portfolio"
            return {**row, "note": "" if nameless else "no objectives in this cycle"}
        return {
            **row,
            "note": (
                f"{show_count(figures.objectives, 'objective')}, {figures.reporting} of"
                f" {figures.key_results} key results reporting"
            ),
            "cells": self.cells(
                line, line.pace, name=line.name, expected=self.elapsed, chance=figures.confidence
            ),
        }

    def objective(self, line: ObjectiveLine) -> Row:
        whose = f"{line.team}, {line.owner}" if line.team else line.owner
        return {
            **PLAIN,
            "kind": "objective",
            "name": line.title,
            "url": address_of("okrs:objective", self.slug, line.id) + same_moment(self.address),
            "note": f"{whose}, {line.reporting} of {line.counted} reporting",
            "cells": self.cells(
                line, line.pace, name=line.title, expected=line.expected, chance=line.confidence
            ),
        }

    def cells(
        self,
        line: UnitLine | ObjectiveLine,
        pace: PaceCounts,
        *,
        name: str,
        expected: Decimal | None,
        chance: Decimal | None,
    ) -> Row:
        final, course = self.scope.is_final, line.course
        return {
            "score": score_badge(line.score, final=final),
            "progress": progress_bar(line.score, expected=expected, final=final, name=name),
            "moved": moved(course.change),
            "trend": trend(course),
            "paces": total(pace) if final else pace_tally(pace),
            "confidence": confidence(chance),
            "evidence": self.evidence(pace),
        }

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
