"""Running a planning round: its dates, its steps, and what leadership holds fixed in it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs.actions.closed import refuse_closed
from okrs.models import Cycle
from portfolio.models import Portfolio
from reviews.choices import RoundStep
from reviews.models import PlanningRound, RoundConstraint, RoundMove

OVER = "there is nothing left to plan in it"


def require_running(access: Access, portfolio: Portfolio) -> None:
    """Raise `PermissionDenied` unless the member leads the portfolio or steers everything."""
    access.require(Permission.OKR_DECIDE, [portfolio.pk])


@transaction.atomic
def open_round(
    access: Access, *, portfolio: Portfolio, cycle: Cycle, **fields: Any
) -> PlanningRound:
    """Begin planning a cycle; `fields` are the note and the last day of each step."""
    require_running(access, portfolio)
    planning = PlanningRound(portfolio=portfolio, cycle=cycle, **fields)
    refuse_closed(cycle.pk, stands=OVER, field="cycle")
    planning.full_clean()
    planning.save(force_insert=True)
    note_move(access, planning, RoundStep.THEMES, "")
    return planning


@transaction.atomic
def edit_round(
    access: Access, planning: PlanningRound, *, expected_version: int | None, **changes: Any
) -> PlanningRound:
    require_running(access, planning.portfolio)
    for field, value in changes.items():
        setattr(planning, field, value)
    refuse_closed(planning.cycle_id, stands=OVER, field="cycle")
    return save_edit(planning, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def move_round(
    access: Access,
    planning: PlanningRound,
    *,
    to: str,
    reason: str = "",
    expected_version: int | None = None,
) -> PlanningRound:
    """Take a round one step on, or one step back with a reason.

    Nobody is held up by a step: it says what everybody works on now. What stands open when a
    round is published stays visible on its page.
    """
    require_running(access, planning.portfolio)
    before = RoundStep(planning.step)
    if to not in {planning.next_step, planning.previous_step}:
        raise ValidationError({"step": "A round goes one step at a time."})
    if to == planning.previous_step and not reason.strip():
        raise ValidationError({"reason": "Say why it goes back."})
    planning.step = to
    planning.published_at = timezone.now() if to == RoundStep.PUBLISHED else None
    save_edit(planning, fields=["step", "published_at"], expected_version=expected_version)
    note_move(access, planning, to, reason, before)
    return planning


def note_move(
    access: Access,
    planning: PlanningRound,
    to: str,
    reason: str,
    before: str = RoundStep.THEMES,
) -> None:
    RoundMove.objects.create(
        round=planning, from_step=before, to_step=to, reason=reason, actor=access.member
    )


@transaction.atomic
def archive_round(
    access: Access,
    planning: PlanningRound,
    *,
    expected_version: int | None,
    archived: bool = True,
) -> PlanningRound:
    """Take a round out of every list, or bring it back; the goals stay as they are."""
    require_running(access, planning.portfolio)
    planning.archived_at = timezone.now() if archived else None
    return save_edit(planning, fields=["archived_at"], expected_version=expected_version)


@transaction.atomic
def add_constraint(access: Access, planning: PlanningRound, **fields: Any) -> RoundConstraint:
    """Hold something fixed in a round; an amount of money needs the money grant."""
    require_running(access, planning.portfolio)
    constraint = RoundConstraint(round=planning, **fields)
    require_money(access, constraint)
    name_currency(access, constraint)
    constraint.full_clean()
    constraint.save(force_insert=True)
    return constraint


def require_money(access: Access, constraint: RoundConstraint) -> None:
    if constraint.amount is not None:
        access.require(Permission.MONEY_WRITE)


def name_currency(access: Access, constraint: RoundConstraint) -> None:
    """The organisation's currency unless another is named; none without money."""
    named = constraint.currency or access.organization.currency
    constraint.currency = "" if constraint.amount is None else named


@transaction.atomic
def edit_constraint(
    access: Access, constraint: RoundConstraint, *, expected_version: int | None, **changes: Any
) -> RoundConstraint:
    require_running(access, constraint.round.portfolio)
    require_money(access, constraint)
    for field, value in changes.items():
        setattr(constraint, field, value)
    require_money(access, constraint)
    name_currency(access, constraint)
    fields = [*{**changes, "currency": None}]
    return save_edit(constraint, fields=fields, expected_version=expected_version)


@transaction.atomic
def archive_constraint(
    access: Access, constraint: RoundConstraint, *, expected_version: int | None
) -> RoundConstraint:
    require_running(access, constraint.round.portfolio)
    require_money(access, constraint)
    constraint.archived_at = timezone.now()
    return save_edit(constraint, fields=["archived_at"], expected_version=expected_version)
