"""Reads of the map."""

from portfolio.queries.access import (
    UnitChoices,
    live_units,
    unit_access,
    units_where,
    visible_units,
)
from portfolio.queries.values import (
    LogEntry,
    RecordedValue,
    latest_values,
    standing_values,
    values_of,
)

__all__ = [
    "LogEntry",
    "RecordedValue",
    "UnitChoices",
    "latest_values",
    "live_units",
    "standing_values",
    "unit_access",
    "units_where",
    "values_of",
    "visible_units",
]
