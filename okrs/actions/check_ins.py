"""Checking in: a value, a probability, a status, one line."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from okrs import scoring
from okrs.actions.recompute import lock_scores, recompute
from okrs.actions.rights import require_on_key_result
from okrs.choices import KeyResultSource
from okrs.models import CheckIn, KeyResult
from portfolio.actions import NewValue, record_values
from portfolio.choices import ValueSource


@transaction.atomic
def check_in(
    access: Access,
    key_result: KeyResult,
    *,
    value: Decimal | None = None,
    confidence: Decimal | None = None,
    status: str = "",
    note: str = "",
    source: str = ValueSource.PERSON,
) -> CheckIn:
    """Record what `access.member` says about a key result now; the new score is on the answer.

    A synced key result takes no value: the check-in confirms what was read. Raises
    `ValidationError` by field, also when the cycle is closed.
    """
    require_on_key_result(access, Permission.CHECK_IN_WRITE, key_result)
    refuse_when_closed(key_result)
    check_entry(key_result, value, confidence)
    # The moment is taken once it is our turn: a value of a check-in that waited shorter must not
    # count as newer than one that is stored after it.
    lock_scores()
    now = timezone.now()
    if value is not None:
        record_values(
            [NewValue(key_result.metric_id, value, now, source, access.member.pk, note)],
            announce=False,
        )
    remember_word(access, key_result, now, confidence=confidence, status=status, note=note)
    recompute(readers_of(key_result), cause="check-in", now=now)
    key_result.refresh_from_db()
    written = CheckIn(
        key_result=key_result,
        author=access.member,
        at=now,
        value=value if value is not None else key_result.current_value,
        confidence=confidence,
        status=status,
        note=note,
        score=key_result.score,
        raw=key_result.raw,
    )
    written.full_clean(exclude=["key_result", "author"])
    written.save(force_insert=True)
    return written


def refuse_when_closed(key_result: KeyResult) -> None:
    if key_result.objective.cycle.is_closed:
        raise ValidationError("The cycle is closed: its scores stand.", code="closed")
    if key_result.archived_at is not None:
        raise ValidationError("This key result is archived.", code="archived")


def check_entry(key_result: KeyResult, value: Decimal | None, confidence: Decimal | None) -> None:
    errors: list[scoring.FieldError] = []
    if value is not None:
        if key_result.source in {KeyResultSource.SYNCED, KeyResultSource.CONTRIBUTIONS}:
            message = "The value comes by itself. Override it on its page if it is wrong."
            errors.append(scoring.FieldError("value", message))
        errors += scoring.value_errors(scoring.Shape(key_result.shape), value)
    if confidence is not None:
        errors += scoring.confidence_errors(confidence)
    raise_by_field(errors)


def raise_by_field(errors: Iterable[scoring.FieldError]) -> None:
    """Raise Django's form of the arithmetic's refusals, if there are any."""
    by_field: dict[str, list[str]] = {}
    for error in errors:
        by_field.setdefault(error.field, []).append(error.message)
    if by_field:
        raise ValidationError(by_field)


def remember_word(
    access: Access,
    key_result: KeyResult,
    now: datetime,
    *,
    confidence: Decimal | None,
    status: str,
    note: str,
) -> None:
    """The latest word of a person, kept beside the score for lists."""
    said: dict[str, object] = {
        "checked_in_at": now,
        "checked_in_by": access.member,
        "reported_status": status,
        "last_note": note,
    }
    if confidence is not None:
        said["confidence"] = confidence
    KeyResult.objects.filter(pk=key_result.pk).update(**said)


def readers_of(key_result: KeyResult) -> list[UUID]:
    """Key results that read the same metric: a value for one is a value for all."""
    return list(
        KeyResult.objects.filter(metric_id=key_result.metric_id).values_list("id", flat=True)
    )
