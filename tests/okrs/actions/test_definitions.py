"""Setting goals: what a definition must hold, how it is versioned, and how a cycle ends."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.tenant_models import StaleVersion
from okrs.actions.check_ins import check_in
from okrs.actions.cycles import create_cycle, judge_key_result, move_cycle
from okrs.actions.key_results import (
    archive_counted_item,
    create_key_result,
    edit_key_result,
    release_override,
    save_counted_item,
    save_milestone,
    set_override,
    share_key_result,
)
from okrs.actions.objectives import (
    assess_objective,
    create_objective,
    edit_objective,
    move_objective,
)
from okrs.choices import OBJECTIVE_MOVES, CycleState, KeyResultSource, ObjectiveState, Shape
from okrs.models import KeyResult, Objective
from portfolio.models import Product
from tests.factories.okrs import (
    CycleFactory,
    KeyResultFactory,
    ObjectiveFactory,
    TierFactory,
)
from tests.factories.portfolio import MeasureUnitFactory, PortfolioFactory, ThemeFactory
from tests.personas import World

S = ObjectiveState


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def define(world: World, **fields: Any) -> KeyResult:
    objective = fields.pop("objective", None) or ObjectiveFactory.create(state=S.DRAFT)
    given = {"title": "Days", "baseline": Decimal(14), "target": Decimal(7), **fields}
    unit = MeasureUnitFactory.create()
    return create_key_result(world.access("admin"), objective, unit=unit, **given)


def say(world: World, key_result: KeyResult, value: str, **fields: Any) -> None:
    check_in(world.access("admin"), key_result, value=Decimal(value), **fields)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"baseline": Decimal(7)}, "target"),
        ({"baseline": None}, "baseline"),
        ({"target": None}, "target"),
        ({"weight": Decimal(0)}, "weight"),
        ({"shape": Shape.WITHIN}, "lower"),
        ({"shape": Shape.WITHIN, "lower": Decimal(5), "upper": Decimal(4)}, "upper"),
        ({"shape": Shape.AT_LEAST, "target": None}, "target"),
        ({"curve_points": [["never", "0.2"]], "curve": "custom"}, "curve_points"),
        ({"curve_points": [["2026-13-01", "x"]], "curve": "custom"}, "curve_points"),
    ],
)
def test_what_cannot_be_scored_is_refused_at_its_field(
    bound: World, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError, match=f"'{field}'"):
        define(bound, **fields)
    assert not KeyResult.objects.exists()


@pytest.mark.parametrize(("days", "field"), [(-60, "starts_on"), (60, "ends_on")])
def test_a_key_result_stays_inside_its_cycle(bound: World, days: int, field: str) -> None:
    with pytest.raises(ValidationError, match=f"'{field}'"):
        define(bound, **{field: timezone.localdate() + timedelta(days=days)})


def test_a_key_result_without_a_metric_gets_one_of_its_own(bound: World) -> None:
    key_result = define(bound)
    assert (key_result.metric.name, key_result.metric.is_silent) == ("Days", True)


def test_a_new_definition_is_a_new_version_and_the_old_one_stays(bound: World) -> None:
    key_result = define(bound)
    edit_key_result(bound.access("admin"), key_result, expected_version=1, target=Decimal(5))
    versions = [(v.number, v.definition["target"]) for v in key_result.versions.all()]
    assert versions == [(2, "5"), (1, "7")]


def test_another_title_is_no_new_definition(bound: World) -> None:
    key_result = define(bound)
    edit_key_result(bound.access("admin"), key_result, expected_version=1, title="Other")
    assert key_result.versions.count() == 1


def test_a_committed_definition_changes_with_a_reason_only(bound: World) -> None:
    key_result = KeyResultFactory.create()
    with pytest.raises(ValidationError, match="'reason'"):
        edit_key_result(bound.access("admin"), key_result, expected_version=1, target=Decimal(5))


def test_an_edit_on_a_stale_version_is_refused(bound: World) -> None:
    key_result = define(bound)
    edit_key_result(bound.access("admin"), key_result, expected_version=1, title="First")
    stale = KeyResult.objects.get()
    with pytest.raises(StaleVersion):
        edit_key_result(bound.access("admin"), stale, expected_version=1, title="Second")


def test_milestones_log_their_weighted_share(bound: World) -> None:
    steps = [{"title": "Pilot", "weight": Decimal(3)}, {"title": "Launch", "weight": Decimal(1)}]
    key_result = define(bound, shape=Shape.MILESTONES, baseline=None, target=None, milestones=steps)
    pilot = key_result.milestones.get(title="Pilot")
    save_milestone(bound.access("admin"), key_result, milestone=pilot, done_on=timezone.localdate())
    key_result.refresh_from_db()
    assert (key_result.score, key_result.current_value) == (Decimal("0.75"), Decimal("0.75"))


def test_a_count_lists_what_it_counts(bound: World) -> None:
    key_result = define(
        bound, shape=Shape.COUNT, baseline=None, target=Decimal(4), condition="500 users"
    )
    access, today = bound.access("admin"), timezone.localdate()
    item = save_counted_item(access, key_result, name="Payments", met_on=today)
    save_counted_item(access, key_result, name="Returns", met_on=today)
    key_result.refresh_from_db()
    assert key_result.score == Decimal("0.5")
    with pytest.raises(ValidationError, match="already counted"):
        save_counted_item(access, key_result, name="payments", met_on=today)
    archive_counted_item(access, item)
    key_result.refresh_from_db()
    assert key_result.score == Decimal("0.25")


@pytest.mark.parametrize("value", ["0.5", "2"])
def test_yes_or_no_takes_nothing_between(bound: World, value: str) -> None:
    key_result = define(bound, shape=Shape.YES_NO, baseline=None, target=None)
    with pytest.raises(ValidationError, match="'value'"):
        say(bound, key_result, value)


def test_a_synced_key_result_takes_no_value_by_hand(bound: World) -> None:
    key_result = KeyResultFactory.create(source=KeyResultSource.SYNCED)
    with pytest.raises(ValidationError, match="comes by itself"):
        say(bound, key_result, "5")
    check_in(bound.access("admin"), key_result, confidence=Decimal("0.8"))
    key_result.refresh_from_db()
    assert key_result.confidence == Decimal("0.8")


@pytest.mark.parametrize("confidence", ["0.55", "1.1", "-0.1"])
def test_confidence_comes_in_tenths(bound: World, confidence: str) -> None:
    with pytest.raises(ValidationError, match="'confidence'"):
        say(bound, KeyResultFactory.create(), "5", confidence=Decimal(confidence))


def test_a_check_in_freezes_the_score_of_its_moment(bound: World) -> None:
    key_result = KeyResultFactory.create()
    say(bound, key_result, "20")
    say(bound, key_result, "60")
    scores = [row.score for row in key_result.check_ins.order_by("at")]
    assert scores == [Decimal("0.2"), Decimal("0.6")]


def test_a_released_override_gives_the_automatic_value_back(bound: World) -> None:
    key_result = KeyResultFactory.create()
    say(bound, key_result, "20")
    access = bound.access("admin")
    override = set_override(access, key_result, value=Decimal(70), reason="Late data.")
    release_override(access, override)
    key_result.refresh_from_db()
    assert (key_result.score, key_result.is_overridden) == (Decimal("0.2"), False)


def test_a_second_override_waits_for_the_first(bound: World) -> None:
    key_result, access = KeyResultFactory.create(), bound.access("admin")
    set_override(access, key_result, value=Decimal(70), reason="Late data.")
    with pytest.raises(ValidationError, match="Release the present override"):
        set_override(access, key_result, value=Decimal(80), reason="Later data.")


def test_a_key_result_is_not_shared_with_its_own_home(bound: World) -> None:
    key_result = KeyResultFactory.create()
    with pytest.raises(ValidationError, match="home objective"):
        share_key_result(bound.access("admin"), key_result, key_result.objective, weight=Decimal(1))


@pytest.mark.parametrize("before", list(S))
@pytest.mark.parametrize("after", list(S))
def test_an_objective_moves_along_its_table_only(bound: World, before: str, after: str) -> None:
    objective = KeyResultFactory.create(objective__state=before).objective
    given: dict[str, Any] = {"to": after, "reason": "Because."}
    if after in OBJECTIVE_MOVES[before]:
        assert move_objective(bound.access("admin"), objective, **given).state == after
        assert objective.moves.get().to_state == after
    else:
        with pytest.raises(ValidationError, match="'state'"):
            move_objective(bound.access("admin"), objective, **given)


def test_an_objective_is_proposed_with_a_key_result_only(bound: World) -> None:
    with pytest.raises(ValidationError, match="Add a key result"):
        move_objective(bound.access("admin"), ObjectiveFactory.create(state=S.DRAFT), to=S.PROPOSED)


def test_a_deferral_needs_a_reason(bound: World) -> None:
    objective = ObjectiveFactory.create(state=S.PROPOSED)
    with pytest.raises(ValidationError, match="'reason'"):
        move_objective(bound.access("admin"), objective, to=S.DEFERRED)


def test_a_committed_objective_is_revised_with_a_reason(bound: World) -> None:
    objective = ObjectiveFactory.create()
    with pytest.raises(ValidationError, match="'reason'"):
        edit_objective(bound.access("admin"), objective, expected_version=1, title="New")
    edit_objective(
        bound.access("admin"), objective, expected_version=1, title="New", reason="Clearer."
    )
    assert objective.moves.get().reason == "Clearer."


def test_an_objective_stands_on_the_tier_of_its_owner(bound: World) -> None:
    tier = TierFactory.create(kind="team")
    with pytest.raises(ValidationError, match="'team'"):
        create_objective(
            bound.access("admin"),
            title="Misplaced",
            tier=tier,
            cycle=CycleFactory.create(),
            product=Product.objects.get(slug="product"),
        )


def test_a_theme_must_cover_the_cycle(bound: World) -> None:
    today = timezone.localdate()
    theme = ThemeFactory.create(portfolio=PortfolioFactory.create(), starts_on=today, ends_on=today)
    with pytest.raises(ValidationError, match="'theme'"):
        create_objective(
            bound.access("admin"),
            title="Short",
            tier=TierFactory.create(),
            cycle=CycleFactory.create(),
            product=Product.objects.get(slug="product"),
            theme=theme,
        )


def test_a_judgement_stands_beside_the_computed_score(bound: World) -> None:
    key_result = KeyResultFactory.create()
    say(bound, key_result, "40")
    objective = Objective.objects.get(pk=key_result.objective_id)
    assess_objective(
        bound.access("admin"), objective, score=Decimal("0.70"), assessment="The rest was luck."
    )
    objective.refresh_from_db()
    assert (objective.score, objective.assessed_score) == (Decimal("0.4"), Decimal("0.70"))


def test_closing_counts_what_nobody_scored_as_nothing(bound: World) -> None:
    objective = ObjectiveFactory.create()
    scored, _silent = KeyResultFactory.create_batch(2, objective=objective)
    say(bound, scored, "80")
    access = bound.access("admin")
    for state in (CycleState.CLOSING, CycleState.CLOSED):
        move_cycle(access, objective.cycle, to=state, expected_version=None)
    objective.refresh_from_db()
    assert (objective.score, objective.state) == (Decimal("0.4"), S.CLOSED)


def test_a_final_score_stands_in_at_close(bound: World) -> None:
    key_result = KeyResultFactory.create()
    say(bound, key_result, "80")
    access, cycle = bound.access("admin"), key_result.objective.cycle
    move_cycle(access, cycle, to=CycleState.CLOSING, expected_version=None)
    key_result = KeyResult.objects.get()
    judge_key_result(access, key_result, final_score=Decimal("0.60"))
    move_cycle(access, cycle, to=CycleState.CLOSED, expected_version=None)
    objective = Objective.objects.get(pk=key_result.objective_id)
    assert objective.score == Decimal("0.6")


def test_a_closed_cycle_takes_no_check_in(bound: World) -> None:
    key_result = KeyResultFactory.create(objective__cycle__state=CycleState.CLOSED)
    with pytest.raises(ValidationError, match="its scores stand"):
        say(bound, key_result, "5")


def test_a_cycle_lies_inside_the_one_around_it(bound: World) -> None:
    outer = CycleFactory.create()
    with pytest.raises(ValidationError, match="'parent'"):
        create_cycle(
            bound.access("admin"),
            name="Too long",
            starts_on=outer.starts_on,
            ends_on=outer.ends_on + timedelta(days=1),
            parent=outer,
        )


def test_a_cycle_does_not_jump(bound: World) -> None:
    with pytest.raises(ValidationError, match="'state'"):
        move_cycle(
            bound.access("admin"),
            CycleFactory.create(),
            to=CycleState.CLOSED,
            expected_version=None,
        )
