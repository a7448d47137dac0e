"""Starting from the last cycle, from a template, and from what was deferred."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from okrs.actions import templates as template_actions
from okrs.actions.check_ins import check_in
from okrs.actions.objectives import move_objective
from okrs.actions.starting import Start, continue_objective, start_from_template
from okrs.choices import CycleState, ObjectiveState, Shape
from okrs.models import (
    Cycle,
    KeyResult,
    KeyResultPattern,
    Objective,
    ObjectiveCoOwner,
    ObjectiveTemplate,
)
from okrs.queries.starting import (
    DeferredFilters,
    deferred_page,
    earlier_objectives,
    next_cycle,
    results_to_continue,
)
from okrs.scoring import Shape as Scored
from okrs.writing import KeyResultDraft, Tone, check_key_result, check_objective
from portfolio.actions import add_measure_units
from portfolio.models import Portfolio, Team
from tests.factories.accounts import MemberFactory
from tests.factories.method import KeyResultPatternFactory, ObjectiveTemplateFactory
from tests.factories.okrs import CycleFactory, KeyResultFactory, MilestoneFactory, TierFactory
from tests.factories.portfolio import ProductFactory, ProductPlacementFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import an_objective, product
from tests.okrs.views.test_objective_pages import private_objective
from tests.personas import World

S = ObjectiveState


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def a_past_cycle(**fields: Any) -> Cycle:
    today = timezone.localdate()
    fields.setdefault("state", CycleState.CLOSED)
    return CycleFactory.create(
        starts_on=today - timedelta(days=120), ends_on=today - timedelta(days=30), **fields
    )


@pytest.fixture
def earlier(bound: World) -> Objective:
    """Of a past cycle, with one key result that went from 14 to 9 of 7."""
    objective = an_objective(bound, title="Shops sell sooner", cycle=a_past_cycle(state="open"))
    key_result = KeyResultFactory.create(
        objective=objective,
        title="Days to the first sale",
        baseline=Decimal(14),
        target=Decimal(7),
        weight=Decimal(3),
    )
    check_in(bound.access("admin"), key_result, value=Decimal(9))
    return objective


def go_on(world: World, earlier: Objective, **changes: Any) -> Objective:
    starts = [Start(row, changes) for row in results_to_continue(earlier)]
    return continue_objective(
        world.access("contributor"),
        earlier,
        results=starts,
        cycle=CycleFactory.create(),
        title=earlier.title,
        tier=earlier.tier,
        product=earlier.product,
        owner=earlier.owner,
    )


# --- From the last cycle ------------------------------------------------------------------------
def test_the_end_value_is_the_baseline_of_the_continuation(
    bound: World, earlier: Objective
) -> None:
    [new] = go_on(bound, earlier).key_results.all()
    assert (new.baseline, new.target, new.weight) == (9, 7, 3)


def test_a_continuation_knows_where_it_comes_from(bound: World, earlier: Objective) -> None:
    made = go_on(bound, earlier)
    assert (made.continued_from, made.state) == (earlier, S.DRAFT)


def test_the_series_of_values_goes_on(bound: World, earlier: Objective) -> None:
    [new] = go_on(bound, earlier).key_results.all()
    assert new.metric == earlier.key_results.get().metric
    assert (new.current_value, new.score) == (9, 0)


def test_owners_and_co_owners_are_carried(bound: World, earlier: Objective) -> None:
    ObjectiveCoOwner.objects.create(objective=earlier, team=Team.objects.get(slug="team"))
    made = go_on(bound, earlier)
    [co_owner] = made.co_owners.all()
    assert (made.owner, made.key_results.get().owner) == (earlier.owner, earlier.owner)
    assert co_owner.team == Team.objects.get(slug="team")


def test_whoever_left_does_not_own_the_continuation(bound: World, earlier: Objective) -> None:
    gone = MemberFactory.create(left_at=timezone.now() + timedelta(seconds=1))
    KeyResult.objects.update(owner=gone)
    assert go_on(bound, earlier).key_results.get().owner == bound["contributor"]


def test_what_was_reached_needs_a_new_target(bound: World, earlier: Objective) -> None:
    check_in(bound.access("admin"), earlier.key_results.get(), value=Decimal(6))
    with refused("key_results.0.target"):
        go_on(bound, earlier)
    assert Objective.objects.count() == 1


def test_a_new_target_is_given_with_the_start(bound: World, earlier: Objective) -> None:
    check_in(bound.access("admin"), earlier.key_results.get(), value=Decimal(6))
    made = go_on(bound, earlier, target=Decimal(3))
    assert (made.key_results.get().baseline, made.key_results.get().target) == (6, 3)


def test_what_established_a_baseline_travels_from_it(bound: World) -> None:
    earlier = an_objective(bound, cycle=a_past_cycle(state="open"))
    first = KeyResultFactory.create(
        objective=earlier, shape=Shape.BASELINE, baseline=None, target=None
    )
    check_in(bound.access("admin"), first, value=Decimal(42))
    new = go_on(bound, earlier, target=Decimal(60)).key_results.get()
    assert (new.shape, new.baseline, new.target) == (Shape.FROM_TO, 42, 60)


def test_steps_that_are_done_stay_behind(bound: World) -> None:
    earlier = an_objective(bound, cycle=a_past_cycle(state="open"))
    steps = KeyResultFactory.create(
        objective=earlier, shape=Shape.MILESTONES, baseline=None, target=None
    )
    MilestoneFactory.create(key_result=steps, title="Pilot", done_on=timezone.localdate())
    MilestoneFactory.create(key_result=steps, title="Everywhere")
    made = go_on(bound, earlier)
    assert [m.title for m in made.key_results.get().milestones.all()] == ["Everywhere"]


def test_an_objective_does_not_go_on_in_its_own_cycle(bound: World, earlier: Objective) -> None:
    with refused("cycle"):
        continue_objective(
            bound.access("admin"),
            earlier,
            cycle=earlier.cycle,
            title="Again",
            tier=earlier.tier,
            product=earlier.product,
        )


def test_only_past_objectives_of_own_units_are_offered(bound: World, earlier: Objective) -> None:
    an_objective(bound)
    an_objective(bound, cycle=earlier.cycle, product=ProductFactory.create())
    an_objective(bound, cycle=earlier.cycle, state=S.WITHDRAWN)
    rows = earlier_objectives(bound.access("contributor"))
    assert [(row["id"], row["number"]) for row in rows] == [(earlier.pk, 1)]


def test_what_goes_on_already_says_where(bound: World, earlier: Objective) -> None:
    made = go_on(bound, earlier)
    [row] = earlier_objectives(bound.access("contributor"))
    assert (row["followed_by"], row["followed_in"]) == (made.pk, made.cycle.name)


def test_the_next_cycle_is_the_first_that_begins_after(bound: World) -> None:
    today = timezone.localdate()
    past = a_past_cycle()
    CycleFactory.create(starts_on=today, ends_on=today + timedelta(days=360))
    quarter = CycleFactory.create(starts_on=today, ends_on=today + timedelta(days=90))
    CycleFactory.create(starts_on=today + timedelta(days=91), ends_on=today + timedelta(days=180))
    assert next_cycle(past.ends_on) == quarter.pk


# --- From a template ------------------------------------------------------------------------------
def test_a_template_starts_an_objective_with_its_key_results(bound: World) -> None:
    pattern = KeyResultPatternFactory.create(title="Share of the market", weight=Decimal(2))
    made = start_from_template(
        bound.access("contributor"),
        results=[Start(pattern, {"baseline": Decimal(18), "target": Decimal(25)})],
        title="We lead",
        tier=TierFactory.create(),
        cycle=CycleFactory.create(),
        product=product(),
    )
    new = made.key_results.get()
    assert (new.title, new.weight, new.baseline, new.target) == ("Share of the market", 2, 18, 25)
    assert (new.metric.is_silent, new.metric.unit) == (True, pattern.unit)


def test_a_pattern_without_its_numbers_is_refused_at_its_place(bound: World) -> None:
    patterns = KeyResultPatternFactory.create_batch(2)
    numbers = {"baseline": Decimal(1), "target": Decimal(2)}
    with refused("key_results.1.baseline", "key_results.1.target"):
        start_from_template(
            bound.access("contributor"),
            results=[Start(patterns[0], numbers), Start(patterns[1])],
            title="We lead",
            tier=TierFactory.create(),
            cycle=CycleFactory.create(),
            product=product(),
        )
    assert not Objective.objects.exists()


def test_a_new_organisation_finds_templates_that_read_well(bound: World) -> None:
    add_measure_units(bound.organization, bound["admin"])
    template_actions.set_up_templates(bound.organization, bound["admin"])
    remarks = [r for t in ObjectiveTemplate.objects.all() for r in check_objective(t.title)]
    for pattern in KeyResultPattern.objects.select_related("unit"):
        draft = KeyResultDraft(
            title=pattern.title,
            shape=Scored(pattern.shape),
            unit=pattern.unit.name,
            baseline=Decimal(1),
            target=Decimal(2),
            condition=pattern.condition,
        )
        remarks += check_key_result(draft).remarks
    assert ObjectiveTemplate.objects.count() == 5
    assert [remark.seen for remark in remarks if remark.tone == Tone.WARNING] == []


def test_an_archived_template_is_offered_no_longer(bound: World) -> None:
    template = ObjectiveTemplateFactory.create()
    template_actions.archive_template(bound.access("facilitator"), template)
    assert ObjectiveTemplate.objects.get().archived_at is not None


def test_two_templates_do_not_share_a_name(bound: World) -> None:
    ObjectiveTemplateFactory.create(name="Lead a market")
    with refused("name"):
        template_actions.create_template(
            bound.access("facilitator"), name="lead a Market", title="We lead"
        )


# --- What was deferred ----------------------------------------------------------------------------
def defer(world: World, *, reason: str = "Nobody is free.", **fields: Any) -> Objective:
    objective = an_objective(world, state=S.PROPOSED, **fields)
    return move_objective(world.access("lead"), objective, to=S.DEFERRED, reason=reason)


def test_what_is_deferred_waits_with_its_reason(bound: World) -> None:
    deferred = defer(bound)
    [row] = deferred_page(bound.access("viewer"), DeferredFilters()).rows
    assert (row["id"], row["reason"], row["deferred_by_name"]) == (
        deferred.pk,
        "Nobody is free.",
        "Acme lead",
    )


def test_the_latest_reason_counts(bound: World) -> None:
    objective = defer(bound, reason="Too early.")
    KeyResultFactory.create(objective=objective)
    access = bound.access("lead")
    for to in (S.DRAFT, S.PROPOSED):
        objective = move_objective(access, objective, to=to)
    move_objective(access, objective, to=S.DEFERRED, reason="Still too early.")
    [row] = deferred_page(access, DeferredFilters()).rows
    assert row["reason"] == "Still too early."


def test_what_is_taken_up_again_leaves_the_list(bound: World) -> None:
    made = go_on(bound, defer(bound))
    access = bound.access("viewer")
    [row] = deferred_page(access, DeferredFilters(all_of_them=True)).rows
    assert deferred_page(access, DeferredFilters()).rows == []
    assert row["followed_by"] == made.pk


def test_the_list_is_narrowed_to_a_portfolio_and_what_is_below_it(bound: World) -> None:
    other = Portfolio.objects.create(name="Other", slug="other")
    elsewhere = ProductFactory.create()
    ProductPlacementFactory.create(product=elsewhere, portfolio=other)
    main = Portfolio.objects.get(slug="main")
    team: dict[str, Any] = {
        "product": None,
        "team": Team.objects.get(),
        "tier": TierFactory.create(kind="team"),
    }
    wanted = [defer(bound).pk, defer(bound, **team).pk]
    an_objective(bound, state=S.DEFERRED, product=elsewhere)
    found = deferred_page(bound.access("viewer"), DeferredFilters(portfolio=main.pk)).rows
    assert sorted(row["id"] for row in found) == sorted(wanted)


def test_pages_of_the_list_show_each_objective_once(bound: World) -> None:
    for _ in range(5):
        an_objective(bound, state=S.DEFERRED)
    access, seen, after = bound.access("viewer"), [], ""
    for _ in range(3):
        page = deferred_page(access, DeferredFilters(), after=after, limit=2)
        seen += [row["id"] for row in page.rows]
        after = page.after
    assert (len(seen), len(set(seen)), after) == (5, 5, "")


def test_goals_of_a_private_portfolio_are_not_in_the_list(bound: World) -> None:
    hidden = private_objective(bound)
    Objective.objects.filter(pk=hidden.pk).update(state=S.DEFERRED)
    assert deferred_page(bound.access("bystander"), DeferredFilters()).rows == []
