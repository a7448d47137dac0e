"""Writes on the map."""

from portfolio.actions.products import change_stance, create_product, edit_product, move_home
from portfolio.actions.records import archive, create, edit, on_map_changed, restore
from portfolio.actions.setup import add_measure_units, create_silent_metric
from portfolio.actions.teams import create_team
from portfolio.actions.values import (
    NewValue,
    add_value,
    correct_value,
    on_value_recorded,
    record_value,
    record_values,
    why_not_added,
    withdraw_value,
    written_by_others,
)
from portfolio.actions.writers import may_write, require_write

__all__ = [
    "NewValue",
    "add_measure_units",
    "add_value",
    "archive",
    "change_stance",
    "correct_value",
    "create",
    "create_product",
    "create_silent_metric",
    "create_team",
    "edit",
    "edit_product",
    "may_write",
    "move_home",
    "on_map_changed",
    "on_value_recorded",
    "record_value",
    "record_values",
    "require_write",
    "restore",
    "why_not_added",
    "withdraw_value",
    "written_by_others",
]
