"""Setting, moving and judging objectives."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import refuse_stale, save_edit
from okrs.actions.closed import refuse_closed
from okrs.actions.limits import keep_to_limits
from okrs.actions.recompute import recompute
from okrs.actions.rights import require_decision_on, require_on_objective
from okrs.choices import (
    DECIDED_ABOVE,
    NEEDS_REASON,
    OBJECTIVE_MOVES,
    ObjectiveState,
    TierKind,
)
from okrs.models import Objective, ObjectiveCoOwner, ObjectiveMove
from portfolio.models import Product, Team

# What a revision of a committed objective may change; anything else is another objective.
EDITABLE = ("title", "description", "theme", "owner", "roll_up", "continued_from")
STANDS = "its objectives stand"


@transaction.atomic
def create_objective(access: Access, **fields: Any) -> Objective:
    """A draft. `fields` are those of the form: title, tier, cycle, its one unit, owner, theme."""
    fields.setdefault("owner", access.member)
    objective = Objective(**fields)
    require_on_objective_to_be(access, objective)
    check_place(objective)
    refuse_closed(objective.cycle_id, stands=STANDS, field="cycle")
    objective.full_clean()
    objective.save(force_insert=True)
    return objective


def require_on_objective_to_be(access: Access, objective: Objective) -> None:
    access.require(Permission.OKR_WRITE, [objective.unit_id])


def check_place(objective: Objective) -> None:
    """An objective of a tier is owned by a unit of that tier's kind, under a theme that fits."""
    errors = {}
    if objective.tier.kind != objective.unit_kind:
        kind = TierKind(objective.tier.kind)
        field = "tier" if kind == TierKind.ORGANIZATION else kind.value
        errors[field] = f"On this tier, objectives belong to: {kind.label.lower()}."
    if objective.theme and not theme_fits(objective):
        errors["theme"] = "This theme does not cover the whole cycle."
    if errors:
        raise ValidationError(errors)


def theme_fits(objective: Objective) -> bool:
    theme, cycle = objective.theme, objective.cycle
    assert theme is not None  # noqa: S101 (asked only when there is one)
    return bool(theme.starts_on <= cycle.starts_on and theme.ends_on >= cycle.ends_on)


@transaction.atomic
def edit_objective(
    access: Access,
    objective: Objective,
    *,
    expected_version: int | None,
    reason: str = "",
    **changes: Any,
) -> Objective:
    """Change an objective; once it is committed, this is a revision and needs a reason."""
    require_on_objective(access, Permission.OKR_WRITE, objective)
    refuse_closed(objective.cycle_id, stands=STANDS)
    if objective.state == ObjectiveState.COMMITTED and not reason.strip():
        raise ValidationError({"reason": "It is committed: say why it changes."})
    for field, value in changes.items():
        setattr(objective, field, value)
    check_place(objective)
    save_edit(objective, fields=list(changes), expected_version=expected_version)
    if objective.state == ObjectiveState.COMMITTED:
        note_move(access, objective, objective.state, objective.state, reason)
    if "roll_up" in changes:
        recompute([], objective_ids=[objective.pk], cause="roll-up mode")
    return objective


@transaction.atomic
def move_objective(
    access: Access,
    objective: Objective,
    *,
    to: str,
    reason: str = "",
    condition: str = "",
    override_reason: str = "",
    expected_version: int | None = None,
) -> Objective:
    """Take an objective to another state. Raises `ValidationError` for a step that is not one.

    A commitment above an upper limit needs an `override_reason` by who decides above the owner.
    """
    if to in DECIDED_ABOVE:
        require_decision_on(access, objective)
    else:
        require_on_objective(access, Permission.OKR_WRITE, objective)
    refuse_closed(objective.cycle_id, stands=STANDS)
    refuse_stale(objective, expected_version)
    before = ObjectiveState(objective.state)
    if to not in OBJECTIVE_MOVES[before]:
        label = ObjectiveState(to).label.lower()
        raise ValidationError({"state": f"From {before.label.lower()} it cannot become {label}."})
    if to in NEEDS_REASON and not reason.strip():
        raise ValidationError({"reason": "Say why."})
    if to == ObjectiveState.PROPOSED:
        check_complete(objective)
    if to == ObjectiveState.COMMITTED:
        keep_to_limits(access, objective, override_reason=override_reason)
    objective.state = to
    objective.condition = condition if to == ObjectiveState.ACCEPTED else ""
    save_edit(objective, fields=["state", "condition"], expected_version=expected_version)
    note_move(access, objective, before, to, reason)
    recompute([], objective_ids=[objective.pk], cause="state")
    return objective


def check_complete(objective: Objective) -> None:
    if not objective.key_results.filter(archived_at=None).exists():
        raise ValidationError({"state": "Add a key result before you propose it."})


def note_move(access: Access, objective: Objective, before: str, to: str, reason: str) -> None:
    ObjectiveMove.objects.create(
        objective=objective, from_state=before, to_state=to, reason=reason, actor=access.member
    )


@transaction.atomic
def assess_objective(
    access: Access,
    objective: Objective,
    *,
    score: Decimal | None,
    assessment: str,
    expected_version: int | None = None,
) -> Objective:
    """Judge an objective as a whole, beside the computed score; None takes the judgement back."""
    require_on_objective(access, Permission.OKR_WRITE, objective)
    refuse_closed(objective.cycle_id, stands=STANDS)
    if score is not None and not assessment.strip():
        raise ValidationError({"assessment": "Say what you base this on."})
    objective.assessed_score = score
    objective.assessment = assessment
    objective.assessed_by = access.member if score is not None else None
    objective.assessed_at = timezone.now() if score is not None else None
    fields = ["assessed_score", "assessment", "assessed_by", "assessed_at"]
    save_edit(objective, fields=fields, expected_version=expected_version)
    recompute([], objective_ids=[objective.pk], cause="assessment")
    return objective


@transaction.atomic
def archive_objective(
    access: Access, objective: Objective, *, expected_version: int | None
) -> Objective:
    """Take an objective out of every list and figure; `restore_objective` undoes it."""
    require_on_objective(access, Permission.OKR_WRITE, objective)
    refuse_closed(objective.cycle_id, stands=STANDS)
    return set_archived(objective, expected_version, archived=True)


@transaction.atomic
def restore_objective(
    access: Access, objective: Objective, *, expected_version: int | None
) -> Objective:
    require_on_objective(access, Permission.OKR_WRITE, objective)
    refuse_closed(objective.cycle_id, stands=STANDS)
    return set_archived(objective, expected_version, archived=False)


def set_archived(
    objective: Objective, expected_version: int | None, *, archived: bool
) -> Objective:
    objective.archived_at = timezone.now() if archived else None
    save_edit(objective, fields=["archived_at"], expected_version=expected_version)
    recompute([], objective_ids=[objective.pk], cause="archive")
    return objective


@transaction.atomic
def add_co_owner(
    access: Access,
    objective: Objective,
    *,
    product: Product | None = None,
    team: Team | None = None,
) -> ObjectiveCoOwner:
    """Let a product or team answer for an objective together with its owner."""
    require_on_objective(access, Permission.OKR_WRITE, objective)
    co_owner = ObjectiveCoOwner(objective=objective, product=product, team=team)
    co_owner.full_clean()
    co_owner.save()
    return co_owner


@transaction.atomic
def remove_co_owner(access: Access, co_owner: ObjectiveCoOwner) -> None:
    require_on_objective(access, Permission.OKR_WRITE, co_owner.objective)
    co_owner.delete()
