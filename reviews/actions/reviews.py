"""Planning, running and closing a review."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import refuse_stale, save_edit
from lib.display import show_day
from reviews.choices import AGENDAS, ReviewState, SnapshotSection
from reviews.freezing import freeze
from reviews.models import AgendaItem, Review, ReviewSnapshot
from reviews.models.reviews import CLOSED
from reviews.queries.evidence import SECTIONS, gather

S = ReviewState


def may_run(access: Access, review: Review) -> bool:
    return access.allows_on(Permission.OKR_DECIDE, [review.unit_id])


def may_note(access: Access, review: Review) -> bool:
    return access.allows_on(Permission.OKR_WRITE, [review.unit_id])


def require_running(access: Access, review: Review) -> None:
    """Raise `PermissionDenied` unless the member leads the unit or steers everything."""
    access.require(Permission.OKR_DECIDE, [review.unit_id])


def require_noting(access: Access, review: Review) -> None:
    """Raise `PermissionDenied` unless the member contributes to the unit."""
    access.require(Permission.OKR_WRITE, [review.unit_id])


def hold_open(review: Review) -> Review:
    """The review as stored, which nobody closes until commit. Raises `ValidationError`."""
    stored: Review = Review.objects.select_for_update().get(pk=review.pk)
    if stored.is_closed:
        raise ValidationError(CLOSED)
    return stored


@transaction.atomic
def plan_review(access: Access, **fields: Any) -> Review:
    """Put a review on the calendar with the agenda of its kind; by default the member leads it."""
    review = Review(**{"facilitator": access.member, **fields})
    review.full_clean(exclude=["facilitator"] if review.facilitator_id is None else None)
    require_running(access, review)
    review.save(force_insert=True)
    AgendaItem.objects.bulk_create(
        AgendaItem(review=review, position=place, title=title, question=question)
        for place, (title, question) in enumerate(AGENDAS[review.agenda], start=1)
    )
    return review


@transaction.atomic
def edit_review(
    access: Access, review: Review, *, expected_version: int | None, **changes: Any
) -> Review:
    """Move a review to another day or person, or sum it up."""
    require_noting(access, review)
    if set(changes) - {"summary"}:
        require_running(access, review)
    refuse_stale(review, expected_version)
    hold_open(review)
    for field, value in changes.items():
        setattr(review, field, value)
    return save_edit(review, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def start_review(access: Access, review: Review, *, expected_version: int | None) -> Review:
    require_running(access, review)
    refuse_stale(review, expected_version)
    if not review.is_planned:
        raise ValidationError({"state": f"This review is {review.get_state_display().lower()}."})
    review.state, review.started_at = S.RUNNING, timezone.now()
    return save_edit(review, fields=["state", "started_at"], expected_version=expected_version)


@transaction.atomic
def close_review(access: Access, review: Review, *, expected_version: int | None) -> Review:
    """End a meeting and keep what it showed. Later edits of goals do not change it any more.

    Raises `ValidationError` for a review that was closed already, or that nobody has begun.
    """
    require_running(access, review)
    stored: Review = Review.objects.select_for_update().get(pk=review.pk)
    refuse_closing(stored)
    refuse_stale(review, expected_version)
    now = timezone.now()
    take_snapshot(access, review, now)
    review.state, review.closed_at, review.closed_by = S.CLOSED, now, access.member
    return save_edit(
        review, fields=["state", "closed_at", "closed_by"], expected_version=expected_version
    )


def refuse_closing(review: Review) -> None:
    if review.is_closed:
        assert review.closed_at is not None  # noqa: S101 (the database holds it)
        day = show_day(timezone.localtime(review.closed_at).date())
        raise ValidationError(
            {"state": f"{review.closed_by} closed this review on {day}. It is closed once."}
        )
    if review.is_planned:
        raise ValidationError({"state": "Start the review before you close it."})


def take_snapshot(access: Access, review: Review, now: datetime) -> None:
    """Keep each section of the evidence as it stands now."""
    found = gather(access, review, now)
    ReviewSnapshot.objects.bulk_create(
        ReviewSnapshot(
            review=review,
            section=SnapshotSection(section),
            content=freeze(getattr(found, section.replace("-", "_"))),
            recorded_at=now,
        )
        for section in SECTIONS
    )


@transaction.atomic
def archive_review(
    access: Access, review: Review, *, expected_version: int | None, archived: bool = True
) -> Review:
    """Take a review out of every list, or bring it back; what it holds stays as it is."""
    require_running(access, review)
    review.archived_at = timezone.now() if archived else None
    return save_edit(review, fields=["archived_at"], expected_version=expected_version)
