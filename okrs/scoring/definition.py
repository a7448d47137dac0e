"""How a key result scores: its shape and the numbers the shape needs."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from okrs.scoring.exact import ONE, ZERO, to_decimal


class Shape(StrEnum):
    FROM_TO = "from-to"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    WITHIN = "within"
    MILESTONES = "milestones"
    YES_NO = "yes-no"
    BASELINE = "baseline"
    COUNT = "count"


class FieldError(ValueError):
    """A value that is refused, with the name of the field a form shows the message at."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class DefinitionError(FieldError):
    """A key result definition that cannot be scored."""


@dataclass(frozen=True, slots=True)
class Milestone:
    id: Hashable
    weight: Decimal = ONE
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One version of a key result's definition; fields that its shape does not use are ignored.

    `weight` is relative and above 0. Build it freely, then ask `definition_errors`; the scorer
    raises the first of them.
    """

    shape: Shape
    baseline: Decimal | None = None
    target: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    weight: Decimal = ONE
    milestones: tuple[Milestone, ...] = ()

    @property
    def span(self) -> tuple[Decimal, Decimal] | None:
        """Baseline and target that distance is measured between; None where none is measured.

        A count starts from 0 unless it has a baseline.
        """
        start = self.baseline
        if start is None and self.shape is Shape.COUNT:
            start = ZERO
        if self.shape not in _MEASURED or start is None or self.target is None:
            return None
        return start, self.target

    @property
    def bounds(self) -> tuple[Decimal | None, Decimal | None] | None:
        """Lowest and highest value that fulfil it, both inclusive; None where it has no bounds."""
        match self.shape:
            case Shape.AT_LEAST:
                return self.target, None
            case Shape.AT_MOST:
                return None, self.target
            case Shape.WITHIN:
                return self.lower, self.upper
            case Shape.YES_NO:
                return ONE, None
            case _:
                return None


_MEASURED = {Shape.FROM_TO, Shape.AT_LEAST, Shape.AT_MOST, Shape.COUNT}
_NEEDED = {
    Shape.FROM_TO: ("baseline", "target"),
    Shape.AT_LEAST: ("target",),
    Shape.AT_MOST: ("target",),
    Shape.WITHIN: ("lower", "upper"),
    Shape.MILESTONES: ("milestones",),
    Shape.YES_NO: (),
    Shape.BASELINE: (),
    Shape.COUNT: ("target",),
}


def definition_errors(definition: Definition) -> list[DefinitionError]:
    """Everything wrong with a definition, each with its field; empty when it can be scored."""
    unreadable = list(_not_finite(definition))
    if unreadable:
        return unreadable
    return [
        *_missing(definition),
        *_weights(definition),
        *_order(definition),
        *_milestones(definition),
    ]


def require_valid(definition: Definition) -> None:
    """Raise the first DefinitionError, if there is one."""
    for error in definition_errors(definition):
        raise error


def target_after_change(baseline: Decimal, percent: Decimal) -> Decimal:
    """The target a relative goal stands for: -30 (percent) of a baseline of 50 is 35."""
    return to_decimal(Fraction(baseline) * (1 + Fraction(percent) / 100))


def change_in_percent(baseline: Decimal, target: Decimal) -> Decimal | None:
    """The relative change a target asks for, in percent; None from a baseline of 0."""
    if baseline == 0:
        return None
    return to_decimal((Fraction(target) / Fraction(baseline) - 1) * 100)


def milestone_share(milestones: tuple[Milestone, ...]) -> Decimal:
    """Weighted share done, 0..1: what is logged as the value when a milestone changes.

    There is at least one milestone and every weight is above 0.
    """
    done = sum((Fraction(m.weight) for m in milestones if m.done), Fraction())
    return to_decimal(done / sum((Fraction(m.weight) for m in milestones), Fraction()))


def _not_finite(definition: Definition) -> Iterator[DefinitionError]:
    for field in ("baseline", "target", "lower", "upper", "weight"):
        value: Decimal | None = getattr(definition, field)
        if value is not None and not value.is_finite():
            yield DefinitionError(field, "This is not a number.")
    if not all(milestone.weight.is_finite() for milestone in definition.milestones):
        yield DefinitionError("milestones", "The weight of a milestone is not a number.")


def _missing(definition: Definition) -> Iterator[DefinitionError]:
    for field in _NEEDED[definition.shape]:
        if getattr(definition, field) in {None, ()}:
            yield DefinitionError(field, "This shape of key result needs it.")


def _weights(definition: Definition) -> Iterator[DefinitionError]:
    if definition.weight <= 0:
        yield DefinitionError("weight", "A weight is above 0.")


def _order(definition: Definition) -> Iterator[DefinitionError]:
    if definition.shape is Shape.WITHIN:
        lower, upper = definition.lower, definition.upper
        if lower is not None and upper is not None and lower > upper:
            yield DefinitionError("upper", "The upper bound lies below the lower bound.")
    elif definition.span:
        yield from _direction(definition.shape, *definition.span)


def _direction(shape: Shape, baseline: Decimal, target: Decimal) -> Iterator[DefinitionError]:
    if baseline == target:
        yield DefinitionError("target", "The target equals the baseline: nothing would change.")
        return
    falls = target < baseline
    if (shape is Shape.AT_LEAST and falls) or (shape is Shape.AT_MOST and not falls):
        yield DefinitionError("baseline", "It is met already. Leave it empty to hold the line.")


def _milestones(definition: Definition) -> Iterator[DefinitionError]:
    if definition.shape is not Shape.MILESTONES:
        return
    if any(milestone.weight <= 0 for milestone in definition.milestones):
        yield DefinitionError("milestones", "The weight of a milestone is above 0.")
    if len({milestone.id for milestone in definition.milestones}) < len(definition.milestones):
        yield DefinitionError("milestones", "A milestone is listed twice.")
