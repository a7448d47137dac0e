"""Exact arithmetic with one rounding at the very end.

Sums, differences and products get as many digits as they need, so no order of addition and no
ambient decimal context can change a result. Only the final quotient is rounded: half to even, at 28
significant digits. What goes on from a quotient is worked out in fractions; scores do not, and
decimals are many times as fast.
"""

from collections.abc import Iterable
from decimal import (
    MAX_EMAX,
    MAX_PREC,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
)
from fractions import Fraction
from functools import reduce

ZERO = Decimal(0)
ONE = Decimal(1)

_QUOTIENT = Context(prec=28, rounding=ROUND_HALF_EVEN)
# It raises rather than round.
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact, InvalidOperation])


def to_decimal(value: Fraction) -> Decimal:
    """The decimal nearest to a fraction at 28 significant digits, whatever the ambient context."""
    return _QUOTIENT.divide(Decimal(value.numerator), Decimal(value.denominator))


def quotient(dividend: Decimal, divisor: Decimal = ONE) -> Decimal:
    """One decimal through another, rounded as `to_decimal` rounds, without trailing zeros."""
    found = _QUOTIENT.normalize(_QUOTIENT.divide(dividend, divisor))
    return _QUOTIENT.add(found, ZERO)  # 100 instead of 1E+2


def difference(value: Decimal, less: Decimal) -> Decimal:
    return _EXACT.subtract(value, less)


def product(one: Decimal, other: Decimal) -> Decimal:
    return _EXACT.multiply(one, other)


def total(values: Iterable[Decimal]) -> Decimal:
    return reduce(_EXACT.add, values, ZERO)


def clamp(value: Decimal) -> Decimal:
    return min(max(value, ZERO), ONE)


def is_share(value: Decimal) -> bool:
    return value.is_finite() and ZERO <= value <= ONE
