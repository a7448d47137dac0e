"""Backing an objective with people and money."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.utils import timezone

from accounts.tenant_models import StaleVersion
from okrs.actions import commitments as actions
from okrs.choices import CommitmentState
from okrs.models import Commitment, CommitmentMove, CommittedTeam
from tests.factories.portfolio import TeamFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_commitment, a_committed_team, an_objective
from tests.personas import World

C = CommitmentState


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def test_a_commitment_begins_as_a_draft(bound: World) -> None:
    made = actions.create_commitment(bound.access("lead"), an_objective(bound), trade_off="Less X")
    assert (made.state, made.made_by, made.amount) == (C.DRAFT, bound["lead"], None)


def test_a_contributor_does_not_commit(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.create_commitment(bound.access("contributor"), an_objective(bound))


def test_money_needs_the_grant(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.create_commitment(bound.access("lead"), an_objective(bound), amount=Decimal(1000))


def test_money_without_a_currency_is_in_the_organisations(bound: World) -> None:
    made = actions.create_commitment(
        bound.access("admin"), an_objective(bound), amount=Decimal(1000)
    )
    assert made.currency == bound.organization.currency


def test_without_money_there_is_no_currency(bound: World) -> None:
    made = actions.create_commitment(bound.access("admin"), an_objective(bound), currency="EUR")
    assert made.currency == ""


def test_money_taken_back_takes_its_currency_with_it(bound: World) -> None:
    access = bound.access("admin")
    made = actions.create_commitment(access, an_objective(bound), amount=Decimal(1000))
    actions.edit_commitment(access, made, expected_version=1, amount=None)
    assert Commitment.objects.get(pk=made.pk).currency == ""


def test_money_is_not_negative(bound: World) -> None:
    with refused("amount"):
        actions.create_commitment(bound.access("admin"), an_objective(bound), amount=Decimal(-1))


def test_an_objective_has_one_commitment_at_a_time(bound: World) -> None:
    commitment = a_commitment(bound)
    with refused("__all__"):
        actions.create_commitment(bound.access("admin"), commitment.objective)


def test_a_released_commitment_makes_room_for_another(bound: World) -> None:
    commitment, access = a_commitment(bound), bound.access("admin")
    actions.move_commitment(access, commitment, to=C.RELEASED)
    assert actions.create_commitment(access, commitment.objective).state == C.DRAFT


def test_nothing_stands_without_a_team(bound: World) -> None:
    with refused("state"):
        actions.move_commitment(bound.access("admin"), a_commitment(bound), to=C.STANDING)


def backed(world: World, state: str = C.DRAFT) -> Commitment:
    """A commitment of one team, in any state."""
    line = a_committed_team(world)
    since = timezone.now() if state == C.CONDITIONAL else None
    Commitment.objects.filter(pk=line.commitment_id).update(state=state, conditional_at=since)
    return Commitment.objects.get(pk=line.commitment_id)


MOVES = [(before, to) for before in C for to in C]


@pytest.mark.parametrize(("before", "to"), MOVES)
def test_a_commitment_moves_along_the_table_and_nowhere_else(
    bound: World, before: str, to: str
) -> None:
    commitment = backed(bound, before)
    if to in actions.MOVES[before]:
        moved = actions.move_commitment(bound.access("admin"), commitment, to=to, condition="If")
        assert moved.state == to
    else:
        with refused("state"):
            actions.move_commitment(bound.access("admin"), commitment, to=to, condition="If")


def test_a_condition_is_said(bound: World) -> None:
    with refused("condition"):
        actions.move_commitment(bound.access("admin"), backed(bound), to=C.CONDITIONAL)


def test_a_conditional_commitment_says_since_when_and_on_what(bound: World) -> None:
    words = "If Platform gives two engineers by week 3"
    actions.move_commitment(bound.access("admin"), backed(bound), to=C.CONDITIONAL, condition=words)
    stored = Commitment.objects.get()
    assert (stored.condition, stored.conditional_at is not None) == (words, True)


def test_once_it_stands_there_is_no_condition_left(bound: World) -> None:
    commitment = backed(bound, C.CONDITIONAL)
    moved = actions.move_commitment(bound.access("admin"), commitment, to=C.STANDING)
    assert (moved.condition, moved.conditional_at) == ("", None)


def test_each_step_of_a_commitment_is_kept_with_who_and_why(bound: World) -> None:
    commitment, access = backed(bound), bound.access("lead")
    actions.move_commitment(access, commitment, to=C.CONDITIONAL, condition="If they come")
    actions.move_commitment(access, commitment, to=C.STANDING)
    steps = CommitmentMove.objects.filter(commitment=commitment).order_by("id")
    assert [(s.from_state, s.to_state, s.reason, s.actor) for s in steps] == [
        (C.DRAFT, C.CONDITIONAL, "If they come", bound["lead"]),
        (C.CONDITIONAL, C.STANDING, "", bound["lead"]),
    ]


def test_a_conditional_commitment_says_since_when_in_the_database_too(bound: World) -> None:
    commitment = a_commitment(bound)
    with pytest.raises(IntegrityError, match="commitment_conditional_since"):
        Commitment.objects.filter(pk=commitment.pk).update(state=C.CONDITIONAL)


def test_a_lead_changes_the_trade_off_but_not_the_money(bound: World) -> None:
    commitment, access = a_commitment(bound), bound.access("lead")
    actions.edit_commitment(access, commitment, expected_version=1, trade_off="Less Y")
    with pytest.raises(PermissionDenied):
        actions.edit_commitment(access, commitment, expected_version=2, amount=Decimal(5))


def test_a_stale_edit_of_a_commitment_is_refused(bound: World) -> None:
    with pytest.raises(StaleVersion):
        actions.edit_commitment(
            bound.access("admin"), a_commitment(bound), expected_version=3, trade_off="x"
        )


def test_a_team_is_committed_once(bound: World) -> None:
    line = a_committed_team(bound)
    with refused("__all__"):
        actions.commit_team(
            bound.access("lead"), line.commitment, team=line.team, people_weeks=Decimal(2)
        )


def test_people_weeks_are_more_than_nothing(bound: World) -> None:
    with refused("people_weeks"):
        actions.commit_team(
            bound.access("lead"),
            a_commitment(bound),
            team=TeamFactory.create(),
            people_weeks=Decimal(0),
        )


def test_a_team_is_not_committed_backwards(bound: World) -> None:
    today = timezone.localdate()
    with refused("__all__"):
        actions.edit_committed_team(
            bound.access("lead"),
            a_committed_team(bound),
            expected_version=1,
            starts_on=today,
            ends_on=today - timedelta(days=1),
        )


def test_a_removed_team_is_gone(bound: World) -> None:
    line = a_committed_team(bound)
    actions.remove_committed_team(bound.access("lead"), line)
    assert not CommittedTeam.objects.filter(commitment=line.commitment).exists()
