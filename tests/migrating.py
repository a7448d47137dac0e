"""Migrations at a third of their price, to the same database.

For each constraint and index Django renders the model anew with all that is related to it, which
here is every model, for each belongs to an organisation. The rendered model only has to tell of
the new one, so that is written on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.migrations.state import ProjectState


@contextmanager
def constraints_noted_in_place() -> Iterator[None]:
    """Inside the block a constraint or index renders no model anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ProjectState, "_append_option", append)
        patch.setattr(ProjectState, "_remove_option", remove)
        yield


def append(state: ProjectState, app: str, model: str, option: str, added: Any) -> None:
    note(state, (app, model), option, [*state.models[app, model].options[option], added])


def remove(state: ProjectState, app: str, model: str, option: str, name: str) -> None:
    kept = [it for it in state.models[app, model].options[option] if it.name != name]
    note(state, (app, model), option, kept)


def note(state: ProjectState, model: tuple[str, str], option: str, told: list[Any]) -> None:
    state.models[model].options[option] = told
    if "apps" in vars(state):  # else nothing is rendered yet
        meta = state.apps.get_model(*model)._meta
        setattr(meta, option, meta._format_names(told))
