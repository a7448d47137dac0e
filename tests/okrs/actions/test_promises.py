"""Dependencies and commitments: promises with states, and circles that are refused."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from okrs.actions.commitments import (
    commit_team,
    create_commitment,
    edit_commitment,
    move_commitment,
)
from okrs.actions.dependencies import ask_dependency, move_dependency
from okrs.choices import DEPENDENCY_MOVES, CommitmentState, DependencyState
from okrs.models import Dependency
from portfolio.models import Product, Team
from tests.factories.okrs import (
    DependencyFactory,
    InitiativeFactory,
    KeyResultFactory,
    ObjectiveFactory,
)
from tests.personas import World

D = DependencyState
SOON = timezone.localdate() + timedelta(days=20)


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def ask(world: World, **fields: Any) -> Dependency:
    given = {
        "title": "A payout API",
        "needer_key_result": KeyResultFactory.create(),
        "provider_product": Product.objects.get(slug="product"),
        "needed_by": SOON,
        **fields,
    }
    return ask_dependency(world.access("admin"), **given)


def test_asking_leaves_a_first_move(bound: World) -> None:
    dependency = ask(bound)
    assert dependency.state == D.ASKED
    assert [move.to_state for move in dependency.moves.all()] == [D.ASKED]


def test_a_promise_names_one_needer_and_one_provider(bound: World) -> None:
    with pytest.raises(ValidationError, match="initiative that waits"):
        ask(bound, needer_initiative=InitiativeFactory.create())


@pytest.mark.parametrize("before", list(D))
@pytest.mark.parametrize("after", list(D))
def test_a_dependency_moves_along_its_table_only(bound: World, before: str, after: str) -> None:
    dependency = DependencyFactory.create(state=before)
    given: dict[str, Any] = {"to": after, "promised_by": SOON, "note": "Because."}
    if after in DEPENDENCY_MOVES[before]:
        moved = move_dependency(bound.access("admin"), dependency, **given)
        assert moved.state == after
    else:
        with pytest.raises(ValidationError, match="'state'"):
            move_dependency(bound.access("admin"), dependency, **given)


def test_a_promise_needs_a_day(bound: World) -> None:
    with pytest.raises(ValidationError, match="'promised_by'"):
        move_dependency(bound.access("admin"), DependencyFactory.create(), to=D.ACCEPTED)


@pytest.mark.parametrize(("before", "after"), [(D.ASKED, D.DECLINED), (D.ACCEPTED, D.BROKEN)])
def test_no_and_broken_need_a_reason(bound: World, before: str, after: str) -> None:
    with pytest.raises(ValidationError, match="'note'"):
        move_dependency(bound.access("admin"), DependencyFactory.create(state=before), to=after)


def test_only_the_provider_answers(bound: World) -> None:
    dependency = DependencyFactory.create()
    with pytest.raises(PermissionDenied):
        move_dependency(bound.access("contributor"), dependency, to=D.ACCEPTED, promised_by=SOON)


def test_the_provider_answers_for_its_product(bound: World) -> None:
    dependency = DependencyFactory.create(provider_product=Product.objects.get(slug="product"))
    moved = move_dependency(
        bound.access("contributor"), dependency, to=D.ACCEPTED, promised_by=SOON
    )
    assert (moved.state, moved.promised_by) == (D.ACCEPTED, SOON)


def test_nothing_waits_for_itself(bound: World) -> None:
    dependency = ask(bound)
    with pytest.raises(ValidationError, match="wait for itself"):
        move_dependency(
            bound.access("admin"),
            dependency,
            to=D.ACCEPTED,
            promised_by=SOON,
            provider_key_result=dependency.needer_key_result,
        )


def test_a_circle_of_promises_is_refused_and_named(bound: World) -> None:
    one, two = KeyResultFactory.create(title="One"), KeyResultFactory.create(title="Two")
    first = ask(bound, needer_key_result=one)
    move_dependency(
        bound.access("admin"), first, to=D.ACCEPTED, promised_by=SOON, provider_key_result=two
    )
    second = ask(bound, needer_key_result=two)
    with pytest.raises(ValidationError, match="“Two” → “One” → “Two”"):
        move_dependency(
            bound.access("admin"), second, to=D.ACCEPTED, promised_by=SOON, provider_key_result=one
        )
    second.refresh_from_db()
    assert second.state == D.ASKED


def test_two_products_may_wait_for_each_other(bound: World) -> None:
    one, two = KeyResultFactory.create(), KeyResultFactory.create()
    ask(bound, needer_key_result=one, provider_product=two.objective.product)
    ask(bound, needer_key_result=two, provider_product=one.objective.product)
    assert Dependency.objects.count() == 2


def test_money_in_a_commitment_needs_the_grant(bound: World) -> None:
    objective = ObjectiveFactory.create(product=Product.objects.get(slug="product"))
    with pytest.raises(PermissionDenied):
        create_commitment(bound.access("lead"), objective, amount=Decimal(1000))


def test_money_takes_the_organisations_currency(bound: World) -> None:
    commitment = create_commitment(
        bound.access("admin"), ObjectiveFactory.create(), amount=Decimal(1000)
    )
    assert (commitment.amount, commitment.currency) == (Decimal(1000), "EUR")


def test_an_objective_has_one_commitment_at_a_time(bound: World) -> None:
    objective = ObjectiveFactory.create()
    create_commitment(bound.access("admin"), objective)
    with pytest.raises(ValidationError, match="already has a commitment"):
        create_commitment(bound.access("admin"), objective)


def test_a_commitment_stands_with_people_only(bound: World) -> None:
    commitment = create_commitment(bound.access("admin"), ObjectiveFactory.create())
    with pytest.raises(ValidationError, match="people back a goal"):
        move_commitment(bound.access("admin"), commitment, to=CommitmentState.STANDING)
    commit_team(
        bound.access("admin"),
        commitment,
        team=Team.objects.get(slug="team"),
        people_weeks=Decimal(6),
    )
    moved = move_commitment(bound.access("admin"), commitment, to=CommitmentState.STANDING)
    assert moved.state == CommitmentState.STANDING


def test_a_trade_off_can_be_written_down_later(bound: World) -> None:
    commitment = create_commitment(bound.access("admin"), ObjectiveFactory.create())
    edit_commitment(
        bound.access("admin"), commitment, expected_version=1, trade_off="Loyalty waits."
    )
    commitment.refresh_from_db()
    assert (commitment.trade_off, commitment.version) == ("Loyalty waits.", 2)
