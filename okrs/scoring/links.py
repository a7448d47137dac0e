"""Several synced links read as one value: shares are pooled, counts and sums add up."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from okrs.scoring.basis import Basis, Part, PooledShare, Sum, Term
from okrs.scoring.exact import ZERO
from okrs.scoring.reporting import Coverage, NoNumber


class Measure(StrEnum):
    SHARE_OF_ITEMS = "share-of-items"
    SHARE_OF_POINTS = "share-of-points"
    COUNT = "count"
    SUM_OF_FIELD = "sum-of-field"

    @property
    def is_share(self) -> bool:
        return self in {Measure.SHARE_OF_ITEMS, Measure.SHARE_OF_POINTS}


class UnlikeMeasuresError(ValueError):
    """Links of one key result measure different things, which nothing can add up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReading:
    """The last observation of one link.

    `amount` is what is done, counted or summed, None while the link was never observed. `total` is
    the other side of a share. `measured` of `items` carry the number, such as an estimate; an item
    without one is reported, never given one.
    """

    link: Hashable
    measure: Measure
    amount: Decimal | None
    total: Decimal = ZERO
    items: int = 0
    measured: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedValue:
    """A share is 0..1, a count or a sum is in its own unit; `reason` is set when it is None."""

    value: Decimal | None
    basis: Basis | None
    coverage: Coverage
    reason: NoNumber | None


def combine_links(readings: Sequence[LinkReading]) -> LinkedValue:
    """The one value of all links of a key result.

    A link that was never observed leaves no value, because a sum without it would be too small:
    the caller then keeps the value it has. Raises UnlikeMeasuresError for mixed measures.
    """
    if len({reading.measure for reading in readings}) > 1:
        raise UnlikeMeasuresError("Links of one key result share one measure.")
    reason = _why_no_value(readings)
    basis = None if reason else _arithmetic(readings)
    return LinkedValue(
        value=basis.result if basis else None,
        basis=basis,
        coverage=Coverage(sum(r.measured for r in readings), sum(r.items for r in readings)),
        reason=reason,
    )


def _why_no_value(readings: Sequence[LinkReading]) -> NoNumber | None:
    if not readings:
        return NoNumber.NO_LINKS
    if any(reading.amount is None for reading in readings):
        return NoNumber.NOT_OBSERVED
    if readings[0].measure.is_share and not any(reading.total for reading in readings):
        return NoNumber.NO_ITEMS
    return None


def _arithmetic(readings: Sequence[LinkReading]) -> Basis:
    observed = [(r.amount, r.total, r.link) for r in readings if r.amount is not None]
    if readings[0].measure.is_share:
        return PooledShare(tuple(Part(done, total, link) for done, total, link in observed))
    return Sum(tuple(Term(amount, id=link) for amount, _, link in observed))
