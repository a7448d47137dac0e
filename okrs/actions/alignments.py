"""Links between goals, negotiated: one side puts terms to the other, which agrees or counters.

Nobody agrees to terms of their own: `turn` names the side whose word is awaited. Each step is kept
with the terms then on the table (`LinkMove`). Circles are refused in the transaction.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import refuse_stale, save_edit
from okrs import scoring
from okrs.actions.closed import refuse_closed
from okrs.actions.recompute import lock_scores, recompute
from okrs.actions.rights import may_on_key_result, may_on_objective, require_on_objective
from okrs.alignment import would_close_circle
from okrs.choices import (
    LINK_MOVES,
    OPEN_LINKS,
    AlignmentKind,
    LinkState,
    Side,
)
from okrs.definitions import definition_of, unit_of
from okrs.models import (
    Contribution,
    Cycle,
    KeyResult,
    LinkMove,
    Objective,
    ObjectiveAlignment,
    ObjectiveSupport,
)

AnyLink = TypeVar("AnyLink", ObjectiveAlignment, Contribution, ObjectiveSupport)
Link = ObjectiveAlignment | Contribution | ObjectiveSupport
DEAD = [LinkState.DECLINED, LinkState.WITHDRAWN]
# What may be negotiated of each kind of link.
TERMS: Mapping[type[Link], tuple[str, ...]] = {
    ObjectiveAlignment: ("kind", "weight"),
    Contribution: ("amount", "weight"),
    ObjectiveSupport: (),
}
# The name that a step gives the link it belongs to.
LINK_FIELDS: Mapping[type[Link], str] = {
    ObjectiveAlignment: "alignment",
    Contribution: "contribution",
    ObjectiveSupport: "support",
}


# --- Asking -----------------------------------------------------------------------------------
@transaction.atomic
def propose_alignment(
    access: Access,
    *,
    child: Objective,
    parent: Objective,
    kind: str = AlignmentKind.CONTRIBUTES,
    weight: Decimal = Decimal(1),
    note: str = "",
) -> ObjectiveAlignment:
    """Ask that `child` serve `parent`; who leads both sides has the answer at once."""
    require_on_objective(access, Permission.OKR_WRITE, child)
    if child.cycle_id != parent.cycle_id:
        raise ValidationError({"parent": "Objectives are linked within one cycle."})
    link = ObjectiveAlignment(
        child=child, parent=parent, kind=kind, weight=weight, note=note, asked_by=access.member
    )
    return store_new(access, link)


@transaction.atomic
def propose_contribution(
    access: Access,
    *,
    child: KeyResult,
    parent: KeyResult,
    amount: Decimal | None = None,
    weight: Decimal = Decimal(1),
    note: str = "",
) -> Contribution:
    """Offer that `child` adds `amount`, a change in the parent's unit, to `parent`."""
    if not may_on_key_result(access, Permission.OKR_WRITE, child):
        raise PermissionDenied(Permission.OKR_WRITE.value)
    check_units(child, parent)
    refuse_outside(parent.objective.cycle, child.objective.cycle, "parent")
    link = Contribution(
        child=child,
        parent=parent,
        amount=amount,
        offered=amount,
        weight=weight,
        note=note,
        asked_by=access.member,
    )
    return store_new(access, link)


@transaction.atomic
def propose_support(
    access: Access, *, child: Objective, key_result: KeyResult, note: str = ""
) -> ObjectiveSupport:
    """Ask that an objective be shown as supporting a key result above it."""
    require_on_objective(access, Permission.OKR_WRITE, child)
    if child.pk == key_result.objective_id:
        raise ValidationError({"key_result": "It belongs to this objective already."})
    refuse_outside(key_result.objective.cycle, child.cycle, "key_result")
    link = ObjectiveSupport(child=child, key_result=key_result, note=note, asked_by=access.member)
    return store_new(access, link)


def check_units(child: KeyResult, parent: KeyResult) -> None:
    """Refuse to add up what is not alike."""
    mine, theirs = unit_of(child.metric.unit), unit_of(parent.metric.unit)
    if not mine.is_like(theirs):
        message = f"{child.metric.unit} cannot be added to {parent.metric.unit}."
        raise ValidationError({"parent": message})


def refuse_outside(outer: Cycle, inner: Cycle, field: str) -> None:
    """Raise unless the cycle above is the one below, or encloses it."""
    if outer.starts_on > inner.starts_on or outer.ends_on < inner.ends_on:
        message = "It must be in the same cycle, or in one that encloses it."
        raise ValidationError({field: message})


def store_new(access: Access, link: AnyLink) -> AnyLink:
    """Store a link as proposed, or as agreed when the same member speaks for the side above."""
    refuse_closed_sides(link)
    refuse_archived(link)
    refuse_circle(link)
    check_amount(link)
    link.full_clean()
    link.save(force_insert=True)
    note_move(access, link, LinkState.PROPOSED, Side.BELOW, link.note)
    if may_speak(access, link, Side.ABOVE):
        settle(access, link, LinkState.AGREED)
        link.save(update_fields=["state", "answered_by", "answered_at"])
        note_move(access, link, LinkState.PROPOSED, Side.ABOVE, "")
    follow(link)
    return link


# --- Answering --------------------------------------------------------------------------------
@transaction.atomic
def answer_link(
    access: Access,
    link: AnyLink,
    *,
    to: str,
    expected_version: int | None = None,
    note: str = "",
    **terms: Any,
) -> AnyLink:
    """Agree, counter with other terms, decline, withdraw, or propose again.

    Raises `PermissionDenied` unless the member speaks for the side whose step it is, and
    `ValidationError` for a step that the state rules out.
    """
    side = speaking_side(access, link, to)
    if side is None:
        raise PermissionDenied(Permission.OKR_DECIDE.value)
    lock_scores()
    refuse_stale(link, expected_version)
    before = LinkState(link.state)
    check_step(link, to, note, terms)
    for field, value in terms.items():
        setattr(link, field, value)
    if note.strip():
        link.note = note
    settle(access, link, to)
    if to in OPEN_LINKS:
        link.turn = side.other
        check_amount(link)
        if before in DEAD:
            refuse_circle(link)
    fields = [*terms, "note", "state", "turn", "answered_by", "answered_at"]
    save_edit(link, fields=fields, expected_version=expected_version)
    note_move(access, link, before, side, note)
    follow(link)
    return link


def settle(access: Access, link: Link, to: str) -> None:
    link.state = to
    link.answered_by, link.answered_at = access.member, timezone.now()


def may_answer(access: Access, link: Link, to: str) -> bool:
    """Whether the member speaks for a side that may take the link to `to`."""
    return speaking_side(access, link, to) is not None


def speaking_side(access: Access, link: Link, to: str) -> Side | None:
    """The side that the member speaks for in this step; the awaited one if for both."""
    turn = Side(link.turn)
    for side in (turn, turn.other):
        if side in sides_for(link, to) and may_speak(access, link, side):
            return side
    return None


def sides_for(link: Link, to: str) -> set[Side]:
    """Which sides may take a step: to agree is for the side whose turn it is."""
    match to:
        case LinkState.AGREED:
            return {Side(link.turn)}
        case LinkState.DECLINED:
            return {Side(link.turn), Side.ABOVE}
        case LinkState.COUNTERED:
            return {Side.BELOW, Side.ABOVE}
        case _:
            return {Side.BELOW}


def may_speak(access: Access, link: Link, side: Side) -> bool:
    """The side below speaks through who may write the goal, the one above through who decides."""
    below, above = sides(link)
    if side is Side.ABOVE:
        return may_on_objective(access, Permission.OKR_DECIDE, above)
    if isinstance(link, Contribution):
        return may_on_key_result(access, Permission.OKR_WRITE, link.child)
    return may_on_objective(access, Permission.OKR_WRITE, below)


def sides(link: Link) -> tuple[Objective, Objective]:
    """The objectives below and above a link."""
    if isinstance(link, ObjectiveAlignment):
        return link.child, link.parent
    if isinstance(link, Contribution):
        return link.child.objective, link.parent.objective
    return link.child, link.key_result.objective


# --- What is refused --------------------------------------------------------------------------
def check_step(link: Link, to: str, note: str, terms: Mapping[str, Any]) -> None:
    """Refuse, by field, a step that the state, the cycle or the terms rule out."""
    before = LinkState(link.state)
    if to not in LINK_MOVES[before]:
        label = LinkState(to).label.lower()
        raise ValidationError({"state": f"From {before.label.lower()} it cannot become {label}."})
    refuse_closed_sides(link)
    if to not in DEAD or before == LinkState.AGREED:
        refuse_archived(link)
    changed = [name for name, value in terms.items() if getattr(link, name) != value]
    if to not in OPEN_LINKS and changed:
        message = "To change the terms, counter with them: the other side has not seen these."
        raise ValidationError({changed[0]: message})
    if to == LinkState.COUNTERED and not changed and not note.strip():
        raise ValidationError({"note": "Name other terms, or say what you want instead."})
    if to == LinkState.DECLINED and not note.strip():
        raise ValidationError({"note": "Say why."})


def refuse_closed_sides(link: Link) -> None:
    """Raise when either side belongs to a cycle that is over: its record stands as it is."""
    refuse_closed(*(goal.cycle_id for goal in sides(link)), stands="its links stand")


def refuse_archived(link: Link) -> None:
    for goal in sides(link):
        if goal.archived_at is not None:
            raise ValidationError(f"“{goal.title}” is archived.", code="archived")


def check_amount(link: Link) -> None:
    """Refuse an offered change that leads away from the target above."""
    if not isinstance(link, Contribution) or link.amount is None:
        return
    needed = scoring.change_needed(definition_of(link.parent))
    if needed is not None and scoring.points_the_wrong_way(link.amount, needed):
        way = "rise: offer a change above 0" if needed > 0 else "fall: offer a change below 0"
        raise ValidationError({"amount": f"The key result above is to {way}."})


def refuse_circle(link: Link) -> None:
    """Raise with the circle named, from what the new link begins at back to it.

    Objectives serve each other by alignments and by support of key results alike.
    """
    if isinstance(link, Contribution):
        name_circle(living(Contribution), (link.child_id, link.parent_id), "parent", KeyResult)
        return
    field = "parent" if isinstance(link, ObjectiveAlignment) else "key_result"
    below, above = sides(link)
    edges = [*living(ObjectiveAlignment), *living(ObjectiveSupport)]
    name_circle(edges, (below.pk, above.pk), field, Objective)


def name_circle(
    edges: Iterable[tuple[UUID, UUID]],
    new: tuple[UUID, UUID],
    field: str,
    model: type[Objective] | type[KeyResult],
) -> None:
    circle = would_close_circle(edges, new)
    if circle:
        titles = dict(model.objects.filter(pk__in=circle).values_list("id", "title"))
        named = " → ".join(f"“{titles[pk]}”" for pk in circle)
        raise ValidationError({field: f"This would close a circle: {named}."}, code="circle")


def living(model: type[Link]) -> list[tuple[UUID, UUID]]:
    """(below, above) of every link that stands or may come to stand."""
    rows = model.objects.filter(archived_at=None).exclude(state__in=DEAD)
    above = "key_result__objective_id" if model is ObjectiveSupport else "parent_id"
    return list(rows.values_list("child_id", above))


# --- What follows -----------------------------------------------------------------------------
def note_move(access: Access, link: Link, before: str, side: Side, note: str) -> None:
    terms = {name: getattr(link, name) for name in TERMS[type(link)]}
    LinkMove.objects.create(
        **{LINK_FIELDS[type(link)]: link},
        from_state=before,
        to_state=link.state,
        actor=access.member,
        side=side,
        note=note,
        **terms,
    )


def follow(link: Link) -> None:
    """Bring up to date what the link feeds; the ancestors follow."""
    if isinstance(link, ObjectiveAlignment):
        recompute([], objective_ids=[link.parent_id], cause="alignment")
    elif isinstance(link, Contribution):
        recompute([link.child_id, link.parent_id], cause="contribution")
