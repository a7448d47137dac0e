"""Every change of a goal whose cycle was closed while it waited is refused in one sentence.

Each change is given rows that were read while the cycle was open, as a request that waits for its
turn beside the closing has them.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.access import Access
from okrs.actions import (
    alignments,
    check_ins,
    commitments,
    cycles,
    dependencies,
    key_results,
    objectives,
    weights,
)
from okrs.choices import CommitmentState, CycleState, DependencyState, LinkState, ObjectiveState
from okrs.models import Cycle
from reviews.actions import rounds
from tests.factories.reviews import PlanningRoundFactory
from tests.okrs import goals
from tests.personas import World

Change = Callable[[Access], object]
D, L = DependencyState, LinkState
STEPS = ["themes", "goals", "proposals", "negotiation", "commitment"]
ANY: dict[str, Any] = {"expected_version": None}


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def soon() -> Any:
    return timezone.localdate() + timedelta(days=5)


# --- Each makes its rows while the cycle is open, and returns the change -----------------------
def set_an_objective(world: World) -> Change:
    like = goals.an_objective(world)
    given = {"tier": like.tier, "cycle": like.cycle, "product": like.product}
    return lambda who: objectives.create_objective(who, title="Too late", **given)


def edit_an_objective(world: World) -> Change:
    row = goals.an_objective(world)
    return lambda who: objectives.edit_objective(who, row, title="Other", reason="New", **ANY)


def move_an_objective(world: World) -> Change:
    row = goals.an_objective(world, state=ObjectiveState.COMMITTED)
    return lambda who: objectives.move_objective(
        who, row, to=ObjectiveState.ABANDONED, reason="No use"
    )


def assess_an_objective(world: World) -> Change:
    row = goals.an_objective(world)
    return lambda who: objectives.assess_objective(who, row, score=Decimal(1), assessment="Well")


def archive_an_objective(world: World) -> Change:
    row = goals.an_objective(world)
    return lambda who: objectives.archive_objective(who, row, **ANY)


def restore_an_objective(world: World) -> Change:
    row = goals.an_objective(world, archived_at=timezone.now())
    return lambda who: objectives.restore_objective(who, row, **ANY)


def define_a_key_result(world: World) -> Change:
    like = goals.a_key_result(world)
    given: dict[str, Any] = {"title": "Late", "baseline": Decimal(0), "target": Decimal(9)}
    return lambda who: key_results.create_key_result(
        who, like.objective, metric=like.metric, **given
    )


def redefine_a_key_result(world: World) -> Change:
    row = goals.a_key_result(world)
    return lambda who: key_results.edit_key_result(
        who, row, target=Decimal(50), reason="Less", **ANY
    )


def archive_a_key_result(world: World) -> Change:
    row = goals.a_key_result(world)
    return lambda who: key_results.archive_key_result(who, row, **ANY)


def restore_a_key_result(world: World) -> Change:
    row = goals.a_key_result(world, archived_at=timezone.now())
    return lambda who: key_results.archive_key_result(who, row, archived=False, **ANY)


def override_a_value(world: World) -> Change:
    row = goals.a_key_result(world)
    return lambda who: key_results.set_override(who, row, value=Decimal(5), reason="Wrong")


def release_an_override(world: World) -> Change:
    row = goals.an_override(world)
    return lambda who: key_results.release_override(who, row)


def tick_a_milestone(world: World) -> Change:
    step = goals.a_milestone(world)
    return lambda who: key_results.save_milestone(
        who, step.key_result, milestone=step, done_on=timezone.localdate(), **ANY
    )


def archive_a_milestone(world: World) -> Change:
    step = goals.a_milestone(world)
    return lambda who: key_results.archive_milestone(who, step)


def count_a_thing(world: World) -> Change:
    row = goals.a_counted_item(world).key_result
    return lambda who: key_results.save_counted_item(
        who, row, name="Another", met_on=timezone.localdate()
    )


def archive_a_counted_thing(world: World) -> Change:
    item = goals.a_counted_item(world)
    return lambda who: key_results.archive_counted_item(who, item)


def share_a_key_result(world: World) -> Change:
    row = goals.a_key_result(world)
    other = goals.an_objective(world, cycle=row.objective.cycle)
    return lambda who: key_results.share_key_result(who, row, other, weight=Decimal(1))


def unshare_a_key_result(world: World) -> Change:
    placement = goals.a_placement(world)
    return lambda who: key_results.unshare_key_result(who, placement)


def check_in(world: World) -> Change:
    row = goals.a_key_result(world)
    return lambda who: check_ins.check_in(who, row, value=Decimal(5))


def put_a_check_in_off(world: World) -> Change:
    row = goals.a_key_result(world)
    return lambda who: check_ins.postpone(who, row, until=soon(), reason="Away")


def give_a_final_score(world: World) -> Change:
    objective = goals.an_objective(world, cycle=goals.a_closing_cycle())
    row = goals.a_key_result(world, objective=objective)
    return lambda who: cycles.judge_key_result(who, row, final_score=Decimal(1))


def offer_a_contribution(world: World) -> Change:
    child = goals.a_key_result(world)
    above = goals.an_objective(world, cycle=child.objective.cycle)
    parent = goals.a_key_result(world, objective=above, metric__unit=child.metric.unit)
    return lambda who: alignments.propose_contribution(
        who, child=child, parent=parent, amount=Decimal(1)
    )


def agree_to_a_contribution(world: World) -> Change:
    link = goals.a_contribution(world)
    return lambda who: alignments.answer_link(who, link, to=L.AGREED)


def weigh_contributions(world: World) -> Change:
    parent = goals.a_weighed_key_result(world)
    return lambda who: weights.weigh_by_share(who, parent)


def ask_for_something(world: World) -> Change:
    row = goals.a_key_result(world)
    return lambda who: dependencies.ask_dependency(
        who,
        title="An interface",
        needer_key_result=row,
        provider_product=world.product,
        needed_by=soon(),
    )


def change_what_is_needed(world: World) -> Change:
    row = goals.a_dependency(world)
    return lambda who: dependencies.edit_dependency(who, row, needed_by=soon(), **ANY)


def promise_something(world: World) -> Change:
    row = goals.a_dependency(world)
    return lambda who: dependencies.move_dependency(who, row, to=D.ACCEPTED, promised_by=soon())


def back_a_goal(world: World) -> Change:
    row = goals.an_objective(world)
    return lambda who: commitments.create_commitment(who, row)


def add_people_to_a_goal(world: World) -> Change:
    row = goals.a_commitment(world)
    return lambda who: commitments.commit_team(who, row, team=world.team, people_weeks=Decimal(1))


def change_the_people_of_a_goal(world: World) -> Change:
    line = goals.a_committed_team(world)
    return lambda who: commitments.edit_committed_team(who, line, people_weeks=Decimal(1), **ANY)


def take_people_from_a_goal(world: World) -> Change:
    line = goals.a_committed_team(world)
    return lambda who: commitments.remove_committed_team(who, line)


def let_a_commitment_stand(world: World) -> Change:
    row = goals.a_committed_team(world).commitment
    return lambda who: commitments.move_commitment(who, row, to=CommitmentState.STANDING)


def change_the_days_of_the_cycle(world: World) -> Change:
    row = goals.a_cycle()
    return lambda who: cycles.edit_cycle(who, row, ends_on=row.ends_on + timedelta(days=1), **ANY)


def close_the_cycle_again(world: World) -> Change:
    row = goals.a_closing_cycle()
    return lambda who: cycles.move_cycle(who, row, to=CycleState.CLOSED, **ANY)


def plan_the_cycle(world: World) -> Change:
    cycle = goals.a_cycle()
    days = {f"{step}_by": soon() for step in STEPS}
    return lambda who: rounds.open_round(who, portfolio=world.portfolio, cycle=cycle, **days)


def plan_the_cycle_otherwise(world: World) -> Change:
    row = PlanningRoundFactory.create(portfolio=world.portfolio)
    return lambda who: rounds.edit_round(who, row, note="Other", **ANY)


CHANGES = [
    set_an_objective, edit_an_objective, move_an_objective, assess_an_objective,
    archive_an_objective, restore_an_objective, define_a_key_result, redefine_a_key_result,
    archive_a_key_result, restore_a_key_result, override_a_value, release_an_override,
    tick_a_milestone, archive_a_milestone, count_a_thing, archive_a_counted_thing,
    share_a_key_result, unshare_a_key_result, check_in, put_a_check_in_off, give_a_final_score,
    offer_a_contribution, agree_to_a_contribution, weigh_contributions, ask_for_something,
    change_what_is_needed, promise_something, back_a_goal, add_people_to_a_goal,
    change_the_people_of_a_goal, take_people_from_a_goal, let_a_commitment_stand,
    change_the_days_of_the_cycle, close_the_cycle_again, plan_the_cycle, plan_the_cycle_otherwise,
]  # fmt: skip


@pytest.mark.parametrize("prepare", CHANGES, ids=lambda change: change.__name__)
def test_a_change_that_comes_after_the_close_is_refused_in_a_sentence(
    prepare: Callable[[World], Change], bound: World
) -> None:
    change = prepare(bound)
    Cycle.objects.update(state=CycleState.CLOSED)
    with pytest.raises(ValidationError) as refused:
        change(bound.access("admin"))
    assert len(refused.value.messages) == 1
    assert refused.value.messages[0].startswith("The cycle is closed: ")


@pytest.mark.parametrize("prepare", CHANGES, ids=lambda change: change.__name__)
def test_the_same_change_is_taken_while_the_cycle_runs(
    prepare: Callable[[World], Change], bound: World
) -> None:
    prepare(bound)(bound.access("admin"))
