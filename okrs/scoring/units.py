"""Units of metrics: only amounts of one dimension, and money of one currency, ever meet."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from okrs.scoring.definition import FieldError
from okrs.scoring.exact import ONE, to_decimal


class Dimension(StrEnum):
    PERCENT = "percent"
    MONEY = "money"
    COUNT = "count"
    DURATION = "duration"
    SCORE = "score"


class UnlikeUnitsError(ValueError):
    """Amounts of different dimension or currency, which nothing can add up."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A percent is written as it is read (42 is 42 %); money names its currency (ISO 4217).

    `factor` is how many base units one of it holds: with hours as the base, a day has 24; with
    euros, a thousand euros has 1000. Raises FieldError.
    """

    dimension: Dimension
    currency: str | None = None
    factor: Decimal = ONE

    def __post_init__(self) -> None:
        if (self.dimension is Dimension.MONEY) != bool(self.currency):
            raise FieldError("currency", "Money has a currency, and nothing else does.")
        if not self.factor.is_finite() or self.factor <= 0:
            raise FieldError("factor", "A factor is above 0.")

    def is_like(self, other: "Unit") -> bool:
        return (self.dimension, self.currency) == (other.dimension, other.currency)


def convert(amount: Decimal, unit: Unit, into: Unit) -> Decimal:
    """The same amount in another unit of its dimension. Raises UnlikeUnitsError."""
    if not unit.is_like(into):
        raise UnlikeUnitsError(f"{_name(unit)} cannot be counted as {_name(into)}.")
    return to_decimal(Fraction(amount) * Fraction(unit.factor) / Fraction(into.factor))


def _name(unit: Unit) -> str:
    return unit.currency or unit.dimension.value
