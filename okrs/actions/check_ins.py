"""Checking in: a value, a probability, a status, one line; and putting it off with a reason."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.models import Member
from accounts.permissions import Permission
from lib.display import show_day
from okrs import scoring
from okrs.actions.closed import closed_error, refuse_closed
from okrs.actions.recompute import (
    Word,
    cadence_of,
    cadences_of,
    lock_scores,
    objectives_of,
    recompute_above,
    score_key_results,
)
from okrs.actions.rights import require_on_key_result
from okrs.choices import KeyResultSource
from okrs.models import CheckIn, KeyResult, Postponement
from okrs.queries.owed import day_of, due_day
from okrs.queries.scorable import Figures, ScorableKeyResult, readers_of_metric
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
    lock_scores()
    readers = readers_of_metric(key_result.metric_id)
    own = readers[key_result.pk]
    if own.is_closed:
        raise closed_error()
    refuse_archived(own)
    check_entry(key_result, value, confidence)
    # The moment is taken now that it is our turn: a value of a check-in that waited shorter must
    # not count as newer than one that is stored after it.
    now = timezone.now()
    due_on, missed = turn_of(own, now, ZoneInfo(own.time_zone))
    if value is not None:
        record_values(
            [NewValue(key_result.metric_id, value, now, source, access.member.pk, note)],
            announce=False,
        )
    readers[own.id] = own._replace(checked_in_at=now)
    open_readers = [row for row in readers.values() if not row.is_closed]
    word = Word(own.id, access.member.pk, status, note, confidence)
    figures = score_key_results(open_readers, cause="check-in", now=now, word=word)
    recompute_above(readers, objectives_of(open_readers), cause="check-in", now=now)
    tell(key_result, figures[own.id], word, access.member, now)
    written = CheckIn(
        key_result=key_result,
        author=access.member,
        at=now,
        value=value if value is not None else key_result.current_value,
        confidence=confidence,
        status=status,
        note=note,
        due_on=due_on,
        missed=missed,
        score=key_result.score,
        raw=key_result.raw,
    )
    # What the fields cannot say of themselves was checked above, and the database holds the rest.
    written.clean_fields(exclude=["organization", "key_result", "author"])
    written.save(force_insert=True)
    return written


def turn_of(row: ScorableKeyResult, now: datetime, zone: ZoneInfo) -> tuple[date | None, int]:
    """The day by which a check-in at `now` was owed, and how many such days passed before it.

    None where nothing was owed yet: what comes by sync, or was said again before half of its time
    had passed. Putting off moves the day. `zone` is the organisation's.
    """
    due_on = due_day(row.stored.outdated_from, zone)
    if due_on is None or row.source == KeyResultSource.SYNCED:
        return None, 0
    today = now.astimezone(zone).date()
    since = max(day_of(row.stored.evidence_at, zone) or row.starts_on, row.starts_on)
    if not scoring.half_has_passed(due_on, since=since, today=today):
        return None, 0
    if row.postponed_until is not None:
        due_on = max(due_on, row.postponed_until)
    if today <= due_on:
        return due_on, 0
    return due_on, scoring.turns_missed(due_on, today, cadence_of(row, cadences_of([row])))


@transaction.atomic
def postpone(access: Access, key_result: KeyResult, *, until: date, reason: str) -> Postponement:
    """Put a check-in off; nobody is asked for it up to and on `until`.

    The number grows no fresher: past its time it counts as postponed, not as current. Raises
    `ValidationError` by field.
    """
    require_open_to(access, key_result)
    check_postponement(key_result, until, reason)
    return store_postponement(access, key_result, until=until, reason=reason)


def check_postponement(key_result: KeyResult, until: date, reason: str) -> None:
    if key_result.source == KeyResultSource.SYNCED:
        raise ValidationError("Its number comes by itself: nobody owes a check-in.")
    if not reason:
        raise ValidationError({"reason": "Say why the check-in has to wait."})
    today = timezone.localdate()
    if until <= today:
        raise ValidationError({"until": "Choose a day to come."})
    last = (key_result.ends_on or key_result.objective.cycle.ends_on) - timedelta(days=1)
    if last <= today:
        raise ValidationError({"until": "It ends too soon to put anything off."})
    if until > last:
        message = f"Choose {show_day(last)} or earlier: its last number is needed by the end."
        raise ValidationError({"until": message})


@transaction.atomic
def take_up_again(access: Access, key_result: KeyResult) -> Postponement:
    """End a postponement now: the check-in is owed as if it had not been put off."""
    require_open_to(access, key_result)
    if key_result.postponed_until is None or key_result.postponed_until < timezone.localdate():
        raise ValidationError("This check-in is not put off.")
    return store_postponement(access, key_result, until=None, reason="")


def store_postponement(
    access: Access, key_result: KeyResult, *, until: date | None, reason: str
) -> Postponement:
    written = Postponement(key_result=key_result, author=access.member, until=until, reason=reason)
    written.full_clean(exclude=["key_result", "author"])
    written.save(force_insert=True)
    KeyResult.objects.filter(pk=key_result.pk).update(postponed_until=until)
    key_result.postponed_until = until
    return written


def require_open_to(access: Access, key_result: KeyResult) -> None:
    """Take the turn; raise unless the member may check in, and the key result takes any."""
    require_on_key_result(access, Permission.CHECK_IN_WRITE, key_result)
    refuse_when_closed(key_result)


def refuse_when_closed(key_result: KeyResult) -> None:
    refuse_closed(key_result.objective.cycle_id)
    refuse_archived(key_result)


def refuse_archived(key_result: KeyResult | ScorableKeyResult) -> None:
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


def tell(
    key_result: KeyResult, figures: Figures, word: Word, author: Member, now: datetime
) -> None:
    """Have a key result in hand say what is stored of it by now."""
    said: dict[str, object] = {
        **figures._asdict(),
        "checked_in_at": now,
        "checked_in_by": author,
        "reported_status": word.status,
        "last_note": word.note,
        "postponed_until": None,
    }
    if word.confidence is not None:
        said["confidence"] = word.confidence
    for name, value in said.items():
        setattr(key_result, name, value)
