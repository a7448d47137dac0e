"""Planning rounds: who runs them, how they move, and what they hold fixed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.tenant_models import StaleVersion
from okrs.choices import CycleState, ObjectiveState
from okrs.models import Cycle
from portfolio.models import Portfolio, Product
from reviews.actions import rounds as actions
from reviews.choices import STEPS, ConstraintKind, RoundStep
from reviews.models import PlanningRound, RoundConstraint
from reviews.queries.rounds import product_lines, round_page, step_lines, usual_days, visible_rounds
from tests.factories.okrs import CycleFactory, ObjectiveFactory
from tests.factories.portfolio import PortfolioFactory
from tests.factories.reviews import PlanningRoundFactory
from tests.personas import World

S = ObjectiveState


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def main() -> Portfolio:
    return Portfolio.objects.get(slug="main")


def cycle_ahead() -> Cycle:
    made: Cycle = CycleFactory.create(
        state=CycleState.PLANNED, starts_on=date(2027, 1, 1), ends_on=date(2027, 3, 31)
    )
    return made


def begin(world: World, persona: str = "lead", **changes: Any) -> PlanningRound:
    cycle = changes.pop("cycle", None) or cycle_ahead()
    fields = {"portfolio": main(), "cycle": cycle, **usual_days(cycle), **changes}
    return actions.open_round(world.access(persona), **fields)


def at_step(step: RoundStep) -> PlanningRound:
    published = timezone.now() if step == RoundStep.PUBLISHED else None
    made: PlanningRound = PlanningRoundFactory.create(
        portfolio=main(), cycle=cycle_ahead(), step=step, published_at=published
    )
    return made


# --- Beginning --------------------------------------------------------------------------------
def test_a_round_begins_with_the_themes(bound: World) -> None:
    planning = begin(bound)
    assert planning.step == RoundStep.THEMES
    assert [move.to_step for move in planning.moves.all()] == [RoundStep.THEMES]


def test_the_usual_days_are_counted_back_from_the_cycle() -> None:
    assert usual_days(cycle_ahead()) == {
        "themes_by": date(2026, 11, 27),
        "goals_by": date(2026, 12, 4),
        "proposals_by": date(2026, 12, 18),
        "negotiation_by": date(2026, 12, 27),
        "commitment_by": date(2026, 12, 31),
    }


@pytest.mark.parametrize("persona", ["contributor", "viewer", "bystander"])
def test_only_who_leads_the_portfolio_begins_a_round(bound: World, persona: str) -> None:
    with pytest.raises(PermissionDenied):
        begin(bound, persona)


def test_a_lead_does_not_plan_another_portfolio(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        begin(bound, portfolio=PortfolioFactory.create())


def test_a_portfolio_plans_a_cycle_once(bound: World) -> None:
    first = begin(bound)
    with pytest.raises(ValidationError, match="already plans this cycle"):
        begin(bound, cycle=first.cycle)


def test_an_archived_round_makes_room_for_another(bound: World) -> None:
    first = begin(bound)
    actions.archive_round(bound.access("lead"), first, expected_version=1)
    assert begin(bound, cycle=first.cycle).pk != first.pk


def test_a_closed_cycle_is_not_planned(bound: World) -> None:
    with pytest.raises(ValidationError, match="'cycle'"):
        begin(bound, cycle=CycleFactory.create(state=CycleState.CLOSED))


def test_steps_end_one_after_the_other(bound: World) -> None:
    with pytest.raises(ValidationError, match="Each step ends"):
        begin(bound, goals_by=date(2026, 11, 1))


def test_the_database_refuses_a_round_published_at_no_moment(bound: World) -> None:
    planning = begin(bound)
    with pytest.raises(IntegrityError, match="published_has_a_moment"), transaction.atomic():
        PlanningRound.objects.filter(pk=planning.pk).update(step=RoundStep.PUBLISHED)


# --- Moving -----------------------------------------------------------------------------------
@pytest.mark.parametrize("here", STEPS)
@pytest.mark.parametrize("there", STEPS)
def test_a_round_goes_one_step_at_a_time(bound: World, here: RoundStep, there: RoundStep) -> None:
    planning = at_step(here)
    if abs(STEPS.index(here) - STEPS.index(there)) == 1:
        actions.move_round(bound.access("lead"), planning, to=there, reason="because")
        assert PlanningRound.objects.get(pk=planning.pk).step == there
    else:
        with pytest.raises(ValidationError, match="'step'"):
            actions.move_round(bound.access("lead"), planning, to=there, reason="because")


def test_going_back_needs_a_reason(bound: World) -> None:
    with pytest.raises(ValidationError, match="'reason'"):
        actions.move_round(
            bound.access("lead"), at_step(RoundStep.GOALS), to=RoundStep.THEMES, reason=" "
        )


def test_publishing_notes_the_moment(bound: World) -> None:
    planning = at_step(RoundStep.COMMITMENT)
    before = timezone.now()
    actions.move_round(bound.access("lead"), planning, to=RoundStep.PUBLISHED)
    assert planning.published_at is not None
    assert planning.published_at >= before


def test_going_back_from_published_forgets_the_moment(bound: World) -> None:
    planning = at_step(RoundStep.PUBLISHED)
    actions.move_round(
        bound.access("lead"), planning, to=RoundStep.COMMITMENT, reason="One team fell out"
    )
    assert planning.published_at is None


def test_of_two_who_move_a_round_the_second_is_told(bound: World) -> None:
    planning = begin(bound)
    actions.move_round(bound.access("lead"), planning, to=RoundStep.GOALS, expected_version=1)
    with pytest.raises(StaleVersion):
        actions.move_round(
            bound.access("lead"), planning, to=RoundStep.PROPOSALS, expected_version=1
        )


def test_every_move_is_kept_with_who_and_why(bound: World) -> None:
    planning = begin(bound)
    actions.move_round(bound.access("facilitator"), planning, to=RoundStep.GOALS, reason="Agreed")
    latest = planning.moves.first()
    assert latest is not None
    assert (latest.from_step, latest.to_step, latest.reason, latest.actor) == (
        RoundStep.THEMES,
        RoundStep.GOALS,
        "Agreed",
        bound["facilitator"],
    )


# --- What holds -------------------------------------------------------------------------------
def hold(world: World, persona: str = "lead", **fields: Any) -> RoundConstraint:
    given = {"kind": ConstraintKind.MUST_KEEP, "text": "The till stays up", **fields}
    return actions.add_constraint(world.access(persona), at_step(RoundStep.THEMES), **given)


def test_people_are_held_in_people_weeks(bound: World) -> None:
    held = hold(bound, kind=ConstraintKind.PEOPLE, people_weeks=Decimal("40.5"))
    assert held.people_weeks == Decimal("40.5")


def test_only_people_have_people_weeks(bound: World) -> None:
    with pytest.raises(ValidationError, match="people-weeks"):
        hold(bound, people_weeks=Decimal(40))


def test_money_is_in_the_currency_of_the_organisation(bound: World) -> None:
    held = hold(bound, "admin", kind=ConstraintKind.MONEY, amount=Decimal(1000))
    assert held.currency == bound.organization.currency


def test_money_needs_the_grant(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        hold(bound, kind=ConstraintKind.MONEY, amount=Decimal(1000))


def test_only_money_has_an_amount(bound: World) -> None:
    with pytest.raises(ValidationError, match="has an amount"):
        hold(bound, "admin", amount=Decimal(1000))


def test_a_constraint_is_lifted(bound: World) -> None:
    held = hold(bound)
    actions.archive_constraint(bound.access("lead"), held, expected_version=1)
    page = round_page(bound.access("lead"), held.round)
    assert page.constraints == []


# --- Reading ----------------------------------------------------------------------------------
def propose(state: str, count: int, planning: PlanningRound, world: World) -> None:
    for _ in range(count):
        ObjectiveFactory.create(
            product=Product.objects.get(slug="product"),
            cycle=planning.cycle,
            state=state,
            owner=world["lead"],
        )


def test_a_product_shows_how_far_it_has_come(bound: World) -> None:
    planning = begin(bound)
    for state, count in ((S.DRAFT, 1), (S.PROPOSED, 2), (S.ACCEPTED, 3), (S.DEFERRED, 4)):
        propose(state, count, planning, bound)
    [line] = product_lines(bound.access("lead"), planning)
    assert [line.in_the_making, line.waiting, line.settled, line.set_aside] == [1, 2, 3, 4]


def test_a_product_that_proposed_nothing_is_silent(bound: World) -> None:
    planning = begin(bound)
    propose(S.DRAFT, 1, planning, bound)
    page = round_page(bound.access("lead"), planning)
    assert [line.product.slug for line in page.silent] == ["product"]


def test_steps_before_the_present_one_are_done() -> None:
    lines = step_lines(at_step(RoundStep.PROPOSALS))
    assert [line.is_done for line in lines] == [True, True, False, False, False, False]
    assert [line.is_present for line in lines] == [False, False, True, False, False, False]


def test_a_published_round_is_done_with_every_step() -> None:
    assert all(line.is_done for line in step_lines(at_step(RoundStep.PUBLISHED)))


@pytest.mark.parametrize(("days", "late"), [(-1, True), (0, False), (1, False)])
def test_a_step_is_late_the_day_after_its_last(days: int, late: bool) -> None:
    day = timezone.localdate() + timedelta(days=days)
    planning = PlanningRoundFactory.build(
        portfolio=main(), cycle=cycle_ahead(), themes_by=day, step=RoundStep.THEMES
    )
    assert planning.is_late is late


def test_rounds_of_a_private_portfolio_do_not_exist_for_others(bound: World) -> None:
    planning = begin(bound)
    Portfolio.objects.update(is_private=True)
    assert list(visible_rounds(bound.access("lead"))) == [planning]
    assert list(visible_rounds(bound.access("bystander"))) == []
