"""Starting an objective from an earlier one or from a template."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from accounts.access import Access
from okrs.actions.feeds import is_delivered
from okrs.actions.key_results import create_key_result
from okrs.actions.objectives import create_objective
from okrs.choices import KeyResultSource
from okrs.continuing import Numbers, next_numbers
from okrs.models import KeyResult, KeyResultPattern, Objective, ObjectiveCoOwner
from okrs.scoring import Shape


@dataclass(frozen=True, slots=True)
class Start:
    """A key result to begin with: what it comes from, and what is set anew."""

    source: KeyResult | KeyResultPattern
    changes: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def continue_objective(
    access: Access, earlier: Objective, *, results: Sequence[Start] = (), **fields: Any
) -> Objective:
    """A draft that goes on from `earlier` in another cycle, with the key results that are named.

    It keeps the words, the roll-up, co-owners, owners and weights; each key result goes on with
    its metric, so that the series of its values does. Links are negotiated anew.
    Raises `ValidationError` by field; those of key results are named "key_results.0.target".
    """
    if fields["cycle"] == earlier.cycle:
        raise ValidationError({"cycle": "It is in this cycle already. Choose another one."})
    made = create_objective(access, continued_from=earlier, **fields)
    ObjectiveCoOwner.objects.bulk_create(
        ObjectiveCoOwner(objective=made, product_id=row.product_id, team_id=row.team_id)
        for row in earlier.co_owners.all()
    )
    add_results(access, made, results)
    return made


@transaction.atomic
def start_from_template(
    access: Access, *, results: Sequence[Start] = (), **fields: Any
) -> Objective:
    """A draft with the key results that were taken from a template, each with a series of its own.

    Raises `ValidationError` as `continue_objective` does.
    """
    made = create_objective(access, **fields)
    add_results(access, made, results)
    return made


def add_results(access: Access, objective: Objective, results: Sequence[Start]) -> None:
    errors: dict[str, list[str]] = {}
    for place, start in enumerate(results):
        try:
            create_key_result(access, objective, **{**kept(access, start), **start.changes})
        except ValidationError as error:
            errors |= by_place(place, error)
    if errors:
        raise ValidationError(errors)


def kept(access: Access, start: Start) -> dict[str, Any]:
    """What a key result takes over from its source unless it is changed."""
    source = start.source
    same = {
        "title": source.title,
        "weight": source.weight,
        "condition": source.condition,
        **asdict(numbers_to_begin_with(source)),
    }
    if isinstance(source, KeyResultPattern):
        return {**same, "unit": source.unit}
    return {
        **same,
        "description": source.description,
        "source": source_to_begin_with(source),
        "contribution_mode": source.contribution_mode,
        "metric": source.metric,
        "milestones": steps_left(source),
        "owner": access.member if source.owner.left_at else source.owner,
    }


def source_to_begin_with(key_result: KeyResult) -> str:
    """Links stay with the earlier one, so that what they moved is checked in by hand at first."""
    is_left = key_result.source == KeyResultSource.SYNCED
    if is_left and not is_delivered(key_result.metric_id):
        return KeyResultSource.BY_HAND
    return key_result.source


def numbers_to_begin_with(source: KeyResult | KeyResultPattern) -> Numbers:
    """Those of a pattern as they are, those of an earlier key result from where it ended."""
    numbers = Numbers(
        shape=Shape(source.shape),
        baseline=source.baseline,
        target=source.target,
        lower=source.lower,
        upper=source.upper,
    )
    if isinstance(source, KeyResultPattern):
        return numbers
    return next_numbers(numbers, source.current_value)


def steps_left(key_result: KeyResult) -> list[dict[str, Any]]:
    """The milestones that are not done, without their days of the last cycle."""
    return [
        {"title": step.title, "weight": step.weight, "due_on": None}
        for step in key_result.milestones.all()
        if step.done_on is None and step.archived_at is None
    ]


def by_place(place: int, error: ValidationError) -> dict[str, list[str]]:
    found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return {
        f"key_results.{place}.{name}" if name not in {"", NON_FIELD_ERRORS}
        else f"key_results.{place}": messages
        for name, messages in found.items()
    }  # fmt: skip
