"""What teams are asked for against what they can do, month by month. No Django here.

Amounts are people-weeks. An ask is spread evenly over its calendar days, both ends included, so a
month gets the share of the ask's days that lie in it.
"""

from calendar import monthrange
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from okrs.scoring.exact import to_decimal


@dataclass(frozen=True, slots=True)
class Ask:
    """People-weeks that somebody wants of one team, `is_promised` once the team has agreed."""

    id: Hashable
    people_weeks: Decimal
    first: date
    last: date
    is_promised: bool = False

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("An ask must not end before it begins.")
        if self.people_weeks < 0:
            raise ValueError("Nobody can be asked for less than nothing.")


@dataclass(frozen=True, slots=True)
class MonthLoad:
    """One month of one team; `asks` are (id, people-weeks in this month), the largest first."""

    month: date
    capacity: Decimal
    promised: Decimal
    asked: Decimal
    asks: tuple[tuple[Hashable, Decimal], ...] = ()

    @property
    def total(self) -> Decimal:
        return self.promised + self.asked

    @property
    def over(self) -> Decimal:
        """People-weeks beyond the capacity, were everything promised that is asked; 0 or more."""
        return max(self.total - self.capacity, Decimal(0))

    @property
    def promised_over(self) -> Decimal:
        """People-weeks beyond the capacity that are already promised; 0 or more."""
        return max(self.promised - self.capacity, Decimal(0))


def months_between(first: date, last: date) -> Iterator[date]:
    """The first day of each month from that of `first` to that of `last`."""
    number, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    while number <= end:
        yield date(number // 12, number % 12 + 1, 1)
        number += 1


def by_month(ask: Ask) -> dict[date, Fraction]:
    """People-weeks of an ask by month; they add up to the ask exactly."""
    days = (ask.last - ask.first).days + 1
    shares = {}
    for month in months_between(ask.first, ask.last):
        end = month.replace(day=monthrange(month.year, month.month)[1])
        inside = (min(end, ask.last) - max(month, ask.first)).days + 1
        shares[month] = Fraction(ask.people_weeks) * inside / days
    return shares


def loads(asks: Iterable[Ask], capacity: Mapping[date, Decimal]) -> list[MonthLoad]:
    """The months of `capacity` (by first day) with what is promised and asked of the team."""
    shares: dict[date, list[tuple[Ask, Fraction]]] = {month: [] for month in capacity}
    for ask in asks:
        for month, share in by_month(ask).items():
            if month in shares:
                shares[month].append((ask, share))
    return [load_of(month, shares[month], capacity[month]) for month in sorted(capacity)]


def load_of(month: date, shares: list[tuple[Ask, Fraction]], capacity: Decimal) -> MonthLoad:
    promised = sum((share for ask, share in shares if ask.is_promised), Fraction())
    asked = sum((share for ask, share in shares if not ask.is_promised), Fraction())
    largest_first = sorted(shares, key=lambda pair: (-pair[1], str(pair[0].id)))
    return MonthLoad(
        month,
        capacity,
        to_decimal(promised),
        to_decimal(asked),
        tuple((ask.id, to_decimal(share)) for ask, share in largest_first),
    )
