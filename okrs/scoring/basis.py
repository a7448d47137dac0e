"""The arithmetic behind a number, kept as data: it is evaluated to score and printed to explain."""

from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal

from okrs.scoring.exact import ONE, ZERO, difference, product, quotient, total


@dataclass(frozen=True, slots=True)
class Term:
    """One addend: a value, how much it weighs, and the row it came from."""

    value: Decimal
    weight: Decimal = ONE
    id: Hashable = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one link adds to a pooled share."""

    done: Decimal
    total: Decimal
    id: Hashable = None


@dataclass(frozen=True, slots=True)
class Given:
    """A number taken as it is."""

    value: Decimal

    @property
    def result(self) -> Decimal:
        return self.value


@dataclass(frozen=True, slots=True)
class Progress:
    """(current - baseline) / (target - baseline): below 0 when it moved away, above 1 beyond."""

    current: Decimal
    baseline: Decimal
    target: Decimal

    @property
    def result(self) -> Decimal:
        way = difference(self.target, self.baseline)
        return quotient(difference(self.current, self.baseline), way)


@dataclass(frozen=True, slots=True)
class Bounds:
    """1 while lower <= current <= upper, else 0; an absent bound always holds."""

    current: Decimal
    lower: Decimal | None = None
    upper: Decimal | None = None

    @property
    def result(self) -> Decimal:
        return ZERO if self.is_below or self.is_above else ONE

    @property
    def is_below(self) -> bool:
        return self.lower is not None and self.current < self.lower

    @property
    def is_above(self) -> bool:
        return self.upper is not None and self.current > self.upper


@dataclass(frozen=True, slots=True)
class PooledShare:
    """Sum of done over sum of total; the totals add up to more than 0."""

    parts: tuple[Part, ...]

    @property
    def result(self) -> Decimal:
        done = total(part.done for part in self.parts)
        return quotient(done, total(part.total for part in self.parts))


@dataclass(frozen=True, slots=True)
class WeightedMean:
    """Sum of value x weight over the sum of weights; at least one term, weights above 0."""

    terms: tuple[Term, ...]

    @property
    def result(self) -> Decimal:
        weighed = total(product(term.value, term.weight) for term in self.terms)
        return quotient(weighed, self._weight)

    @property
    def divisor(self) -> Decimal:
        return quotient(self._weight)

    @property
    def _weight(self) -> Decimal:
        return total(term.weight for term in self.terms)


@dataclass(frozen=True, slots=True)
class Weakest:
    """The lowest of its terms; at least one."""

    terms: tuple[Term, ...]

    @property
    def result(self) -> Decimal:
        return min(term.value for term in self.terms)


@dataclass(frozen=True, slots=True)
class Sum:
    """A start, where there is one, plus every term."""

    terms: tuple[Term, ...]
    start: Decimal | None = None

    @property
    def result(self) -> Decimal:
        return quotient(total([self.start or ZERO, *(term.value for term in self.terms)]))


Basis = Given | Progress | Bounds | PooledShare | WeightedMean | Weakest | Sum
