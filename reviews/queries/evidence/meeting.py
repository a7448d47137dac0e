"""The meeting itself: its points, what was decided, and who does what by when."""

from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from governance.models import Decision, DecisionTouch
from governance.queries.records import GOALS
from reviews.evidence import AgendaLine, DecisionLine, FollowUpLine, Meeting
from reviews.models import AgendaItem, FollowUp, Review, ReviewDecision
from reviews.queries.evidence.privacy import units_named

EARLIER_SHOWN = 20


def meeting(review: Review, clock: ZoneInfo) -> Meeting:
    """Five statements."""
    return Meeting(
        unit=str(review.unit),
        cycle=str(review.cycle),
        first=review.cycle.starts_on,
        last=review.cycle.ends_on,
        facilitator=review.facilitator.name,
        summary=review.summary,
        agenda=tuple(agenda_line(item) for item in agenda_of(review)),
        decisions=decisions(review),
        follow_ups=tuple(follow_up_line(row, clock) for row in follow_ups_of(review)),
        earlier=tuple(follow_up_line(row, clock, is_earlier=True) for row in left_open(review)),
    )


def agenda_of(review: Review) -> list[AgendaItem]:
    return list(AgendaItem.objects.filter(review=review, archived_at=None))


def agenda_line(item: AgendaItem) -> AgendaLine:
    return AgendaLine(
        id=str(item.pk),
        version=item.version,
        title=item.title,
        question=item.question,
        note=item.note,
        is_done=item.is_done,
    )


def decisions(review: Review) -> tuple[DecisionLine, ...]:
    """In the order in which they were made."""
    listed = ReviewDecision.objects.filter(review=review)
    return decision_lines(Decision.objects.filter(pk__in=listed.values("decision")))


def decision_lines(rows: QuerySet[Decision]) -> tuple[DecisionLine, ...]:
    """Two statements, whatever the rows."""
    rows = rows.filter(archived_at=None)
    found = list(rows.select_related("decided_by").order_by("id"))
    named = units_named(DecisionTouch.objects.filter(decision__in=found), GOALS, by="decision_id")
    return tuple(
        DecisionLine(
            page="governance:decision",
            argument=str(row.pk),
            title=row.title,
            units=named.get(row.pk, frozenset()),
            outcome=row.outcome,
            decided_by=row.decided_by.name if row.decided_by else "",
            decided_on=row.decided_on,
            follow_up=row.follow_up,
        )
        for row in found
    )


def follow_ups_of(review: Review) -> list[FollowUp]:
    rows = FollowUp.objects.filter(review=review, archived_at=None)
    return list(rows.select_related("owner"))


def left_open(review: Review) -> list[FollowUp]:
    """What earlier reviews of the unit left to be done, the longest due first."""
    rows = FollowUp.objects.filter(
        Q(**{f"review__{review.unit_key}": review.unit_id}),
        review__held_on__lte=review.held_on,
        review__archived_at=None,
        archived_at=None,
        done_at=None,
    ).exclude(review=review)
    return list(rows.select_related("owner")[:EARLIER_SHOWN])


def follow_up_line(row: FollowUp, clock: ZoneInfo, *, is_earlier: bool = False) -> FollowUpLine:
    return FollowUpLine(
        page="",
        argument=str(row.pk),
        title=row.text,
        owner=row.owner.name,
        owner_id=row.owner_id,
        due_on=row.due_on,
        done_on=row.done_at.astimezone(clock).date() if row.done_at else None,
        is_earlier=is_earlier,
    )
