"""Risks: the list, the matrix, and those around a record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.access import Access
from accounts.models import Member
from governance.choices import LIVE_RISKS, Impact, Likelihood
from governance.models import Risk
from governance.queries.records import (
    STEERED,
    Link,
    Record,
    kind_of,
    links_by_row,
    of_hidden_records,
)
from portfolio.models import Portfolio, Product

HIGHEST_FIRST = ("-exposure", "-id")
LIVE = "live"
# From these exposures on a risk is called medium, and high.
MEDIUM, HIGH = 5, 12


@dataclass(frozen=True, kw_only=True)
class RiskFilters:
    """What a list is narrowed to; without a state it shows what must still be looked at."""

    text: str = ""
    state: str = LIVE
    level: str = ""
    portfolio: Portfolio | None = None
    product: Product | None = None
    owner: Member | None = None


@dataclass(frozen=True)
class RiskRow:
    risk: Risk
    about: Link

    @property
    def level(self) -> str:
        return level_of(self.risk.exposure)


def level_of(exposure: int) -> str:
    """ "low" up to 4, "medium" up to 10, "high" from 12 on; 11 is no product of two figures."""
    if exposure < MEDIUM:
        return "low"
    return "medium" if exposure < HIGH else "high"


def visible_risks(access: Access) -> QuerySet[Risk]:
    """Risks of records that the member may see, archived ones included."""
    return Risk.objects.exclude(of_hidden_records(access, STEERED))


def get_risk(access: Access, pk: UUID) -> Risk:
    """A visible risk with its record. Raises `Http404`."""
    keys = [kind.key for kind in STEERED]
    rows = visible_risks(access).select_related("organization", "owner", *keys)
    return get_object_or_404(rows, pk=pk)


def chosen_risks(access: Access, filters: RiskFilters) -> QuerySet[Risk]:
    """Risks that the filters name; one query."""
    rows = visible_risks(access).filter(archived_at=None)
    if filters.text:
        rows = rows.filter(
            Q(title__icontains=filters.text) | Q(description__icontains=filters.text)
        )
    if filters.state:
        states = LIVE_RISKS if filters.state == LIVE else [filters.state]
        rows = rows.filter(state__in=states)
    if filters.level:
        rows = rows.filter(of_level(filters.level))
    if filters.owner:
        rows = rows.filter(owner=filters.owner)
    for key, unit in (("portfolio", filters.portfolio), ("product", filters.product)):
        if unit:
            rows = rows.filter(Q(**{key: unit}) | Q(**{f"objective__{key}": unit}))
    return rows.select_related("organization", "owner")


def of_level(level: str) -> Q:
    ranges = {
        "low": Q(exposure__lt=MEDIUM),
        "medium": Q(exposure__gte=MEDIUM, exposure__lt=HIGH),
        "high": Q(exposure__gte=HIGH),
    }
    return ranges.get(level, Q())


def risks_about(access: Access, record: Record) -> QuerySet[Risk]:
    """What must still be looked at about a record, the highest exposure first."""
    rows = visible_risks(access).filter(
        archived_at=None, state__in=LIVE_RISKS, **{kind_of(record).key: record}
    )
    return rows.select_related("organization", "owner").order_by(*HIGHEST_FIRST)


def risk_rows(access: Access, risks: Sequence[Risk]) -> list[RiskRow]:
    """The risks with what they hang on, in one more query."""
    rows = Risk.objects.filter(pk__in=[each.pk for each in risks])
    links = links_by_row(access, rows, STEERED, by="id")
    return [RiskRow(each, links[each.pk][0]) for each in risks]


def search_risks(access: Access, words: str) -> QuerySet[Risk]:
    """Risks whose titles hold all of the words, the highest first; for the palette."""
    rows = visible_risks(access).filter(archived_at=None)
    for word in words.split():
        rows = rows.filter(title__icontains=word)
    return rows.order_by(*HIGHEST_FIRST)


# --- The matrix -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Cell:
    """The risks of one likelihood and one impact."""

    impact: Impact
    level: str
    rows: list[RiskRow]


@dataclass(frozen=True)
class Line:
    """A line of the matrix: one likelihood, its impacts from 1 to 5."""

    likelihood: Likelihood
    cells: list[Cell]


def matrix_of(rows: Iterable[RiskRow]) -> list[Line]:
    """Five lines of five cells, the most likely first."""
    placed: dict[tuple[int, int], list[RiskRow]] = {}
    for row in rows:
        placed.setdefault((row.risk.likelihood, row.risk.impact), []).append(row)
    return [
        Line(
            likelihood,
            [
                Cell(impact, level_of(likelihood * impact), placed.get((likelihood, impact), []))
                for impact in Impact
            ],
        )
        for likelihood in reversed(Likelihood)
    ]
