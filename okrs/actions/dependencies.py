"""Promises between units: asked, answered, kept or broken."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs.actions.recompute import lock_scores
from okrs.alignment import would_close_circle
from okrs.choices import DEPENDENCY_MOVES, DependencyState
from okrs.models import Dependency, DependencyMove, Initiative, KeyResult

D = DependencyState
# Moves that the provider makes; the others are the needer's.
PROVIDERS = frozenset({D.ACCEPTED, D.COUNTERED, D.DECLINED, D.DELIVERED, D.BROKEN})
DEAD = [D.DECLINED, D.WITHDRAWN]
TERMS = ("promised_by", "provider_key_result", "provider_initiative", "provider_owner")


def needing_units(dependency: Dependency) -> list[UUID | None]:
    if dependency.needer_key_result is not None:
        return [dependency.needer_key_result.objective.unit_id]
    initiative = dependency.needer_initiative
    return [initiative.product_id, initiative.team_id] if initiative else []


def providing_units(dependency: Dependency) -> list[UUID | None]:
    return [dependency.provider_product_id, dependency.provider_team_id]


@transaction.atomic
def ask_dependency(access: Access, **fields: Any) -> Dependency:
    """Ask a product or team for something that a key result or initiative waits for."""
    fields.setdefault("needer_owner", access.member)
    dependency = Dependency(**fields)
    access.require(Permission.OKR_WRITE, needing_units(dependency))
    dependency.full_clean()
    refuse_circle(dependency)
    dependency.save(force_insert=True)
    note_move(access, dependency, D.ASKED, "")
    return dependency


@transaction.atomic
def edit_dependency(
    access: Access, dependency: Dependency, *, expected_version: int | None, **changes: Any
) -> Dependency:
    """Change what is asked for; the state is moved by `move_dependency`."""
    access.require(Permission.OKR_WRITE, needing_units(dependency))
    for field, value in changes.items():
        setattr(dependency, field, value)
    refuse_circle(dependency)
    return save_edit(dependency, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def move_dependency(
    access: Access,
    dependency: Dependency,
    *,
    to: str,
    note: str = "",
    expected_version: int | None = None,
    promised_by: date | None = None,
    **terms: Any,
) -> Dependency:
    """Answer, deliver, break or withdraw a promise; `terms` name what is promised."""
    units = providing_units(dependency) if to in PROVIDERS else needing_units(dependency)
    access.require(Permission.OKR_WRITE, units)
    before = DependencyState(dependency.state)
    if to not in DEPENDENCY_MOVES[before]:
        label = DependencyState(to).label.lower()
        raise ValidationError({"state": f"From {before.label.lower()} it cannot become {label}."})
    if promised_by is not None:
        terms["promised_by"] = promised_by
    if to in {D.ACCEPTED, D.COUNTERED} and not (promised_by or dependency.promised_by):
        raise ValidationError({"promised_by": "Say by when."})
    if to in {D.DECLINED, D.BROKEN} and not note.strip():
        raise ValidationError({"note": "Say why."})
    for field, value in terms.items():
        setattr(dependency, field, value)
    dependency.state = to
    refuse_circle(dependency)
    save_edit(dependency, fields=[*terms, "state"], expected_version=expected_version)
    note_move(access, dependency, to, note, before)
    return dependency


def note_move(
    access: Access, dependency: Dependency, to: str, note: str, before: str = D.ASKED
) -> None:
    DependencyMove.objects.create(
        dependency=dependency,
        from_state=before,
        to_state=to,
        promised_by=dependency.promised_by,
        note=note,
        actor=access.member,
    )


def refuse_circle(dependency: Dependency) -> None:
    """Between key results and initiatives: nothing may end up waiting for itself."""
    needer = dependency.needer_key_result_id or dependency.needer_initiative_id
    provider = dependency.provider_key_result_id or dependency.provider_initiative_id
    if needer is None or provider is None or dependency.state in DEAD:
        return
    if needer == provider:
        raise ValidationError({"provider_key_result": "This would wait for itself."})
    lock_scores()
    circle = would_close_circle(waiting_edges(exclude=dependency.pk), (needer, provider))
    if circle:
        named = " → ".join(f"“{title}”" for title in titles_of(circle))
        field = (
            "provider_key_result" if dependency.provider_key_result_id else "provider_initiative"
        )
        raise ValidationError({field: f"This would close a circle: {named}."}, code="circle")


def waiting_edges(*, exclude: UUID) -> list[tuple[UUID, UUID]]:
    """(who waits, for whom) of every dependency that stands and names what is promised."""
    rows = Dependency.objects.filter(archived_at=None).exclude(state__in=DEAD).exclude(pk=exclude)
    found = rows.values_list(
        "needer_key_result_id",
        "needer_initiative_id",
        "provider_key_result_id",
        "provider_initiative_id",
    )
    return [(a or b, c or d) for a, b, c, d in found if c or d]


def titles_of(ids: Iterable[UUID]) -> list[str]:
    wanted = list(ids)
    titles = dict(KeyResult.objects.filter(pk__in=wanted).values_list("id", "title"))
    titles |= dict(Initiative.objects.filter(pk__in=wanted).values_list("id", "title"))
    return [titles[pk] for pk in wanted]
