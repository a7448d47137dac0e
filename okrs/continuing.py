"""What a key result of the next cycle begins with: where the last one ended."""

from dataclasses import dataclass, replace
from decimal import Decimal

from okrs.scoring import Shape

TRAVELLED = frozenset({Shape.FROM_TO, Shape.COUNT})
LEVELS = frozenset({Shape.AT_LEAST, Shape.AT_MOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How a key result measures, in the unit of its metric; None where a number is missing."""

    shape: Shape
    baseline: Decimal | None = None
    target: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None


def next_numbers(before: Numbers, end: Decimal | None) -> Numbers:
    """The numbers to go on with after the value `end`, None when nothing was ever reported.

    The end value becomes the baseline. A target that still lies ahead stays; one that was reached
    is left for people to set anew. What established a baseline now travels from it. Levels that
    never had a baseline, bands, steps and yes-or-no stay as they are.
    """
    if end is None:
        return before
    if before.shape == Shape.BASELINE:
        return Numbers(shape=Shape.FROM_TO, baseline=end)
    has_way = before.shape in TRAVELLED or (before.shape in LEVELS and before.baseline is not None)
    if not has_way:
        return before
    return replace(before, baseline=end, target=before.target if is_ahead(before, end) else None)


def is_ahead(before: Numbers, end: Decimal) -> bool:
    """Whether the target still lies ahead of `end`, seen from the old baseline."""
    if before.target is None:
        return False
    rises = before.target > (before.baseline or Decimal(0))
    return before.target > end if rises else before.target < end
