"""From stored rows to the values that the pure arithmetic takes, and back. Reads nothing."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from okrs import scoring
from okrs.models import Cycle, KeyResult, Milestone, Override
from portfolio.models import MeasureUnit

DEFINING_FIELDS = (
    "shape",
    "source",
    "contribution_mode",
    "baseline",
    "target",
    "lower",
    "upper",
    "condition",
    "weight",
    "starts_on",
    "ends_on",
    "curve",
    "curve_points",
)


class Defined(Protocol):
    """A key result, or as much of one as defines its score."""

    @property
    def shape(self) -> str: ...
    @property
    def baseline(self) -> Decimal | None: ...
    @property
    def target(self) -> Decimal | None: ...
    @property
    def lower(self) -> Decimal | None: ...
    @property
    def upper(self) -> Decimal | None: ...
    @property
    def weight(self) -> Decimal: ...


class Paced(Protocol):
    """A key result, or as much of one as tells its course."""

    @property
    def curve(self) -> str: ...
    @property
    def curve_points(self) -> Any: ...


class Judging(Protocol):
    """An organisation, or as much of one as tells how it judges pace."""

    @property
    def behind_after(self) -> int: ...
    @property
    def at_risk_after(self) -> int: ...


def definition_of(key_result: Defined, milestones: Iterable[Milestone] = ()) -> scoring.Definition:
    return scoring.Definition(
        shape=scoring.Shape(key_result.shape),
        baseline=key_result.baseline,
        target=key_result.target,
        lower=key_result.lower,
        upper=key_result.upper,
        weight=key_result.weight,
        milestones=tuple(
            scoring.Milestone(m.pk, m.weight, done=m.done_on is not None) for m in milestones
        ),
    )


def definition_from_json(stored: dict[str, Any]) -> scoring.Definition:
    """The arithmetic's part of a stored version (`KeyResultVersion.definition`)."""

    def number(name: str) -> Decimal | None:
        return None if stored.get(name) is None else Decimal(stored[name])

    return scoring.Definition(
        shape=scoring.Shape(stored["shape"]),
        baseline=number("baseline"),
        target=number("target"),
        lower=number("lower"),
        upper=number("upper"),
        weight=Decimal(stored["weight"]),
        milestones=tuple(
            scoring.Milestone(m["id"], Decimal(m["weight"])) for m in stored.get("milestones", ())
        ),
    )


def definition_to_json(
    key_result: KeyResult, milestones: Iterable[Milestone] = ()
) -> dict[str, Any]:
    """What a version keeps: every field that a past score depends on, decimals as text."""
    stored = {name: plain(getattr(key_result, name)) for name in DEFINING_FIELDS}
    stored["milestones"] = [
        {"id": str(m.pk), "title": m.title, "weight": plain(m.weight)} for m in milestones
    ]
    return stored


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else value


def dates_of(key_result: KeyResult, cycle: Cycle) -> tuple[date, date]:
    """First and last day of a key result, inclusive: its own, else the cycle's."""
    return key_result.starts_on or cycle.starts_on, key_result.ends_on or cycle.ends_on


def expectation_of(key_result: KeyResult, cycle: Cycle) -> scoring.Expectation:
    return expectation_between(key_result, *dates_of(key_result, cycle))


def expectation_between(key_result: Paced, starts: date, ends: date) -> scoring.Expectation:
    return scoring.Expectation(
        course=scoring.Course(key_result.curve),
        starts=starts,
        ends=ends,
        points=tuple(
            scoring.CoursePoint(date.fromisoformat(on), Decimal(str(expected)))
            for on, expected in key_result.curve_points
        ),
    )


def thresholds_of(organization: Judging) -> scoring.Thresholds:
    return scoring.Thresholds(
        on_track=Decimal(organization.behind_after), behind=Decimal(organization.at_risk_after)
    )


def unit_of(unit: MeasureUnit) -> scoring.Unit:
    return scoring.Unit(
        scoring.Dimension(unit.dimension), currency=unit.currency or None, factor=unit.factor
    )


def override_of(row: Override) -> scoring.Override:
    return scoring.Override(
        value=row.value,
        effective_at=row.from_at,
        recorded_at=row.recorded_at,
        id=row.pk,
        until=row.until_at,
        released_at=row.released_at,
    )
