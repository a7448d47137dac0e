"""What a review shows: gathered while it is open, read from its snapshot once it is closed."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from okrs.queries.moment import Moment
from reviews.choices import SnapshotSection
from reviews.evidence import (
    Dependencies,
    Evidence,
    Meeting,
    Money,
    OnTrack,
    Reallocate,
    Strategy,
    without,
)
from reviews.freezing import thaw
from reviews.models import Review, ReviewSnapshot
from reviews.queries.evidence.meeting import meeting
from reviews.queries.evidence.on_track import on_track
from reviews.queries.evidence.past import gather_past
from reviews.queries.evidence.promises import dependencies
from reviews.queries.evidence.reach import reach_of
from reviews.queries.evidence.reallocate import money, reallocate
from reviews.queries.evidence.strategy import strategy

S = SnapshotSection
SECTIONS: dict[str, type[Any]] = {
    S.ON_TRACK: OnTrack,
    S.DEPENDENCIES: Dependencies,
    S.REALLOCATE: Reallocate,
    S.STRATEGY: Strategy,
    S.MONEY: Money,
    S.MEETING: Meeting,
}

__all__ = ["SECTIONS", "evidence_of", "gather", "meeting_of"]


def evidence_of(access: Access, review: Review, moment: Moment | None = None) -> Evidence:
    """What the member may see of a review, as it is now or as it was when it was closed.

    With a past moment what was true of its unit and cycle then, whatever the meeting saw.
    """
    found = found_of(access, review, moment)
    sees_money = access.allows(Permission.MONEY_READ)
    hidden = access.units.hidden
    return replace(
        found,
        on_track=without(found.on_track, hidden),
        dependencies=without(found.dependencies, hidden),
        reallocate=without(found.reallocate, hidden),
        strategy=without(found.strategy, hidden),
        meeting=without(found.meeting, hidden),
        money=without(found.money, hidden) if sees_money and found.money else None,
    )


def found_of(access: Access, review: Review, moment: Moment | None) -> Evidence:
    if moment is not None and moment.is_past:
        return gather_past(access, review, moment)
    return frozen(review) if review.is_closed else gather(access, review, timezone.now())


def meeting_of(access: Access, review: Review) -> Meeting:
    """The meeting alone, as a page that asks again and again needs it; five statements."""
    if review.is_closed:
        return evidence_of(access, review).meeting
    clock = ZoneInfo(access.organization.time_zone)
    return without(meeting(review, clock), access.units.hidden)


def gather(access: Access, review: Review, now: datetime) -> Evidence:
    """Everything, whoever asks, in 38 statements at most; `evidence_of` is what members see."""
    reach = reach_of(access, review, now)
    return Evidence(
        at=now,
        on_track=on_track(reach),
        dependencies=dependencies(reach),
        reallocate=reallocate(reach),
        strategy=strategy(reach),
        meeting=meeting(review, reach.clock),
        money=money(reach),
    )


def frozen(review: Review) -> Evidence:
    """What the snapshot holds; one statement."""
    rows = ReviewSnapshot.objects.filter(review=review)
    found = {row.section: row for row in rows}
    sections = {
        section.replace("-", "_"): thaw(SECTIONS[section], row.content)
        for section, row in found.items()
    }
    return Evidence(at=found[S.MEETING].recorded_at, **sections)
