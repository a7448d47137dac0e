"""Backing an objective with people and money, and what that rests on.

A commitment that stands never rests on a failing promise (`okrs.queries.resting`): whoever breaks a
promise, lets it slip or ties one to an objective makes the commitments concerned conditional in the
same transaction, and nobody lets one stand before that is settled. The lock of the organisation
makes the two follow each other.
"""

from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.models import Member
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs.actions.closed import refuse_closed
from okrs.actions.overload import refuse_overload
from okrs.actions.recompute import lock_scores
from okrs.actions.rights import require_on_objective
from okrs.choices import CommitmentState, CycleState
from okrs.models import Commitment, CommitmentMove, CommittedTeam, Dependency, Objective
from okrs.queries.resting import failures_of, resting_on
from okrs.queries.team_loads import PROMISED
from portfolio.models import Team

C = CommitmentState
MOVES: dict[str, frozenset[str]] = {
    C.DRAFT: frozenset({C.STANDING, C.CONDITIONAL, C.RELEASED}),
    C.STANDING: frozenset({C.CONDITIONAL, C.RELEASED}),
    C.CONDITIONAL: frozenset({C.STANDING, C.RELEASED}),
    C.RELEASED: frozenset(),
}
CONDITION_LENGTH = 500
OnBacked = Callable[[Access, Commitment], None]
_on_backed: list[OnBacked] = []


def register_backing(follow: OnBacked) -> None:
    """Let an app above act, in the same transaction, when a goal comes to be backed."""
    if follow not in _on_backed:
        _on_backed.append(follow)


def require_to_back(access: Access, objective: Objective) -> None:
    """Take the turn; raise unless the member decides on it, and its cycle still runs."""
    require_on_objective(access, Permission.OKR_DECIDE, objective)
    refuse_closed(objective.cycle_id, stands="what backs its objectives stands")


@transaction.atomic
def create_commitment(
    access: Access,
    objective: Objective,
    *,
    trade_off: str = "",
    amount: Decimal | None = None,
    currency: str = "",
) -> Commitment:
    """A draft of what backs an objective; money needs the money grant."""
    require_to_back(access, objective)
    if amount is not None:
        access.require(Permission.MONEY_WRITE)
    commitment = Commitment(
        objective=objective,
        trade_off=trade_off,
        amount=amount,
        currency=currency_of(access, amount, currency),
        made_by=access.member,
    )
    commitment.full_clean()
    commitment.save(force_insert=True)
    return commitment


@transaction.atomic
def edit_commitment(
    access: Access, commitment: Commitment, *, expected_version: int | None, **changes: Any
) -> Commitment:
    require_to_back(access, commitment.objective)
    if "amount" in changes or "currency" in changes:
        access.require(Permission.MONEY_WRITE)
    for field, value in changes.items():
        setattr(commitment, field, value)
    fields = list(changes)
    if "amount" in changes or "currency" in changes:
        commitment.currency = currency_of(access, commitment.amount, commitment.currency)
        fields = [*{*changes, "currency"}]
    return save_edit(commitment, fields=fields, expected_version=expected_version)


def currency_of(access: Access, amount: Decimal | None, currency: str) -> str:
    """The organisation's currency unless another is named; none without money."""
    return "" if amount is None else currency or access.organization.currency


@transaction.atomic
def move_commitment(
    access: Access,
    commitment: Commitment,
    *,
    to: str,
    condition: str = "",
    expected_version: int | None = None,
) -> Commitment:
    """Let it stand, make it conditional on something that is said, or release it."""
    require_to_back(access, commitment.objective)
    if to not in MOVES[commitment.state]:
        raise ValidationError({"state": "It cannot go there from where it is."})
    if to != C.RELEASED and not commitment.teams.filter(archived_at=None).exists():
        raise ValidationError({"state": "Add at least one team: people back a goal."})
    if to == C.CONDITIONAL and not condition.strip():
        raise ValidationError({"condition": "Say what it hangs on."})
    if to == C.STANDING:
        refuse_failing(commitment.objective_id)
    is_new = commitment.state == C.DRAFT and to != C.RELEASED
    if is_new:
        keep_to_capacity(access, commitment, field="state")
    step(commitment, to, condition, actor=access.member, expected_version=expected_version)
    for follow in _on_backed if is_new else ():
        follow(access, commitment)
    return commitment


def refuse_failing(objective: UUID) -> None:
    """Raise while the objective rests on a promise that fails, naming each."""
    lock_scores()
    failing = failures_of([objective], timezone.localdate()).get(objective, [])
    if failing:
        words = " ".join(failure.words for failure in failing)
        raise ValidationError({"state": f"It cannot stand yet. {words}"}, code="failing")


def step(
    commitment: Commitment,
    to: str,
    condition: str,
    *,
    actor: Member | None,
    dependency: Dependency | None = None,
    expected_version: int | None = None,
) -> Commitment:
    """Store the state, with the condition while it is conditional, and keep the step."""
    is_conditional = to == C.CONDITIONAL
    before, commitment.state = commitment.state, to
    commitment.condition = condition.strip() if is_conditional else ""
    commitment.conditional_at = timezone.now() if is_conditional else None
    fields = ["state", "condition", "conditional_at"]
    save_edit(commitment, fields=fields, expected_version=expected_version)
    CommitmentMove.objects.create(
        commitment=commitment,
        from_state=before,
        to_state=to,
        reason=condition.strip(),
        dependency=dependency,
        actor=actor,
    )
    return commitment


# --- What follows by itself -------------------------------------------------------------------
@transaction.atomic
def settle_commitments(
    objectives: Collection[UUID] | None = None, *, today: date | None = None
) -> None:
    """Make each standing commitment that rests on a failing promise conditional, and say why.

    Of all objectives when none are named. Commitments of closed cycles stay as they were.
    """
    lock_scores()
    failing = failures_of(objectives, today or timezone.localdate())
    for commitment in standing(failing):
        found = failing[commitment.objective_id]
        reason = " ".join(failure.words for failure in found)[:CONDITION_LENGTH]
        step(commitment, C.CONDITIONAL, reason, actor=None, dependency=found[0].dependency)


def settle_around(dependency: Dependency) -> None:
    """Settle the commitments whose objectives rest on one promise."""
    settle_commitments(objectives_resting_on(dependency))


def loosen_around(dependency: Dependency) -> None:
    """Make commitments conditional that rested on a promise that nobody asks for any longer."""
    lock_scores()
    for commitment in standing(objectives_resting_on(dependency)):
        reason = f"“{dependency.title}” was withdrawn."
        step(commitment, C.CONDITIONAL, reason, actor=None, dependency=dependency)


def objectives_resting_on(dependency: Dependency) -> set[UUID]:
    rows = resting_on(Dependency.objects.filter(pk=dependency.pk))
    return {objective for objective, _ in rows}


def standing(objectives: Collection[UUID]) -> list[Commitment]:
    rows = Commitment.objects.filter(
        objective__in=list(objectives), state=C.STANDING, archived_at=None
    )
    rows = rows.exclude(objective__cycle__state=CycleState.CLOSED)
    return list(rows.order_by("id").select_for_update(of=("self",)))


# --- Teams ------------------------------------------------------------------------------------
@transaction.atomic
def commit_team(
    access: Access, commitment: Commitment, *, team: Team, people_weeks: Decimal, **fields: Any
) -> CommittedTeam:
    """Add people-weeks of a team."""
    require_to_back(access, commitment.objective)
    line = CommittedTeam(commitment=commitment, team=team, people_weeks=people_weeks, **fields)
    line.full_clean()
    line.save(force_insert=True)
    hold_to_capacity(access, commitment)
    return line


@transaction.atomic
def edit_committed_team(
    access: Access, line: CommittedTeam, *, expected_version: int | None, **changes: Any
) -> CommittedTeam:
    require_to_back(access, line.commitment.objective)
    for field, value in changes.items():
        setattr(line, field, value)
    save_edit(line, fields=list(changes), expected_version=expected_version)
    hold_to_capacity(access, line.commitment)
    return line


def hold_to_capacity(access: Access, commitment: Commitment) -> None:
    if commitment.state in PROMISED:
        keep_to_capacity(access, commitment, field="people_weeks")


def keep_to_capacity(access: Access, commitment: Commitment, *, field: str) -> None:
    """Raise when its teams cannot do what it would promise beside everything else."""
    lines = set(commitment.teams.filter(archived_at=None).values_list("id", flat=True))
    refuse_overload(access, commitment.objective.cycle, lines, field=field)


@transaction.atomic
def remove_committed_team(access: Access, line: CommittedTeam) -> None:
    require_to_back(access, line.commitment.objective)
    line.delete()
