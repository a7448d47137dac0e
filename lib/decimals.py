"""Rounding of exact numbers, whatever their size and whatever the precision around it."""

from decimal import ROUND_HALF_UP, Context, Decimal

# Room for the longest number that is kept, thirty digits, and for what is worked out from some.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def rounded(value: Decimal, places: int) -> Decimal:
    """Half up to `places` decimals; a small negative becomes plain zero."""
    result = value.quantize(Decimal(1).scaleb(-places), context=EXACT)
    return abs(result) if result == 0 else result
