"""Two people edited one record: what the second is shown instead of losing either's words."""

from dataclasses import dataclass

from django.db import models
from django.forms import BaseForm, BoundField
from django.forms.models import model_to_dict


@dataclass(frozen=True)
class Difference:
    """A field that both sides filled in differently, as people read the values."""

    label: str
    mine: str
    theirs: str


def differences(form: BaseForm, current: models.Model) -> list[Difference]:
    """The fields in which what was typed is not what is stored now."""
    stored = model_to_dict(current)
    pairs = (
        (bound, shown(bound, bound.value()), shown(bound, stored[bound.name]))
        for bound in form
        if bound.name in stored and not bound.is_hidden
    )
    return [
        Difference(str(bound.label), mine, theirs)
        for bound, mine, theirs in pairs
        if mine != theirs
    ]


def shown(bound: BoundField, value: object) -> str:
    """A value as its field offers it: the label of a choice, a date as it is typed."""
    prepared = bound.field.prepare_value(value)
    choices = {str(key): str(label) for key, label in getattr(bound.field, "choices", [])}
    if str(prepared) in choices:
        return choices[str(prepared)]
    return "" if prepared is None else str(bound.field.widget.format_value(prepared) or "")


def take_version(form: BaseForm, current: models.Model) -> None:
    """Let the next submission of what was typed replace what is stored now, knowingly."""
    data = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
    data["version"] = str(current.version)  # type: ignore[attr-defined]
    form.data = data
