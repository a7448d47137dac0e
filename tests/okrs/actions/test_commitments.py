"""Backing an objective with people and money."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.utils import timezone

from accounts.tenant_models import StaleVersion
from okrs.actions import commitments as actions
from okrs.choices import CommitmentState
from okrs.models import Commitment, CommitmentMove, CommittedTeam, Cycle, Objective
from portfolio.models import Team
from tests.factories.okrs import CycleFactory
from tests.factories.portfolio import PortfolioFactory, TeamFactory
from tests.factories.promises import CommitmentFactory, CommittedTeamFactory
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


# --- Capacity ---------------------------------------------------------------------------------
def wanting(
    world: World, team: Team, weeks: int, *, title: str = "Faster", state: str = C.DRAFT
) -> Commitment:
    """A commitment of people-weeks of the team, in January, in a cycle of that month."""
    objective = an_objective(world, title=title, cycle=january())
    made = CommitmentFactory.create(objective=objective, state=state)
    CommittedTeamFactory.create(commitment=made, team=team, people_weeks=Decimal(weeks))
    return made


def january() -> Cycle:
    days = {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 1, 31)}
    found: Cycle = Cycle.objects.filter(**days).first() or CycleFactory.create(**days)
    return found


@pytest.fixture
def platform(bound: World) -> Team:
    made: Team = TeamFactory.create(name="Platform", capacity=Decimal(10))
    return made


def test_a_promise_beyond_the_capacity_of_a_team_is_refused_with_who_competes(
    bound: World, platform: Team
) -> None:
    wanting(bound, platform, 7, title="Fewer refunds", state=C.STANDING)
    with refused("state") as found:
        actions.move_commitment(bound.access("admin"), wanting(bound, platform, 4), to=C.STANDING)
    assert found.fields["state"][0] == (
        "Platform can do 10.0 people-weeks in January 2027; with this, 11.0 are promised: "
        "“Fewer refunds” 7.0, “Faster” 4.0."
    )


def test_a_goal_that_is_hidden_is_counted_and_not_named(bound: World, platform: Team) -> None:
    hidden = wanting(bound, platform, 7, title="Quiet work", state=C.STANDING)
    Objective.objects.filter(pk=hidden.objective_id).update(
        portfolio=PortfolioFactory.create(is_private=True), product=None, team=None
    )
    with refused("state") as found:
        actions.move_commitment(bound.access("lead"), wanting(bound, platform, 4), to=C.STANDING)
    assert found.fields["state"][0].endswith("11.0 are promised: “Faster” 4.0.")


def test_a_promise_up_to_the_capacity_is_kept(bound: World, platform: Team) -> None:
    wanting(bound, platform, 7, state=C.STANDING)
    made = wanting(bound, platform, 3)
    assert actions.move_commitment(bound.access("admin"), made, to=C.STANDING).state == C.STANDING


def test_what_is_only_asked_for_does_not_stand_in_the_way(bound: World, platform: Team) -> None:
    wanting(bound, platform, 90)
    made = wanting(bound, platform, 4)
    assert actions.move_commitment(bound.access("admin"), made, to=C.STANDING).state == C.STANDING


def test_a_team_without_a_stated_capacity_may_promise(bound: World) -> None:
    made = wanting(bound, TeamFactory.create(capacity=Decimal(0)), 4)
    assert actions.move_commitment(bound.access("admin"), made, to=C.STANDING).state == C.STANDING


def test_a_standing_promise_does_not_grow_beyond_the_capacity(bound: World, platform: Team) -> None:
    line = wanting(bound, platform, 9, state=C.STANDING).teams.get()
    with refused("people_weeks"):
        actions.edit_committed_team(
            bound.access("admin"), line, expected_version=1, people_weeks=Decimal(11)
        )


def test_a_standing_commitment_takes_no_further_team_beyond_its_capacity(
    bound: World, platform: Team
) -> None:
    made = wanting(bound, TeamFactory.create(), 1, state=C.STANDING)
    with refused("people_weeks"):
        actions.commit_team(bound.access("admin"), made, team=platform, people_weeks=Decimal(11))


def test_a_draft_asks_for_as_much_as_it_wants(bound: World, platform: Team) -> None:
    made = wanting(bound, TeamFactory.create(), 1)
    line = actions.commit_team(bound.access("admin"), made, team=platform, people_weeks=Decimal(11))
    assert line.people_weeks == 11
