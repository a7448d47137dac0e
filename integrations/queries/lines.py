"""The course of a link: by its present rules, and by the ones that were observed before."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from integrations.models import Link, Observation
from okrs.scoring import Measure

POINTS_SHOWN = 500
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Point:
    """A link at one moment; `amount` is in percent for a share, else a count or a sum."""

    at: datetime
    on: date
    amount: Decimal
    done: Decimal
    total: Decimal | None


@dataclass(frozen=True)
class Step:
    """Both lines side by side at one moment."""

    at: datetime
    former: Point | None
    present: Point | None


@dataclass(frozen=True)
class LinkLines:
    present: list[Point]
    former: list[Point]
    in_percent: bool

    @property
    def steps(self) -> list[Step]:
        """Every moment at which one of the lines has a point, newest first."""
        moments = {point.at for point in (*self.present, *self.former)}
        return [
            Step(at, standing(self.former, at), standing(self.present, at))
            for at in sorted(moments, reverse=True)
        ]


def standing(points: list[Point], at: datetime) -> Point | None:
    """The last point of a line at a moment."""
    return next((point for point in reversed(points) if point.at <= at), None)


def lines_of(link: Link) -> LinkLines:
    """The newest points of the present line and of the one before it; two queries."""
    is_share = Measure(link.measure).is_share
    return LinkLines(
        present=points_of(link, link.line, is_share=is_share),
        former=points_of(link, link.line - 1, is_share=is_share),
        in_percent=is_share,
    )


def points_of(link: Link, line: int, *, is_share: bool) -> list[Point]:
    rows = Observation.objects.filter(link=link, line=line)
    newest = rows.order_by("-effective_at", "-recorded_at", "-id")[:POINTS_SHOWN]
    return [point_of(row, is_share=is_share) for row in reversed(newest)]


def point_of(row: Observation, *, is_share: bool) -> Point:
    amount = row.done * HUNDRED / row.total if is_share and row.total else row.done
    return Point(
        row.effective_at, timezone.localdate(row.effective_at), amount, row.done, row.total
    )
