"""Whose turn it is, what is kept of each step, and what is refused between two sides."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, transaction
from django.utils import timezone

from accounts.access import Access
from accounts.tenant_models import StaleVersion
from lib.display import show_value
from okrs.actions import alignments as actions
from okrs.choices import AlignmentKind, CycleState, LinkState, Shape, Side
from okrs.models import (
    Contribution,
    Cycle,
    KeyResult,
    LinkMove,
    Objective,
    ObjectiveAlignment,
    ObjectiveSupport,
)
from okrs.queries.negotiation import Step, histories
from tests.factories.okrs import KeyResultFactory, ObjectiveFactory
from tests.factories.portfolio import MetricFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_objective
from tests.personas import World

L = LinkState


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def below(bound: World) -> Access:
    """Speaks for the product that offers."""
    return bound.access("contributor")


@pytest.fixture
def above(bound: World) -> Access:
    """Speaks for everybody, and so for the goal above, which nobody else leads."""
    return bound.access("facilitator")


@pytest.fixture
def offered(bound: World, below: Access) -> Contribution:
    """Ten points from the product's key result to one of a product that it does not know."""
    child = a_key_result(bound)
    return actions.propose_contribution(
        below, child=child, parent=like(child), amount=Decimal(10), note="All we can"
    )


def like(key_result: KeyResult, **fields: Any) -> KeyResult:
    """A key result measured in the same unit, in the same cycle, elsewhere."""
    objective = ObjectiveFactory.create(cycle=key_result.objective.cycle)
    metric = MetricFactory.create(unit=key_result.metric.unit)
    return KeyResultFactory.create(**{"objective": objective, "metric": metric, **fields})


def say(access: Access, link: Contribution, to: str, **terms: Any) -> Contribution:
    return actions.answer_link(access, Contribution.objects.get(pk=link.pk), to=to, **terms)


def steps(link: Contribution) -> list[Step]:
    found = Contribution.objects.select_related("parent__metric__unit").get(pk=link.pk)
    return histories([found])[link.pk]


# --- Whose turn it is -------------------------------------------------------------------------
def test_a_proposal_waits_for_the_side_above(offered: Contribution) -> None:
    assert (offered.state, offered.turn) == (L.PROPOSED, Side.ABOVE)


def test_who_proposed_does_not_agree(offered: Contribution, below: Access) -> None:
    with pytest.raises(PermissionDenied):
        say(below, offered, L.AGREED)


def test_a_counter_from_above_waits_for_the_side_below(
    offered: Contribution, above: Access
) -> None:
    assert say(above, offered, L.COUNTERED, amount=Decimal(15)).turn == Side.BELOW


def test_the_side_below_agrees_to_a_counter(
    offered: Contribution, below: Access, above: Access
) -> None:
    say(above, offered, L.COUNTERED, amount=Decimal(15))
    agreed = say(below, offered, L.AGREED)
    assert (agreed.state, agreed.amount) == (L.AGREED, Decimal(15))


def test_nobody_agrees_to_a_counter_of_their_own(
    bound: World, offered: Contribution, below: Access, above: Access
) -> None:
    say(above, offered, L.COUNTERED, amount=Decimal(15))
    say(below, offered, L.COUNTERED, amount=Decimal(12))
    with pytest.raises(PermissionDenied):
        say(below, offered, L.AGREED)


def test_the_side_below_turns_a_counter_down(
    offered: Contribution, below: Access, above: Access
) -> None:
    say(above, offered, L.COUNTERED, amount=Decimal(15))
    assert say(below, offered, L.DECLINED, note="Too much").state == L.DECLINED


def test_the_side_below_does_not_decline_its_own_proposal(
    offered: Contribution, below: Access
) -> None:
    with pytest.raises(PermissionDenied):
        say(below, offered, L.DECLINED, note="Never mind")


def test_asked_again_it_waits_for_the_side_above(
    offered: Contribution, below: Access, above: Access
) -> None:
    say(above, offered, L.DECLINED, note="Not now")
    assert say(below, offered, L.PROPOSED, amount=Decimal(20)).turn == Side.ABOVE


def test_the_owner_of_a_key_result_speaks_for_it(bound: World) -> None:
    child = a_key_result(bound, owner=bound["contributor"], objective=ObjectiveFactory.create())
    link = actions.propose_contribution(
        bound.access("contributor"), child=child, parent=like(child), amount=Decimal(1)
    )
    assert link.state == L.PROPOSED


# --- What is refused --------------------------------------------------------------------------
def test_nobody_agrees_to_terms_that_the_other_side_has_not_seen(
    offered: Contribution, above: Access
) -> None:
    with refused("amount"):
        say(above, offered, L.AGREED, amount=Decimal(15))


def test_agreeing_to_the_terms_as_they_are_names_them_in_vain(
    offered: Contribution, above: Access
) -> None:
    assert say(above, offered, L.AGREED, amount=Decimal(10)).state == L.AGREED


def test_a_counter_says_something_new(offered: Contribution, above: Access) -> None:
    with refused("note"):
        say(above, offered, L.COUNTERED, amount=Decimal(10))


def test_a_counter_may_be_in_words_alone(offered: Contribution, above: Access) -> None:
    assert say(above, offered, L.COUNTERED, note="By June, please").state == L.COUNTERED


def test_no_offer_is_declined_without_a_reason(offered: Contribution, above: Access) -> None:
    with refused("note"):
        say(above, offered, L.DECLINED)


def test_an_accept_after_withdrawal_is_refused(
    offered: Contribution, below: Access, above: Access
) -> None:
    say(below, offered, L.WITHDRAWN)
    with refused("state") as found:
        say(above, offered, L.AGREED)
    assert found.fields["state"] == ["From withdrawn it cannot become agreed."]


def test_of_two_answers_to_one_offer_the_second_is_refused(
    offered: Contribution, above: Access
) -> None:
    first, second = (Contribution.objects.get(pk=offered.pk) for _ in range(2))
    actions.answer_link(above, first, to=L.AGREED, expected_version=1)
    with pytest.raises(StaleVersion):
        actions.answer_link(above, second, to=L.DECLINED, note="No", expected_version=1)
    assert Contribution.objects.get(pk=offered.pk).state == L.AGREED


def test_an_answer_to_terms_that_changed_meanwhile_is_refused(
    offered: Contribution, below: Access, above: Access
) -> None:
    say(below, offered, L.COUNTERED, amount=Decimal(5))
    stale = Contribution.objects.get(pk=offered.pk)
    with pytest.raises(StaleVersion):
        actions.answer_link(above, stale, to=L.AGREED, expected_version=1)


@pytest.mark.parametrize(
    ("target", "amount"), [(Decimal(200), Decimal(-5)), (Decimal(50), Decimal(5))]
)
def test_a_change_away_from_the_target_above_is_refused(
    target: Decimal, amount: Decimal, bound: World
) -> None:
    child = a_key_result(bound)
    parent = like(child, baseline=Decimal(100), target=target)
    with refused("amount"):
        actions.propose_contribution(
            bound.access("contributor"), child=child, parent=parent, amount=amount
        )


def test_a_counter_does_not_turn_the_change_round(offered: Contribution, above: Access) -> None:
    with refused("amount"):
        say(above, offered, L.COUNTERED, amount=Decimal(-10))


def test_where_no_change_is_needed_any_amount_is_taken(bound: World) -> None:
    child = a_key_result(bound)
    band = {"shape": Shape.WITHIN, "baseline": None, "target": None}
    parent = like(child, lower=Decimal(1), upper=Decimal(2), **band)
    link = actions.propose_contribution(
        bound.access("contributor"), child=child, parent=parent, amount=Decimal(-3)
    )
    assert link.amount == Decimal(-3)


# --- Cycles that are over, goals that are gone ------------------------------------------------
Propose = Callable[[Access, KeyResult, KeyResult], object]


def align(access: Access, child: KeyResult, parent: KeyResult) -> object:
    return actions.propose_alignment(access, child=child.objective, parent=parent.objective)


def contribute(access: Access, child: KeyResult, parent: KeyResult) -> object:
    return actions.propose_contribution(access, child=child, parent=parent, amount=Decimal(1))


def support(access: Access, child: KeyResult, parent: KeyResult) -> object:
    return actions.propose_support(access, child=child.objective, key_result=parent)


each_kind = pytest.mark.parametrize("propose", [align, contribute, support])


@each_kind
def test_a_proposal_for_a_closed_cycle_is_refused(propose: Propose, bound: World) -> None:
    child = a_key_result(bound)
    parent = like(child)
    Cycle.objects.filter(pk=child.objective.cycle_id).update(state=CycleState.CLOSED)
    fresh = [KeyResult.objects.get(pk=row.pk) for row in (child, parent)]
    with refused("detail") as found:
        propose(bound.access("contributor"), *fresh)
    assert found.fields["detail"] == ["The cycle is closed: its links stand."]


@each_kind
def test_a_proposal_to_an_archived_goal_is_refused(propose: Propose, bound: World) -> None:
    child = a_key_result(bound)
    parent = like(child)
    Objective.objects.filter(pk=parent.objective_id).update(archived_at=timezone.now())
    with refused("detail"):
        propose(bound.access("contributor"), child, KeyResult.objects.get(pk=parent.pk))


@pytest.mark.parametrize("to", [L.AGREED, L.COUNTERED, L.DECLINED])
def test_no_proposal_is_answered_once_the_cycle_is_closed(
    to: str, offered: Contribution, above: Access
) -> None:
    Cycle.objects.update(state=CycleState.CLOSED)
    with refused("detail"):
        say(above, offered, to, note="Late")


def test_an_agreed_link_of_a_closed_cycle_is_not_withdrawn(
    offered: Contribution, below: Access, above: Access
) -> None:
    say(above, offered, L.AGREED)
    Cycle.objects.update(state=CycleState.CLOSED)
    with refused("detail"):
        say(below, offered, L.WITHDRAWN)


# --- Circles ----------------------------------------------------------------------------------
def test_a_circle_through_a_supported_key_result_is_named(bound: World) -> None:
    access = bound.access("admin")
    first = an_objective(bound, title="First")
    second = an_objective(bound, title="Second", cycle=first.cycle)
    actions.propose_alignment(access, child=first, parent=second)
    with refused("key_result") as found:
        actions.propose_support(
            access, child=second, key_result=a_key_result(bound, objective=first)
        )
    assert found.fields["key_result"] == [
        "This would close a circle: “Second” → “First” → “Second”."
    ]
    assert not ObjectiveSupport.objects.exists()


# --- What is kept -----------------------------------------------------------------------------
def test_each_step_is_kept_with_who_when_the_terms_and_the_note(
    bound: World, offered: Contribution, below: Access, above: Access
) -> None:
    say(above, offered, L.COUNTERED, amount=Decimal(15), note="We need more")
    say(below, offered, L.AGREED, note="Fine")
    moves = LinkMove.objects.filter(contribution=offered).order_by("id")
    assert [(m.to_state, m.side, m.actor, m.amount, m.note) for m in moves] == [
        (L.PROPOSED, Side.BELOW, bound["contributor"], Decimal(10), "All we can"),
        (L.COUNTERED, Side.ABOVE, bound["facilitator"], Decimal(15), "We need more"),
        (L.AGREED, Side.BELOW, bound["contributor"], Decimal(15), "Fine"),
    ]


def test_who_speaks_for_both_sides_leaves_a_step_of_each(bound: World) -> None:
    child = an_objective(bound)
    link = actions.propose_alignment(
        bound.access("lead"), child=child, parent=an_objective(bound, cycle=child.cycle)
    )
    moves = LinkMove.objects.filter(alignment=link).order_by("id")
    assert [(m.to_state, m.side) for m in moves] == [
        (L.PROPOSED, Side.BELOW),
        (L.AGREED, Side.ABOVE),
    ]


def test_a_refused_step_leaves_nothing(offered: Contribution, above: Access) -> None:
    with refused("amount"):
        say(above, offered, L.COUNTERED, amount=Decimal(-1))
    assert LinkMove.objects.filter(contribution=offered).count() == 1


@pytest.mark.parametrize("attempt", ["update", "delete"])
def test_no_step_can_be_changed(attempt: str, offered: Contribution) -> None:
    moves = LinkMove.objects.filter(contribution=offered)
    change = {"update": lambda: moves.update(note="Never said"), "delete": moves.delete}
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        change[attempt]()


def test_a_step_tells_what_it_put_in_place_of_what(offered: Contribution, above: Access) -> None:
    say(above, offered, L.COUNTERED, amount=Decimal(15))
    unit = offered.parent.metric.unit.sign
    [change] = steps(offered)[0].changes
    told = (change.label, change.before, change.after)
    assert told == ("amount", show_value(Decimal(10), unit), show_value(Decimal(15), unit))


def test_a_counter_of_kind_and_weight_tells_both(bound: World) -> None:
    access = bound.access("admin")
    child = an_objective(bound)
    link = actions.propose_alignment(
        access, child=child, parent=an_objective(bound, cycle=child.cycle)
    )
    actions.answer_link(
        access, link, to=L.COUNTERED, kind=AlignmentKind.SUPPORTS, weight=Decimal(2)
    )
    last = histories([ObjectiveAlignment.objects.get(pk=link.pk)])[link.pk][0]
    assert {(c.label, c.before, c.after) for c in last.changes} == {
        ("weight", "1", "2"),
        ("kind", "contributes", "supports"),
    }
