"""Decisions: proposed, decided, and one day superseded by another."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.models import Member
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from governance.actions.rights import require_on
from governance.actions.telling import tell, who_may_see
from governance.choices import DecisionKind, DecisionState
from governance.models import Decision, DecisionTouch
from governance.queries.decisions import touched_records
from governance.queries.records import (
    GOALS,
    Record,
    kind_of,
    named_by,
    people_of,
    units_of,
)
from lib.display import show_count
from okrs.models import Commitment, CommittedTeam

S = DecisionState
STAYS = "What was decided stays as it is. Supersede it by another decision."
TITLE_LENGTH = 240
TAKEN = "Another decision takes its place already."


@transaction.atomic
def propose_decision(access: Access, *, touches: Sequence[Record] = (), **fields: Any) -> Decision:
    """Write a decision down before it is made; `touches` are the records that it is about.

    Without one it is about the whole organisation. Raises `ValidationError` by field.
    """
    require_on(access, Permission.DECISION_WRITE, touches)
    return store_proposed(access, touches, fields)


def store_proposed(
    access: Access, touches: Sequence[Record], fields: Mapping[str, Any]
) -> Decision:
    decision = Decision(proposed_by=access.member, **fields)
    check_supersedable(decision)
    decision.full_clean()
    decision.save(force_insert=True)
    touch(decision, touches)
    return decision


@transaction.atomic
def edit_decision(
    access: Access,
    decision: Decision,
    *,
    expected_version: int | None,
    touches: Sequence[Record] | None = None,
    **changes: Any,
) -> Decision:
    """Change a decision that is not made yet; `touches` replaces the records when given.

    Raises `StaleVersion` when somebody was faster, else as `propose_decision`.
    """
    before = touched_records(decision)
    require_on(access, Permission.DECISION_WRITE, before)
    check_proposed(decision)
    for field, value in changes.items():
        setattr(decision, field, value)
    check_supersedable(decision)
    save_edit(decision, fields=list(changes), expected_version=expected_version)
    if touches is not None:
        require_on(access, Permission.DECISION_WRITE, touches)
        touch(decision, touches)
    return decision


@transaction.atomic
def withdraw_decision(
    access: Access, decision: Decision, *, expected_version: int | None, withdrawn: bool = True
) -> Decision:
    """Take a proposal off the lists, or bring it back; what was decided cannot be withdrawn."""
    require_on(access, Permission.DECISION_WRITE, touched_records(decision))
    check_proposed(decision)
    decision.archived_at = timezone.now() if withdrawn else None
    check_supersedable(decision)
    return save_edit(decision, fields=["archived_at"], expected_version=expected_version)


@transaction.atomic
def decide(
    access: Access,
    decision: Decision,
    *,
    expected_version: int | None,
    outcome: str | None = None,
    decided_on: date | None = None,
    decided_by: Member | None = None,
) -> Decision:
    """Make a decision, today and by the member unless said otherwise: from here on it stays.

    The one that it supersedes, if any, becomes superseded. Those who answer for what it touches
    are told. Raises `ValidationError` by field.
    """
    touches = touched_records(decision)
    require_on(access, Permission.DECISION_DECIDE, touches)
    check_proposed(decision)
    if decision.archived_at is not None:
        raise ValidationError("This proposal was withdrawn. Bring it back before you decide it.")
    decision.outcome = (decision.outcome if outcome is None else outcome).strip()
    decision.decided_on = decided_on or timezone.localdate()
    decision.decided_by = decided_by or access.member
    return store_decided(access, decision, touches, expected_version)


def store_decided(
    access: Access, decision: Decision, touches: Sequence[Record], expected_version: int | None
) -> Decision:
    check_decided(decision)
    former = hold_former(decision)
    decision.state = S.DECIDED
    stored = ["outcome", "decided_on", "decided_by", "state"]
    save_edit(decision, fields=stored, expected_version=expected_version)
    if former is not None:
        former.state = S.SUPERSEDED
        save_edit(former, fields=["state"], expected_version=None)
    tell_about(access, decision, touches)
    return decision


@transaction.atomic
def record_decision(
    access: Access,
    *,
    title: str,
    kind: str,
    outcome: str,
    touches: Sequence[Record] = (),
    decided_on: date | None = None,
    decided_by: Member | None = None,
    **fields: Any,
) -> Decision:
    """Write a decision down that was made just now, or on a day before, as `decide` does.

    For code that decides with a person, and for people who note what was decided elsewhere.
    """
    decision = propose_decision(
        access, touches=touches, title=title, kind=kind, outcome=outcome, **fields
    )
    return decide(
        access, decision, expected_version=None, decided_on=decided_on, decided_by=decided_by
    )


@transaction.atomic
def keep_decision(
    access: Access,
    *,
    touches: Sequence[Record],
    decided_by: Member | None = None,
    **fields: Any,
) -> Decision:
    """Write down what another action has just decided; that action has asked for its own right."""
    decision = store_proposed(access, touches, fields)
    decision.decided_on = timezone.localdate()
    decision.decided_by = decided_by or access.member
    return store_decided(access, decision, touches, expected_version=None)


def record_trade_off(access: Access, commitment: Commitment) -> None:
    """What was given up for a goal, when people and money were put behind it."""
    if not commitment.trade_off.strip():
        return
    objective = commitment.objective
    keep_decision(
        access,
        touches=[objective],
        title=f"“{objective.title}” is backed"[:TITLE_LENGTH],
        kind=DecisionKind.TRADE_OFF,
        outcome=f"{backing_in_words(commitment)} stand behind “{objective.title}”.",
        consequences=commitment.trade_off,
    )


def backing_in_words(commitment: Commitment) -> str:
    """The people-weeks of each team, and that there is money; its amount is not for everybody."""
    teams = CommittedTeam.objects.filter(commitment=commitment, archived_at=None)
    parts = [
        f"{show_count(line.people_weeks, 'people-week')} of {line.team}"
        for line in teams.select_related("team").order_by("team__name")
    ]
    return ", ".join(parts) + (" and money" if commitment.amount is not None else "")


def touch(decision: Decision, records: Iterable[Record]) -> None:
    """Let the decision touch exactly these records."""
    wanted = {(kind_of(record).key, record.pk): record for record in records}
    for present in DecisionTouch.objects.filter(decision=decision):
        if wanted.pop(named_by(present, GOALS), None) is None:
            present.delete()
    for (key, _), record in wanted.items():
        DecisionTouch.objects.create(decision=decision, **{key: record})


def hold_former(decision: Decision) -> Decision | None:
    """The decision that this one supersedes, with other writers of it waiting until commit."""
    if decision.supersedes_id is None:
        return None
    former = Decision.objects.select_for_update().get(pk=decision.supersedes_id)
    if former.state != S.DECIDED:
        raise ValidationError({"supersedes": TAKEN})
    return former


def tell_about(access: Access, decision: Decision, touches: Sequence[Record]) -> None:
    units = units_of(touches)
    answering = who_may_see(people_of(touches), units)
    tell(
        access,
        dict.fromkeys(answering, "decision"),
        titles={"decision": f"{access.member} recorded a decision: “{decision.title}”"},
        key=f"decision:{decision.pk}",
        url=decision.get_absolute_url(),
        units=units,
        text=decision.outcome,
        about=decision.pk,
    )


# --- What is refused ----------------------------------------------------------------------------
def check_proposed(decision: Decision) -> None:
    if not decision.is_proposed:
        raise ValidationError(STAYS)


def check_decided(decision: Decision) -> None:
    if not decision.outcome:
        raise ValidationError({"outcome": "Say what was decided."})
    if decision.decided_on and decision.decided_on > timezone.localdate():
        raise ValidationError({"decided_on": "Choose today or a day before."})


def check_supersedable(decision: Decision) -> None:
    """Only a decision that stands can be superseded, and by one other only."""
    former = decision.supersedes
    if former is None:
        return
    if former.pk == decision.pk or former.state != S.DECIDED:
        raise ValidationError({"supersedes": "Choose a decision that stands."})
    others = Decision.objects.filter(supersedes=former, archived_at=None).exclude(pk=decision.pk)
    if decision.archived_at is None and others.exists():
        raise ValidationError({"supersedes": TAKEN})
