"""Defining key results, and the values that only people set: overrides, milestones, counts."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs import scoring
from okrs.actions.check_ins import raise_by_field, refuse_when_closed
from okrs.actions.closed import refuse_closed
from okrs.actions.commitments import settle_commitments
from okrs.actions.feeds import check_shape, check_source, refuse_listing, refuse_moved_metric
from okrs.actions.recompute import recompute
from okrs.actions.rights import require_on_key_result, require_on_objective
from okrs.actions.stored import update_rows
from okrs.choices import ObjectiveState, Shape
from okrs.definitions import (
    DEFINING_FIELDS,
    dates_of,
    definition_of,
    definition_to_json,
    expectation_of,
)
from okrs.models import (
    CountedItem,
    KeyResult,
    KeyResultVersion,
    Milestone,
    Objective,
    Override,
    SharedPlacement,
)
from portfolio.actions import NewValue, record_values
from portfolio.choices import ValueSource
from portfolio.models import MeasureUnit, Metric

FIELD_OF_EXPECTATION = {"ends": "ends_on", "points": "curve_points"}


@transaction.atomic
def create_key_result(
    access: Access,
    objective: Objective,
    *,
    unit: MeasureUnit | None = None,
    metric: Metric | None = None,
    milestones: Collection[dict[str, Any]] = (),
    **fields: Any,
) -> KeyResult:
    """A key result of `objective`, reading `metric` or, without one, a silent one in `unit`.

    `milestones` are {"title", "weight", "due_on"}, for that shape only.
    """
    require_on_objective(access, Permission.OKR_WRITE, objective)
    fields.setdefault("owner", access.member)
    key_result = KeyResult(objective=objective, **fields)
    if metric is not None:
        Metric.objects.select_for_update(no_key=True).get(pk=metric.pk)
    key_result.metric = metric or silent_metric(key_result.title, unit, objective)
    check_source(key_result)
    refuse_moved_metric(key_result)
    drafts = [Milestone(key_result=key_result, **m) for m in milestones]
    check_definition(key_result, drafts)
    key_result.full_clean()
    key_result.save(force_insert=True)
    for position, milestone in enumerate(drafts):
        milestone.position = position
        milestone.full_clean()
        milestone.save(force_insert=True)
    keep_version(access, key_result, drafts, reason="")
    recompute([key_result.pk], cause="definition")
    key_result.refresh_from_db()
    return key_result


def silent_metric(title: str, unit: MeasureUnit | None, objective: Objective) -> Metric:
    """The series of a key result that names none."""
    if unit is None:
        raise ValidationError({"unit": "Choose what it is measured in."})
    metric = Metric(name=title[:160], unit=unit, product=objective.product, is_silent=True)
    metric.full_clean()
    metric.save(force_insert=True)
    return metric


def check_definition(key_result: KeyResult, milestones: Collection[Milestone]) -> None:
    """Refuse, by field, what could not be scored."""
    cycle = key_result.objective.cycle
    refuse_when_closed(key_result)
    errors: list[scoring.FieldError] = []
    if key_result.shape != Shape.MILESTONES or milestones:
        errors += scoring.definition_errors(definition_of(key_result, milestones))
    try:
        errors += [
            scoring.FieldError(FIELD_OF_EXPECTATION.get(e.field, e.field), e.message)
            for e in scoring.expectation_errors(expectation_of(key_result, cycle))
        ]
    except (TypeError, ValueError, ArithmeticError):
        message = "Give pairs of a day and a share, such as 2026-02-01 and 0.2."
        errors.append(scoring.FieldError("curve_points", message))
    starts, ends = dates_of(key_result, cycle)
    if starts < cycle.starts_on:
        errors.append(scoring.FieldError("starts_on", "This day lies before the cycle."))
    if ends > cycle.ends_on:
        errors.append(scoring.FieldError("ends_on", "This day lies after the cycle."))
    raise_by_field(errors)


def keep_version(
    access: Access, key_result: KeyResult, milestones: Collection[Milestone], *, reason: str
) -> None:
    """Append the present definition to the history."""
    KeyResultVersion.objects.create(
        key_result=key_result,
        number=key_result.definition_version,
        definition=definition_to_json(key_result, milestones),
        reason=reason,
        actor=access.member,
    )


@transaction.atomic
def edit_key_result(
    access: Access,
    key_result: KeyResult,
    *,
    expected_version: int | None,
    reason: str = "",
    **changes: Any,
) -> KeyResult:
    """Change a key result; a change of what it measures is a new version of its definition.

    Once the objective is committed, a new definition needs a reason.
    """
    require_on_key_result(access, Permission.OKR_WRITE, key_result)
    redefined = [
        name
        for name in DEFINING_FIELDS
        if name in changes and getattr(key_result, name) != changes[name]
    ]
    if redefined and is_committed(key_result.objective) and not reason.strip():
        raise ValidationError({"reason": "It is committed: say why its definition changes."})
    for field, value in changes.items():
        setattr(key_result, field, value)
    if "source" in redefined:
        check_source(key_result)
    if "shape" in redefined:
        check_shape(key_result)
    milestones = list(key_result.milestones.filter(archived_at=None))
    check_definition(key_result, milestones)
    fields = list(changes)
    if redefined:
        key_result.definition_version += 1
        fields.append("definition_version")
    save_edit(key_result, fields=fields, expected_version=expected_version)
    if redefined:
        keep_version(access, key_result, milestones, reason=reason)
        recompute([key_result.pk], cause="definition")
        key_result.refresh_from_db()
    return key_result


def is_committed(objective: Objective) -> bool:
    return objective.state == ObjectiveState.COMMITTED


@transaction.atomic
def archive_key_result(
    access: Access, key_result: KeyResult, *, expected_version: int | None, archived: bool = True
) -> KeyResult:
    """Take a key result out of its objective's score, or bring it back."""
    require_on_key_result(access, Permission.OKR_WRITE, key_result)
    refuse_closed(key_result.objective.cycle_id)
    key_result.archived_at = timezone.now() if archived else None
    save_edit(key_result, fields=["archived_at"], expected_version=expected_version)
    recompute([key_result.pk], cause="archive")
    settle_commitments()
    return key_result


@transaction.atomic
def set_override(
    access: Access,
    key_result: KeyResult,
    *,
    value: Decimal,
    reason: str,
    until: datetime | None = None,
) -> Override:
    """Let a value stand in for the automatic one until `until` or until it is released."""
    require_on_key_result(access, Permission.OKR_WRITE, key_result)
    refuse_when_closed(key_result)
    raise_by_field(scoring.value_errors(scoring.Shape(key_result.shape), value))
    override = Override(
        key_result=key_result, value=value, reason=reason, author=access.member, until_at=until
    )
    override.full_clean()
    override.save(force_insert=True)
    recompute([key_result.pk], cause="override")
    return override


@transaction.atomic
def release_override(access: Access, override: Override) -> Override:
    """End an override now; what it said before stays true of then."""
    require_on_key_result(access, Permission.OKR_WRITE, override.key_result)
    refuse_closed(override.key_result.objective.cycle_id)
    if override.released_at is not None:
        raise ValidationError("This override was released already.")
    override.released_at = timezone.now()
    override.save(update_fields=["released_at"])
    recompute([override.key_result_id], cause="override")
    return override


@transaction.atomic
def save_milestone(
    access: Access,
    key_result: KeyResult,
    *,
    milestone: Milestone | None = None,
    expected_version: int | None = None,
    **fields: Any,
) -> Milestone:
    """Add or change a step, or tick it (`done_on`); the share done is logged as the value."""
    require_on_key_result(access, Permission.CHECK_IN_WRITE, key_result)
    refuse_when_closed(key_result)
    row = milestone or Milestone(key_result=key_result, position=key_result.milestones.count())
    for field, value in fields.items():
        setattr(row, field, value)
    if milestone is None:
        row.full_clean()
        row.save(force_insert=True)
    else:
        save_edit(row, fields=list(fields), expected_version=expected_version)
    log_milestones(access, key_result)
    return row


@transaction.atomic
def archive_milestone(access: Access, milestone: Milestone) -> None:
    key_result = milestone.key_result
    require_on_key_result(access, Permission.OKR_WRITE, key_result)
    refuse_when_closed(key_result)
    milestone.archived_at = timezone.now()
    milestone.save(update_fields=["archived_at"])
    log_milestones(access, key_result)


def log_milestones(access: Access, key_result: KeyResult) -> None:
    steps = list(key_result.milestones.filter(archived_at=None))
    if steps:
        share = scoring.milestone_share(definition_of(key_result, steps).milestones)
        log_value(access, key_result, share)
    latest = key_result.versions.first()
    if latest is None or latest.definition != definition_to_json(key_result, steps):
        key_result.definition_version += 1
        KeyResult.objects.filter(pk=key_result.pk).update(
            definition_version=F("definition_version") + 1
        )
        keep_version(access, key_result, steps, reason="milestones")
    recompute([key_result.pk], cause="milestone")


@transaction.atomic
def save_counted_item(
    access: Access,
    key_result: KeyResult,
    *,
    name: str,
    met_on: date,
    note: str = "",
    item: CountedItem | None = None,
    expected_version: int | None = None,
) -> CountedItem:
    """Record a thing that met the condition; the number of things is logged as the value."""
    require_on_key_result(access, Permission.CHECK_IN_WRITE, key_result)
    refuse_when_closed(key_result)
    if item is None:
        refuse_listing(key_result)
    row = item or CountedItem(key_result=key_result)
    row.name, row.met_on, row.note = name, met_on, note
    if item is None:
        row.full_clean()
        row.save(force_insert=True)
    else:
        fields = ["name", "met_on", "note"]
        save_edit(row, fields=fields, expected_version=expected_version)
    log_count(access, key_result)
    return row


@transaction.atomic
def archive_counted_item(access: Access, item: CountedItem) -> None:
    require_on_key_result(access, Permission.CHECK_IN_WRITE, item.key_result)
    refuse_when_closed(item.key_result)
    item.archived_at = timezone.now()
    item.save(update_fields=["archived_at"])
    log_count(access, item.key_result)


def log_count(access: Access, key_result: KeyResult) -> None:
    count = key_result.counted_items.filter(archived_at=None).count()
    log_value(access, key_result, (key_result.baseline or Decimal(0)) + count)
    recompute([key_result.pk], cause="count")


def log_value(access: Access, key_result: KeyResult, value: Decimal) -> None:
    row = NewValue(
        key_result.metric_id, value, timezone.now(), ValueSource.PERSON, access.member.pk
    )
    record_values([row], announce=False)


@transaction.atomic
def share_key_result(
    access: Access, key_result: KeyResult, objective: Objective, *, weight: Decimal
) -> SharedPlacement:
    """Show a key result under another objective, with a weight there; its home stays."""
    require_on_objective(access, Permission.OKR_WRITE, objective)
    if key_result.objective_id == objective.pk:
        raise ValidationError({"key_result": "This is its home objective."})
    if key_result.objective.cycle_id != objective.cycle_id:
        raise ValidationError({"key_result": "Share key results within one cycle."})
    refuse_closed(objective.cycle_id)
    placement = SharedPlacement(key_result=key_result, objective=objective, weight=weight)
    placement.full_clean()
    placement.save(force_insert=True)
    recompute([], objective_ids=[objective.pk], cause="sharing")
    settle_commitments([objective.pk])
    return placement


@transaction.atomic
def unshare_key_result(access: Access, placement: SharedPlacement) -> None:
    require_on_objective(access, Permission.OKR_WRITE, placement.objective)
    refuse_closed(placement.objective.cycle_id)
    objective_id = placement.objective_id
    placement.delete()
    recompute([], objective_ids=[objective_id], cause="sharing")


def note_evidence(evidence: dict[UUID, datetime]) -> None:
    """Note when synced key results were last read completely; a higher app calls this."""
    update_rows(KeyResult, [{"id": pk, "evidence_at": at} for pk, at in evidence.items()])
