"""Changing the limits, and setting one aside when an objective is committed."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs.actions.recompute import lock_scores
from okrs.actions.rights import may_decide_on
from okrs.limits import Finding
from okrs.models import GoalLimits, LimitOverride, Objective
from okrs.queries.limits import findings_at_commitment


@transaction.atomic
def edit_limits(access: Access, *, expected_version: int | None, **changes: Any) -> GoalLimits:
    """Adjust the limits of the organisation. Raises `ValidationError` by field."""
    access.require(Permission.CYCLE_MANAGE)
    row, _ = GoalLimits.objects.get_or_create()
    for name, value in changes.items():
        setattr(row, name, value)
    return save_edit(row, fields=list(changes), expected_version=expected_version)


def may_set_aside(access: Access, objective: Objective) -> bool:
    """Whether the member decides above the owner; above a portfolio only who steers everything."""
    if objective.portfolio_id is not None:
        return Permission.OKR_DECIDE in access.everywhere
    return may_decide_on(access, objective)


def keep_to_limits(access: Access, objective: Objective, *, override_reason: str) -> None:
    """Refuse a commitment above a limit, or record who set it aside and why.

    One commitment after the other is counted, so two at once cannot pass the same limit.
    Raises `ValidationError`, and `PermissionDenied` for a reason of who may not decide above.
    """
    lock_scores()
    breaches = findings_at_commitment(objective)
    if not breaches:
        return
    if not override_reason.strip():
        raise ValidationError({"state": [breach.reason for breach in breaches]}, code="limit")
    if not may_set_aside(access, objective):
        raise PermissionDenied(Permission.OKR_DECIDE.value)
    record(access, objective, breaches, override_reason)


def record(
    access: Access, objective: Objective, breaches: Sequence[Finding], reason: str
) -> list[LimitOverride]:
    rows = [
        LimitOverride(
            objective=objective,
            rule=breach.rule,
            count=breach.count,
            at_most=breach.allowed.most,
            finding=breach.reason[:500],
            reason=reason.strip(),
            actor=access.member,
        )
        for breach in breaches
    ]
    for row in rows:
        row.full_clean()
    return LimitOverride.objects.bulk_create(rows)
