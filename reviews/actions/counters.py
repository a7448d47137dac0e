"""Countering a proposal with other terms, and answering the counter."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import refuse_stale, save_edit
from governance.actions.decisions import TITLE_LENGTH, keep_decision
from governance.choices import DecisionKind
from okrs.actions.key_results import edit_key_result
from okrs.actions.objectives import edit_objective, move_objective
from okrs.actions.rights import require_decision_on, require_on_objective
from okrs.choices import ObjectiveState
from okrs.definitions import plain
from okrs.models import KeyResult, Objective
from reviews.choices import CounterState, TermField
from reviews.models import CounteredTerm, CounterProposal

NEGOTIABLE = (ObjectiveState.PROPOSED, ObjectiveState.ACCEPTED)
NUMBERS = (TermField.TARGET, TermField.BASELINE, TermField.WEIGHT)


@dataclass(frozen=True)
class Term:
    """A wanted change: of the objective's title, or of a key result's target, dates or weight."""

    field: TermField
    new: Any
    key_result: KeyResult | None = None

    @property
    def old(self) -> Any:
        return getattr(self.key_result, self.field) if self.key_result else None


def as_text(value: Any) -> str:
    """A term as it is kept: plain digits, an ISO day, or the words themselves; empty for none."""
    return "" if value is None else str(plain(value))


def from_text(field: str, text: str) -> Any:
    """The value of a kept term. Raises `ValidationError` for a text that is none."""
    try:
        if field in NUMBERS:
            return Decimal(text)
        return date.fromisoformat(text) if field == TermField.ENDS_ON else text
    except (InvalidOperation, ValueError):
        raise ValidationError({field: "This is not a value for it."}) from None


@transaction.atomic
def counter_proposal(
    access: Access,
    objective: Objective,
    *,
    note: str,
    terms: Collection[Term] = (),
    expected_version: int | None = None,
) -> CounterProposal:
    """Send a proposal back with other terms; the side below accepts them or not.

    Terms that are the present ones are left out. The objective becomes "changes requested", so
    an acceptance that crosses this one on its way is refused.
    """
    require_decision_on(access, objective)
    if objective.state not in NEGOTIABLE:
        label = ObjectiveState(objective.state).label.lower()
        raise ValidationError({"state": f"It is {label}: there is nothing to counter."})
    check_terms(objective, terms)
    move_objective(
        access,
        objective,
        to=ObjectiveState.CHANGES_REQUESTED,
        reason=note,
        expected_version=expected_version,
    )
    counter = CounterProposal(objective=objective, note=note, made_by=access.member)
    counter.full_clean()
    counter.save(force_insert=True)
    for term in terms:
        keep_term(counter, objective, term)
    return counter


def check_terms(objective: Objective, terms: Collection[Term]) -> None:
    for term in terms:
        if term.key_result is None and term.field != TermField.TITLE:
            raise ValidationError({term.field: "Say of which key result."})
        if term.key_result is not None and term.key_result.objective_id != objective.pk:
            raise ValidationError({"key_result": "This key result belongs to another objective."})


def keep_term(counter: CounterProposal, objective: Objective, term: Term) -> None:
    old = as_text(term.old if term.key_result else objective.title)
    new = as_text(term.new)
    if old == new:
        return
    kept = CounteredTerm(
        counter=counter, key_result=term.key_result, field=term.field, old=old, new=new
    )
    kept.full_clean()
    kept.save(force_insert=True)


@transaction.atomic
def accept_counter(
    access: Access, counter: CounterProposal, *, answer: str = "", expected_version: int | None
) -> CounterProposal:
    """Take the terms over into the objective and propose it again, all of it or nothing.

    A term whose value changed since is refused: it no longer answers what was countered.
    """
    objective = counter.objective
    require_on_objective(access, Permission.OKR_WRITE, objective)
    refuse_stale(counter, expected_version)
    refuse_answered(counter)
    title = {t.field: t for t in counter.terms.filter(key_result=None)}
    take_over(access, objective, title)
    for key_result in KeyResult.objects.filter(pk__in=counter.terms.values("key_result")):
        terms = {t.field: t for t in counter.terms.filter(key_result=key_result)}
        take_over(access, key_result, terms)
    objective.refresh_from_db()
    move_objective(access, objective, to=ObjectiveState.PROPOSED, reason=answer)
    record_terms(access, counter)
    return settle(access, counter, CounterState.ACCEPTED, answer, expected_version)


def record_terms(access: Access, counter: CounterProposal) -> None:
    """Write the trade-off down: the terms that both sides have agreed to, old and new.

    A counter that only asks for something in words changes no term: nothing is to be kept.
    """
    objective = counter.objective
    terms = list(counter.terms.select_related("key_result").order_by("id"))
    if not terms:
        return
    keep_decision(
        access,
        touches=[objective],
        decided_by=counter.made_by,
        title=f"Other terms for “{objective.title}”"[:TITLE_LENGTH],
        kind=DecisionKind.TRADE_OFF,
        context=counter.note,
        outcome="\n".join(map(changed_words, terms)),
    )


def changed_words(term: CounteredTerm) -> str:
    of = f" of “{term.key_result.title}”" if term.key_result else ""
    return f"{TermField(term.field).label}{of}: {term.old or 'none'} → {term.new or 'none'}"


def take_over(
    access: Access, row: Objective | KeyResult, terms: Mapping[str, CounteredTerm]
) -> None:
    """Edit a record as its owner would, with the new value of each term."""
    for field, term in terms.items():
        refuse_overtaken(term, getattr(row, field))
    changes = {field: from_text(field, term.new) for field, term in terms.items()}
    if isinstance(row, KeyResult):
        edit_key_result(access, row, expected_version=None, reason="As countered", **changes)
    elif changes:
        edit_objective(access, row, expected_version=None, reason="As countered", **changes)


def refuse_overtaken(term: CounteredTerm, present: Any) -> None:
    if as_text(present) != term.old:
        label = TermField(term.field).label.lower()
        raise ValidationError(
            f"The {label} is {as_text(present)} by now, not {term.old}. Decline it with a note.",
            code="overtaken",
        )


@transaction.atomic
def decline_counter(
    access: Access, counter: CounterProposal, *, answer: str, expected_version: int | None
) -> CounterProposal:
    """Keep the proposal as it is, with the reason; it may be proposed again or withdrawn."""
    require_on_objective(access, Permission.OKR_WRITE, counter.objective)
    refuse_answered(counter)
    if not answer.strip():
        raise ValidationError({"answer": "Say why."})
    return settle(access, counter, CounterState.DECLINED, answer, expected_version)


@transaction.atomic
def withdraw_counter(
    access: Access, counter: CounterProposal, *, expected_version: int | None
) -> CounterProposal:
    """Take a counter back before it is answered."""
    require_decision_on(access, counter.objective)
    refuse_answered(counter)
    return settle(access, counter, CounterState.WITHDRAWN, "", expected_version)


def refuse_answered(counter: CounterProposal) -> None:
    if not counter.is_open:
        label = CounterState(counter.state).label.lower()
        raise ValidationError({"state": f"It was {label} already."})


def settle(
    access: Access,
    counter: CounterProposal,
    state: CounterState,
    answer: str,
    expected_version: int | None,
) -> CounterProposal:
    counter.state, counter.answer = state, answer
    counter.answered_by, counter.answered_at = access.member, timezone.now()
    fields = ["state", "answer", "answered_by", "answered_at"]
    return save_edit(counter, fields=fields, expected_version=expected_version)
