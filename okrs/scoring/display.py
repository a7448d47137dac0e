"""Numbers and formulas as a person reads them: the only place where anything is rounded."""

from collections.abc import Callable, Iterable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from okrs.scoring.bands import band_of
from okrs.scoring.basis import (
    Basis,
    Bounds,
    Given,
    PooledShare,
    Progress,
    Sum,
    Term,
    Weakest,
    WeightedMean,
)
from okrs.scoring.exact import ONE, is_share, to_decimal

_MINUS = "\N{MINUS SIGN}"
_TIMES = "\N{MULTIPLICATION SIGN}"
_NOT_ABOVE = "\N{LESS-THAN OR EQUAL TO}"
_NOT_BELOW = "\N{GREATER-THAN OR EQUAL TO}"
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP)


def display_number(value: Decimal, places: int = 6) -> str:
    """Rounded half up, without trailing zeros, exponent or a negative zero: "-0.5", "1000"."""
    text = f"{_round(value, places):f}"
    trimmed = text.rstrip("0").rstrip(".") if "." in text else text
    return trimmed.replace("-", _MINUS) if trimmed != "-0" else "0"


def display_score(score: Decimal, places: int = 2) -> str:
    """A score with a fixed number of decimals that never reads as another band.

    Half up, except that 0.349 stays 0.34: shown as 0.35 it would promise the next band.
    """
    shown = _round(score, places)
    if is_share(score) and band_of(shown) is not band_of(score):
        shown = score.quantize(ONE.scaleb(-places), rounding=ROUND_DOWN, context=_ROUNDING)
    return f"{shown:f}".replace("-", _MINUS)


def display_percent(share: Decimal, places: int = 1) -> str:
    """A share as a percentage without the sign: 0.8264 is "82.6", a raw 1.3 is "130"."""
    return display_number(to_decimal(Fraction(share) * 100), places)


def formula(basis: Basis) -> str:
    """The arithmetic in signs alone, without its result: "(64 - 40) / (80 - 40)"."""
    match basis:
        case Given():
            return display_number(basis.value)
        case Progress():
            return _progress(basis)
        case Bounds():
            return _bounds(basis)
        case PooledShare():
            return _pooled(basis)
        case _:
            return _combined(basis)


def _combined(basis: WeightedMean | Weakest | Sum) -> str:
    match basis:
        case WeightedMean():
            products = " + ".join(map(_product, basis.terms))
            return f"({products}) / {display_number(basis.divisor)}"
        case Weakest():
            return f"min({', '.join(_rounded(term.value) for term in basis.terms)})"
        case Sum():
            start = [] if basis.start is None else [basis.start]
            return _plus([*start, *(term.value for term in basis.terms)])


def _pooled(basis: PooledShare) -> str:
    done = _group(part.done for part in basis.parts)
    return f"{done} / {_group(part.total for part in basis.parts)}"


def _progress(basis: Progress) -> str:
    current, baseline, target = map(
        _operand(display_number), (basis.current, basis.baseline, basis.target)
    )
    return f"({current} {_MINUS} {baseline}) / ({target} {_MINUS} {baseline})"


def _bounds(basis: Bounds) -> str:
    current = display_number(basis.current)
    lower = None if basis.lower is None else display_number(basis.lower)
    upper = None if basis.upper is None else display_number(basis.upper)
    if basis.is_below:
        return f"{current} < {lower}"
    if basis.is_above:
        return f"{current} > {upper}"
    if lower is None:
        return f"{current} {_NOT_ABOVE} {upper}"
    if upper is None:
        return f"{current} {_NOT_BELOW} {lower}"
    return f"{lower} {_NOT_ABOVE} {current} {_NOT_ABOVE} {upper}"


def _product(term: Term) -> str:
    return f"{_operand(_rounded)(term.value)} {_TIMES} {display_number(term.weight)}"


def _group(values: Iterable[Decimal]) -> str:
    added = _plus(list(values))
    return f"({added})" if " " in added else added


def _plus(values: list[Decimal]) -> str:
    return " + ".join(map(_operand(display_number), values))


def _operand(show: Callable[[Decimal], str]) -> Callable[[Decimal], str]:
    return lambda value: f"({show(value)})" if value < 0 else show(value)


def _rounded(value: Decimal) -> str:
    return display_number(value, 2)


def _round(value: Decimal, places: int) -> Decimal:
    return value.quantize(ONE.scaleb(-places), context=_ROUNDING)
