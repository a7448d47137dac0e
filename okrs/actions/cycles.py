"""Opening and closing cycles, and naming tiers."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.access import Access
from accounts.models import Member, Organization
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs.actions.closed import refuse_closed
from okrs.actions.closing import fix_scores
from okrs.actions.rights import require_on_key_result
from okrs.choices import CycleState, TierKind
from okrs.models import Cycle, KeyResult, Tier

ORDER = [CycleState.PLANNED, CycleState.OPEN, CycleState.CLOSING, CycleState.CLOSED]
DEFAULT_TIERS = (
    ("Portfolio", TierKind.PORTFOLIO),
    ("Product", TierKind.PRODUCT),
    ("Team", TierKind.TEAM),
)


def set_up_tiers(_organization: Organization, _member: Member) -> None:
    """What every new organisation starts with."""
    for rank, (name, kind) in enumerate(DEFAULT_TIERS, start=1):
        Tier.objects.create(name=name, kind=kind, rank=rank)


@transaction.atomic
def save_tier(access: Access, tier: Tier, *, expected_version: int | None, **changes: Any) -> Tier:
    access.require(Permission.CYCLE_MANAGE)
    for field, value in changes.items():
        setattr(tier, field, value)
    return save_edit(tier, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def create_cycle(access: Access, **fields: Any) -> Cycle:
    access.require(Permission.CYCLE_MANAGE)
    cycle = Cycle(**fields)
    check_days(cycle)
    cycle.full_clean()
    cycle.save(force_insert=True)
    return cycle


@transaction.atomic
def edit_cycle(
    access: Access, cycle: Cycle, *, expected_version: int | None, **changes: Any
) -> Cycle:
    access.require(Permission.CYCLE_MANAGE)
    refuse_closed(cycle.pk, stands="its days stand")
    for field, value in changes.items():
        setattr(cycle, field, value)
    check_days(cycle)
    return save_edit(cycle, fields=list(changes), expected_version=expected_version)


def check_days(cycle: Cycle) -> None:
    """A cycle lies within the one that encloses it, and around those in it."""
    if cycle.ends_on <= cycle.starts_on:
        return  # refused as it is, whatever stands around it
    errors = {}
    parent = cycle.parent
    if parent is not None and parent.pk == cycle.pk:
        errors["parent"] = "A cycle cannot enclose itself."
    elif parent is not None and not within(cycle, parent):
        errors["parent"] = f"{parent.name} does not cover these days."
    elif not cycle._state.adding and any(
        not within(child, cycle) for child in cycle.children.all()
    ):
        errors["starts_on"] = "A cycle inside this one would stick out."
    if errors:
        raise ValidationError(errors)


def within(inner: Cycle, outer: Cycle) -> bool:
    return outer.starts_on <= inner.starts_on and inner.ends_on <= outer.ends_on


@transaction.atomic
def move_cycle(access: Access, cycle: Cycle, *, to: str, expected_version: int | None) -> Cycle:
    """Take a cycle one step on (planned → open → closing → closed), or one step back.

    Closing for good fixes and freezes every score: what nobody scored counts 0.
    """
    access.require(Permission.CYCLE_MANAGE)
    refuse_closed(cycle.pk, stands="it stays so", field="state")
    here, there = ORDER.index(CycleState(cycle.state)), ORDER.index(CycleState(to))
    if abs(there - here) != 1:
        raise ValidationError({"state": "A cycle goes one step at a time."})
    if to == CycleState.CLOSED:
        cycle.closed_at = fix_scores(access, cycle).recorded_at
    cycle.state = to
    return save_edit(cycle, fields=["state", "closed_at"], expected_version=expected_version)


@transaction.atomic
def judge_key_result(
    access: Access, key_result: KeyResult, *, final_score: Decimal | None, judgement: str = ""
) -> KeyResult:
    """Set what a key result finally counts, while its cycle is closing; `judgement` says why.

    None takes score and judgement back.
    """
    require_on_key_result(access, Permission.OKR_WRITE, key_result)
    refuse_closed(key_result.objective.cycle_id)
    if key_result.objective.cycle.state != CycleState.CLOSING:
        raise ValidationError("Final scores are given while the cycle is closing.", code="state")
    key_result.final_score = final_score
    key_result.judgement = judgement.strip() if final_score is not None else ""
    return save_edit(key_result, fields=["final_score", "judgement"], expected_version=None)
