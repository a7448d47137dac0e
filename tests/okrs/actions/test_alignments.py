"""Links between goals: asked, answered, countered, and never in a circle."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from accounts.tenant_models import StaleVersion
from okrs.actions import alignments as actions
from okrs.choices import LINK_MOVES, LinkState
from okrs.models import Contribution, KeyResult, Objective, ObjectiveAlignment
from portfolio.choices import Dimension
from tests.factories.okrs import (
    ContributionFactory,
    CycleFactory,
    KeyResultFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
)
from tests.factories.portfolio import MeasureUnitFactory, MetricFactory, ProductFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_alignment, an_objective
from tests.personas import World

L = LinkState


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def objectives(count: int) -> list[Objective]:
    cycle = CycleFactory.create()
    return [ObjectiveFactory.create(cycle=cycle, title=f"O{n}") for n in range(1, count + 1)]


def align(world: World, child: Objective, parent: Objective) -> ObjectiveAlignment:
    return actions.propose_alignment(world.access("admin"), child=child, parent=parent)


# --- Asking -----------------------------------------------------------------------------------
def test_a_contributor_asks_and_waits_for_the_answer(bound: World) -> None:
    child = an_objective(bound)
    parent = ObjectiveFactory.create(cycle=child.cycle)
    link = actions.propose_alignment(bound.access("contributor"), child=child, parent=parent)
    assert (link.state, link.asked_by, link.answered_by) == (
        L.PROPOSED,
        bound["contributor"],
        None,
    )


def test_who_leads_both_sides_has_the_answer_at_once(bound: World) -> None:
    child = an_objective(bound)
    link = actions.propose_alignment(
        bound.access("lead"), child=child, parent=an_objective(bound, cycle=child.cycle)
    )
    assert (link.state, link.answered_by) == (L.AGREED, bound["lead"])


def test_who_may_not_write_the_lower_side_does_not_ask(bound: World) -> None:
    child, parent = objectives(2)
    with pytest.raises(PermissionDenied):
        actions.propose_alignment(bound.access("contributor"), child=child, parent=parent)


def test_objectives_are_linked_within_one_cycle(bound: World) -> None:
    with refused("parent"):
        align(bound, ObjectiveFactory.create(), ObjectiveFactory.create())


def test_an_objective_does_not_serve_itself(bound: World) -> None:
    [objective] = objectives(1)
    with refused("parent"):
        align(bound, objective, objective)


def test_a_link_is_asked_for_once(bound: World) -> None:
    child, parent = objectives(2)
    align(bound, child, parent)
    with refused("__all__"):
        align(bound, child, parent)


def test_a_weight_of_a_link_is_more_than_nothing(bound: World) -> None:
    child, parent = objectives(2)
    with refused("weight"):
        actions.propose_alignment(
            bound.access("admin"), child=child, parent=parent, weight=Decimal(0)
        )


def test_a_circle_of_objectives_is_named(bound: World) -> None:
    first, second, third = objectives(3)
    align(bound, first, second)
    align(bound, second, third)
    with refused("parent") as found:
        align(bound, third, first)
    assert found.fields["parent"] == ["This would close a circle: “O3” → “O1” → “O2” → “O3”."]


def test_a_link_that_would_close_a_circle_is_not_stored(bound: World) -> None:
    first, second = objectives(2)
    link = align(bound, first, second)
    with refused("parent"):
        align(bound, second, first)
    assert ObjectiveAlignment.objects.get() == link


def test_a_declined_link_closes_no_circle(bound: World) -> None:
    first, second = objectives(2)
    ObjectiveAlignmentFactory.create(child=first, parent=second, state=L.DECLINED)
    assert align(bound, second, first).state == L.AGREED


def test_an_open_proposal_counts_for_circles(bound: World) -> None:
    first, second = objectives(2)
    ObjectiveAlignmentFactory.create(child=first, parent=second, state=L.PROPOSED)
    with refused("parent"):
        align(bound, second, first)


# --- Answering --------------------------------------------------------------------------------
MOVES = [(before, to) for before in L for to in L]


@pytest.mark.parametrize(("before", "to"), MOVES)
def test_a_link_moves_along_the_table_and_nowhere_else(bound: World, before: str, to: str) -> None:
    link = ObjectiveAlignmentFactory.create(state=before)
    if to in LINK_MOVES[before]:
        assert actions.answer_link(bound.access("admin"), link, to=to, note="n").state == to
    else:
        with refused("state"):
            actions.answer_link(bound.access("admin"), link, to=to, note="n")


def test_the_side_below_does_not_agree_with_itself(bound: World) -> None:
    child = an_objective(bound)
    link = ObjectiveAlignmentFactory.create(
        child=child, parent=ObjectiveFactory.create(cycle=child.cycle)
    )
    with pytest.raises(PermissionDenied):
        actions.answer_link(bound.access("lead"), link, to=L.AGREED)


def test_the_side_above_does_not_withdraw(bound: World) -> None:
    parent = an_objective(bound)
    child = ObjectiveFactory.create(
        cycle=parent.cycle, owner=bound["admin"], product=ProductFactory.create()
    )
    link = ObjectiveAlignmentFactory.create(child=child, parent=parent)
    with pytest.raises(PermissionDenied):
        actions.answer_link(bound.access("lead"), link, to=L.WITHDRAWN)


def test_a_counter_carries_its_terms(bound: World) -> None:
    link = actions.answer_link(
        bound.access("admin"),
        an_alignment(bound),
        to=L.COUNTERED,
        weight=Decimal("0.5"),
        note="Half of it",
    )
    stored = ObjectiveAlignment.objects.get(pk=link.pk)
    assert (stored.state, stored.weight, stored.note) == (
        L.COUNTERED,
        Decimal("0.5"),
        "Half of it",
    )


def test_an_agreed_contribution_counts_above(bound: World) -> None:
    link = an_alignment(bound)
    Objective.objects.filter(pk=link.parent_id).update(roll_up="own-and-aligned")
    Objective.objects.filter(pk=link.child_id).update(score=Decimal("0.6"))
    actions.answer_link(bound.access("admin"), link, to=L.AGREED)
    assert Objective.objects.get(pk=link.parent_id).score == Decimal("0.6")


def test_a_stale_answer_is_refused(bound: World) -> None:
    link = an_alignment(bound)
    with pytest.raises(StaleVersion):
        actions.answer_link(bound.access("admin"), link, to=L.AGREED, expected_version=7)


def test_a_link_asked_again_closes_no_circle_that_came_meanwhile(bound: World) -> None:
    first, second = objectives(2)
    link = ObjectiveAlignmentFactory.create(child=first, parent=second, state=L.WITHDRAWN)
    align(bound, second, first)
    with refused("parent"):
        actions.answer_link(bound.access("admin"), link, to=L.PROPOSED)


def test_the_sides_are_asked_what_they_may_answer(bound: World) -> None:
    child = an_objective(bound)
    link = ObjectiveAlignmentFactory.create(
        child=child, parent=ObjectiveFactory.create(cycle=child.cycle)
    )
    access = bound.access("contributor")
    assert [actions.may_answer(access, link, to) for to in (L.WITHDRAWN, L.AGREED)] == [True, False]


# --- Supports ---------------------------------------------------------------------------------
def test_an_objective_does_not_support_its_own_key_result(bound: World) -> None:
    key_result = a_key_result(bound)
    with refused("key_result"):
        actions.propose_support(
            bound.access("admin"), child=key_result.objective, key_result=key_result
        )


def test_support_changes_no_score(bound: World) -> None:
    key_result = a_key_result(bound, score=Decimal("0.3"))
    link = actions.propose_support(
        bound.access("admin"), child=an_objective(bound), key_result=key_result
    )
    key_result.refresh_from_db()
    assert (link.state, key_result.score) == (L.AGREED, Decimal("0.3"))


# --- Contributions ----------------------------------------------------------------------------
def offer(world: World, child: KeyResult, parent: KeyResult, amount: str = "10") -> Contribution:
    return actions.propose_contribution(
        world.access("admin"), child=child, parent=parent, amount=Decimal(amount)
    )


def like(key_result: KeyResult, **fields: object) -> KeyResult:
    """A key result measured in the same unit, in the same cycle."""
    objective = ObjectiveFactory.create(cycle=key_result.objective.cycle)
    metric = MetricFactory.create(unit=key_result.metric.unit)
    return KeyResultFactory.create(**{"objective": objective, "metric": metric, **fields})


def test_an_offer_keeps_what_was_offered(bound: World) -> None:
    child = KeyResultFactory.create()
    link = offer(bound, child, like(child))
    actions.answer_link(bound.access("admin"), link, to=L.COUNTERED, amount=Decimal(15))
    stored = Contribution.objects.get(pk=link.pk)
    assert (stored.amount, stored.offered) == (Decimal(15), Decimal(10))


def test_values_of_different_dimension_are_not_added(bound: World) -> None:
    child = KeyResultFactory.create()
    percent = MetricFactory.create(unit=MeasureUnitFactory.create(dimension=Dimension.PERCENT))
    with refused("parent"):
        offer(bound, child, like(child, metric=percent))


def test_money_of_different_currencies_is_not_added(bound: World) -> None:
    euros, dollars = (
        MetricFactory.create(
            unit=MeasureUnitFactory.create(dimension=Dimension.MONEY, currency=currency)
        )
        for currency in ("EUR", "USD")
    )
    child = KeyResultFactory.create(metric=euros)
    with refused("parent"):
        offer(bound, child, like(child, metric=dollars))


def test_the_cycle_above_encloses_the_one_below(bound: World) -> None:
    child = KeyResultFactory.create()
    cycle = child.objective.cycle
    shorter = CycleFactory.create(
        starts_on=cycle.starts_on, ends_on=cycle.ends_on - timedelta(days=40)
    )
    parent = like(child, objective=ObjectiveFactory.create(cycle=shorter))
    with refused("parent"):
        offer(bound, child, parent)


def test_a_contribution_reaches_into_an_enclosing_cycle(bound: World) -> None:
    child = KeyResultFactory.create()
    cycle = child.objective.cycle
    longer = CycleFactory.create(
        starts_on=cycle.starts_on, ends_on=cycle.ends_on + timedelta(days=90)
    )
    link = offer(bound, child, like(child, objective=ObjectiveFactory.create(cycle=longer)))
    assert link.amount == Decimal(10)


def test_a_circle_of_contributions_is_named(bound: World) -> None:
    first = KeyResultFactory.create(title="K1")
    second = like(first, title="K2")
    offer(bound, first, second)
    with refused("parent") as found:
        offer(bound, second, first)
    assert found.fields["parent"] == ["This would close a circle: “K2” → “K1” → “K2”."]


def test_a_declined_contribution_feeds_nothing(bound: World) -> None:
    child = KeyResultFactory.create(current_value=Decimal(50))
    parent = like(child, source="contributions", contribution_mode="sum")
    link = ContributionFactory.create(child=child, parent=parent, state=L.PROPOSED)
    actions.answer_link(bound.access("admin"), link, to=L.DECLINED, note="Not now")
    parent.refresh_from_db()
    assert parent.current_value is None
