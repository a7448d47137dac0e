"""Promises between units."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.utils import timezone

from accounts.tenant_models import StaleVersion
from okrs.actions import dependencies as actions
from okrs.choices import DEPENDENCY_MOVES, CycleState, DependencyState
from okrs.models import Cycle, Dependency, DependencyMove
from tests.factories.okrs import DependencyFactory, InitiativeFactory, KeyResultFactory
from tests.factories.portfolio import ProductFactory, TeamFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_dependency, a_key_result, product
from tests.personas import World

D = DependencyState


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def soon(days: int = 30) -> date:
    return timezone.localdate() + timedelta(days=days)


def ask(world: World, persona: str = "admin", **fields: Any) -> Dependency:
    usual: dict[str, Any] = {"title": "An interface", "needed_by": soon()}
    if not {"needer_key_result", "needer_initiative"} & set(fields):
        usual["needer_key_result"] = a_key_result(world)
    if not {"provider_product", "provider_team"} & set(fields):
        usual["provider_product"] = ProductFactory.create()
    return actions.ask_dependency(world.access(persona), **{**usual, **fields})


# --- Asking -----------------------------------------------------------------------------------
def test_who_asks_is_the_contact_of_the_needer(bound: World) -> None:
    made = ask(bound, "contributor")
    assert (made.state, made.needer_owner) == (D.ASKED, bound["contributor"])


def test_who_may_not_write_the_needer_does_not_ask(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        ask(bound, "contributor", needer_key_result=KeyResultFactory.create())


ONE_OF_TWO = [
    {"needer_initiative": InitiativeFactory},
    {"provider_team": TeamFactory},
]


@pytest.mark.parametrize("second", ONE_OF_TWO, ids=["two needers", "two providers"])
def test_there_is_one_needer_and_one_provider(bound: World, second: dict[str, Any]) -> None:
    both = {name: factory() for name, factory in second.items()}
    with refused("__all__"):
        ask(bound, needer_key_result=a_key_result(bound), provider_product=product(), **both)


def test_criticality_is_a_share(bound: World) -> None:
    with refused("criticality"):
        ask(bound, criticality=Decimal("1.1"))


# --- Answering --------------------------------------------------------------------------------
MOVES = [(before, to) for before in D for to in D]


@pytest.mark.parametrize(("before", "to"), MOVES)
def test_a_promise_moves_along_the_table_and_nowhere_else(
    bound: World, before: str, to: str
) -> None:
    dependency = DependencyFactory.create(state=before, promised_by=soon())
    another_day: dict[str, Any] = {"promised_by": soon(31)} if before == to else {}
    if to in DEPENDENCY_MOVES[before]:
        moved = actions.move_dependency(
            bound.access("admin"), dependency, to=to, note="n", **another_day
        )
        assert moved.state == to
    else:
        with refused("state"):
            actions.move_dependency(bound.access("admin"), dependency, to=to, note="n")


@pytest.mark.parametrize("to", [D.ACCEPTED, D.COUNTERED])
def test_a_promise_names_a_day(bound: World, to: str) -> None:
    with refused("promised_by"):
        actions.move_dependency(bound.access("admin"), a_dependency(bound), to=to)


@pytest.mark.parametrize(
    ("before", "to"),
    [
        (D.ASKED, D.DECLINED),
        (D.COUNTERED, D.DECLINED),
        (D.ACCEPTED, D.BROKEN),
        (D.ACCEPTED, D.ACCEPTED),
    ],
)
def test_no_promise_is_turned_down_moved_or_broken_without_a_word(
    bound: World, before: str, to: str
) -> None:
    with refused("note"):
        actions.move_dependency(bound.access("admin"), a_dependency(bound, state=before), to=to)


def test_only_the_provider_accepts(bound: World) -> None:
    dependency = DependencyFactory.create(needer_key_result=a_key_result(bound))
    with pytest.raises(PermissionDenied):
        actions.move_dependency(
            bound.access("contributor"), dependency, to=D.ACCEPTED, promised_by=soon()
        )


def test_the_provider_answers_for_its_product(bound: World) -> None:
    dependency = DependencyFactory.create(provider_product=product())
    moved = actions.move_dependency(
        bound.access("contributor"), dependency, to=D.ACCEPTED, promised_by=soon()
    )
    assert (moved.state, moved.promised_by) == (D.ACCEPTED, soon())


def test_what_was_offered_instead_is_accepted_by_the_needer(bound: World) -> None:
    dependency = DependencyFactory.create(
        needer_key_result=a_key_result(bound), state=D.COUNTERED, promised_by=soon(40)
    )
    moved = actions.move_dependency(bound.access("contributor"), dependency, to=D.ACCEPTED)
    assert (moved.state, moved.promised_by) == (D.ACCEPTED, soon(40))


def test_the_provider_does_not_accept_its_own_offer(bound: World) -> None:
    dependency = DependencyFactory.create(provider_product=product(), state=D.COUNTERED)
    with pytest.raises(PermissionDenied):
        actions.move_dependency(bound.access("contributor"), dependency, to=D.ACCEPTED)


def test_the_needer_does_not_name_the_day(bound: World) -> None:
    dependency = a_dependency(bound, state=D.COUNTERED, promised_by=soon(40))
    with refused("promised_by"):
        actions.move_dependency(
            bound.access("admin"), dependency, to=D.ACCEPTED, promised_by=soon(10)
        )


def test_another_day_is_another_day(bound: World) -> None:
    dependency = a_dependency(bound, state=D.ACCEPTED, promised_by=soon())
    with refused("promised_by"):
        actions.move_dependency(
            bound.access("admin"), dependency, to=D.ACCEPTED, promised_by=soon(), note="As it was"
        )


@pytest.mark.parametrize("side", ["needer", "provider"])
def test_either_side_says_that_it_was_not_delivered_after_all(bound: World, side: str) -> None:
    ours: dict[str, dict[str, Any]] = {
        "needer": {"needer_key_result": a_key_result(bound)},
        "provider": {"provider_product": product()},
    }
    dependency = DependencyFactory.create(state=D.DELIVERED, **ours[side])
    moved = actions.move_dependency(bound.access("contributor"), dependency, to=D.ACCEPTED)
    assert moved.state == D.ACCEPTED


def test_only_the_needer_withdraws(bound: World) -> None:
    dependency = DependencyFactory.create(provider_product=product())
    with pytest.raises(PermissionDenied):
        actions.move_dependency(bound.access("contributor"), dependency, to=D.WITHDRAWN)


def test_each_step_is_kept_with_the_day_then_promised(bound: World) -> None:
    dependency = ask(bound, provider_product=product())
    access = bound.access("admin")
    actions.move_dependency(access, dependency, to=D.COUNTERED, promised_by=soon(40), note="Later")
    steps = DependencyMove.objects.filter(dependency=dependency).order_by("id")
    assert [(s.to_state, s.needed_by, s.promised_by, s.note) for s in steps] == [
        (D.ASKED, soon(), None, ""),
        (D.COUNTERED, soon(), soon(40), "Later"),
    ]


def test_an_accepted_promise_names_a_day_in_the_database_too(bound: World) -> None:
    dependency = a_dependency(bound)
    with pytest.raises(IntegrityError, match="dependency_promise_has_a_day"):
        Dependency.objects.filter(pk=dependency.pk).update(state=D.ACCEPTED)


def test_a_stale_answer_to_a_promise_is_refused(bound: World) -> None:
    with pytest.raises(StaleVersion):
        actions.move_dependency(
            bound.access("admin"),
            a_dependency(bound),
            to=D.ACCEPTED,
            promised_by=soon(),
            expected_version=9,
        )


def test_one_thing_is_promised(bound: World) -> None:
    with refused("__all__"):
        actions.move_dependency(
            bound.access("admin"),
            a_dependency(bound),
            to=D.ACCEPTED,
            promised_by=soon(),
            provider_key_result=a_key_result(bound),
            provider_initiative=InitiativeFactory.create(),
        )


# --- Circles ----------------------------------------------------------------------------------
def promise(world: World, dependency: Dependency, key_result: Any) -> Dependency:
    return actions.move_dependency(
        world.access("admin"),
        dependency,
        to=D.ACCEPTED,
        promised_by=soon(),
        provider_key_result=key_result,
    )


def test_nothing_waits_for_itself(bound: World) -> None:
    dependency = a_dependency(bound)
    with refused("provider_key_result"):
        promise(bound, dependency, dependency.needer_key_result)


def test_a_circle_of_promises_is_named(bound: World) -> None:
    first, second = a_key_result(bound, title="K1"), a_key_result(bound, title="K2")
    promise(bound, a_dependency(bound, needer_key_result=first), second)
    with refused("provider_key_result") as found:
        promise(bound, a_dependency(bound, needer_key_result=second), first)
    assert found.fields["provider_key_result"] == ["This would close a circle: “K2” → “K1” → “K2”."]


def test_products_may_wait_for_each_other(bound: World) -> None:
    first, second = a_key_result(bound), a_key_result(bound)
    third = a_key_result(bound, objective=first.objective)
    promise(bound, a_dependency(bound, needer_key_result=first), second)
    assert promise(bound, a_dependency(bound, needer_key_result=second), third).state == D.ACCEPTED


def test_a_withdrawn_promise_closes_no_circle(bound: World) -> None:
    first, second = a_key_result(bound), a_key_result(bound)
    DependencyFactory.create(needer_key_result=first, provider_key_result=second, state=D.WITHDRAWN)
    assert promise(bound, a_dependency(bound, needer_key_result=second), first).state == D.ACCEPTED


# --- Cycles that are over ---------------------------------------------------------------------
def of_a_closed_cycle(world: World, **fields: Any) -> Dependency:
    dependency = a_dependency(world, **fields)
    needer = dependency.needer_key_result
    assert needer is not None
    Cycle.objects.filter(pk=needer.objective.cycle_id).update(state=CycleState.CLOSED)
    return Dependency.objects.get(pk=dependency.pk)


def test_nothing_is_asked_for_a_closed_cycle(bound: World) -> None:
    needer = of_a_closed_cycle(bound).needer_key_result
    with refused("detail"):
        ask(bound, needer_key_result=needer)


@pytest.mark.parametrize("to", [D.ACCEPTED, D.COUNTERED])
def test_nothing_new_is_promised_for_a_closed_cycle(bound: World, to: str) -> None:
    with refused("detail"):
        actions.move_dependency(
            bound.access("admin"), of_a_closed_cycle(bound), to=to, promised_by=soon()
        )


@pytest.mark.parametrize("to", [D.DELIVERED, D.BROKEN, D.WITHDRAWN])
def test_a_promise_comes_to_its_end_after_the_cycle(bound: World, to: str) -> None:
    dependency = of_a_closed_cycle(bound, state=D.ACCEPTED)
    moved = actions.move_dependency(bound.access("admin"), dependency, to=to, note="At last")
    assert moved.state == to


# --- Changing ---------------------------------------------------------------------------------
def test_the_needer_changes_what_is_needed(bound: World) -> None:
    dependency = a_dependency(bound)
    changed = actions.edit_dependency(
        bound.access("contributor"), dependency, expected_version=1, title="Less of it"
    )
    assert (changed.title, changed.version) == ("Less of it", 2)


def test_another_day_of_need_is_kept_as_a_step(bound: World) -> None:
    dependency = a_dependency(bound, state=D.ACCEPTED)
    actions.edit_dependency(
        bound.access("contributor"), dependency, expected_version=1, needed_by=soon(5)
    )
    [step] = DependencyMove.objects.filter(dependency=dependency)
    assert (step.from_state, step.to_state, step.needed_by) == (D.ACCEPTED, D.ACCEPTED, soon(5))


def test_the_provider_does_not_change_what_is_needed(bound: World) -> None:
    dependency = DependencyFactory.create(provider_product=product())
    with pytest.raises(PermissionDenied):
        actions.edit_dependency(
            bound.access("contributor"), dependency, expected_version=1, title="Less of it"
        )
