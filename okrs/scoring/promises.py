"""Which promise between units hurts most, and which one a commitment can no longer rest on.

    hurt = criticality × lateness × reach

Criticality (0..1) is the needer's word for how much of its result hangs on the promise. Reach is
how many key results wait in the end. Lateness (0..1) is what the table below says, and more for
every day that the promise comes after it is needed: 28 days late, a third of a quarter, is 1.

    | kept to so far                                    | 0   |
    | promised for a day that has passed, not delivered | 1/4 |
    | asked or countered: nobody has promised           | 1/2 |
    | declined or broken: it will not come              | 1   |
    | delivered or withdrawn                            | 0, for good |
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from okrs.scoring.exact import ONE, ZERO, to_decimal

DAYS_UNTIL_LOST = 28
_QUARTER, _HALF = Decimal("0.25"), Decimal("0.5")


class PromiseState(StrEnum):
    ASKED = "asked"
    ACCEPTED = "accepted"
    COUNTERED = "countered"
    DECLINED = "declined"
    DELIVERED = "delivered"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


class Trouble(StrEnum):
    """What is the matter with a promise, the gravest first."""

    BROKEN = "broken"
    DECLINED = "declined"
    OVERDUE = "overdue"
    LATE = "late"
    UNANSWERED = "unanswered"
    NONE = "none"


_OPEN = {PromiseState.ASKED, PromiseState.COUNTERED, PromiseState.ACCEPTED}
_LEAST = {
    Trouble.BROKEN: ONE,
    Trouble.DECLINED: ONE,
    Trouble.OVERDUE: _QUARTER,
    Trouble.UNANSWERED: _HALF,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A dependency as it stands; `criticality` is 0..1. Both days are inclusive."""

    state: PromiseState
    needed_by: date
    promised_by: date | None = None
    criticality: Decimal = _HALF

    def days_late(self, today: date) -> int:
        """Days by which it comes, at the earliest, after the day it is needed; 0 when it is over.

        What has not come by its day comes today at the earliest.
        """
        if self.state not in _OPEN:
            return 0
        expected = max(self.promised_by or today, today)
        return max((expected - self.needed_by).days, 0)

    def trouble(self, today: date) -> Trouble:
        match self.state:
            case PromiseState.BROKEN:
                return Trouble.BROKEN
            case PromiseState.DECLINED:
                return Trouble.DECLINED
            case PromiseState.ASKED | PromiseState.COUNTERED:
                return Trouble.UNANSWERED
            case PromiseState.ACCEPTED:
                return self._of_accepted(today)
            case _:
                return Trouble.NONE

    def fails(self, today: date) -> bool:
        """Whether a commitment can no longer rest on it: broken, or accepted and too late."""
        return self.state is PromiseState.BROKEN or (
            self.state is PromiseState.ACCEPTED and self.days_late(today) > 0
        )

    def _of_accepted(self, today: date) -> Trouble:
        if today > min(self.promised_by or self.needed_by, self.needed_by):
            return Trouble.OVERDUE
        return Trouble.LATE if self.days_late(today) else Trouble.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurt:
    """How much a promise hurts, with the three factors that make it up."""

    criticality: Decimal
    lateness: Decimal
    reach: int
    days_late: int
    trouble: Trouble

    @property
    def amount(self) -> Decimal:
        """0 for a promise that is kept to; there is no upper end."""
        return to_decimal(Fraction(self.criticality) * Fraction(self.lateness) * self.reach)


def hurt_of(promise: Promise, *, reach: int, today: date) -> Hurt:
    """How much a promise hurts today; `reach` is the number of key results that wait for it."""
    trouble, days = promise.trouble(today), promise.days_late(today)
    least = _LEAST.get(trouble, ZERO)
    share = min(Fraction(days, DAYS_UNTIL_LOST), Fraction(1))
    lateness = to_decimal(Fraction(least) + (1 - Fraction(least)) * share)
    return Hurt(
        criticality=promise.criticality,
        lateness=lateness,
        reach=reach,
        days_late=days,
        trouble=trouble,
    )
