"""Which fields of items a source was asked for: one that nobody asked for is unknown, and not 0.

A field is called by its id, and the estimate by the candidates that it is taken from.
"""

from collections.abc import Collection, Sequence

from integrations.choices import Measure
from integrations.ports import Selection

ESTIMATE = "estimate:"


def estimate_by(points_fields: Sequence[str]) -> str:
    """The name of an estimate that is the first value in these fields."""
    return f"{ESTIMATE}{','.join(points_fields)}"


def names_any(name: str, fields: Collection[str]) -> bool:
    """Whether what is called so is one of the fields, or an estimate that is taken from one."""
    return any(field in fields for field in name.removeprefix(ESTIMATE).split(","))


def asked_in(selection: Selection) -> set[str]:
    """What a reading of the selection knows of every item, by name."""
    return {*selection.number_fields, estimate_by(selection.points_fields)}


def needed_by(measure: str, field: str, points_fields: Sequence[str]) -> str:
    """What a measure needs to know of every item, by name; empty where it counts items."""
    needs = {Measure.SUM: field, Measure.SHARE_OF_POINTS: estimate_by(points_fields)}
    return needs.get(Measure(measure), "")
