"""Key results that feed a key result above: sums and means."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from okrs.scoring.basis import Basis, Sum, Term, WeightedMean
from okrs.scoring.exact import ONE, to_decimal
from okrs.scoring.reporting import Coverage, NoNumber
from okrs.scoring.units import Unit, convert


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One agreed link from a key result below.

    `committed` is the promised change from its own baseline. `current` is None for no data; of a
    closed key result it is the value at its close. Amounts are in the unit of the key result below.
    """

    id: Hashable
    baseline: Decimal
    current: Decimal | None
    committed: Decimal
    unit: Unit
    weight: Decimal = ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributedValue:
    """The value of the key result above, in its own unit; `reason` is set when it is None."""

    value: Decimal | None
    basis: Basis | None
    coverage: Coverage
    reason: NoNumber | None


def sum_contributions(
    baseline: Decimal, contributions: Sequence[Contribution], unit: Unit
) -> ContributedValue:
    """Own baseline plus the change of every contribution. Raises UnlikeUnitsError."""
    return _contributed(Sum(_changes(contributions, unit), baseline), len(contributions))


def mean_contribution(contributions: Sequence[Contribution], unit: Unit) -> ContributedValue:
    """Weighted mean of the current values. Raises UnlikeUnitsError."""
    terms = tuple(
        Term(convert(c.current, c.unit, unit), c.weight, c.id)
        for c in _like(contributions, unit)
        if c.current is not None
    )
    return _contributed(WeightedMean(terms), len(contributions))


def _changes(contributions: Sequence[Contribution], unit: Unit) -> tuple[Term, ...]:
    return tuple(
        Term(convert(_change(c.baseline, c.current), c.unit, unit), id=c.id)
        for c in _like(contributions, unit)
        if c.current is not None
    )


def _change(baseline: Decimal, current: Decimal) -> Decimal:
    return to_decimal(Fraction(current) - Fraction(baseline))


def _like(contributions: Sequence[Contribution], unit: Unit) -> Sequence[Contribution]:
    # A silent contribution of another dimension is refused as well, before it has its first value.
    for contribution in contributions:
        convert(contribution.committed, contribution.unit, unit)
    return contributions


def _contributed(basis: Sum | WeightedMean, links: int) -> ContributedValue:
    reporting = len(basis.terms)
    return ContributedValue(
        value=basis.result if reporting else None,
        basis=basis if reporting else None,
        coverage=Coverage(reporting, links),
        reason=None if reporting else _why_no_value(links),
    )


def _why_no_value(links: int) -> NoNumber:
    return NoNumber.NOTHING_REPORTED if links else NoNumber.NO_LINKS
