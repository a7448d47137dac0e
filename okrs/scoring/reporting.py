"""What stands beside a number: who reported, how far apart they are, why there is none."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Self

from okrs.scoring.exact import to_decimal


class Source(StrEnum):
    """How the value in use arrived."""

    BY_HAND = "by-hand"
    SYNCED = "synced"
    PUSHED = "pushed"
    FILE = "file"
    CONTRIBUTIONS = "contributions"
    OVERRIDE = "override"


class NoNumber(StrEnum):
    """Why there is no number. Never the same thing as 0."""

    NO_VALUE = "no-value"
    NO_LINKS = "no-links"
    NOT_OBSERVED = "not-observed"
    NO_ITEMS = "no-items"
    NO_CHILDREN = "no-children"
    NOTHING_REPORTED = "nothing-reported"
    NOT_ASSESSED = "not-assessed"


@dataclass(frozen=True, slots=True)
class Coverage:
    """`reporting` of `total`, as in "1 of 4 reporting" or "18 of 25 estimated"."""

    reporting: int
    total: int

    @property
    def is_complete(self) -> bool:
        return self.reporting == self.total


@dataclass(frozen=True, slots=True)
class Spread:
    """The lowest and the highest score, both 0..1."""

    lowest: Decimal
    highest: Decimal

    @classmethod
    def of(cls, scores: Collection[Decimal]) -> Self | None:
        return cls(min(scores), max(scores)) if scores else None

    @property
    def width(self) -> Decimal:
        return to_decimal(Fraction(self.highest) - Fraction(self.lowest))
