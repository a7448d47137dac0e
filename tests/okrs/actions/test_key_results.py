"""Defining key results, and what only people set on them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.tenant_models import StaleVersion
from okrs.actions import key_results as actions
from okrs.choices import CycleState, ObjectiveState, PaceCurve, Shape
from okrs.models import CountedItem, KeyResult, KeyResultVersion, Milestone, SharedPlacement
from portfolio.actions import record_value
from portfolio.models import Metric, MetricValue
from tests.factories.okrs import CycleFactory, KeyResultFactory, ObjectiveFactory
from tests.factories.portfolio import MeasureUnitFactory, MetricFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_objective
from tests.personas import World


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def define(world: World, **fields: Any) -> KeyResult:
    """A key result from 40 to 80 with some of its fields changed."""
    usual = {
        "title": "Share of self-service",
        "unit": MeasureUnitFactory.create(),
        "baseline": Decimal(40),
        "target": Decimal(80),
    }
    objective = fields.pop("objective", None) or an_objective(world, state=ObjectiveState.DRAFT)
    return actions.create_key_result(world.access("admin"), objective, **{**usual, **fields})


# --- Defining ---------------------------------------------------------------------------------
def test_a_key_result_without_a_metric_gets_a_silent_one(bound: World) -> None:
    made = define(bound)
    assert (made.metric.is_silent, made.metric.name) == (True, "Share of self-service")


def test_a_key_result_may_go_on_with_a_series_that_exists(bound: World) -> None:
    metric = MetricFactory.create()
    assert define(bound, unit=None, metric=metric).metric == metric


def test_what_it_is_measured_in_is_asked_for(bound: World) -> None:
    with refused("unit"):
        define(bound, unit=None)


BAD = [
    ("target", {"target": Decimal(40)}),
    ("target", {"target": None}),
    ("baseline", {"baseline": None}),
    ("weight", {"weight": Decimal(0)}),
    ("weight", {"weight": Decimal(-1)}),
    ("target", {"shape": Shape.AT_LEAST, "baseline": None, "target": None}),
    ("baseline", {"shape": Shape.AT_LEAST, "baseline": Decimal(90)}),
    ("baseline", {"shape": Shape.AT_MOST, "baseline": Decimal(70)}),
    ("upper", {"shape": Shape.WITHIN, "lower": Decimal(5), "upper": Decimal(4)}),
    ("lower", {"shape": Shape.WITHIN, "upper": Decimal(4)}),
    ("curve_points", {"curve": PaceCurve.CUSTOM, "curve_points": [["soon", "0.2"]]}),
    ("curve_points", {"curve": PaceCurve.CUSTOM, "curve_points": [["2001-01-01", "0.2"]]}),
    ("curve_points", {"curve": PaceCurve.CUSTOM, "curve_points": [["2026-13-01", "x"]]}),
]


@pytest.mark.parametrize(("field", "fields"), BAD)
def test_what_cannot_be_scored_is_refused_at_its_field(
    bound: World, field: str, fields: dict[str, Any]
) -> None:
    with refused(field):
        define(bound, **fields)


def test_a_band_has_two_edges(bound: World) -> None:
    with refused("lower", "upper"):
        define(bound, shape=Shape.WITHIN)


def test_a_refused_key_result_leaves_nothing_behind(bound: World) -> None:
    with refused("target"):
        define(bound, target=Decimal(40))
    assert (KeyResult.objects.exists(), Metric.objects.exists()) == (False, False)


@pytest.mark.parametrize(("field", "days"), [("starts_on", -1), ("ends_on", 1)])
def test_its_days_lie_inside_the_cycle(bound: World, field: str, days: int) -> None:
    objective = an_objective(bound, state=ObjectiveState.DRAFT)
    edge = getattr(objective.cycle, field) + timedelta(days=days)
    with refused(field):
        define(bound, objective=objective, **{field: edge})


def test_nothing_is_defined_in_a_closed_cycle(bound: World) -> None:
    with refused("detail"):
        define(
            bound, objective=an_objective(bound, cycle=CycleFactory.create(state=CycleState.CLOSED))
        )


def test_milestones_are_set_with_their_key_result(bound: World) -> None:
    made = define(
        bound,
        shape=Shape.MILESTONES,
        baseline=None,
        target=None,
        milestones=[{"title": "Pilot", "weight": Decimal(2)}, {"title": "Launch"}],
    )
    assert list(made.milestones.values_list("title", "weight")) == [
        ("Pilot", Decimal(2)),
        ("Launch", Decimal(1)),
    ]


# --- Versions ---------------------------------------------------------------------------------
def numbers(key_result: KeyResult) -> list[int]:
    return sorted(key_result.versions.values_list("number", flat=True))


def test_the_first_definition_is_version_one(bound: World) -> None:
    [version] = KeyResultVersion.objects.filter(key_result=define(bound))
    assert (version.number, version.definition["target"]) == (1, "80")


def test_a_new_target_is_a_new_version_and_the_old_one_stays(bound: World) -> None:
    made = define(bound)
    actions.edit_key_result(
        bound.access("admin"), made, expected_version=made.version, target=Decimal(90)
    )
    versions = [(version.number, version.definition["target"]) for version in made.versions.all()]
    assert versions == [(2, "90"), (1, "80")]


def test_a_new_title_is_no_new_version(bound: World) -> None:
    made = define(bound)
    actions.edit_key_result(
        bound.access("admin"), made, expected_version=made.version, title="Other words"
    )
    assert numbers(made) == [1]


def test_a_new_definition_scores_anew(bound: World) -> None:
    made = define(bound)
    actions.set_override(bound.access("admin"), made, value=Decimal(60), reason="known")
    made.refresh_from_db()
    changed = actions.edit_key_result(
        bound.access("admin"), made, expected_version=made.version, target=Decimal(50)
    )
    assert changed.score == Decimal(1)


def test_a_committed_definition_changes_with_a_reason_only(bound: World) -> None:
    key_result = a_key_result(bound)
    with refused("reason"):
        actions.edit_key_result(
            bound.access("admin"), key_result, expected_version=1, target=Decimal(50)
        )


def test_the_reason_stands_on_the_version(bound: World) -> None:
    key_result = a_key_result(bound)
    actions.edit_key_result(
        bound.access("admin"),
        key_result,
        expected_version=1,
        target=Decimal(50),
        reason="The pilot reached it",
    )
    assert key_result.versions.get(number=2).reason == "The pilot reached it"


def test_a_stale_edit_of_a_key_result_stores_nothing(bound: World) -> None:
    made = define(bound)
    with pytest.raises(StaleVersion):
        actions.edit_key_result(
            bound.access("admin"), made, expected_version=made.version + 1, target=Decimal(90)
        )
    assert numbers(made) == [1]


def test_who_may_not_write_the_objective_does_not_define(bound: World) -> None:
    key_result = KeyResultFactory.create()
    with pytest.raises(PermissionDenied):
        actions.edit_key_result(
            bound.access("contributor"), key_result, expected_version=1, title="x"
        )


# --- Overrides --------------------------------------------------------------------------------
def test_a_second_open_override_is_refused(bound: World) -> None:
    key_result, access = a_key_result(bound), bound.access("admin")
    actions.set_override(access, key_result, value=Decimal(50), reason="one")
    with refused("__all__"):
        actions.set_override(access, key_result, value=Decimal(60), reason="two")


def test_an_override_needs_a_reason(bound: World) -> None:
    with refused("reason"):
        actions.set_override(
            bound.access("admin"), a_key_result(bound), value=Decimal(50), reason=""
        )


def test_an_override_makes_sense_for_its_shape(bound: World) -> None:
    key_result = a_key_result(bound, shape=Shape.YES_NO, baseline=None, target=None)
    with refused("value"):
        actions.set_override(bound.access("admin"), key_result, value=Decimal(3), reason="x")


def test_a_released_override_gives_way_to_the_automatic_value(bound: World) -> None:
    key_result, access = a_key_result(bound), bound.access("admin")
    record_value(metric=key_result.metric, value=Decimal(20), source="person")
    override = actions.set_override(access, key_result, value=Decimal(50), reason="x")
    actions.release_override(access, override)
    key_result.refresh_from_db()
    assert (key_result.is_overridden, key_result.score) == (False, Decimal("0.2"))


def test_an_override_is_released_once(bound: World) -> None:
    access = bound.access("admin")
    override = actions.set_override(access, a_key_result(bound), value=Decimal(5), reason="x")
    actions.release_override(access, override)
    with refused("detail"):
        actions.release_override(access, override)


# --- Milestones and counts --------------------------------------------------------------------
def milestones(world: World, *weights: int) -> list[Milestone]:
    made = define(
        world,
        shape=Shape.MILESTONES,
        baseline=None,
        target=None,
        milestones=[{"title": f"Step {n}", "weight": Decimal(n)} for n in weights],
    )
    return list(made.milestones.select_related("key_result__objective__cycle"))


def tick(world: World, step: Milestone) -> KeyResult:
    actions.save_milestone(
        world.access("admin"), step.key_result, milestone=step, done_on=timezone.localdate()
    )
    return KeyResult.objects.get(pk=step.key_result_id)


def test_the_share_done_is_weighed(bound: World) -> None:
    first, _ = milestones(bound, 3, 1)
    assert tick(bound, first).score == Decimal("0.75")


def test_a_tick_logs_the_share_as_a_value(bound: World) -> None:
    first, _ = milestones(bound, 3, 1)
    value = MetricValue.objects.get(metric=tick(bound, first).metric)
    assert (value.value, value.actor) == (Decimal("0.75"), bound["admin"])


def test_a_tick_is_no_new_definition(bound: World) -> None:
    first, _ = milestones(bound, 3, 1)
    assert numbers(tick(bound, first)) == [1]


def test_a_new_milestone_is_a_new_definition(bound: World) -> None:
    [first] = milestones(bound, 1)
    actions.save_milestone(bound.access("admin"), first.key_result, title="One more")
    assert numbers(first.key_result) == [1, 2]


def test_a_milestone_weighs_more_than_nothing(bound: World) -> None:
    [first] = milestones(bound, 1)
    with refused("weight"):
        actions.save_milestone(
            bound.access("admin"), first.key_result, title="x", weight=Decimal(0)
        )


def test_a_removed_milestone_counts_no_more(bound: World) -> None:
    first, second = milestones(bound, 1, 1)
    tick(bound, first)
    actions.archive_milestone(bound.access("admin"), second)
    assert KeyResult.objects.get(pk=first.key_result_id).score == Decimal(1)


def a_count(world: World) -> KeyResult:
    return a_key_result(world, shape=Shape.COUNT, baseline=None, target=Decimal(4))


def count(world: World, key_result: KeyResult, name: str) -> CountedItem:
    return actions.save_counted_item(
        world.access("admin"), key_result, name=name, met_on=timezone.localdate()
    )


def test_each_counted_thing_moves_the_score(bound: World) -> None:
    key_result = a_count(bound)
    count(bound, key_result, "Jansen")
    assert KeyResult.objects.get(pk=key_result.pk).score == Decimal("0.25")


def test_a_thing_counts_once(bound: World) -> None:
    key_result = a_count(bound)
    count(bound, key_result, "Jansen")
    with refused("__all__"):
        count(bound, key_result, "jansen")


def test_a_thing_taken_back_counts_no_more(bound: World) -> None:
    key_result = a_count(bound)
    actions.archive_counted_item(bound.access("admin"), count(bound, key_result, "Jansen"))
    assert KeyResult.objects.get(pk=key_result.pk).score == Decimal(0)


# --- Archiving and sharing --------------------------------------------------------------------
def test_an_archived_key_result_leaves_the_score_of_its_objective(bound: World) -> None:
    key_result = a_key_result(bound, score=Decimal("0.2"))
    KeyResultFactory.create(objective=key_result.objective, score=Decimal("0.8"))
    actions.archive_key_result(bound.access("admin"), key_result, expected_version=None)
    key_result.objective.refresh_from_db()
    assert key_result.objective.score == Decimal("0.8")


def test_a_key_result_of_a_closed_cycle_is_not_archived(bound: World) -> None:
    key_result = a_key_result(
        bound, objective=an_objective(bound, cycle=CycleFactory.create(state=CycleState.CLOSED))
    )
    with refused("detail"):
        actions.archive_key_result(bound.access("admin"), key_result, expected_version=None)


def share(
    world: World, key_result: KeyResult, objective: Any, weight: str = "1"
) -> SharedPlacement:
    return actions.share_key_result(
        world.access("admin"), key_result, objective, weight=Decimal(weight)
    )


def test_a_key_result_is_not_shared_with_its_home(bound: World) -> None:
    key_result = a_key_result(bound)
    with refused("key_result"):
        share(bound, key_result, key_result.objective)


def test_key_results_are_shared_within_one_cycle(bound: World) -> None:
    with refused("key_result"):
        share(bound, a_key_result(bound), ObjectiveFactory.create())


def test_a_key_result_is_shared_once(bound: World) -> None:
    key_result = a_key_result(bound)
    other = an_objective(bound, cycle=key_result.objective.cycle)
    share(bound, key_result, other)
    with refused("__all__"):
        share(bound, key_result, other)


def test_a_shared_weight_is_more_than_nothing(bound: World) -> None:
    key_result = a_key_result(bound)
    other = an_objective(bound, cycle=key_result.objective.cycle)
    with refused("weight"):
        share(bound, key_result, other, "0")


def test_a_key_result_taken_out_counts_there_no_more(bound: World) -> None:
    key_result = a_key_result(bound, score=Decimal("0.6"))
    other = an_objective(bound, cycle=key_result.objective.cycle)
    placement = share(bound, key_result, other)
    actions.unshare_key_result(bound.access("admin"), placement)
    other.refresh_from_db()
    assert other.score is None
