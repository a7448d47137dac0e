"""Counter-proposals: what the side above would agree to instead, and the answer."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.tenant_models import StaleVersion
from governance.choices import DecisionKind, DecisionState
from governance.models import Decision
from okrs.actions.key_results import edit_key_result
from okrs.actions.objectives import edit_objective, move_objective
from okrs.choices import ObjectiveState
from okrs.models import KeyResult, Objective, ObjectiveMove
from portfolio.models import Product
from reviews.actions import counters as actions
from reviews.actions.counters import Term
from reviews.choices import CounterState, TermField
from reviews.models import CounterProposal
from tests.factories.okrs import KeyResultFactory, ObjectiveFactory
from tests.personas import World

S = ObjectiveState


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def proposal(bound: World) -> Objective:
    """A proposal of the product by its contributor: one key result from 0 to 100."""
    made: Objective = ObjectiveFactory.create(
        title="Checkout is quick",
        product=Product.objects.get(slug="product"),
        owner=bound["contributor"],
        state=S.PROPOSED,
    )
    KeyResultFactory.create(objective=made, title="Seconds saved")
    return made


def target(objective: Objective, value: int = 120) -> Term:
    return Term(TermField.TARGET, Decimal(value), objective.key_results.get())


def counter(world: World, objective: Objective, *terms: Term, **given: Any) -> CounterProposal:
    note = given.pop("note", "The theme needs more.")
    return actions.counter_proposal(
        world.access("lead"), objective, note=note, terms=terms or [target(objective)], **given
    )


def stored(objective: Objective) -> Objective:
    return Objective.objects.get(pk=objective.pk)


# --- Countering -------------------------------------------------------------------------------
def test_a_counter_keeps_the_old_and_the_new_term(bound: World, proposal: Objective) -> None:
    made = counter(bound, proposal)
    assert [(t.field, t.old, t.new) for t in made.terms.all()] == [("target", "100", "120")]


def test_a_countered_proposal_goes_back_with_the_note(bound: World, proposal: Objective) -> None:
    counter(bound, proposal, note="Twice of this")
    move = ObjectiveMove.objects.filter(objective=proposal).first()
    assert move is not None
    assert (stored(proposal).state, move.reason) == (S.CHANGES_REQUESTED, "Twice of this")


def test_a_term_that_changes_nothing_is_left_out(bound: World, proposal: Objective) -> None:
    made = counter(bound, proposal, target(proposal, 100), Term(TermField.TITLE, "Checkout flies"))
    assert [term.field for term in made.terms.all()] == ["title"]


def test_a_counter_needs_a_note(bound: World, proposal: Objective) -> None:
    with pytest.raises(ValidationError, match="Say why"):
        counter(bound, proposal, note="  ")


def test_the_side_below_does_not_counter_itself(bound: World, proposal: Objective) -> None:
    with pytest.raises(PermissionDenied):
        actions.counter_proposal(bound.access("contributor"), proposal, note="More")


@pytest.mark.parametrize("state", [S.DRAFT, S.COMMITTED, S.CLOSED, S.WITHDRAWN, S.DECLINED])
def test_only_a_proposal_is_countered(bound: World, proposal: Objective, state: str) -> None:
    Objective.objects.filter(pk=proposal.pk).update(state=state)
    with pytest.raises(ValidationError, match="'state'"):
        counter(bound, stored(proposal))


def test_the_key_result_of_another_objective_is_no_term(bound: World, proposal: Objective) -> None:
    other = Term(TermField.TARGET, Decimal(5), KeyResultFactory.create())
    with pytest.raises(ValidationError, match="another objective"):
        counter(bound, proposal, other)


def test_a_target_belongs_to_a_key_result(bound: World, proposal: Objective) -> None:
    with pytest.raises(ValidationError, match="Say of which key result"):
        counter(bound, proposal, Term(TermField.TARGET, Decimal(5)))


def test_of_two_who_counter_the_second_is_told(bound: World, proposal: Objective) -> None:
    later = stored(proposal)
    counter(bound, proposal, expected_version=1)
    with pytest.raises(ValidationError):
        counter(bound, later, expected_version=1)
    assert CounterProposal.objects.count() == 1


# --- Accepting --------------------------------------------------------------------------------
def accept(world: World, made: CounterProposal, **given: Any) -> CounterProposal:
    fresh = CounterProposal.objects.get(pk=made.pk)
    given.setdefault("expected_version", fresh.version)
    return actions.accept_counter(world.access("contributor"), fresh, **given)


def test_accepting_takes_the_terms_over_and_proposes_again(
    bound: World, proposal: Objective
) -> None:
    accept(bound, counter(bound, proposal, target(proposal), Term(TermField.TITLE, "Flies")))
    assert KeyResult.objects.get().target == 120
    assert (stored(proposal).title, stored(proposal).state) == ("Flies", S.PROPOSED)


def test_several_terms_of_one_key_result_are_one_change(bound: World, proposal: Objective) -> None:
    key_result = proposal.key_results.get()
    day = proposal.cycle.ends_on - timedelta(days=7)
    accept(
        bound,
        counter(
            bound, proposal, target(proposal), Term(TermField.ENDS_ON, day, key_result),
            Term(TermField.WEIGHT, Decimal("2.5"), key_result),
        ),
    )  # fmt: skip
    changed = KeyResult.objects.get()
    assert [changed.target, changed.ends_on, changed.weight] == [120, day, Decimal("2.5")]
    assert changed.definition_version == 2


def test_a_counter_of_words_alone_is_accepted_without_a_decision(
    bound: World, proposal: Objective
) -> None:
    made = actions.counter_proposal(bound.access("lead"), proposal, note="Say how you measure it.")
    actions.accept_counter(bound.access("contributor"), made, expected_version=1)
    assert stored(proposal).state == S.PROPOSED
    assert not Decision.objects.exists()


def test_an_accepted_counter_says_who_accepted_it(bound: World, proposal: Objective) -> None:
    done = accept(bound, counter(bound, proposal), answer="Fine")
    assert (done.state, done.answered_by, done.answer) == (
        CounterState.ACCEPTED,
        bound["contributor"],
        "Fine",
    )


def test_a_term_that_was_overtaken_changes_nothing(bound: World, proposal: Objective) -> None:
    made = counter(bound, proposal, target(proposal), Term(TermField.TITLE, "Flies"))
    edit_key_result(
        bound.access("contributor"),
        proposal.key_results.get(),
        expected_version=None,
        target=Decimal(110),
    )
    with pytest.raises(ValidationError, match="The target is 110 by now, not 100"):
        accept(bound, made)
    assert stored(proposal).title == "Checkout is quick"
    assert CounterProposal.objects.get().is_open


def test_a_changed_title_overtakes_a_countered_one(bound: World, proposal: Objective) -> None:
    made = counter(bound, proposal, Term(TermField.TITLE, "Flies"))
    edit_objective(
        bound.access("contributor"), stored(proposal), expected_version=None, title="Own words"
    )
    with pytest.raises(ValidationError, match="The title is Own words by now"):
        accept(bound, made)


def test_the_side_above_does_not_accept_its_own_counter(bound: World, proposal: Objective) -> None:
    made = counter(bound, proposal)
    with pytest.raises(PermissionDenied):
        actions.accept_counter(bound.access("viewer"), made, expected_version=None)


def test_of_two_answers_the_second_is_told(bound: World, proposal: Objective) -> None:
    made = counter(bound, proposal)
    accept(bound, made)
    with pytest.raises(ValidationError, match="It was accepted already"):
        accept(bound, made)


def test_an_answer_to_an_older_version_is_refused(bound: World, proposal: Objective) -> None:
    made = counter(bound, proposal)
    with pytest.raises(StaleVersion):
        accept(bound, made, expected_version=made.version + 1)
    assert stored(proposal).state == S.CHANGES_REQUESTED


# --- Declining and withdrawing ----------------------------------------------------------------
def test_a_declined_counter_leaves_the_proposal_as_it_was(
    bound: World, proposal: Objective
) -> None:
    made = counter(bound, proposal)
    done = actions.decline_counter(
        bound.access("contributor"), made, answer="Not with this team", expected_version=1
    )
    assert (done.state, KeyResult.objects.get().target) == (CounterState.DECLINED, 100)


def test_declining_needs_a_reason(bound: World, proposal: Objective) -> None:
    with pytest.raises(ValidationError, match="'answer'"):
        actions.decline_counter(
            bound.access("contributor"), counter(bound, proposal), answer="", expected_version=1
        )


def test_after_an_answer_another_counter_is_possible(bound: World, proposal: Objective) -> None:
    accept(bound, counter(bound, proposal))
    assert counter(bound, stored(proposal), target(proposal, 140)).is_open


def test_an_accept_after_withdrawal_is_refused(bound: World, proposal: Objective) -> None:
    made = counter(bound, proposal)
    actions.withdraw_counter(bound.access("lead"), made, expected_version=1)
    with pytest.raises(ValidationError, match="It was withdrawn already"):
        accept(bound, made)


def test_the_proposal_itself_may_be_withdrawn_meanwhile(bound: World, proposal: Objective) -> None:
    made = counter(bound, proposal)
    move_objective(bound.access("contributor"), stored(proposal), to=S.WITHDRAWN)
    with pytest.raises(ValidationError, match="'state'"):
        accept(bound, made)
    assert CounterProposal.objects.get().is_open


# --- The trade-off is written down ------------------------------------------------------------
def test_accepted_terms_become_a_decision_by_who_asked_for_them(
    bound: World, proposal: Objective
) -> None:
    made = counter(bound, proposal, note="The theme needs more.")
    accept(bound, made)
    decision = Decision.objects.get()
    assert (decision.kind, decision.state, decision.decided_by) == (
        DecisionKind.TRADE_OFF,
        DecisionState.DECIDED,
        bound["lead"],
    )
    assert decision.context == "The theme needs more."
    assert decision.outcome == "Target of “Seconds saved”: 100 → 120"
    assert decision.touches.get().objective == proposal


def test_declined_terms_are_no_decision(bound: World, proposal: Objective) -> None:
    actions.decline_counter(
        bound.access("contributor"), counter(bound, proposal), answer="No", expected_version=None
    )
    assert not Decision.objects.exists()
