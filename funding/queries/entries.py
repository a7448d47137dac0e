"""The ledger of one budget, and what its money serves."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet
from django.shortcuts import get_object_or_404

from accounts.access import Access
from funding import ledger
from funding.ledger import Movement, Totals
from funding.models import Budget, LedgerEntry
from okrs.models import Initiative, Objective


@dataclass(frozen=True)
class Purpose:
    """What money serves; a goal of a private unit keeps its name and address to itself."""

    title: str
    objective_id: UUID | None = None
    initiative_id: UUID | None = None


Goal = TypeVar("Goal", Objective, Initiative)
# The units that a goal may belong to.
UNITS: dict[type[Any], tuple[str, ...]] = {
    Objective: ("portfolio", "product", "team"),
    Initiative: ("product", "team"),
}
UNNAMED = Purpose("Nothing by name")
PRIVATE = Purpose("A private goal")


@dataclass(frozen=True)
class PurposeLine:
    """The money of one purpose; `share` is its part of all spending (0..1), None before any."""

    purpose: Purpose
    totals: Totals
    share: Decimal | None


@dataclass(frozen=True)
class LedgerLine:
    entry: LedgerEntry
    purpose: Purpose
    is_reversed: bool
    is_outside: bool

    @property
    def is_reversal(self) -> bool:
        return self.entry.reverses_id is not None

    @property
    def may_be_reversed(self) -> bool:
        return not (self.is_reversal or self.is_reversed)


def visible_entries(access: Access) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.exclude(budget__product__in=access.units.hidden)


def get_entry(access: Access, budget: Budget, pk: UUID) -> LedgerEntry:
    """An entry of a visible budget. Raises `Http404`."""
    return get_object_or_404(with_purposes(visible_entries(access)), budget=budget, pk=pk)


def with_purposes(entries: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
    return entries.select_related("objective", "initiative", "actor")


def entries_of(budget: Budget) -> QuerySet[LedgerEntry]:
    """The ledger of a budget, each entry with its purpose, person and `is_reversed`."""
    reversals = LedgerEntry.objects.filter(reverses=OuterRef("pk"))
    entries = LedgerEntry.objects.filter(budget=budget)
    return with_purposes(entries).annotate(is_reversed=Exists(reversals))


def with_reversal(entries: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
    """Entries with `reversal_id`, the entry that took each back, for rows of the API."""
    return entries.annotate(reversal_id=F("reversed_by"))


def ledger_lines(
    access: Access, budget: Budget, entries: Iterable[LedgerEntry]
) -> list[LedgerLine]:
    """Rows of `entries_of` as a page shows them."""
    return [
        LedgerLine(
            entry,
            purpose_of(access, entry.objective or entry.initiative),
            is_reversed=entry.is_reversed,  # type: ignore[attr-defined]  # annotated
            is_outside=not budget.covers(entry.on_date),
        )
        for entry in entries
    ]


def purpose_of(access: Access, goal: Objective | Initiative | None) -> Purpose:
    if goal is None:
        return UNNAMED
    if is_hidden(access, goal):
        return PRIVATE
    if isinstance(goal, Objective):
        return Purpose(goal.title, objective_id=goal.pk)
    return Purpose(goal.title, initiative_id=goal.pk)


def is_hidden(access: Access, goal: Objective | Initiative) -> bool:
    """Whether the goal belongs to a unit that is private to others."""
    units = {getattr(goal, f"{unit}_id") for unit in UNITS[type(goal)]}
    return not units.isdisjoint(access.units.hidden)


def goals_in_sight(access: Access, model: type[Goal]) -> QuerySet[Goal]:
    """Goals of one kind that are in use and not private to others."""
    rows = model.objects.filter(archived_at=None)
    for unit in UNITS[model]:
        rows = rows.exclude(**{f"{unit}__in": access.units.hidden})
    return rows


def purpose_lines(access: Access, moved: Iterable[Movement]) -> list[PurposeLine]:
    """The purposes that a budget serves now, the dearest first. Two queries."""
    sums = ledger.by_purpose(moved)
    shares = ledger.shares({purpose: each.spent for purpose, each in sums.items()})
    named = [purpose for purpose in sums if purpose]
    goals: dict[UUID, Objective | Initiative] = {
        **Objective.objects.in_bulk(named),
        **Initiative.objects.in_bulk(named),
    }
    lines = [
        PurposeLine(purpose_of(access, goals.get(key) if key else None), each, shares.get(key))
        for key, each in sums.items()
        if each != Totals()
    ]
    return sorted(lines, key=lambda line: (-line.totals.spent, -line.totals.allocated))
