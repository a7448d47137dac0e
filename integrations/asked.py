"""Which fields of items a source was asked for: one that nobody asked for is unknown, and not 0.

A field is called by its id, and the estimate by the candidates that it is taken from.
"""

from collections.abc import Sequence

from integrations.choices import Measure
from integrations.ports import Selection


def estimate_by(points_fields: Sequence[str]) -> str:
    """The name of an estimate that is the first value in these fields."""
    return f"estimate:{','.join(points_fields)}"


def asked_in(selection: Selection) -> set[str]:
    """What a reading of the selection knows of every item, by name."""
    return {*selection.number_fields, estimate_by(selection.points_fields)}


def needed_by(measure: str, field: str, points_fields: Sequence[str]) -> str:
    """What a measure needs to know of every item, by name; empty where it counts items."""
    needs = {Measure.SUM: field, Measure.SHARE_OF_POINTS: estimate_by(points_fields)}
    return needs.get(Measure(measure), "")
