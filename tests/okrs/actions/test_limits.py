"""Limits at the commitment: what blocks, who may set it aside, and what is kept of it."""

import threading
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import AuditEntry
from accounts.tenancy import tenant
from okrs.actions import limits as actions
from okrs.actions.objectives import move_objective
from okrs.choices import LimitRule, ObjectiveState, TierKind
from okrs.models import Cycle, GoalLimits, LimitOverride, Objective
from okrs.queries.limits import (
    findings_of_objective,
    findings_of_unit,
    limits_of,
    present_limits,
    stored_limits,
)
from portfolio.models import Portfolio, Team
from tests.factories.okrs import CycleFactory, KeyResultFactory, TierFactory
from tests.factories.portfolio import ThemeFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_objective, product
from tests.personas import World, make_world

S = ObjectiveState
NAMES = [field.name for field in GoalLimits._meta.concrete_fields if "_at_" in field.name]


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def cycle() -> Cycle:
    return CycleFactory.create()


def accepted(world: World, cycle: Cycle, **fields: Any) -> Objective:
    """Accepted, with two key results."""
    objective = an_objective(world, cycle=cycle, state=S.ACCEPTED, **fields)
    for _ in range(2):
        KeyResultFactory.create(objective=objective)
    return objective


def of_portfolio() -> dict[str, Any]:
    return {
        "tier": TierFactory.create(kind=TierKind.PORTFOLIO),
        "product": None,
        "portfolio": Portfolio.objects.get(slug="main"),
    }


def committed(world: World, cycle: Cycle, number: int, **fields: Any) -> None:
    for _ in range(number):
        an_objective(world, cycle=cycle, **fields)


def commit(
    world: World, objective: Objective, persona: str = "lead", reason: str = ""
) -> Objective:
    return move_objective(world.access(persona), objective, to=S.COMMITTED, override_reason=reason)


# --- Blocking -----------------------------------------------------------------------------------
def test_the_fifth_objective_of_a_product_is_committed(bound: World, cycle: Cycle) -> None:
    committed(bound, cycle, 4)
    assert commit(bound, accepted(bound, cycle)).state == S.COMMITTED


def test_the_sixth_objective_of_a_product_is_refused_with_the_count(
    bound: World, cycle: Cycle
) -> None:
    committed(bound, cycle, 5)
    with refused("state") as found:
        commit(bound, accepted(bound, cycle))
    assert found.fields["state"] == [
        f"Acme product has 6 objectives in {cycle.name}; 3 to 5 keep the focus."
    ]


def test_what_is_only_accepted_takes_no_room(bound: World, cycle: Cycle) -> None:
    committed(bound, cycle, 4)
    committed(bound, cycle, 4, state=S.ACCEPTED)
    assert commit(bound, accepted(bound, cycle)).state == S.COMMITTED


def test_other_cycles_and_other_owners_take_no_room(bound: World, cycle: Cycle) -> None:
    committed(bound, CycleFactory.create(), 5)
    team = {"tier": TierFactory.create(kind=TierKind.TEAM), "team": Team.objects.get()}
    committed(bound, cycle, 5, product=None, **team)
    assert commit(bound, accepted(bound, cycle)).state == S.COMMITTED


def test_too_few_objectives_and_key_results_do_not_block(bound: World, cycle: Cycle) -> None:
    objective = a_key_result(bound, objective=an_objective(bound, state=S.ACCEPTED)).objective
    assert commit(bound, objective).state == S.COMMITTED


def test_a_sixth_key_result_blocks_the_commitment(bound: World, cycle: Cycle) -> None:
    objective = accepted(bound, cycle)
    for _ in range(4):
        KeyResultFactory.create(objective=objective)
    with refused("state") as found:
        commit(bound, objective)
    assert "6 key results" in found.fields["state"][0]


def test_a_third_objective_of_a_theme_blocks_the_commitment(bound: World, cycle: Cycle) -> None:
    theme = a_theme(cycle)
    committed(bound, cycle, 2, theme=theme, **of_portfolio())
    with refused("state") as found:
        commit(bound, accepted(bound, cycle, theme=theme, **of_portfolio()), "facilitator")
    assert "a theme gets 1 to 2" in found.fields["state"][0]


def test_c5_with_five_themes_a_second_objective_of_one_blocks(bound: World, cycle: Cycle) -> None:
    first, *_ = [a_theme(cycle) for _ in range(5)]
    committed(bound, cycle, 1, theme=first, **of_portfolio())
    with refused("state") as found:
        commit(bound, accepted(bound, cycle, theme=first, **of_portfolio()), "facilitator")
    assert "with 5 themes, each gets 1" in found.fields["state"][0]


def a_theme(cycle: Cycle, **fields: Any) -> Any:
    days = {"starts_on": cycle.starts_on, "ends_on": cycle.ends_on}
    portfolio = Portfolio.objects.get(slug="main")
    return ThemeFactory.create(portfolio=portfolio, **{**days, **fields})


def test_a_theme_of_a_part_of_the_cycle_is_not_active_in_it(bound: World, cycle: Cycle) -> None:
    themes = [a_theme(cycle) for _ in range(5)]
    a_theme(cycle, starts_on=cycle.ends_on)
    objective = accepted(bound, cycle, theme=themes[0], **of_portfolio())
    assert commit(bound, objective, "facilitator").state == S.COMMITTED


def test_limits_are_those_of_the_organisation(bound: World, cycle: Cycle) -> None:
    actions.edit_limits(bound.access("facilitator"), expected_version=1, level_objectives_at_most=6)
    committed(bound, cycle, 5)
    assert commit(bound, accepted(bound, cycle)).state == S.COMMITTED


# --- Setting a limit aside ----------------------------------------------------------------------
def sixth(world: World, cycle: Cycle) -> Objective:
    committed(world, cycle, 5)
    return accepted(world, cycle)


def test_who_decides_above_sets_a_limit_aside_with_a_reason(bound: World, cycle: Cycle) -> None:
    objective = commit(bound, sixth(bound, cycle), reason=" Two end in May. ")
    [kept] = LimitOverride.objects.all()
    assert (kept.objective, kept.rule, kept.count, kept.at_most, kept.reason, kept.actor) == (
        objective,
        LimitRule.LEVEL_OBJECTIVES,
        6,
        5,
        "Two end in May.",
        bound["lead"],
    )


def test_each_rule_that_was_set_aside_is_kept(bound: World, cycle: Cycle) -> None:
    objective = sixth(bound, cycle)
    for _ in range(4):
        KeyResultFactory.create(objective=objective)
    commit(bound, objective, reason="Only until May.")
    rules = set(LimitOverride.objects.values_list("rule", flat=True))
    assert rules == {LimitRule.LEVEL_OBJECTIVES, LimitRule.KEY_RESULTS}


def test_a_reason_without_a_breach_is_not_kept(bound: World, cycle: Cycle) -> None:
    commit(bound, accepted(bound, cycle), reason="To be sure.")
    assert not LimitOverride.objects.exists()


def test_the_leads_of_a_portfolio_do_not_set_its_own_limits_aside(
    bound: World, cycle: Cycle
) -> None:
    committed(bound, cycle, 5, **of_portfolio())
    with pytest.raises(PermissionDenied):
        commit(bound, accepted(bound, cycle, **of_portfolio()), "lead", "We want it.")


def test_a_facilitator_sets_the_limits_of_a_portfolio_aside(bound: World, cycle: Cycle) -> None:
    committed(bound, cycle, 5, **of_portfolio())
    objective = accepted(bound, cycle, **of_portfolio())
    assert commit(bound, objective, "facilitator", "Merger.").state == S.COMMITTED


def test_what_was_set_aside_is_never_changed_or_removed(bound: World, cycle: Cycle) -> None:
    commit(bound, sixth(bound, cycle), reason="Two end in May.")
    for change in (
        LimitOverride.objects.all().delete,
        lambda: LimitOverride.objects.update(count=9),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize("changes", [{"reason": ""}, {"count": 5}])
def test_the_database_keeps_no_override_without_a_reason_or_a_breach(
    bound: World, changes: dict[str, Any]
) -> None:
    values = {
        "objective": an_objective(bound), "rule": LimitRule.KEY_RESULTS, "count": 6, "at_most": 5,
        "finding": "Six.", "reason": "May.", "actor": bound["admin"], **changes,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        LimitOverride.objects.create(**values)


# --- Warnings -------------------------------------------------------------------------------------
def test_a_draft_is_warned_of_too_few_and_too_many(bound: World, cycle: Cycle) -> None:
    draft = an_objective(bound, cycle=cycle, state=S.DRAFT)
    found = findings_of_objective(draft, key_results=6)
    assert [(f.rule, f.count, f.blocks) for f in found] == [
        ("level-objectives", 1, False),
        ("key-results", 6, False),
    ]


def test_a_committed_objective_is_warned_of_too_many_alone(bound: World, cycle: Cycle) -> None:
    objective = an_objective(bound, cycle=cycle)
    assert findings_of_objective(objective, key_results=1) == []


def test_twelve_objectives_are_told_to_be_no_priority(bound: World, cycle: Cycle) -> None:
    committed(bound, cycle, 12, state=S.DRAFT)
    [found] = findings_of_unit(TierKind.PRODUCT, product().pk, "Acme product")
    assert found.reason.startswith(f"Acme product has 12 objectives in {cycle.name}: with so many")


def test_what_was_given_up_takes_no_room(bound: World, cycle: Cycle) -> None:
    for state in (S.DECLINED, S.DEFERRED, S.WITHDRAWN, S.ABANDONED, S.OBSOLETE):
        committed(bound, cycle, 2, state=state)
    assert findings_of_unit(TierKind.PRODUCT, product().pk, "Acme product") == []


# --- Adjusting ----------------------------------------------------------------------------------
def test_an_organisation_without_a_row_keeps_to_the_method(bound: World) -> None:
    row = stored_limits()
    assert row._state.adding
    assert limits_of(row) == present_limits()


def test_limits_are_changed_once_and_kept_in_one_row(bound: World) -> None:
    access = bound.access("admin")
    actions.edit_limits(access, expected_version=1, key_results_at_most=6)
    changed = actions.edit_limits(access, expected_version=2, key_results_at_most=7)
    assert (GoalLimits.objects.count(), changed.version) == (1, 3)


def test_a_change_of_the_limits_is_in_the_audit_trail(bound: World) -> None:
    actions.edit_limits(bound.access("admin"), expected_version=1, key_results_at_most=6)
    entries = AuditEntry.objects.filter(table_name="okrs_goallimits")
    assert entries.count() == 2


def test_a_lead_does_not_change_the_limits(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.edit_limits(bound.access("lead"), expected_version=1, key_results_at_most=6)


@pytest.mark.parametrize("name", [*NAMES, "overload_from"])
@pytest.mark.parametrize("value", [0, 51])
def test_zero_and_the_absurd_are_refused_at_their_field(
    bound: World, name: str, value: int
) -> None:
    with pytest.raises(ValidationError) as refusal:
        actions.edit_limits(bound.access("admin"), expected_version=1, **{name: value})
    assert name in refusal.value.message_dict


@pytest.mark.parametrize("name", [*NAMES, "overload_from"])
@pytest.mark.parametrize("value", [0, 51])
def test_the_database_refuses_zero_and_the_absurd(bound: World, name: str, value: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        GoalLimits.objects.create(**{name: value})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"themes_at_least": 4, "themes_at_most": 3}, "themes_at_most"),
        ({"overload_from": 5}, "overload_from"),
        ({"themes_at_least": 4, "theme_objectives_at_least": 2}, "__all__"),
        ({"themes_at_most": 3, "theme_objectives_at_most": 1, "portfolio_objectives_at_least": 4},
         "__all__"),
    ],
)  # fmt: skip
def test_limits_that_contradict_each_other_are_refused(
    bound: World, changes: dict[str, int], field: str
) -> None:
    with refused(field):
        actions.edit_limits(bound.access("admin"), expected_version=1, **changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        GoalLimits.objects.create(**changes)


# --- At the same time -----------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    @pytest.fixture(autouse=True)
    def bound(self) -> None:
        """This test opens its own transactions."""

    def test_of_four_commitments_at_once_only_the_last_free_place_is_taken(self) -> None:
        with transaction.atomic():
            world = make_world("Acme")
        with tenant(world.organization.pk), transaction.atomic():
            cycle = CycleFactory.create()
            committed(world, cycle, 4)
            waiting = [accepted(world, cycle).pk for _ in range(4)]

        def try_one(pk: UUID) -> None:
            with tenant(world.organization.pk), suppress(ValidationError), transaction.atomic():
                commit(world, Objective.objects.get(pk=pk))
            connection.close()

        threads = [threading.Thread(target=try_one, args=[pk]) for pk in waiting]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with tenant(world.organization.pk), transaction.atomic():
            assert Objective.objects.filter(state=S.COMMITTED).count() == 5
