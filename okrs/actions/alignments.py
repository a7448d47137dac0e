"""Asking, answering and countering links between goals; circles are refused in the transaction."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs import scoring
from okrs.actions.recompute import lock_scores, recompute
from okrs.actions.rights import may_on_objective, require_on_objective
from okrs.alignment import would_close_circle
from okrs.choices import LINK_MOVES, AlignmentKind, LinkState
from okrs.definitions import unit_of
from okrs.models import (
    Contribution,
    Cycle,
    KeyResult,
    Objective,
    ObjectiveAlignment,
    ObjectiveSupport,
)
from okrs.models.links import NegotiatedLink

AnyLink = TypeVar("AnyLink", ObjectiveAlignment, Contribution, ObjectiveSupport)
DEAD = [LinkState.DECLINED, LinkState.WITHDRAWN]


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
    lock_scores()
    refuse_circle(living(ObjectiveAlignment), (child.pk, parent.pk), "parent", Objective)
    link = ObjectiveAlignment(
        child=child, parent=parent, kind=kind, weight=weight, note=note, asked_by=access.member
    )
    return store_new(access, link, decides=parent)


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
    """Offer that `child` adds `amount` (in the parent's unit) to `parent`."""
    require_on_objective(access, Permission.OKR_WRITE, child.objective)
    check_units(child, parent)
    if not encloses(parent.objective.cycle, child.objective.cycle):
        message = "It must be in the same cycle, or in one that encloses it."
        raise ValidationError({"parent": message})
    lock_scores()
    refuse_circle(living(Contribution), (child.pk, parent.pk), "parent", KeyResult)
    link = Contribution(
        child=child,
        parent=parent,
        amount=amount,
        offered=amount,
        weight=weight,
        note=note,
        asked_by=access.member,
    )
    return store_new(access, link, decides=parent.objective)


@transaction.atomic
def propose_support(
    access: Access, *, child: Objective, key_result: KeyResult, note: str = ""
) -> ObjectiveSupport:
    """Ask that an objective be shown as supporting a key result above it."""
    require_on_objective(access, Permission.OKR_WRITE, child)
    if child.pk == key_result.objective_id:
        raise ValidationError({"key_result": "It belongs to this objective already."})
    link = ObjectiveSupport(child=child, key_result=key_result, note=note, asked_by=access.member)
    return store_new(access, link, decides=key_result.objective)


def check_units(child: KeyResult, parent: KeyResult) -> None:
    """Refuse to add up what is not alike."""
    mine, theirs = unit_of(child.metric.unit), unit_of(parent.metric.unit)
    if not mine.is_like(theirs):
        message = f"{child.metric.unit} cannot be added to {parent.metric.unit}."
        raise ValidationError({"parent": message})


def encloses(outer: Cycle, inner: Cycle) -> bool:
    return outer.starts_on <= inner.starts_on and outer.ends_on >= inner.ends_on


def living(model: type[ObjectiveAlignment] | type[Contribution]) -> list[tuple[UUID, UUID]]:
    """(child, parent) of every link that stands or may come to stand."""
    rows = model.objects.filter(archived_at=None).exclude(state__in=DEAD)
    return list(rows.values_list("child_id", "parent_id"))


def refuse_circle(
    edges: Iterable[tuple[UUID, UUID]],
    new: tuple[UUID, UUID],
    field: str,
    model: type[Objective] | type[KeyResult],
) -> None:
    """Raise with the circle named, from what the new link begins at back to it."""
    circle = would_close_circle(edges, new)
    if circle:
        titles = dict(model.objects.filter(pk__in=circle).values_list("id", "title"))
        named = " → ".join(f"“{titles[pk]}”" for pk in circle)
        raise ValidationError({field: f"This would close a circle: {named}."}, code="circle")


def store_new(access: Access, link: AnyLink, *, decides: Objective) -> AnyLink:
    """Store a link as proposed, or as agreed when the same member leads the other side."""
    if may_on_objective(access, Permission.OKR_DECIDE, decides):
        link.state = LinkState.AGREED
        link.answered_by = access.member
        link.answered_at = timezone.now()
    link.full_clean()
    link.save(force_insert=True)
    follow(link)
    return link


@transaction.atomic
def answer_link(
    access: Access,
    link: AnyLink,
    *,
    to: str,
    expected_version: int | None = None,
    **terms: Any,
) -> AnyLink:
    """Agree, counter with other terms (`weight`, `amount`, `note`), decline, withdraw, re-open.

    The side above answers; the side below withdraws and proposes again; either may counter.
    """
    require_side(access, link, to)
    before = LinkState(link.state)
    if to not in LINK_MOVES[before]:
        label = LinkState(to).label.lower()
        raise ValidationError({"state": f"From {before.label.lower()} it cannot become {label}."})
    for field, value in terms.items():
        setattr(link, field, value)
    link.state = to
    link.answered_by, link.answered_at = access.member, timezone.now()
    if before in DEAD and not isinstance(link, ObjectiveSupport):
        lock_scores()
        model = Objective if isinstance(link, ObjectiveAlignment) else KeyResult
        refuse_circle(living(type(link)), (link.child_id, link.parent_id), "parent", model)
    fields = [*terms, "state", "answered_by", "answered_at"]
    save_edit(link, fields=fields, expected_version=expected_version)
    follow(link)
    return link


def may_answer(access: Access, link: NegotiatedLink, to: str) -> bool:
    """Whether the member speaks for a side that may take the link to `to`."""
    try:
        require_side(access, link, to)
    except PermissionDenied:
        return False
    return True


def require_side(access: Access, link: NegotiatedLink, to: str) -> None:
    below, above = sides(link)
    if to in {LinkState.WITHDRAWN, LinkState.PROPOSED}:
        require_on_objective(access, Permission.OKR_WRITE, below)
    elif to == LinkState.COUNTERED and may_on_objective(access, Permission.OKR_DECIDE, below):
        return
    else:
        require_on_objective(access, Permission.OKR_DECIDE, above)


def sides(link: NegotiatedLink) -> tuple[Objective, Objective]:
    """The objectives below and above a link."""
    if isinstance(link, ObjectiveAlignment):
        return link.child, link.parent
    if isinstance(link, Contribution):
        return link.child.objective, link.parent.objective
    assert isinstance(link, ObjectiveSupport)  # noqa: S101 (the third kind)
    return link.child, link.key_result.objective


def follow(link: NegotiatedLink) -> None:
    """Bring up to date what the link feeds; the ancestors follow."""
    if isinstance(link, ObjectiveAlignment):
        recompute([], objective_ids=[link.parent_id], cause="alignment")
    elif isinstance(link, Contribution):
        recompute([link.child_id, link.parent_id], cause="contribution")


def weights_by_target(key_results: Iterable[KeyResult]) -> dict[UUID, Decimal]:
    """Relative weights in proportion to targets, as percent shares (a preset for people)."""
    targets = {k.pk: k.target for k in key_results if k.target is not None}
    return scoring.shares_by_target(targets)
