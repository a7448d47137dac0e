"""Backing an objective with people and money."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs.actions.rights import require_on_objective
from okrs.choices import CommitmentState
from okrs.models import Commitment, CommittedTeam, Objective
from portfolio.models import Team

C = CommitmentState
MOVES: dict[str, frozenset[str]] = {
    C.DRAFT: frozenset({C.STANDING, C.CONDITIONAL, C.RELEASED}),
    C.STANDING: frozenset({C.CONDITIONAL, C.RELEASED}),
    C.CONDITIONAL: frozenset({C.STANDING, C.RELEASED}),
    C.RELEASED: frozenset(),
}


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
    require_on_objective(access, Permission.OKR_DECIDE, objective)
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
    require_on_objective(access, Permission.OKR_DECIDE, commitment.objective)
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
    access: Access, commitment: Commitment, *, to: str, expected_version: int | None = None
) -> Commitment:
    """Let it stand, make it conditional, or release it."""
    require_on_objective(access, Permission.OKR_DECIDE, commitment.objective)
    if to not in MOVES[commitment.state]:
        raise ValidationError({"state": "It cannot go there from where it is."})
    if to != C.RELEASED and not commitment.teams.filter(archived_at=None).exists():
        raise ValidationError({"state": "Add at least one team: people back a goal."})
    commitment.state = to
    return save_edit(commitment, fields=["state"], expected_version=expected_version)


@transaction.atomic
def commit_team(
    access: Access, commitment: Commitment, *, team: Team, people_weeks: Decimal, **fields: Any
) -> CommittedTeam:
    """Add people-weeks of a team."""
    require_on_objective(access, Permission.OKR_DECIDE, commitment.objective)
    line = CommittedTeam(commitment=commitment, team=team, people_weeks=people_weeks, **fields)
    line.full_clean()
    line.save(force_insert=True)
    return line


@transaction.atomic
def edit_committed_team(
    access: Access, line: CommittedTeam, *, expected_version: int | None, **changes: Any
) -> CommittedTeam:
    require_on_objective(access, Permission.OKR_DECIDE, line.commitment.objective)
    for field, value in changes.items():
        setattr(line, field, value)
    return save_edit(line, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def remove_committed_team(access: Access, line: CommittedTeam) -> None:
    require_on_objective(access, Permission.OKR_DECIDE, line.commitment.objective)
    line.delete()
