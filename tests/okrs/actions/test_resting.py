"""Commitments rest on promises: what fails makes them conditional, by itself and at once."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from okrs.actions import commitments, dependencies
from okrs.actions.daily import refresh_pace
from okrs.actions.initiatives import drive_key_result
from okrs.actions.key_results import share_key_result
from okrs.choices import CommitmentState, CycleState, DependencyState
from okrs.models import (
    Commitment,
    CommitmentMove,
    CommittedTeam,
    Cycle,
    Dependency,
    Initiative,
    InitiativeKeyResult,
    KeyResult,
    SharedPlacement,
)
from portfolio.models import Team
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_dependency, a_key_result, an_initiative, an_objective
from tests.personas import World

C, D = CommitmentState, DependencyState


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def day(number: int) -> date:
    return timezone.localdate() + timedelta(days=number)


def commitment_of(world: World, key_result: KeyResult, state: str = C.STANDING) -> Commitment:
    commitment = Commitment.objects.create(
        objective=key_result.objective, made_by=world["admin"], state=state
    )
    team = Team.objects.get(slug="team")
    CommittedTeam.objects.create(commitment=commitment, team=team, people_weeks=4)
    return commitment


def accepted(world: World, **fields: Any) -> Dependency:
    given = {"title": "The stream", "state": D.ACCEPTED, "needed_by": day(10), **fields}
    return a_dependency(world, **{"promised_by": given["needed_by"], **given})


def accepted_for(work: Initiative, world: World, **fields: Any) -> Dependency:
    """What an initiative, not a key result, waits for."""
    return accepted(
        world, needer_key_result=None, needer_initiative=work, needer_owner=work.owner, **fields
    )


def move(world: World, dependency: Dependency, to: str, **terms: Any) -> None:
    actions = dependencies.move_dependency
    actions(world.access("admin"), dependency, to=to, note="It went wrong", **terms)


def now(commitment: Commitment) -> Commitment:
    return Commitment.objects.get(pk=commitment.pk)


# --- What makes it conditional ----------------------------------------------------------------
def breaks(world: World, dependency: Dependency) -> None:
    move(world, dependency, D.BROKEN)


def slips(world: World, dependency: Dependency) -> None:
    move(world, dependency, D.ACCEPTED, promised_by=day(15))


def is_withdrawn(world: World, dependency: Dependency) -> None:
    move(world, dependency, D.WITHDRAWN)


def is_needed_earlier(world: World, dependency: Dependency) -> None:
    dependencies.edit_dependency(
        world.access("admin"), dependency, expected_version=None, needed_by=day(3)
    )


def does_not_come(world: World, dependency: Dependency) -> None:
    gone = {"needed_by": day(-1), "promised_by": day(-1)}
    Dependency.objects.filter(pk=dependency.pk).update(**gone)
    refresh_pace()


HAPPENINGS = [
    (breaks, "“The stream” is broken."),
    (slips, f"“The stream” is promised for {day(15).day} {day(15):%b %Y}, 5 days too late."),
    (is_withdrawn, "“The stream” was withdrawn."),
    (
        is_needed_earlier,
        f"“The stream” is promised for {day(10).day} {day(10):%b %Y}, 7 days too late.",
    ),
    (does_not_come, f"“The stream” was needed by {day(-1).day} {day(-1):%b %Y} and is not there."),
]
happenings = pytest.mark.parametrize(
    ("happens", "words"), HAPPENINGS, ids=[act.__name__ for act, _ in HAPPENINGS]
)
Happens = Callable[[World, Dependency], None]


@happenings
def test_a_commitment_turns_conditional_and_says_why(
    happens: Happens, words: str, bound: World
) -> None:
    dependency = accepted(bound)
    commitment = commitment_of(bound, dependency.needer_key_result)
    happens(bound, dependency)
    assert (now(commitment).state, now(commitment).condition) == (C.CONDITIONAL, words)


@happenings
def test_the_step_is_kept_without_an_actor_and_with_the_promise(
    happens: Happens, words: str, bound: World
) -> None:
    dependency = accepted(bound)
    commitment_of(bound, dependency.needer_key_result)
    happens(bound, dependency)
    step = CommitmentMove.objects.get()
    assert (step.from_state, step.to_state) == (C.STANDING, C.CONDITIONAL)
    assert (step.reason, step.actor, step.dependency) == (words, None, dependency)


def test_a_promise_kept_within_its_day_changes_nothing(bound: World) -> None:
    dependency = accepted(bound)
    commitment = commitment_of(bound, dependency.needer_key_result)
    move(bound, dependency, D.ACCEPTED, promised_by=day(9))
    move(bound, dependency, D.DELIVERED)
    assert now(commitment).state == C.STANDING


@pytest.mark.parametrize("state", [C.DRAFT, C.RELEASED])
def test_what_does_not_stand_stays_as_it_is(state: str, bound: World) -> None:
    dependency = accepted(bound)
    commitment = commitment_of(bound, dependency.needer_key_result, state)
    breaks(bound, dependency)
    assert now(commitment).state == state


def test_a_commitment_of_a_closed_cycle_stays_as_it_was(bound: World) -> None:
    dependency = accepted(bound)
    commitment = commitment_of(bound, dependency.needer_key_result)
    Cycle.objects.filter(pk=commitment.objective.cycle_id).update(state=CycleState.CLOSED)
    breaks(bound, dependency)
    assert now(commitment).state == C.STANDING


def test_the_commitment_of_another_objective_stands(bound: World) -> None:
    other = commitment_of(bound, a_key_result(bound))
    breaks(bound, accepted(bound))
    assert now(other).state == C.STANDING


# --- By which ways it rests on it -------------------------------------------------------------
def test_it_rests_on_what_an_initiative_of_its_key_results_waits_for(bound: World) -> None:
    work, key_result = an_initiative(bound), a_key_result(bound)
    InitiativeKeyResult.objects.create(initiative=work, key_result=key_result)
    commitment = commitment_of(bound, key_result)
    breaks(bound, accepted_for(work, bound))
    assert now(commitment).state == C.CONDITIONAL


def test_it_rests_on_what_a_shared_key_result_waits_for(bound: World) -> None:
    dependency = accepted(bound)
    home = dependency.needer_key_result.objective
    elsewhere = a_key_result(bound, objective=an_objective(bound, cycle=home.cycle))
    SharedPlacement.objects.create(
        key_result=dependency.needer_key_result, objective=elsewhere.objective
    )
    commitment = commitment_of(bound, elsewhere)
    breaks(bound, dependency)
    assert now(commitment).state == C.CONDITIONAL


def test_an_archived_key_result_waits_for_nothing(bound: World) -> None:
    dependency = accepted(bound)
    commitment = commitment_of(bound, dependency.needer_key_result)
    KeyResult.objects.update(archived_at=timezone.now())
    breaks(bound, dependency)
    assert now(commitment).state == C.STANDING


def test_driving_with_work_that_waits_in_vain_makes_it_conditional(bound: World) -> None:
    work, key_result = an_initiative(bound), a_key_result(bound)
    commitment = commitment_of(bound, key_result)
    accepted_for(work, bound, state=D.BROKEN)
    drive_key_result(bound.access("admin"), work, key_result)
    assert now(commitment).state == C.CONDITIONAL


def test_sharing_a_key_result_that_waits_in_vain_makes_it_conditional(bound: World) -> None:
    dependency = accepted(bound, state=D.BROKEN)
    home = dependency.needer_key_result.objective
    elsewhere = a_key_result(bound, objective=an_objective(bound, cycle=home.cycle))
    commitment = commitment_of(bound, elsewhere)
    share_key_result(
        bound.access("admin"), dependency.needer_key_result, elsewhere.objective, weight=Decimal(1)
    )
    assert now(commitment).state == C.CONDITIONAL


# --- Standing again ---------------------------------------------------------------------------
def test_it_does_not_stand_again_while_the_promise_fails(bound: World) -> None:
    dependency = accepted(bound)
    commitment = commitment_of(bound, dependency.needer_key_result)
    breaks(bound, dependency)
    with refused("state") as found:
        commitments.move_commitment(bound.access("admin"), now(commitment), to=C.STANDING)
    assert found.fields["state"] == ["It cannot stand yet. “The stream” is broken."]


def test_a_draft_does_not_come_to_stand_on_a_failing_promise(bound: World) -> None:
    dependency = accepted(bound, state=D.BROKEN)
    commitment = commitment_of(bound, dependency.needer_key_result, C.DRAFT)
    with refused("state"):
        commitments.move_commitment(bound.access("admin"), commitment, to=C.STANDING)


def test_it_does_not_stand_again_by_itself(bound: World) -> None:
    dependency = accepted(bound)
    commitment = commitment_of(bound, dependency.needer_key_result)
    breaks(bound, dependency)
    move(bound, dependency, D.DELIVERED)
    assert now(commitment).state == C.CONDITIONAL


@pytest.mark.parametrize("settled", [D.DELIVERED, D.WITHDRAWN])
def test_a_person_lets_it_stand_again_once_nothing_fails(settled: str, bound: World) -> None:
    dependency = accepted(bound)
    commitment = commitment_of(bound, dependency.needer_key_result)
    breaks(bound, dependency)
    move(bound, dependency, settled)
    stands = commitments.move_commitment(bound.access("lead"), now(commitment), to=C.STANDING)
    assert stands.state == C.STANDING
