"""The arithmetic of budgets: what was planned, set aside, released and spent.

Allocation sets money aside for a purpose, release lets it be spent, spend is what was paid.
A reversal is a movement of the same kind and purpose with the amount negated, so that plain
sums are net of what was taken back. Amounts are decimals of one currency.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

ZERO = Decimal(0)


class Kind(StrEnum):
    """What a movement does; `funding.choices.EntryKind` gives the same values words."""

    ALLOCATION = "allocation"
    RELEASE = "release"
    SPEND = "spend"


class MixedCurrencies(ValueError):
    """Two amounts in different currencies were to be added."""


@dataclass(frozen=True)
class Movement:
    """An entry of the ledger, or the sum of several of one kind and purpose."""

    kind: Kind
    amount: Decimal
    # The objective or initiative that the money serves; None when none was named.
    purpose: UUID | None = None


@dataclass(frozen=True)
class Totals:
    """Sums by kind, net of reversals."""

    allocated: Decimal = ZERO
    released: Decimal = ZERO
    spent: Decimal = ZERO

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.allocated + other.allocated,
            self.released + other.released,
            self.spent + other.spent,
        )

    @property
    def promised(self) -> Decimal:
        """What was set aside and is not spent yet; never below 0."""
        return max(self.allocated - self.spent, ZERO)


@dataclass(frozen=True)
class Position:
    """Where one budget stands, or several of one currency together."""

    currency: str
    planned: Decimal
    totals: Totals = Totals()
    # Summed over purposes: spending on one thing does not use up what another was promised.
    promised: Decimal = ZERO

    def __add__(self, other: "Position") -> "Position":
        """Raises `MixedCurrencies`."""
        if self.currency != other.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency}")
        return Position(
            self.currency,
            self.planned + other.planned,
            self.totals + other.totals,
            self.promised + other.promised,
        )

    @property
    def remaining(self) -> Decimal:
        """Planned and not spent; below 0 when more was spent than planned."""
        return self.planned - self.totals.spent

    @property
    def overspent(self) -> Decimal:
        return max(-self.remaining, ZERO)

    @property
    def unallocated(self) -> Decimal:
        """Planned and not set aside for anything; below 0 when more was promised than planned."""
        return self.planned - self.totals.allocated

    @property
    def overallocated(self) -> Decimal:
        return max(-self.unallocated, ZERO)

    @property
    def spendable(self) -> Decimal:
        """Released and not spent; below 0 when spending ran ahead of the releases."""
        return self.totals.released - self.totals.spent

    @property
    def spent_share(self) -> Decimal | None:
        """Spent as a share of the plan, above 1 when overspent; None when nothing was planned."""
        return self.totals.spent / self.planned if self.planned else None


def totals(movements: Iterable[Movement]) -> Totals:
    """The sums of `movements` by kind."""
    sums: dict[Kind, Decimal] = defaultdict(Decimal)
    for movement in movements:
        sums[movement.kind] += movement.amount
    return Totals(sums[Kind.ALLOCATION], sums[Kind.RELEASE], sums[Kind.SPEND])


def by_purpose(movements: Iterable[Movement]) -> dict[UUID | None, Totals]:
    """The sums of each purpose; those under None serve nothing by name."""
    grouped: dict[UUID | None, list[Movement]] = defaultdict(list)
    for movement in movements:
        grouped[movement.purpose].append(movement)
    return {purpose: totals(rows) for purpose, rows in grouped.items()}


def position(currency: str, planned: Decimal, movements: Iterable[Movement]) -> Position:
    """Where a budget of `planned` stands after `movements`, all in `currency`."""
    purposes = by_purpose(movements).values()
    return Position(
        currency,
        planned,
        sum(purposes, Totals()),
        sum((each.promised for each in purposes), ZERO),
    )


def by_currency(positions: Iterable[Position], *, first: str) -> list[Position]:
    """One sum a currency: `first` (the reporting currency) leads, the others follow by name."""
    sums: dict[str, Position] = {}
    for each in positions:
        known = sums.get(each.currency)
        sums[each.currency] = known + each if known else each
    return [sums[currency] for currency in sorted(sums, key=lambda name: (name != first, name))]


def shares(amounts: dict[UUID | None, Decimal]) -> dict[UUID | None, Decimal]:
    """Each purpose's share of the whole, 0 to 1; empty when there is nothing to share."""
    whole = sum(amounts.values(), ZERO)
    return {purpose: amount / whole for purpose, amount in amounts.items()} if whole else {}
