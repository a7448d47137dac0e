"""What happens in a review: its points, what is decided, and who does what by when."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access, access_of
from accounts.models import Member
from accounts.notifications import Message, notify, take_back
from accounts.tenant_models import refuse_stale, save_edit
from governance.actions.decisions import record_decision
from governance.models import Decision
from governance.queries.records import Record
from lib.display import show_day
from reviews.actions.reviews import hold_open, may_note, require_noting
from reviews.models import AgendaItem, FollowUp, Review, ReviewDecision
from reviews.queries.reviews import touched_products

FOLLOW_UP = "follow-up"


# --- The agenda -------------------------------------------------------------------------------
@transaction.atomic
def add_item(access: Access, review: Review, **fields: Any) -> AgendaItem:
    """A further point at the end of the agenda."""
    require_noting(access, review)
    hold_open(review)
    last = items_of(review)
    item = AgendaItem(review=review, position=len(last) + 1, **fields)
    item.full_clean()
    item.save(force_insert=True)
    return item


def items_of(review: Review) -> list[AgendaItem]:
    return list(AgendaItem.objects.filter(review=review, archived_at=None))


@transaction.atomic
def edit_item(
    access: Access, item: AgendaItem, *, expected_version: int | None, **changes: Any
) -> AgendaItem:
    """Change a point, write down what is said, or tick it off; `changes` may hold `is_done`."""
    require_noting(access, item.review)
    refuse_stale(item, expected_version)
    hold_open(item.review)
    for field, value in changes.items():
        setattr(item, field, value)
    return save_edit(item, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def move_item(access: Access, item: AgendaItem, *, to: int) -> None:
    """Let the point be number `to` of the agenda, from 1; beyond the end it is the last."""
    require_noting(access, item.review)
    hold_open(item.review)
    others = [each for each in items_of(item.review) if each.pk != item.pk]
    others.insert(max(to - 1, 0), item)
    number(others)


def number(items: Sequence[AgendaItem]) -> None:
    """Let the points stand in this order, from 1."""
    for place, item in enumerate(items, start=1):
        if item.position != place:
            AgendaItem.objects.filter(pk=item.pk).update(position=place)


@transaction.atomic
def archive_item(access: Access, item: AgendaItem, *, expected_version: int | None) -> AgendaItem:
    """Take a point off the agenda; one with a note stays until its note is emptied."""
    require_noting(access, item.review)
    refuse_stale(item, expected_version)
    hold_open(item.review)
    if item.note.strip():
        raise ValidationError({"note": "This point has a note. Empty it before you remove it."})
    item.archived_at = timezone.now()
    save_edit(item, fields=["archived_at"], expected_version=expected_version)
    number(items_of(item.review))
    return item


# --- Decisions --------------------------------------------------------------------------------
@transaction.atomic
def decide_in_review(access: Access, review: Review, **fields: Any) -> ReviewDecision:
    """Record a decision about the unit of the review, and list it there.

    `fields` are those of `record_decision`. Who may decide is for governance to say.
    """
    hold_open(review)
    decision = record_decision(access, touches=decided_about(review), **fields)
    return ReviewDecision.objects.create(review=review, decision=decision)


def decided_about(review: Review) -> Sequence[Record]:
    """The portfolio or product; of a team the products that own it."""
    if review.team_id:
        return touched_products(review, timezone.localdate())
    return [review.portfolio or review.product]


@transaction.atomic
def list_decision(access: Access, review: Review, decision: Decision) -> ReviewDecision:
    """Let a review list a decision that was recorded elsewhere."""
    require_noting(access, review)
    hold_open(review)
    listed = ReviewDecision(review=review, decision=decision)
    listed.full_clean()
    listed.save(force_insert=True)
    return listed


@transaction.atomic
def unlist_decision(access: Access, listed: ReviewDecision) -> None:
    """Take a decision off the review; the decision itself stands."""
    require_noting(access, listed.review)
    hold_open(listed.review)
    listed.delete()


# --- Follow-ups -------------------------------------------------------------------------------
@transaction.atomic
def add_follow_up(access: Access, review: Review, **fields: Any) -> FollowUp:
    """Give somebody something to do; they are told, and find it on their home."""
    require_noting(access, review)
    hold_open(review)
    follow_up = FollowUp(review=review, **fields)
    follow_up.full_clean()
    check_owner(follow_up)
    follow_up.save(force_insert=True)
    tell_owner(access, follow_up)
    return follow_up


@transaction.atomic
def edit_follow_up(
    access: Access, follow_up: FollowUp, *, expected_version: int | None, **changes: Any
) -> FollowUp:
    """Change what is to be done, by whom or by when; also after the review is closed."""
    require_noting(access, follow_up.review)
    before = follow_up.owner_id
    for field, value in changes.items():
        setattr(follow_up, field, value)
    if follow_up.owner_id != before:
        check_owner(follow_up)
    save_edit(follow_up, fields=list(changes), expected_version=expected_version)
    if follow_up.owner_id != before:
        take_back(follow_up.pk)
        tell_owner(access, follow_up)
    return follow_up


@transaction.atomic
def finish_follow_up(
    access: Access, follow_up: FollowUp, *, expected_version: int | None, done: bool = True
) -> FollowUp:
    """Note that it is done, or that it is not. Its owner may, and whoever notes in the review."""
    if follow_up.owner_id != access.member.pk and not may_note(access, follow_up.review):
        raise PermissionDenied(FOLLOW_UP)
    follow_up.done_at = timezone.now() if done else None
    follow_up.done_by = access.member if done else None
    return save_edit(follow_up, fields=["done_at", "done_by"], expected_version=expected_version)


@transaction.atomic
def archive_follow_up(
    access: Access, follow_up: FollowUp, *, expected_version: int | None
) -> FollowUp:
    require_noting(access, follow_up.review)
    follow_up.archived_at = timezone.now()
    save_edit(follow_up, fields=["archived_at"], expected_version=expected_version)
    take_back(follow_up.pk)
    return follow_up


def owner_of(follow_up: FollowUp) -> Member:
    return Member.objects.select_related("person", "organization").get(pk=follow_up.owner_id)


def check_owner(follow_up: FollowUp) -> None:
    """Nobody is given what they could not see."""
    owner = owner_of(follow_up)
    if follow_up.review.unit_id in access_of(owner).units.hidden:
        raise ValidationError({"owner": f"{owner} may not see this review."})


def tell_owner(access: Access, follow_up: FollowUp) -> None:
    """Tell who is to do it, unless they took it on themselves."""
    owner = owner_of(follow_up)
    if owner.pk != access.member.pk:
        notify([message_to(access, owner, follow_up)])


def message_to(access: Access, owner: Member, follow_up: FollowUp) -> Message:
    due: date = follow_up.due_on
    return Message(
        to=owner,
        kind=FOLLOW_UP,
        key=f"follow-up:{follow_up.pk}:{follow_up.version}",
        title=f"{access.member} gave you a follow-up until {show_day(due)}: “{follow_up.text}”",
        text=str(follow_up.review),
        url=follow_up.review.get_absolute_url(),
        by=access.member,
        about=follow_up.pk,
        units=[follow_up.review.unit_id],
    )
