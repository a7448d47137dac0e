"""Signals from outside: filed by anybody, judged by those who steer."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from governance.actions.rights import may_on, require_on
from governance.actions.telling import tell, who_may_see
from governance.choices import Assessment
from governance.models import Signal, SignalTouch
from governance.queries.records import (
    STEERED,
    Record,
    kind_of,
    named_by,
    people_of,
    units_of,
)
from governance.queries.signals import named_records
from okrs.models import Objective


def may_edit_signal(access: Access, signal: Signal) -> bool:
    """Whether the member filed it, or judges what it names."""
    is_own = signal.filed_by_id == access.member.pk and access.allows(Permission.SIGNAL_WRITE)
    return is_own or may_on(access, Permission.SIGNAL_ASSESS, named_records(signal))


def require_edit(access: Access, signal: Signal) -> None:
    if not may_edit_signal(access, signal):
        raise PermissionDenied(Permission.SIGNAL_WRITE.value)


@transaction.atomic
def file_signal(access: Access, *, touches: Sequence[Record] = (), **fields: Any) -> Signal:
    """Note what happened outside; `touches` are portfolios, products and objectives.

    Raises `ValidationError` by field.
    """
    access.require(Permission.SIGNAL_WRITE)
    signal = Signal(filed_by=access.member, **fields)
    check_day(signal)
    signal.full_clean()
    signal.save(force_insert=True)
    name_records(signal, touches)
    return signal


@transaction.atomic
def edit_signal(
    access: Access,
    signal: Signal,
    *,
    expected_version: int | None,
    touches: Sequence[Record] | None = None,
    **changes: Any,
) -> Signal:
    """Correct a signal; `touches` replaces what it names when given.

    Raises `StaleVersion` when somebody was faster, `ValidationError` by field.
    """
    require_edit(access, signal)
    for field, value in changes.items():
        setattr(signal, field, value)
    check_day(signal)
    save_edit(signal, fields=list(changes), expected_version=expected_version)
    if touches is not None:
        name_records(signal, touches)
    return signal


@transaction.atomic
def assess_signal(
    access: Access,
    signal: Signal,
    *,
    assessment: str,
    note: str = "",
    expected_version: int | None,
) -> Signal:
    """Say what a signal means for the strategy. Where it is affected, say how.

    Those who answer for the objectives that a strategic signal names are told.
    """
    touches = named_records(signal)
    require_on(access, Permission.SIGNAL_ASSESS, touches)
    if assessment == Assessment.STRATEGY and not note.strip():
        raise ValidationError({"note": "Say how the strategy is affected."})
    signal.assessment, signal.assessment_note = Assessment(assessment).value, note.strip()
    signal.assessed_by, signal.assessed_at = access.member, timezone.now()
    stored = ["assessment", "assessment_note", "assessed_by", "assessed_at"]
    save_edit(signal, fields=stored, expected_version=expected_version)
    if assessment == Assessment.STRATEGY:
        tell_about(access, signal, touches)
    return signal


@transaction.atomic
def archive_signal(
    access: Access, signal: Signal, *, expected_version: int | None, archived: bool = True
) -> Signal:
    """Take a signal off the lists, or bring it back."""
    require_edit(access, signal)
    signal.archived_at = timezone.now() if archived else None
    return save_edit(signal, fields=["archived_at"], expected_version=expected_version)


def name_records(signal: Signal, records: Iterable[Record]) -> None:
    """Let the signal name exactly these records."""
    wanted = {(kind_of(record).key, record.pk): record for record in records}
    if any(key not in {kind.key for kind in STEERED} for key, _ in wanted):
        raise ValidationError({"touches": "Choose portfolios, products and objectives."})
    for present in SignalTouch.objects.filter(signal=signal):
        if wanted.pop(named_by(present, STEERED), None) is None:
            present.delete()
    for (key, _), record in wanted.items():
        SignalTouch.objects.create(signal=signal, **{key: record})


def check_day(signal: Signal) -> None:
    if signal.happened_on and signal.happened_on > timezone.localdate():
        raise ValidationError({"happened_on": "Choose today or a day before."})


def tell_about(access: Access, signal: Signal, touches: Sequence[Record]) -> None:
    units = units_of(touches)
    objectives = [record for record in touches if isinstance(record, Objective)]
    tell(
        access,
        dict.fromkeys(who_may_see(people_of(objectives), units), "signal"),
        titles={"signal": f"{access.member} sees your objective affected by “{signal.title}”"},
        key=f"signal:{signal.pk}",
        url=signal.get_absolute_url(),
        units=units,
        text=signal.assessment_note,
        about=signal.pk,
    )
