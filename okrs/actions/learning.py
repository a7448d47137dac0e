"""What a cycle taught, written while it closes and afterwards."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs.actions.recompute import lock_scores
from okrs.actions.rights import require_on_objective
from okrs.choices import CycleState
from okrs.models import Cycle, Objective, ObjectiveRetrospective, PortfolioRetrospective
from portfolio.models import Portfolio

WRITABLE = (CycleState.CLOSING, CycleState.CLOSED)
Row = TypeVar("Row", ObjectiveRetrospective, PortfolioRetrospective)
Retrospective = ObjectiveRetrospective | PortfolioRetrospective


@transaction.atomic
def look_back_on_objective(
    access: Access, objective: Objective, **said: Any
) -> ObjectiveRetrospective:
    """Write the one retrospective of an objective. Refused while its cycle still runs."""
    require_on_objective(access, Permission.OKR_WRITE, objective)
    row = ObjectiveRetrospective(objective=objective, author=access.member, **said)
    return add(row, objective.cycle)


@transaction.atomic
def look_back_on_portfolio(
    access: Access, portfolio: Portfolio, cycle: Cycle, **said: Any
) -> PortfolioRetrospective:
    """Write the one retrospective of a portfolio and cycle, as one who decides for it."""
    access.require(Permission.OKR_DECIDE, [portfolio.pk])
    row = PortfolioRetrospective(portfolio=portfolio, cycle=cycle, author=access.member, **said)
    return add(row, cycle)


@transaction.atomic
def edit_retrospective(
    access: Access, row: Row, *, expected_version: int | None, **changes: Any
) -> Row:
    """Say it better; `author` is who wrote last."""
    if isinstance(row, ObjectiveRetrospective):
        require_on_objective(access, Permission.OKR_WRITE, row.objective)
    else:
        access.require(Permission.OKR_DECIDE, [row.portfolio_id])
    row.author = access.member
    for name, value in changes.items():
        setattr(row, name, value)
    refuse_empty(row)
    return save_edit(row, fields=[*changes, "author"], expected_version=expected_version)


def add(row: Row, cycle: Cycle) -> Row:
    if cycle.state not in WRITABLE:
        raise ValidationError("Look back once the cycle is closing.", code="state")
    refuse_empty(row)
    lock_scores()  # of two who write the first words at once, the second is told
    row.full_clean()
    row.save(force_insert=True)
    return row


def refuse_empty(row: Retrospective) -> None:
    if not any(text.strip() for text in (row.drivers, row.keep, row.change)):
        raise ValidationError({"drivers": "Write at least one of the three."})
