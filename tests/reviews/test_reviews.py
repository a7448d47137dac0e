"""Reviews: who runs them, what happens in them, and what closing keeps."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.tenant_models import StaleVersion
from governance.models import Decision
from okrs.models import Cycle, KeyResult
from portfolio.models import Portfolio, Product, Team
from reviews.actions import meetings, reviews
from reviews.choices import AGENDAS, ReviewAgenda, ReviewState
from reviews.models import AgendaItem, FollowUp, Review, ReviewDecision, ReviewSnapshot
from reviews.queries.evidence import evidence_of
from reviews.queries.reviews import own_follow_ups
from tests.factories.okrs import CycleFactory, KeyResultFactory, ObjectiveFactory
from tests.factories.reviews import AgendaItemFactory, FollowUpFactory, ReviewFactory
from tests.personas import World


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def main() -> Portfolio:
    return Portfolio.objects.get(slug="main")


def this_quarter() -> Cycle:
    made: Cycle = Cycle.objects.first() or CycleFactory.create()
    return made


def plan(world: World, persona: str = "lead", **changes: Any) -> Review:
    fields: dict[str, Any] = {
        "portfolio": main(),
        "cycle": this_quarter(),
        "agenda": ReviewAgenda.PORTFOLIO,
        "held_on": timezone.localdate(),
    }
    return reviews.plan_review(world.access(persona), **{**fields, **changes})


def running(world: World, **changes: Any) -> Review:
    review = plan(world, **changes)
    return reviews.start_review(world.access("lead"), review, expected_version=None)


def closed(world: World, **changes: Any) -> Review:
    return reviews.close_review(
        world.access("lead"), running(world, **changes), expected_version=None
    )


# --- Planning ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("agenda", "unit"),
    [
        (ReviewAgenda.WEEKLY, "product"),
        (ReviewAgenda.WEEKLY, "team"),
        (ReviewAgenda.PORTFOLIO, "portfolio"),
        (ReviewAgenda.QUARTERLY, "portfolio"),
    ],
)
def test_a_review_begins_with_the_agenda_of_its_kind(
    bound: World, agenda: ReviewAgenda, unit: str
) -> None:
    units = {"portfolio": main(), "product": Product.objects.get(), "team": Team.objects.get()}
    of_one: dict[str, Any] = {"portfolio": None, unit: units[unit]}
    review = plan(bound, agenda=agenda, **of_one)
    items = AgendaItem.objects.filter(review=review)
    assert [(item.title, item.question) for item in items] == [*AGENDAS[agenda]]


def test_who_plans_a_review_leads_it_unless_somebody_is_named(bound: World) -> None:
    assert plan(bound).facilitator == bound["lead"]
    assert plan(bound, facilitator=bound["facilitator"]).facilitator == bound["facilitator"]


@pytest.mark.parametrize("persona", ["contributor", "viewer", "bystander"])
def test_only_who_leads_the_unit_plans_its_review(bound: World, persona: str) -> None:
    with pytest.raises(PermissionDenied):
        plan(bound, persona)


def test_a_portfolio_has_no_weekly_review(bound: World) -> None:
    with pytest.raises(ValidationError, match="portfolios for a portfolio review"):
        plan(bound, agenda=ReviewAgenda.WEEKLY)


def test_a_review_is_about_one_unit(bound: World) -> None:
    with pytest.raises(ValidationError, match="Choose one portfolio, product or team"):
        plan(bound, product=Product.objects.get())


# --- Running and closing ----------------------------------------------------------------------
def test_a_review_is_planned_then_running_then_closed(bound: World) -> None:
    review = plan(bound)
    states = [review.state]
    reviews.start_review(bound.access("lead"), review, expected_version=1)
    states.append(review.state)
    reviews.close_review(bound.access("lead"), review, expected_version=2)
    states.append(review.state)
    assert states == [ReviewState.PLANNED, ReviewState.RUNNING, ReviewState.CLOSED]
    assert review.closed_by == bound["lead"]


def test_a_review_closed_twice_is_refused_with_its_reason(bound: World) -> None:
    review = closed(bound)
    with pytest.raises(ValidationError, match=r"Acme lead closed this review on .* closed once"):
        reviews.close_review(bound.access("lead"), review, expected_version=None)
    assert ReviewSnapshot.objects.filter(review=review).count() == 6


def test_a_stale_second_close_is_told_that_it_is_closed(bound: World) -> None:
    review = running(bound)
    second = Review.objects.get(pk=review.pk)
    reviews.close_review(bound.access("lead"), review, expected_version=review.version)
    with pytest.raises(ValidationError, match="closed once"):
        reviews.close_review(bound.access("lead"), second, expected_version=second.version)


def test_a_review_that_nobody_began_is_not_closed(bound: World) -> None:
    with pytest.raises(ValidationError, match="Start the review before you close it"):
        reviews.close_review(bound.access("lead"), plan(bound), expected_version=None)


def test_a_review_starts_once(bound: World) -> None:
    with pytest.raises(ValidationError, match="This review is running"):
        reviews.start_review(bound.access("lead"), running(bound), expected_version=None)


def test_a_closed_review_is_not_edited(bound: World) -> None:
    with pytest.raises(ValidationError, match="stays as it was"):
        reviews.edit_review(bound.access("lead"), closed(bound), expected_version=3, summary="New")


def test_the_database_keeps_a_closed_review(bound: World) -> None:
    review = closed(bound)
    with pytest.raises(IntegrityError, match="reviews_review_stays"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(summary="New")


def test_the_database_keeps_the_notes_of_a_closed_review(bound: World) -> None:
    review = closed(bound)
    items = AgendaItem.objects.filter(review=review)
    with pytest.raises(IntegrityError, match="agendaitem_stays"), transaction.atomic():
        items.update(note="New")


def test_the_database_takes_no_follow_up_of_a_closed_review(bound: World) -> None:
    review = closed(bound)
    with pytest.raises(IntegrityError, match="followup_stays"), transaction.atomic():
        FollowUpFactory.create(review=review)


def test_the_database_keeps_a_snapshot(bound: World) -> None:
    review = closed(bound)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        ReviewSnapshot.objects.filter(review=review).update(content={})


def test_a_closed_review_leaves_the_lists_and_comes_back(bound: World) -> None:
    review = closed(bound)
    reviews.archive_review(bound.access("lead"), review, expected_version=3)
    reviews.archive_review(bound.access("lead"), review, expected_version=4, archived=False)
    assert Review.objects.get(pk=review.pk).archived_at is None


def test_closing_freezes_what_later_edits_do_not_change(bound: World) -> None:
    goal = ObjectiveFactory.create(
        product=None, portfolio=main(), cycle=this_quarter(), state="committed"
    )
    key_result = KeyResultFactory.create(objective=goal, title="As it was")
    KeyResult.objects.filter(pk=key_result.pk).update(score=Decimal("0.4"), pace="behind")
    review = closed(bound)
    KeyResult.objects.filter(pk=key_result.pk).update(title="Renamed", score=Decimal("0.9"))
    (line,) = evidence_of(bound.access("viewer"), review).on_track.own
    assert (line.title, line.score, line.pace) == ("As it was", Decimal("0.4"), "behind")


def test_a_frozen_review_shows_its_notes_and_follow_ups_as_they_were(bound: World) -> None:
    review = running(bound)
    item = AgendaItem.objects.filter(review=review).first()
    assert item is not None
    meetings.edit_item(bound.access("lead"), item, expected_version=1, note="Said so")
    given = meetings.add_follow_up(
        bound.access("lead"), review, text="Call them", owner=bound["viewer"],
        due_on=timezone.localdate(),
    )  # fmt: skip
    reviews.close_review(bound.access("lead"), review, expected_version=None)
    meetings.finish_follow_up(bound.access("viewer"), given, expected_version=1)
    found = evidence_of(bound.access("viewer"), review).meeting
    assert found.agenda[0].note == "Said so"
    assert [(line.title, line.done_on) for line in found.follow_ups] == [("Call them", None)]


# --- The agenda -------------------------------------------------------------------------------
def titles(review: Review) -> list[str]:
    return [item.title for item in AgendaItem.objects.filter(review=review, archived_at=None)]


def three_points(bound: World) -> tuple[Review, list[AgendaItem]]:
    review = ReviewFactory.create(portfolio=main(), cycle=this_quarter())
    items = [
        AgendaItemFactory.create(review=review, title=title, position=place)
        for place, title in enumerate("ABC", start=1)
    ]
    return review, items


@pytest.mark.parametrize(("to", "order"), [(1, "CAB"), (2, "ACB"), (3, "ABC"), (99, "ABC")])
def test_a_point_moves_to_its_place(bound: World, to: int, order: str) -> None:
    review, items = three_points(bound)
    meetings.move_item(bound.access("lead"), items[2], to=to)
    assert titles(review) == [*order]


def test_a_new_point_comes_last(bound: World) -> None:
    review, _ = three_points(bound)
    meetings.add_item(bound.access("lead"), review, title="D")
    assert titles(review) == ["A", "B", "C", "D"]


def test_two_notes_at_once_lose_nothing(bound: World) -> None:
    _, items = three_points(bound)
    other = AgendaItem.objects.select_related("review").get(pk=items[0].pk)
    meetings.edit_item(bound.access("lead"), items[0], expected_version=1, note="First")
    with pytest.raises(StaleVersion):
        meetings.edit_item(bound.access("facilitator"), other, expected_version=1, note="Second")
    assert AgendaItem.objects.get(pk=items[0].pk).note == "First"


def test_a_point_with_a_note_is_not_removed(bound: World) -> None:
    _, items = three_points(bound)
    meetings.edit_item(bound.access("lead"), items[0], expected_version=1, note="Keep me")
    with pytest.raises(ValidationError, match="Empty it before"):
        meetings.archive_item(bound.access("lead"), items[0], expected_version=None)


def test_who_does_not_contribute_to_the_unit_takes_no_notes(bound: World) -> None:
    _, items = three_points(bound)
    with pytest.raises(PermissionDenied):
        meetings.edit_item(bound.access("contributor"), items[0], expected_version=1, note="Hi")


def test_who_contributes_to_a_product_takes_the_notes_of_its_review(bound: World) -> None:
    review = plan(bound, portfolio=None, product=Product.objects.get(), agenda=ReviewAgenda.WEEKLY)
    item = meetings.add_item(bound.access("contributor"), review, title="Ours", note="Hi")
    assert item.note == "Hi"


# --- Decisions --------------------------------------------------------------------------------
def test_a_decision_of_a_review_touches_its_unit_and_is_listed(bound: World) -> None:
    review = running(bound)
    meetings.decide_in_review(
        bound.access("lead"), review, title="Stop it", kind="scope", outcome="We stop it."
    )
    decision = Decision.objects.get()
    assert decision.touches.get().portfolio == main()
    (line,) = evidence_of(bound.access("viewer"), review).meeting.decisions
    assert (line.title, line.outcome, line.decided_by, line.decided_on) == (
        "Stop it", "We stop it.", "Acme lead", timezone.localdate(),
    )  # fmt: skip


def test_a_decision_is_listed_once(bound: World) -> None:
    review = running(bound)
    listed = meetings.decide_in_review(
        bound.access("lead"), review, title="Stop it", kind="scope", outcome="We stop it."
    )
    with pytest.raises(ValidationError, match="lists this decision already"):
        meetings.list_decision(bound.access("lead"), review, listed.decision)


def test_a_decision_taken_off_the_review_still_stands(bound: World) -> None:
    listed = meetings.decide_in_review(
        bound.access("lead"), running(bound), title="Stop it", kind="scope", outcome="We stop it."
    )
    meetings.unlist_decision(bound.access("lead"), listed)
    assert not ReviewDecision.objects.exists()
    assert Decision.objects.get().state == "decided"


# --- Follow-ups -------------------------------------------------------------------------------
def give(world: World, owner: str = "viewer", review: Review | None = None) -> FollowUp:
    return meetings.add_follow_up(
        world.access("lead"),
        review or running(world),
        text="Call them",
        owner=world[owner],
        due_on=timezone.localdate() + timedelta(days=3),
    )


def test_a_follow_up_stands_on_the_home_of_its_owner_until_it_is_done(bound: World) -> None:
    given = give(bound)
    access = bound.access("viewer")
    assert own_follow_ups(access) == [given]
    meetings.finish_follow_up(access, given, expected_version=1)
    assert own_follow_ups(access) == []


def test_who_is_given_a_follow_up_is_told(bound: World) -> None:
    give(bound)
    told = Notification.objects.get()
    assert told.member == bound["viewer"]
    assert "Acme lead gave you a follow-up" in told.title


def test_who_takes_a_follow_up_on_is_not_told(bound: World) -> None:
    give(bound, owner="lead")
    assert not Notification.objects.exists()


def test_a_follow_up_that_changes_hands_is_told_to_the_new_owner_only(bound: World) -> None:
    given = give(bound)
    meetings.edit_follow_up(
        bound.access("lead"), given, expected_version=1, owner=bound["contributor"]
    )
    assert Notification.objects.get().member == bound["contributor"]


def test_nobody_is_given_a_follow_up_of_a_review_that_is_hidden_from_them(bound: World) -> None:
    Portfolio.objects.update(is_private=True)
    with pytest.raises(ValidationError, match="Acme bystander may not see this review"):
        give(bound, owner="bystander")


def test_somebody_else_does_not_tick_a_follow_up_off(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        meetings.finish_follow_up(bound.access("bystander"), give(bound), expected_version=1)


def test_a_follow_up_goes_on_after_its_review_is_closed(bound: World) -> None:
    given = give(bound)
    reviews.close_review(bound.access("lead"), given.review, expected_version=None)
    meetings.edit_follow_up(bound.access("lead"), given, expected_version=1, text="Write to them")
    assert FollowUp.objects.get().text == "Write to them"


def test_a_closed_review_takes_no_further_follow_up(bound: World) -> None:
    with pytest.raises(ValidationError, match="stays as it was"):
        give(bound, review=closed(bound))


def test_what_an_earlier_review_left_open_is_shown_by_the_next(bound: World) -> None:
    give(bound)
    found = evidence_of(bound.access("viewer"), plan(bound)).meeting
    assert [(line.title, line.is_earlier) for line in found.earlier] == [("Call them", True)]
