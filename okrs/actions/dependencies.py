"""Promises between units: asked, answered, kept or broken."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import refuse_stale, save_edit
from okrs.actions.closed import refuse_closed
from okrs.actions.commitments import loosen_around, settle_around
from okrs.actions.overload import refuse_overload
from okrs.actions.recompute import lock_scores
from okrs.alignment import would_close_circle
from okrs.choices import DEPENDENCY_MOVES, DependencyState
from okrs.models import Dependency, DependencyMove, Initiative, KeyResult
from okrs.queries.team_loads import cycles_of

D = DependencyState
DEAD = [D.DECLINED, D.WITHDRAWN]
OFFERS = {D.ACCEPTED, D.COUNTERED}
# What a step of the provider may name.
TERMS = (
    "promised_by", "promised_weeks", "provider_key_result", "provider_initiative", "provider_owner",
)  # fmt: skip
NEEDS_NOTE: dict[tuple[str, str], str] = {
    (D.ASKED, D.DECLINED): "Say why.",
    (D.COUNTERED, D.DECLINED): "Say why.",
    (D.ACCEPTED, D.BROKEN): "Say why.",
    (D.ACCEPTED, D.ACCEPTED): "Say why the promise changes.",
}


def needing_units(dependency: Dependency) -> list[UUID | None]:
    if dependency.needer_key_result is not None:
        return [dependency.needer_key_result.objective.unit_id]
    initiative = dependency.needer_initiative
    return [initiative.product_id, initiative.team_id] if initiative else []


def providing_units(dependency: Dependency) -> list[UUID | None]:
    return [dependency.provider_product_id, dependency.provider_team_id]


def is_needers(before: str, to: str) -> bool:
    """Whether a step is the needer's: to ask, to take what was offered instead, to withdraw."""
    return to in {D.ASKED, D.WITHDRAWN} or (before, to) == (D.COUNTERED, D.ACCEPTED)


def speaking_units(dependency: Dependency, to: str) -> list[UUID | None]:
    """The units of the side whose step it is; what counts as delivered is for both to say."""
    if (dependency.state, to) == (D.DELIVERED, D.ACCEPTED):
        return [*needing_units(dependency), *providing_units(dependency)]
    if is_needers(dependency.state, to):
        return needing_units(dependency)
    return providing_units(dependency)


def may_move(access: Access, dependency: Dependency, to: str) -> bool:
    """Whether the state allows the step and the member speaks for the side that takes it."""
    units = speaking_units(dependency, to)
    return to in DEPENDENCY_MOVES[dependency.state] and access.allows_on(
        Permission.OKR_WRITE, units
    )


@transaction.atomic
def ask_dependency(access: Access, **fields: Any) -> Dependency:
    """Ask a product or team for something that a key result or initiative waits for."""
    fields.setdefault("needer_owner", access.member)
    dependency = Dependency(**fields)
    access.require(Permission.OKR_WRITE, needing_units(dependency))
    refuse_closed_needer(dependency)
    check_weeks(dependency)
    dependency.full_clean()
    refuse_circle(dependency)
    dependency.save(force_insert=True)
    note_move(access, dependency, D.ASKED, "")
    return dependency


@transaction.atomic
def edit_dependency(
    access: Access, dependency: Dependency, *, expected_version: int | None, **changes: Any
) -> Dependency:
    """Change what is asked for; the state is moved by `move_dependency`.

    Another day on which it is needed, or other people-weeks, are kept as a step, since a promise
    may now come too late or be too small.
    """
    access.require(Permission.OKR_WRITE, needing_units(dependency))
    lock_scores()
    refuse_closed_needer(dependency)
    asked = what_is_asked(dependency)
    for field, value in changes.items():
        setattr(dependency, field, value)
    check_weeks(dependency)
    refuse_circle(dependency)
    save_edit(dependency, fields=list(changes), expected_version=expected_version)
    if what_is_asked(dependency) != asked:
        note_move(access, dependency, dependency.state, "", dependency.state)
        settle_around(dependency)
    return dependency


def what_is_asked(dependency: Dependency) -> tuple[date, Decimal | None]:
    return dependency.needed_by, dependency.people_weeks


@transaction.atomic
def move_dependency(
    access: Access,
    dependency: Dependency,
    *,
    to: str,
    note: str = "",
    expected_version: int | None = None,
    **terms: Any,
) -> Dependency:
    """Answer, promise another day, deliver, break or withdraw; `terms` name what is promised.

    Who accepts promises the people-weeks that are asked for, unless others are named; refused
    with who competes when the team cannot do them beside what it has promised already.
    Commitments that rest on what fails by it, or is withdrawn, become conditional.
    """
    access.require(Permission.OKR_WRITE, speaking_units(dependency, to))
    lock_scores()
    refuse_stale(dependency, expected_version)
    before = DependencyState(dependency.state)
    check_step(dependency, to, note, terms)
    if to in OFFERS and before != D.DELIVERED and not is_needers(before, to):
        terms["promised_weeks"] = terms.get("promised_weeks") or weeks_to_begin_with(dependency)
    for field, value in terms.items():
        setattr(dependency, field, value)
    dependency.state = to
    check_weeks(dependency)
    refuse_circle(dependency)
    save_edit(dependency, fields=[*terms, "state"], expected_version=expected_version)
    note_move(access, dependency, to, note, before)
    if to in OFFERS and before != D.DELIVERED:
        keep_to_capacity(access, dependency)
    if (before, to) == (D.ACCEPTED, D.WITHDRAWN):
        loosen_around(dependency)
    settle_around(dependency)
    return dependency


def weeks_to_begin_with(dependency: Dependency) -> Decimal | None:
    """The people-weeks that are promised unless the answer names others."""
    asked: Decimal | None = dependency.people_weeks
    promised: Decimal | None = dependency.promised_weeks
    match dependency.state:
        case D.ASKED:
            return asked
        case D.DELIVERED:
            return promised
    return promised or asked


def check_weeks(dependency: Dependency) -> None:
    """Refuse people-weeks of a product: they are a team's to give."""
    for name in ("people_weeks", "promised_weeks"):
        if dependency.provider_team_id is None and getattr(dependency, name) is not None:
            raise ValidationError({name: "Ask a team for people-weeks, not a product."})


def keep_to_capacity(access: Access, dependency: Dependency) -> None:
    """Raise when the team cannot do what is on offer beside everything that it has promised."""
    if dependency.promised_weeks is None:
        return
    for cycle in cycles_of(dependency):
        refuse_overload(access, cycle, {dependency.pk}, field="promised_weeks")


def check_step(dependency: Dependency, to: str, note: str, terms: dict[str, Any]) -> None:
    """Refuse, by field, a step that the state, the day or the silence around it rules out."""
    before = DependencyState(dependency.state)
    if to not in DEPENDENCY_MOVES[before]:
        label = DependencyState(to).label.lower()
        raise ValidationError({"state": f"From {before.label.lower()} it cannot become {label}."})
    if to not in {D.DELIVERED, D.BROKEN, D.DECLINED, D.WITHDRAWN}:
        refuse_closed_needer(dependency)
    if (before, to) in NEEDS_NOTE and not note.strip():
        raise ValidationError({"note": NEEDS_NOTE[before, to]})
    check_terms(dependency, to, terms)


def check_terms(dependency: Dependency, to: str, terms: dict[str, Any]) -> None:
    before = dependency.state
    changed = [name for name, value in terms.items() if getattr(dependency, name) != value]
    if is_needers(before, to) and changed:
        raise ValidationError({changed[0]: "The provider says what is promised, and by when."})
    if before == D.DELIVERED and changed:
        raise ValidationError({changed[0]: "First say that it was not delivered, then change it."})
    day: date | None = terms.get("promised_by") or dependency.promised_by
    if to in OFFERS and day is None:
        raise ValidationError({"promised_by": "Say by when."})
    moves = {"promised_by", "promised_weeks"} & set(changed)
    if (before, to) == (D.ACCEPTED, D.ACCEPTED) and not moves:
        raise ValidationError({"promised_by": "Name another day, or other people-weeks."})


def refuse_closed_needer(dependency: Dependency) -> None:
    """Raise when what waits belongs to a cycle that is over."""
    needer = dependency.needer_key_result
    if needer is not None:
        refuse_closed(needer.objective.cycle_id, stands="nothing new is asked for it")


def note_move(
    access: Access, dependency: Dependency, to: str, note: str, before: str = D.ASKED
) -> None:
    DependencyMove.objects.create(
        dependency=dependency,
        from_state=before,
        to_state=to,
        needed_by=dependency.needed_by,
        promised_by=dependency.promised_by,
        people_weeks=dependency.people_weeks,
        promised_weeks=dependency.promised_weeks,
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
