"""What a person may enter at a check-in."""

from collections.abc import Iterator
from decimal import Decimal

from okrs.scoring.definition import FieldError, Shape
from okrs.scoring.exact import ONE, ZERO, is_share


def value_errors(shape: Shape, value: Decimal) -> Iterator[FieldError]:
    """Why a value makes no sense for a shape.

    Yes/no takes 0 or 1, milestones a share of 0..1, a count a whole number from 0 up.
    """
    if not value.is_finite():
        yield FieldError("value", "This is not a number.")
    elif shape is Shape.YES_NO and value not in {ZERO, ONE}:
        yield FieldError("value", "Answer with 0 for no or 1 for yes.")
    elif shape is Shape.MILESTONES and not is_share(value):
        yield FieldError("value", "The share done lies between 0 and 1.")
    elif shape is Shape.COUNT and (value < 0 or not _is_whole(value)):
        yield FieldError("value", "A count is a whole number from 0 up.")


def confidence_errors(confidence: Decimal) -> Iterator[FieldError]:
    """Why a confidence is refused: it is one of 0.0, 0.1, ... 1.0."""
    if not is_share(confidence):
        yield FieldError("confidence", "Confidence lies between 0 and 1.")
    elif not _is_whole(confidence.scaleb(1)):
        yield FieldError("confidence", "Confidence is given in tenths.")


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()
