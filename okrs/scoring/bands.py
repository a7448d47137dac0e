"""The four bands of a score, and the words for them before and after the close."""

from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

_ROUNDING = Context(prec=28, rounding=ROUND_HALF_UP)
_TENTH = Decimal("0.1")


class Band(StrEnum):
    """In rising order; `rank` compares them."""

    SIGNIFICANT_MISS = "significant-miss"
    FELL_SHORT = "fell-short"
    STRONG = "strong"
    FULL = "full"

    @property
    def rank(self) -> int:
        return list(Band).index(self)


_CLOSED_WORDS = {
    Band.SIGNIFICANT_MISS: "significant miss",
    Band.FELL_SHORT: "fell short",
    Band.STRONG: "strong",
    Band.FULL: "full",
}
_RUNNING_WORDS = _CLOSED_WORDS | {
    Band.SIGNIFICANT_MISS: "low so far",
    Band.FELL_SHORT: "part way",
}


def band_of(score: Decimal) -> Band:
    """The band of a score of 0..1, rounded half up to one decimal: edges 0.35, 0.65, 0.85."""
    tenths = score.quantize(_TENTH, context=_ROUNDING)
    if tenths <= Decimal("0.3"):
        return Band.SIGNIFICANT_MISS
    if tenths <= Decimal("0.6"):
        return Band.FELL_SHORT
    return Band.STRONG if tenths <= Decimal("0.8") else Band.FULL


def band_label(band: Band, *, closed: bool) -> str:
    """The words for a band: a low score is no miss until the cycle is closed."""
    return (_CLOSED_WORDS if closed else _RUNNING_WORDS)[band]
