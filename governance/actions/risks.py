"""Risks: raised, judged again, answered, and what became of them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.models import Member
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from governance.actions.rights import may_on, require_on
from governance.actions.telling import tell, who_may_see
from governance.choices import RISK_MOVES, RiskState
from governance.models import Risk, RiskMove
from governance.queries.records import STEERED, Record, record_of, units_of

JUDGED = ("likelihood", "impact")


def may_write_risk(access: Access, risk: Risk) -> bool:
    """Whether the member may change a risk: on the units that it hangs on, or as its owner."""
    is_owner = risk.owner_id == access.member.pk and access.allows(Permission.RISK_WRITE)
    return is_owner or may_on(access, Permission.RISK_WRITE, [record_of(risk, STEERED)])


def require_risk(access: Access, risk: Risk) -> None:
    if not may_write_risk(access, risk):
        require_on(access, Permission.RISK_WRITE, [record_of(risk, STEERED)])


@transaction.atomic
def raise_risk(access: Access, about: Record, **fields: Any) -> Risk:
    """Write down a risk of a portfolio, product or objective; its owner is told.

    Owned by the member unless somebody else is named. Raises `ValidationError` by field.
    """
    require_on(access, Permission.RISK_WRITE, [about])
    fields.setdefault("owner", access.member)
    risk = Risk(**fields, **{key_of(about): about})
    risk.full_clean()
    risk.save(force_insert=True)
    note_move(access, risk, RiskState.OPEN, "")
    tell_owner(access, risk)
    return risk


@transaction.atomic
def edit_risk(
    access: Access, risk: Risk, *, expected_version: int | None, reason: str = "", **changes: Any
) -> Risk:
    """Change a risk; another likelihood or impact is noted in its history, with `reason`.

    Raises `StaleVersion` when somebody was faster, `ValidationError` by field.
    """
    require_risk(access, risk)
    before = (risk.owner_id, risk.likelihood, risk.impact)
    for field, value in changes.items():
        setattr(risk, field, value)
    save_edit(risk, fields=list(changes), expected_version=expected_version)
    if (risk.likelihood, risk.impact) != before[1:]:
        note_move(access, risk, risk.state, reason)
    if risk.owner_id != before[0]:
        tell_owner(access, risk)
    return risk


@transaction.atomic
def move_risk(
    access: Access, risk: Risk, *, to: str, reason: str, expected_version: int | None
) -> Risk:
    """Say what became of a risk, and why. Raises `ValidationError` by field."""
    require_risk(access, risk)
    before = RiskState(risk.state)
    if to not in RISK_MOVES[before]:
        label = RiskState(to).label.lower()
        raise ValidationError({"to": f"From {before.label.lower()} it cannot become {label}."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why: the history keeps it."})
    risk.state = to
    save_edit(risk, fields=["state"], expected_version=expected_version)
    note_move(access, risk, before, reason.strip())
    return risk


@transaction.atomic
def archive_risk(
    access: Access, risk: Risk, *, expected_version: int | None, archived: bool = True
) -> Risk:
    """Take a risk that was raised by mistake off the lists, or bring it back."""
    require_risk(access, risk)
    risk.archived_at = timezone.now() if archived else None
    return save_edit(risk, fields=["archived_at"], expected_version=expected_version)


def key_of(about: Record) -> str:
    for kind in STEERED:
        if isinstance(about, kind.model):
            return kind.key
    raise ValidationError({"about": "Choose one portfolio, product or objective."})


def note_move(access: Access, risk: Risk, before: str, reason: str) -> None:
    RiskMove.objects.create(
        risk=risk,
        from_state=before,
        to_state=risk.state,
        likelihood=risk.likelihood,
        impact=risk.impact,
        reason=reason,
        actor=access.member,
    )


def tell_owner(access: Access, risk: Risk) -> None:
    """Tell the owner of a risk, once, that it is theirs."""
    units = units_of([record_of(risk, STEERED)])
    owner = Member.objects.select_related("person").get(pk=risk.owner_id)
    tell(
        access,
        dict.fromkeys(who_may_see([owner], units), "risk"),
        titles={"risk": f"{access.member} made you the owner of a risk: “{risk.title}”"},
        key=f"risk:{risk.pk}",
        url=risk.get_absolute_url(),
        units=units,
        text=risk.description,
        about=risk.pk,
    )
