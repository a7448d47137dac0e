"""Whether what is promised from below reaches the target above, in the unit of the one above."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TypeVar

from okrs.scoring.definition import Definition, Shape
from okrs.scoring.exact import ZERO, quotient, to_decimal, total
from okrs.scoring.units import Unit, convert

Key = TypeVar("Key", bound=Hashable)
_STEP = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Pledge:
    """A change from its own baseline that a key result below offers; agreed once both sides say so.

    Negative where the value is to fall.
    """

    amount: Decimal
    unit: Unit
    agreed: bool = True


@dataclass(frozen=True, slots=True)
class TargetCoverage:
    """Changes in one unit: what the target needs, what is agreed, what is only offered.

    All are negative where the target lies below the baseline. `needed` is never 0.
    """

    needed: Decimal
    agreed: Decimal
    offered: Decimal = ZERO

    @property
    def ratio(self) -> Decimal:
        """Agreed over needed: 1 when the target is reached exactly, less when it is missed."""
        return to_decimal(Fraction(self.agreed) / Fraction(self.needed))

    @property
    def missing(self) -> Decimal:
        """What is still to be agreed, with the sign of `needed`; 0 when nothing is."""
        return self._left(Fraction(self.agreed))

    @property
    def missing_after_offers(self) -> Decimal:
        """What would still be missing if every open offer were agreed; 0 when nothing would."""
        return self._left(Fraction(self.agreed) + Fraction(self.offered))

    @property
    def beyond(self) -> Decimal:
        """What is agreed beyond the target, with the sign of `needed`; 0 when nothing is."""
        more = Fraction(self.agreed) - Fraction(self.needed)
        return to_decimal(more) if more / Fraction(self.needed) > 0 else ZERO

    @property
    def is_short(self) -> bool:
        return self.missing != 0

    def _left(self, given: Fraction) -> Decimal:
        left = Fraction(self.needed) - given
        return to_decimal(left) if left / Fraction(self.needed) > 0 else ZERO


def change_needed(definition: Definition) -> Decimal | None:
    """The change from baseline to target, never 0; None where nothing can be added up.

    A floor without a baseline is reached from 0. A ceiling without one asks for no change.
    """
    start, end = definition.span or (None, None)
    if start is None and definition.shape is Shape.AT_LEAST:
        start, end = ZERO, definition.target
    if start is None or end is None or start == end:
        return None
    return to_decimal(Fraction(end) - Fraction(start))


def cover(needed: Decimal, pledges: Iterable[Pledge], unit: Unit) -> TargetCoverage:
    """Add up pledges against the change that a target needs, in `unit`.

    Raises UnlikeUnitsError, and ValueError when nothing is needed.
    """
    if needed == 0:
        raise ValueError("Nothing is needed between a baseline and an equal target.")
    sums = {True: [ZERO], False: [ZERO]}
    for pledge in pledges:
        sums[pledge.agreed].append(convert(pledge.amount, pledge.unit, unit))
    return TargetCoverage(
        needed, agreed=quotient(total(sums[True])), offered=quotient(total(sums[False]))
    )


def points_the_wrong_way(amount: Decimal, needed: Decimal) -> bool:
    """Whether a change leads away from the target, or is none at all."""
    return amount == 0 or (amount > 0) is not (needed > 0)


def shares_by_target(targets: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """Weights, adding up to 1, in proportion to targets. Raises ValueError for one not above 0."""
    if any(target <= 0 for target in targets.values()):
        raise ValueError("Only targets above 0 can be weighed against each other.")
    whole = total(targets.values())
    return {id_: quotient(target, whole) for id_, target in targets.items()}


def weights_by_target(targets: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """Shares of targets as weights in percent with three decimals, none below 0.001.

    Of 100,000, 20,000 and 1,000 they are 82.645, 16.529 and 0.826. Raises ValueError as
    `shares_by_target` does.
    """
    return {
        id_: max((share * 100).quantize(_STEP, ROUND_HALF_UP), _STEP)
        for id_, share in shares_by_target(targets).items()
    }
