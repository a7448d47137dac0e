"""Home: what one member has to do, and nothing that is somebody else's."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import UnitRole
from accounts.models import Member, Organization
from accounts.tenancy import tenant
from okrs.choices import CycleState, DependencyState, LinkState, ObjectiveState, Side
from okrs.models import CheckIn, Cycle, Dependency, Objective, ObjectiveAlignment, ObjectiveMove
from okrs.queries.due_list import CheckIns
from okrs.queries.home import Home, home_of
from tests.factories.okrs import (
    DependencyFactory,
    InitiativeFactory,
    ObjectiveAlignmentFactory,
)
from tests.factories.portfolio import RoleFactory
from tests.okrs.overviews.conftest import Goals, reads
from tests.personas import World

Look = Callable[..., str]
DAY = timedelta(days=1)


def home(goals: Goals, persona: str) -> Home:
    now = timezone.now()
    return home_of(goals.world.access(persona), now=now, since=now - 7 * DAY)


def check_ins(goals: Goals, persona: str) -> CheckIns:
    return home(goals, persona).check_ins


def titles(goals: Goals, persona: str) -> list[str]:
    return [item.title for item in home(goals, persona).waiting]


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_page_reads_as_often_for_one_row_as_for_fifty(rows: int, goals: Goals) -> None:
    goals.grow(rows)
    assert reads(goals.world.client("lead"), "") == 15


def test_the_latest_check_in_comes_first(goals: Goals) -> None:
    goal, now = goals.objective(), timezone.now()
    goals.key_result(goal, title="A day late", outdated_from=now - DAY)
    goals.key_result(goal, title="A week late", outdated_from=now - 7 * DAY)
    due = check_ins(goals, "lead").due
    assert [item.row.title for item in due] == ["A week late", "A day late"]


def test_what_is_fresh_is_counted_and_not_asked_for(goals: Goals) -> None:
    end = timezone.now() + 10 * DAY
    goals.key_result(goals.objective(), outdated_from=end)
    found = check_ins(goals, "lead")
    assert (found.due, found.fresh) == ([], 1)
    assert found.next_on == timezone.localdate(end) - DAY


def test_a_check_in_names_the_last_day_on_which_it_was_in_time(goals: Goals) -> None:
    end = timezone.now() - 3 * DAY
    goals.key_result(goals.objective(), outdated_from=end)
    assert check_ins(goals, "lead").due[0].due_on == timezone.localdate(end) - DAY


def test_key_results_of_others_are_not_asked_for(goals: Goals) -> None:
    goals.key_result(goals.objective(), outdated_from=timezone.now() - DAY)
    assert not check_ins(goals, "contributor").any


def test_a_closed_cycle_asks_for_nothing(goals: Goals) -> None:
    goals.key_result(goals.objective(), outdated_from=timezone.now() - DAY)
    Cycle.objects.filter(pk=goals.cycle.pk).update(state=CycleState.CLOSED)
    assert check_ins(goals, "lead").due == []


def test_a_link_waits_for_whoever_leads_the_side_above(goals: Goals) -> None:
    below = goals.objective(title="Wants to serve", owner=goals.world["contributor"])
    ObjectiveAlignmentFactory.create(child=below, parent=goals.top())
    assert titles(goals, "lead") == ["Wants to serve"]
    assert titles(goals, "contributor") == []
    assert titles(goals, "bystander") == []


def test_a_countered_link_waits_for_the_owner_below(goals: Goals) -> None:
    below = goals.objective(title="Countered", owner=goals.world["contributor"])
    link = ObjectiveAlignmentFactory.create(child=below, parent=goals.top())
    ObjectiveAlignment.objects.filter(pk=link.pk).update(
        state=LinkState.COUNTERED, turn=Side.BELOW, answered_by=goals.world["lead"]
    )
    assert titles(goals, "contributor") == ["Countered"]
    assert titles(goals, "lead") == []


def test_a_counter_to_a_counter_waits_for_the_side_above_again(goals: Goals) -> None:
    below = goals.objective(title="Answered", owner=goals.world["contributor"])
    link = ObjectiveAlignmentFactory.create(child=below, parent=goals.top())
    ObjectiveAlignment.objects.filter(pk=link.pk).update(
        state=LinkState.COUNTERED, turn=Side.ABOVE, answered_by=goals.world["contributor"]
    )
    assert titles(goals, "lead") == ["Answered"]
    assert titles(goals, "contributor") == []


def test_a_link_of_a_closed_cycle_waits_for_nobody(goals: Goals) -> None:
    below = goals.objective(owner=goals.world["contributor"])
    ObjectiveAlignmentFactory.create(child=below, parent=goals.top())
    Cycle.objects.update(state=CycleState.CLOSED)
    assert titles(goals, "lead") == []


def test_an_agreed_link_waits_for_nobody(goals: Goals) -> None:
    below = goals.objective(owner=goals.world["contributor"])
    ObjectiveAlignmentFactory.create(child=below, parent=goals.top(), state=LinkState.AGREED)
    assert titles(goals, "lead") == []


def test_a_proposed_objective_waits_for_the_lead_of_its_unit(goals: Goals) -> None:
    goals.objective(
        title="Proposed", owner=goals.world["contributor"], state=ObjectiveState.PROPOSED
    )
    assert titles(goals, "lead") == ["Proposed"]
    assert titles(goals, "viewer") == []


def test_a_proposal_does_not_wait_for_the_lead_of_the_product_itself(goals: Goals) -> None:
    RoleFactory.create(member=goals.world["bystander"], role=UnitRole.LEAD, product=goals.product)
    goals.objective(owner=goals.world["contributor"], state=ObjectiveState.PROPOSED)
    assert titles(goals, "bystander") == []


def asked(goals: Goals, **fields: object) -> Dependency:
    need = goals.key_result(goals.top(owner=goals.world["facilitator"]))
    given = {"needer_key_result": need, "provider_product": goals.product, **fields}
    made: Dependency = DependencyFactory.create(**given)
    return made


def test_an_ask_waits_for_those_who_write_for_the_provider(goals: Goals) -> None:
    asked(goals, title="A sandbox")
    assert titles(goals, "contributor") == ["A sandbox"]
    assert titles(goals, "facilitator") == []


def promised(goals: Goals, member: Member) -> Dependency:
    yesterday = timezone.localdate() - DAY
    work = InitiativeFactory.create(product=goals.product)
    return asked(
        goals,
        state=DependencyState.ACCEPTED,
        promised_by=yesterday,
        provider_owner=member,
        provider_initiative=work,
    )


def test_an_overdue_promise_is_shown_on_both_sides(goals: Goals) -> None:
    promised(goals, goals.world["contributor"])
    mine, theirs = home(goals, "contributor").promises, home(goals, "facilitator").promises
    assert [row.is_mine for row in mine] == [True]
    assert [row.is_mine for row in theirs] == [False]


def test_a_promise_that_is_not_due_yet_is_not_overdue(goals: Goals) -> None:
    row = promised(goals, goals.world["contributor"])
    Dependency.objects.filter(pk=row.pk).update(promised_by=timezone.localdate())
    assert home(goals, "contributor").promises == []


def test_my_objectives_show_their_scores(goals: Goals, look: Look) -> None:
    goals.objective(title="Answered for", score=Decimal("0.71"))
    text = look("", persona="lead")
    assert "Answered for" in text
    assert "0.71" in text


def test_what_others_said_about_my_goals_is_told(goals: Goals) -> None:
    row = goals.key_result(goals.objective())
    CheckIn.objects.create(key_result=row, author=goals.world["contributor"], note="Slower")
    CheckIn.objects.create(key_result=row, author=goals.world["lead"], note="My own word")
    assert [change.note for change in home(goals, "lead").changes] == ["Slower"]


def test_what_others_decided_about_my_goals_is_told(goals: Goals) -> None:
    goal = goals.objective()
    ObjectiveMove.objects.create(
        objective=goal,
        from_state=ObjectiveState.PROPOSED,
        to_state=ObjectiveState.ACCEPTED,
        actor=goals.world["facilitator"],
    )
    assert [change.words for change in home(goals, "lead").changes] == ["moved to accepted:"]


def test_changes_from_before_the_last_visit_are_not_repeated(goals: Goals) -> None:
    row = goals.key_result(goals.objective())
    long_ago = timezone.now() - 9 * DAY
    CheckIn.objects.create(key_result=row, author=goals.world["contributor"], at=long_ago)
    assert home(goals, "lead").changes == []


def test_somebody_without_goals_learns_what_this_page_is_for(goals: Goals, look: Look) -> None:
    page = look("", persona="bystander")
    assert "Nothing waits for you" in page
    assert 'href="/o/acme/dashboard/"' in page


def steps(page: str) -> list[tuple[bool, str]]:
    """The first steps: whether each is done, and its name."""
    listed = page.partition('id="first-steps"')[2].partition("</section>")[0]
    found = re.findall('(mark-ok)?">(?:(?!<li>).)*?cell-title[^>]*>([^<]+)<', listed, re.DOTALL)
    return [(bool(done), name) for done, name in found]


def test_a_new_organisation_shows_what_is_left_to_set_up(acme: World) -> None:
    page = acme.client("admin").get("/o/acme/").content.decode()
    assert steps(page) == [
        (False, "Set the first cycle"),
        (True, "Add a portfolio"),
        (True, "Add a product"),
        (False, "Write an objective"),
        (True, "Invite people"),
        (False, "Feed a key result from Jira or Linear"),
    ]
    assert 'class="button button-primary" href="/o/acme/cycles/new/"' in page


def test_a_facilitator_is_not_sent_where_only_administrators_may_go(acme: World) -> None:
    page = acme.client("facilitator").get("/o/acme/").content.decode()
    assert [name for _, name in steps(page)] == [
        "Set the first cycle", "Add a portfolio", "Add a product", "Write an objective",
    ]  # fmt: skip


def test_who_sets_nothing_up_sees_no_first_steps(acme: World) -> None:
    assert "first-steps" not in acme.client("lead").get("/o/acme/").content.decode()


def test_first_steps_are_for_a_new_organisation_only(acme: World) -> None:
    with tenant(acme.organization.pk):
        Organization.objects.update(created_at=timezone.now() - 31 * DAY)
    assert "first-steps" not in acme.client("admin").get("/o/acme/").content.decode()


def test_home_is_remembered_as_the_last_organisation(acme: World) -> None:
    client = acme.client("viewer")
    client.get("/o/acme/")
    assert client.session["last_organization"] == "acme"


def visits(client: Client, world: World) -> list[str | None]:
    found: list[str | None] = client.session["visits"][str(world.organization.pk)]
    return found


def test_a_second_look_is_still_the_same_visit(acme: World) -> None:
    client = acme.client("viewer")
    client.get("/o/acme/")
    client.get("/o/acme/")
    assert visits(client, acme)[0] is None


def last_seen(client: Client, world: World, ago: timedelta) -> str:
    """As if the member had looked last so long ago, in their first visit."""
    client.get("/o/acme/")
    session, at = client.session, (timezone.now() - ago).isoformat()
    session["visits"] = {str(world.organization.pk): [None, at]}
    session.save()
    return at


def test_a_look_after_a_while_begins_a_new_visit(acme: World) -> None:
    client = acme.client("viewer")
    yesterday = last_seen(client, acme, DAY)
    client.get("/o/acme/")
    assert visits(client, acme)[0] == yesterday


def test_a_look_after_a_minute_prolongs_the_visit(acme: World) -> None:
    client = acme.client("viewer")
    before = last_seen(client, acme, timedelta(minutes=1))
    client.get("/o/acme/")
    begun, seen = visits(client, acme)
    assert (begun, str(seen) > before) == (None, True)


def test_a_look_within_a_minute_writes_nothing(acme: World) -> None:
    client = acme.client("viewer")
    client.get("/o/acme/")
    with CaptureQueriesContext(connection) as captured:
        client.get("/o/acme/")
    assert [q["sql"] for q in captured if q["sql"].startswith(("UPDATE", "INSERT"))] == []


def test_an_objective_that_was_given_up_asks_for_nothing(goals: Goals) -> None:
    goal = goals.objective()
    goals.key_result(goal, outdated_from=timezone.now() - DAY)
    Objective.objects.filter(pk=goal.pk).update(state=ObjectiveState.ABANDONED)
    assert check_ins(goals, "lead").due == []
