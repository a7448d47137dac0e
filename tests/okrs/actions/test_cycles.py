"""Opening and closing cycles, and naming tiers."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.tenant_models import StaleVersion
from okrs.actions import cycles as actions
from okrs.choices import CycleState, ObjectiveState, RollUpMode, TierKind
from okrs.models import Cycle, KeyResult, Objective, Tier, UnitScore
from tests.factories.okrs import (
    CycleFactory,
    KeyResultFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
    TierFactory,
)
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_objective
from tests.personas import World

S = CycleState
YEAR = {"name": "2026", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
QUARTER = {"name": "Q1 2026", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 3, 31)}


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def make(world: World, **fields: Any) -> Cycle:
    return actions.create_cycle(world.access("facilitator"), **fields)


# --- Making -----------------------------------------------------------------------------------
def test_a_new_cycle_is_planned(bound: World) -> None:
    assert make(bound, **YEAR).state == S.PLANNED


def test_a_lead_makes_no_cycle(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.create_cycle(bound.access("lead"), **YEAR)


def test_a_cycle_ends_after_it_starts(bound: World) -> None:
    with refused("ends_on"):
        make(bound, **{**YEAR, "ends_on": date(2026, 1, 1)})


def test_two_cycles_do_not_share_a_name(bound: World) -> None:
    make(bound, **QUARTER)
    with refused("name"):
        make(bound, **{**QUARTER, "name": "q1 2026"})


def test_a_cycle_lies_within_the_one_around_it(bound: World) -> None:
    year = make(bound, **YEAR)
    with refused("parent"):
        make(bound, name="Odd", starts_on=date(2026, 12, 1), ends_on=date(2027, 1, 31), parent=year)


def test_a_cycle_does_not_enclose_itself(bound: World) -> None:
    year = make(bound, **YEAR)
    with refused("parent"):
        actions.edit_cycle(bound.access("admin"), year, expected_version=1, parent=year)


def test_a_cycle_does_not_shrink_below_what_it_encloses(bound: World) -> None:
    year = make(bound, **YEAR)
    make(bound, **QUARTER, parent=year)
    with refused("starts_on"):
        actions.edit_cycle(
            bound.access("admin"), year, expected_version=1, starts_on=date(2026, 2, 1)
        )


def test_a_stale_edit_of_a_cycle_is_refused(bound: World) -> None:
    with pytest.raises(StaleVersion):
        actions.edit_cycle(
            bound.access("admin"), CycleFactory.create(), expected_version=8, name="x"
        )


def test_a_closed_cycle_does_not_change(bound: World) -> None:
    with refused("detail"):
        closed = CycleFactory.create(state=S.CLOSED)
        actions.edit_cycle(bound.access("admin"), closed, expected_version=1, name="x")


# --- Moving -----------------------------------------------------------------------------------
NEXT = {
    (S.PLANNED, S.OPEN),
    (S.OPEN, S.CLOSING),
    (S.CLOSING, S.CLOSED),
    (S.OPEN, S.PLANNED),
    (S.CLOSING, S.OPEN),
}
MOVES = [(before, to) for before in S for to in S]


@pytest.mark.parametrize(("before", "to"), MOVES)
def test_a_cycle_goes_one_step_at_a_time_and_stays_closed(
    bound: World, before: CycleState, to: CycleState
) -> None:
    cycle = CycleFactory.create(state=before)
    access = bound.access("facilitator")
    if (before, to) in NEXT:
        assert actions.move_cycle(access, cycle, to=to, expected_version=1).state == to
    else:
        with refused("state"):
            actions.move_cycle(access, cycle, to=to, expected_version=1)


# --- Closing ----------------------------------------------------------------------------------
def closing(**fields: Any) -> Cycle:
    return CycleFactory.create(state=S.CLOSING, **fields)


def close(world: World, cycle: Cycle) -> None:
    actions.move_cycle(world.access("admin"), cycle, to=S.CLOSED, expected_version=None)


def stored(objective: Objective) -> Objective:
    return Objective.objects.get(pk=objective.pk)


def test_what_nobody_scored_counts_nothing_at_close(bound: World) -> None:
    objective = an_objective(bound, cycle=closing())
    KeyResultFactory.create(objective=objective, score=Decimal("0.8"))
    KeyResultFactory.create(objective=objective)
    close(bound, objective.cycle)
    assert stored(objective).score == Decimal("0.4")


def test_a_final_score_stands_in_for_the_computed_one(bound: World) -> None:
    objective = an_objective(bound, cycle=closing())
    key_result = KeyResultFactory.create(objective=objective, score=Decimal("0.8"))
    actions.judge_key_result(bound.access("admin"), key_result, final_score=Decimal("0.3"))
    close(bound, objective.cycle)
    assert stored(objective).score == Decimal("0.3")


def test_what_is_aligned_closes_before_what_it_serves(bound: World) -> None:
    cycle = closing()
    parent = an_objective(
        bound,
        cycle=cycle,
        product=None,
        tier=TierFactory.create(kind=TierKind.ORGANIZATION),
        roll_up=RollUpMode.OWN_AND_ALIGNED,
    )
    child = an_objective(bound, cycle=cycle)
    KeyResultFactory.create(objective=child, score=Decimal("0.8"))
    KeyResultFactory.create(objective=child)
    ObjectiveAlignmentFactory.create(child=child, parent=parent, state="agreed")
    close(bound, cycle)
    assert stored(parent).score == Decimal("0.4")


def test_closing_a_cycle_closes_what_was_running(bound: World) -> None:
    cycle = closing()
    running, draft = (
        an_objective(bound, cycle=cycle),
        an_objective(bound, cycle=cycle, state="draft"),
    )
    close(bound, cycle)
    assert (stored(running).state, stored(draft).state) == (
        ObjectiveState.CLOSED,
        ObjectiveState.DRAFT,
    )


def test_a_closed_cycle_keeps_its_roll_ups(bound: World) -> None:
    objective = an_objective(bound, cycle=closing())
    KeyResultFactory.create(objective=objective, score=Decimal("0.8"))
    close(bound, objective.cycle)
    assert UnitScore.objects.get(product=objective.product).score == Decimal("0.8")


def test_the_moment_of_the_close_is_kept(bound: World) -> None:
    cycle = closing()
    close(bound, cycle)
    assert Cycle.objects.get(pk=cycle.pk).closed_at is not None


def test_final_scores_are_given_while_the_cycle_closes(bound: World) -> None:
    with refused("detail"):
        actions.judge_key_result(
            bound.access("admin"), a_key_result(bound), final_score=Decimal("0.5")
        )


def test_a_final_score_lies_between_nothing_and_all(bound: World) -> None:
    key_result = a_key_result(bound, objective=an_objective(bound, cycle=closing()))
    with refused("__all__"):
        actions.judge_key_result(bound.access("admin"), key_result, final_score=Decimal("1.2"))


def test_a_final_score_is_taken_back(bound: World) -> None:
    key_result = a_key_result(bound, objective=an_objective(bound, cycle=closing()))
    access = bound.access("contributor")
    actions.judge_key_result(access, key_result, final_score=Decimal("0.5"))
    actions.judge_key_result(access, key_result, final_score=None)
    assert KeyResult.objects.get(pk=key_result.pk).final_score is None


def test_a_final_score_says_why_until_it_is_taken_back(bound: World) -> None:
    key_result = a_key_result(bound, objective=an_objective(bound, cycle=closing()))
    access = bound.access("contributor")
    given: dict[str, Any] = {"final_score": Decimal("0.5"), "judgement": " One market only "}
    actions.judge_key_result(access, key_result, **given)
    assert KeyResult.objects.get(pk=key_result.pk).judgement == "One market only"
    actions.judge_key_result(access, key_result, final_score=None, judgement="Still")
    assert KeyResult.objects.get(pk=key_result.pk).judgement == ""


# --- Tiers ------------------------------------------------------------------------------------
def test_a_tier_gets_the_name_that_the_organisation_uses(bound: World) -> None:
    tier = TierFactory.create()
    actions.save_tier(bound.access("facilitator"), tier, expected_version=1, name="Brand")
    assert Tier.objects.get(pk=tier.pk).name == "Brand"


def test_a_new_organisation_begins_with_three_tiers(bound: World) -> None:
    actions.set_up_tiers(bound.organization, bound["admin"])
    names = list(Tier.objects.order_by("rank").values_list("name", flat=True))
    assert names == ["Portfolio", "Product", "Team"]


def test_a_shorter_cycle_is_the_inner_one() -> None:
    year = CycleFactory.create()
    inner = Cycle(starts_on=year.starts_on + timedelta(days=1), ends_on=year.ends_on)
    assert (actions.within(inner, year), actions.within(year, inner)) == (True, False)


def test_an_objective_of_another_cycle_is_left_alone(bound: World) -> None:
    other = ObjectiveFactory.create(score=Decimal("0.5"))
    close(bound, closing())
    assert stored(other).state == ObjectiveState.COMMITTED
