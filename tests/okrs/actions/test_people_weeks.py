"""Dependencies that ask a team for people-weeks: counted by month, and held to what it can do."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from okrs.actions import commitments
from okrs.actions import dependencies as actions
from okrs.choices import CommitmentState, DependencyState, InitiativeState, ObjectiveState
from okrs.models import Cycle, Dependency, DependencyMove
from okrs.queries.team_loads import team_loads
from portfolio.models import Team
from tests.factories.okrs import CycleFactory, DependencyFactory, InitiativeFactory
from tests.factories.portfolio import PortfolioFactory, TeamFactory
from tests.factories.promises import CommitmentFactory, CommittedTeamFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_objective
from tests.personas import World

D = DependencyState
JANUARY, MARCH = date(2027, 1, 1), date(2027, 3, 31)


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def platform(bound: World) -> Team:
    """Ten people-weeks a month."""
    made: Team = TeamFactory.create(name="Platform", capacity=Decimal(10))
    return made


@pytest.fixture
def quarter(bound: World) -> Cycle:
    made: Cycle = CycleFactory.create(starts_on=JANUARY, ends_on=MARCH)
    return made


@pytest.fixture
def january(bound: World) -> Cycle:
    made: Cycle = CycleFactory.create(starts_on=JANUARY, ends_on=date(2027, 1, 31))
    return made


def an_ask(world: World, cycle: Cycle, team: Team, weeks: str, **fields: Any) -> Dependency:
    """Of a team, for a key result of the cycle, needed by its end; promised as it was asked."""
    if "needer_initiative" not in fields and "needer_key_result" not in fields:
        objective = an_objective(world, cycle=cycle)
        fields["needer_key_result"] = a_key_result(world, objective=objective)
    if fields.get("state", D.ASKED) != D.ASKED:
        fields.setdefault("promised_weeks", Decimal(weeks))
    usual: dict[str, Any] = {"needer_owner": world["admin"], "needed_by": cycle.ends_on}
    provider: dict[str, Any] = {"provider_product": None, "provider_team": team}
    made = DependencyFactory.create(people_weeks=Decimal(weeks), **{**usual, **provider, **fields})
    return Dependency.objects.get(pk=made.pk)


def for_work(world: World, **fields: Any) -> dict[str, Any]:
    work = InitiativeFactory.create(product=world.product, **fields)
    return {"needer_key_result": None, "needer_initiative": work}


def move(world: World, row: Dependency, to: str, **terms: Any) -> Dependency:
    return actions.move_dependency(world.access("admin"), row, to=to, note="Because", **terms)


def months_of(world: World, cycle: Cycle) -> list[tuple[str, str]]:
    """(promised, asked) of each month of the one team that somebody asks."""
    [load] = team_loads(world.access("admin"), cycle)
    return [(f"{month.promised:.1f}", f"{month.asked:.1f}") for month in load.months]


# --- What a team is asked for ------------------------------------------------------------------
def test_an_ask_is_spread_from_the_first_day_of_the_cycle_to_the_day_of_need(
    bound: World, quarter: Cycle, platform: Team
) -> None:
    an_ask(bound, quarter, platform, "5.9", needed_by=date(2027, 2, 28))
    assert months_of(bound, quarter) == [("0.0", "3.1"), ("0.0", "2.8"), ("0.0", "0.0")]


def test_an_ask_begins_with_the_first_day_of_the_key_result_that_waits(
    bound: World, quarter: Cycle, platform: Team
) -> None:
    objective = an_objective(bound, cycle=quarter)
    needer = a_key_result(bound, objective=objective, starts_on=date(2027, 3, 1))
    an_ask(bound, quarter, platform, "4", needer_key_result=needer)
    assert months_of(bound, quarter) == [("0.0", "0.0"), ("0.0", "0.0"), ("0.0", "4.0")]


def test_a_promise_is_worked_on_until_the_day_that_is_promised(
    bound: World, quarter: Cycle, platform: Team
) -> None:
    day = date(2027, 1, 31)
    an_ask(bound, quarter, platform, "6", state=D.ACCEPTED, promised_by=day)
    assert months_of(bound, quarter) == [("6.0", "0.0"), ("0.0", "0.0"), ("0.0", "0.0")]


def test_what_is_offered_counts_in_place_of_what_was_asked(
    bound: World, january: Cycle, platform: Team
) -> None:
    an_ask(bound, january, platform, "6", state=D.COUNTERED, promised_weeks=Decimal(2))
    assert months_of(bound, january) == [("0.0", "2.0")]


def test_asked_again_the_ask_counts(bound: World, january: Cycle, platform: Team) -> None:
    an_ask(bound, january, platform, "6", promised_weeks=Decimal(2))
    assert months_of(bound, january) == [("0.0", "6.0")]


def test_what_was_offered_unasked_counts_only_while_it_is_offered(
    bound: World, january: Cycle, platform: Team
) -> None:
    weeks = {"people_weeks": None, "promised_weeks": Decimal(2)}
    row = an_ask(bound, january, platform, "6", state=D.COUNTERED)
    Dependency.objects.filter(pk=row.pk).update(**weeks)
    assert months_of(bound, january) == [("0.0", "2.0")]
    Dependency.objects.filter(pk=row.pk).update(state=D.ASKED)
    assert team_loads(bound.access("admin"), january) == []


def test_what_was_delivered_was_worked(bound: World, january: Cycle, platform: Team) -> None:
    an_ask(bound, january, platform, "6", state=D.DELIVERED)
    assert months_of(bound, january) == [("6.0", "0.0")]


@pytest.mark.parametrize("state", [D.DECLINED, D.BROKEN, D.WITHDRAWN])
def test_nobody_works_for_what_will_not_come(
    bound: World, january: Cycle, platform: Team, state: str
) -> None:
    an_ask(bound, january, platform, "6", state=state)
    assert team_loads(bound.access("admin"), january) == []


def test_a_goal_that_was_given_up_asks_for_nothing(
    bound: World, january: Cycle, platform: Team
) -> None:
    objective = an_objective(bound, cycle=january, state=ObjectiveState.DECLINED)
    needer = a_key_result(bound, objective=objective)
    an_ask(bound, january, platform, "6", needer_key_result=needer)
    assert team_loads(bound.access("admin"), january) == []


def test_an_initiative_asks_in_the_days_of_its_work(
    bound: World, january: Cycle, quarter: Cycle, platform: Team
) -> None:
    work = for_work(bound, starts_on=date(2027, 2, 1))
    an_ask(bound, january, platform, "4", needed_by=date(2027, 2, 28), **work)
    assert team_loads(bound.access("admin"), january) == []
    assert months_of(bound, quarter) == [("0.0", "0.0"), ("0.0", "4.0"), ("0.0", "0.0")]


def test_work_that_was_stopped_asks_for_nothing(
    bound: World, january: Cycle, platform: Team
) -> None:
    work = for_work(bound, starts_on=JANUARY, state=InitiativeState.STOPPED)
    an_ask(bound, january, platform, "4", **work)
    assert team_loads(bound.access("admin"), january) == []


def test_the_row_that_asks_is_named(bound: World, january: Cycle, platform: Team) -> None:
    row = an_ask(bound, january, platform, "6", title="An event stream")
    [load] = team_loads(bound.access("admin"), january)
    [line] = load.asks.values()
    assert (line.title, line.page, line.record) == ("An event stream", "okrs:dependency", row.pk)


def test_an_ask_of_a_hidden_goal_counts_and_is_not_named(
    bound: World, january: Cycle, platform: Team
) -> None:
    row = an_ask(bound, january, platform, "6")
    assert row.needer_key_result is not None
    objective = row.needer_key_result.objective
    objective.portfolio, objective.product = PortfolioFactory.create(is_private=True), None
    objective.save()
    [load] = team_loads(bound.access("bystander"), january)
    assert (load.wanted, load.asks) == (Decimal(6), {})


# --- What a team can promise -------------------------------------------------------------------
def test_who_accepts_promises_what_was_asked(bound: World, january: Cycle, platform: Team) -> None:
    row = an_ask(bound, january, platform, "6")
    assert move(bound, row, D.ACCEPTED, promised_by=row.needed_by).promised_weeks == 6


def test_an_answer_may_name_other_weeks(bound: World, january: Cycle, platform: Team) -> None:
    row, weeks = an_ask(bound, january, platform, "60"), Decimal(4)
    moved = move(bound, row, D.COUNTERED, promised_by=row.needed_by, promised_weeks=weeks)
    assert (moved.people_weeks, moved.promised_weeks) == (60, 4)


def test_what_was_offered_once_is_not_promised_when_it_is_asked_anew(
    bound: World, january: Cycle, platform: Team
) -> None:
    row = an_ask(bound, january, platform, "6", promised_weeks=Decimal(2))
    assert move(bound, row, D.ACCEPTED, promised_by=row.needed_by).promised_weeks == 6


@pytest.mark.parametrize("to", [D.ACCEPTED, D.COUNTERED])
def test_an_answer_beyond_the_capacity_of_the_team_is_refused_with_who_competes(
    bound: World, january: Cycle, platform: Team, to: str
) -> None:
    an_ask(bound, january, platform, "7", title="An event stream", state=D.ACCEPTED)
    row = an_ask(bound, january, platform, "4", title="A sandbox")
    with refused("promised_weeks") as found:
        move(bound, row, to, promised_by=row.needed_by)
    assert found.fields["promised_weeks"][0] == (
        "Platform can do 10.0 people-weeks in January 2027; with this, 11.0 are promised: "
        "“An event stream” 7.0, “A sandbox” 4.0."
    )


def test_up_to_the_capacity_a_promise_is_taken(
    bound: World, january: Cycle, platform: Team
) -> None:
    an_ask(bound, january, platform, "7", state=D.ACCEPTED)
    row = an_ask(bound, january, platform, "3")
    assert move(bound, row, D.ACCEPTED, promised_by=row.needed_by).state == D.ACCEPTED


def test_a_counter_that_is_taken_later_is_held_to_the_capacity_of_then(
    bound: World, january: Cycle, platform: Team
) -> None:
    row = an_ask(bound, january, platform, "4", state=D.COUNTERED)
    an_ask(bound, january, platform, "7", state=D.ACCEPTED)
    with refused("promised_weeks"):
        move(bound, row, D.ACCEPTED)


def test_a_dependency_and_a_commitment_compete_for_the_same_weeks(
    bound: World, january: Cycle, platform: Team
) -> None:
    an_ask(bound, january, platform, "7", title="An event stream", state=D.ACCEPTED)
    objective = an_objective(bound, cycle=january, title="Faster")
    backing = CommitmentFactory.create(objective=objective)
    CommittedTeamFactory.create(commitment=backing, team=platform, people_weeks=Decimal(4))
    with refused("state") as found:
        commitments.move_commitment(bound.access("admin"), backing, to=CommitmentState.STANDING)
    assert found.fields["state"][0].endswith("“An event stream” 7.0, “Faster” 4.0.")


def test_another_day_moves_the_weeks_to_months_that_can_bear_them(
    bound: World, quarter: Cycle, platform: Team
) -> None:
    row = an_ask(bound, quarter, platform, "20", needed_by=date(2027, 1, 31))
    with refused("promised_weeks"):
        move(bound, row, D.ACCEPTED, promised_by=row.needed_by)
    row = Dependency.objects.get(pk=row.pk)
    assert move(bound, row, D.ACCEPTED, promised_by=MARCH).state == D.ACCEPTED


def test_a_team_without_a_stated_capacity_is_not_judged(bound: World, january: Cycle) -> None:
    row = an_ask(bound, january, TeamFactory.create(capacity=Decimal(0)), "90")
    assert move(bound, row, D.ACCEPTED, promised_by=row.needed_by).state == D.ACCEPTED


def test_a_promise_for_an_initiative_is_held_to_the_cycles_of_its_days(
    bound: World, january: Cycle, platform: Team
) -> None:
    row = an_ask(bound, january, platform, "11", **for_work(bound, starts_on=JANUARY))
    with refused("promised_weeks"):
        move(bound, row, D.ACCEPTED, promised_by=row.needed_by)


# --- Who may say what --------------------------------------------------------------------------
def test_the_needer_does_not_say_what_is_promised(
    bound: World, january: Cycle, platform: Team
) -> None:
    row = an_ask(bound, january, platform, "6", state=D.COUNTERED, promised_weeks=Decimal(2))
    with refused("promised_weeks"):
        move(bound, row, D.ACCEPTED, promised_weeks=Decimal(6))


def test_asking_for_more_changes_no_promise(bound: World, january: Cycle, platform: Team) -> None:
    row = an_ask(bound, january, platform, "6", state=D.ACCEPTED)
    changes: dict[str, Any] = {"expected_version": 1, "people_weeks": Decimal(60)}
    changed = actions.edit_dependency(bound.access("admin"), row, **changes)
    assert (changed.people_weeks, changed.promised_weeks) == (60, 6)
    assert months_of(bound, january) == [("6.0", "0.0")]


def test_other_weeks_that_are_needed_are_kept_as_a_step(
    bound: World, january: Cycle, platform: Team
) -> None:
    row = an_ask(bound, january, platform, "6")
    changes: dict[str, Any] = {"expected_version": 1, "people_weeks": Decimal(8)}
    actions.edit_dependency(bound.access("admin"), row, **changes)
    step = DependencyMove.objects.filter(dependency=row).first()
    assert step is not None
    assert (step.from_state, step.to_state, step.people_weeks) == (D.ASKED, D.ASKED, 8)


def test_a_delivery_is_taken_back_as_it_was_promised(
    bound: World, january: Cycle, platform: Team
) -> None:
    row = an_ask(bound, january, platform, "6", state=D.DELIVERED)
    with refused("promised_weeks"):
        move(bound, row, D.ACCEPTED, promised_weeks=Decimal(60))
    row = Dependency.objects.get(pk=row.pk)
    assert move(bound, row, D.ACCEPTED).promised_weeks == 6


def test_other_weeks_are_a_promise_of_their_own(
    bound: World, january: Cycle, platform: Team
) -> None:
    row = an_ask(bound, january, platform, "6", state=D.ACCEPTED)
    moved = move(bound, row, D.ACCEPTED, promised_weeks=Decimal(8))
    assert (moved.state, moved.promised_weeks) == (D.ACCEPTED, 8)


def ask_for(world: World, weeks: str, **provider: Any) -> Dependency:
    return actions.ask_dependency(
        world.access("admin"),
        title="An interface",
        needer_key_result=a_key_result(world),
        needed_by=MARCH,
        people_weeks=Decimal(weeks),
        **provider,
    )


def test_people_weeks_are_asked_of_a_team(bound: World) -> None:
    with refused("people_weeks"):
        ask_for(bound, "3", provider_product=bound.product)


@pytest.mark.parametrize("weeks", ["0", "-2"])
def test_people_weeks_are_more_than_nothing(bound: World, platform: Team, weeks: str) -> None:
    with refused("people_weeks"):
        ask_for(bound, weeks, provider_team=platform)
