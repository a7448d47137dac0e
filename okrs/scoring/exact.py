"""Exact arithmetic with one rounding at the very end.

Sums, differences and products are fractions, so no order of addition and no ambient decimal context
can change a result. Only the final quotient is rounded: half to even, at 28 significant digits.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

ZERO = Decimal(0)
ONE = Decimal(1)

_QUOTIENT = Context(prec=28, rounding=ROUND_HALF_EVEN)


def to_decimal(value: Fraction) -> Decimal:
    """The decimal nearest to a fraction at 28 significant digits, whatever the ambient context."""
    return _QUOTIENT.divide(Decimal(value.numerator), Decimal(value.denominator))


def total(values: Iterable[Decimal]) -> Fraction:
    return sum((Fraction(value) for value in values), Fraction())


def clamp(value: Decimal) -> Decimal:
    return min(max(value, ZERO), ONE)


def is_share(value: Decimal) -> bool:
    return value.is_finite() and ZERO <= value <= ONE
