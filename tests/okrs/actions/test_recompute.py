"""Scores follow from the logs: at once for the goal itself, then upwards, and every night anew."""

import threading
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.tenancy import tenant
from okrs.actions.ancestors import recompute_ancestors
from okrs.actions.check_ins import check_in
from okrs.actions.daily import refresh_pace, verify_scores
from okrs.actions.key_results import set_override
from okrs.choices import ContributionMode, KeyResultSource, LinkState, ObjectiveState, RollUpMode
from okrs.models import KeyResult, Objective, ScorePoint, SharedPlacement, UnitScore
from portfolio.actions import record_value
from portfolio.choices import Dimension
from tests.factories.okrs import (
    ContributionFactory,
    CycleFactory,
    KeyResultFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
)
from tests.factories.portfolio import MeasureUnitFactory, MetricFactory
from tests.personas import World, make_world


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def say(world: World, key_result: KeyResult, value: int) -> None:
    check_in(world.access("admin"), key_result, value=Decimal(value))


def follow(*objectives: Objective, key_results: tuple[KeyResult, ...] = ()) -> None:
    """What the worker does with the outbox."""
    recompute_ancestors({k.pk for k in key_results}, {o.pk for o in objectives})


def score(row: KeyResult | Objective) -> Decimal | None:
    found: Decimal | None = type(row).objects.values_list("score", flat=True).get(pk=row.pk)
    return found


def test_a_value_scores_its_key_result_and_objective_in_the_same_transaction(
    bound: World,
) -> None:
    key_result = KeyResultFactory.create()
    say(bound, key_result, 40)
    assert (score(key_result), score(key_result.objective)) == (Decimal("0.4"), Decimal("0.4"))


def test_a_value_of_a_metric_moves_every_key_result_that_reads_it() -> None:
    metric = MetricFactory.create()
    first, second = KeyResultFactory.create(metric=metric), KeyResultFactory.create(metric=metric)
    record_value(metric=metric, value=Decimal(25), source="api")
    assert (score(first), score(second)) == (Decimal("0.25"), Decimal("0.25"))


def test_an_objective_weighs_its_key_results(bound: World) -> None:
    objective = ObjectiveFactory.create()
    heavy = KeyResultFactory.create(objective=objective, weight=Decimal(3))
    light = KeyResultFactory.create(objective=objective)
    say(bound, heavy, 80)
    say(bound, light, 40)
    assert score(objective) == Decimal("0.7")


def test_a_silent_key_result_is_left_out_and_told(bound: World) -> None:
    objective = ObjectiveFactory.create()
    said, _silent = KeyResultFactory.create_batch(2, objective=objective)
    say(bound, said, 60)
    objective.refresh_from_db()
    told = (objective.score, objective.reporting, objective.counted)
    assert told == (Decimal("0.6"), 1, 2)


def test_a_shared_key_result_counts_under_both_objectives(bound: World) -> None:
    key_result = KeyResultFactory.create()
    other = ObjectiveFactory.create(cycle=key_result.objective.cycle)
    SharedPlacement.objects.create(key_result=key_result, objective=other, weight=Decimal(1))
    say(bound, key_result, 30)
    assert (score(key_result.objective), score(other)) == (Decimal("0.3"), Decimal("0.3"))


def test_an_aligned_objective_reaches_the_one_above_through_the_outbox(bound: World) -> None:
    link = ObjectiveAlignmentFactory.create(state=LinkState.AGREED)
    Objective.objects.filter(pk=link.parent_id).update(roll_up=RollUpMode.OWN_AND_ALIGNED)
    say(bound, KeyResultFactory.create(objective=link.child), 50)
    assert score(link.parent) is None
    follow(link.child)
    assert score(link.parent) == Decimal("0.5")


def test_a_supporting_or_unanswered_link_does_not_count(bound: World) -> None:
    link = ObjectiveAlignmentFactory.create(state=LinkState.PROPOSED)
    Objective.objects.filter(pk=link.parent_id).update(roll_up=RollUpMode.OWN_AND_ALIGNED)
    say(bound, KeyResultFactory.create(objective=link.child), 50)
    follow(link.child)
    assert score(link.parent) is None


def test_a_grandparent_follows_after_its_child(bound: World) -> None:
    lower = ObjectiveAlignmentFactory.create(state=LinkState.AGREED)
    upper = ObjectiveAlignmentFactory.create(child=lower.parent, state=LinkState.AGREED)
    Objective.objects.filter(pk__in=[lower.parent_id, upper.parent_id]).update(
        roll_up=RollUpMode.OWN_AND_ALIGNED
    )
    say(bound, KeyResultFactory.create(objective=lower.child), 70)
    follow(lower.child)
    assert score(upper.parent) == Decimal("0.7")


def test_a_summed_key_result_adds_the_changes_below_to_its_own_baseline(bound: World) -> None:
    unit = MeasureUnitFactory.create(dimension=Dimension.COUNT)
    parent = KeyResultFactory.create(
        source=KeyResultSource.CONTRIBUTIONS,
        contribution_mode=ContributionMode.SUM,
        metric=MetricFactory.create(unit=unit),
        baseline=Decimal(10),
        target=Decimal(30),
    )
    children = [KeyResultFactory.create(metric=MetricFactory.create(unit=unit)) for _ in range(2)]
    for child in children:
        ContributionFactory.create(child=child, parent=parent, state=LinkState.AGREED)
    say(bound, children[0], 4)
    say(bound, children[1], 6)
    follow(key_results=tuple(children))
    parent.refresh_from_db()
    assert (parent.current_value, parent.score) == (Decimal(20), Decimal("0.5"))
    assert parent.current_source == "roll-up"


def test_a_unit_counts_distinct_live_objectives_only(bound: World) -> None:
    cycle = CycleFactory.create()
    first = ObjectiveFactory.create(cycle=cycle)
    same = {"cycle": cycle, "tier": first.tier, "product": first.product}
    second = ObjectiveFactory.create(**same)
    ObjectiveFactory.create(**same, state=ObjectiveState.DRAFT)
    say(bound, KeyResultFactory.create(objective=first), 20)
    say(bound, KeyResultFactory.create(objective=second), 60)
    follow(first, second)
    unit = UnitScore.objects.get(product=first.product, cycle=cycle)
    assert (unit.score, unit.objectives, unit.key_results) == (Decimal("0.4"), 2, 2)


def test_an_unchanged_roll_up_leaves_no_second_point(bound: World) -> None:
    key_result = KeyResultFactory.create()
    say(bound, key_result, 20)
    follow(key_result.objective)
    follow(key_result.objective)
    assert ScorePoint.objects.filter(unit_score__isnull=False).count() == 1


def test_an_override_stands_in_and_the_automatic_value_is_kept(bound: World) -> None:
    key_result = KeyResultFactory.create()
    say(bound, key_result, 20)
    set_override(bound.access("admin"), key_result, value=Decimal(50), reason="Counted twice.")
    key_result.refresh_from_db()
    assert (key_result.score, key_result.is_overridden) == (Decimal("0.5"), True)
    assert key_result.metric.values.get().value == 20


def test_pace_moves_with_the_day_while_the_score_stands(bound: World) -> None:
    key_result = KeyResultFactory.create()
    say(bound, key_result, 60)
    cycle = key_result.objective.cycle
    cycle.starts_on -= timedelta(days=300)
    cycle.save()
    refresh_pace()
    key_result.refresh_from_db()
    assert (key_result.score, key_result.pace) == (Decimal("0.6"), "at-risk")


def test_what_was_never_reported_becomes_outdated_after_one_cadence(bound: World) -> None:
    key_result = KeyResultFactory.create()
    refresh_pace()
    key_result.refresh_from_db()
    assert key_result.outdated_from is not None
    assert key_result.outdated_from <= timezone.now()


def test_the_nightly_audit_finds_nothing_to_put_right(bound: World) -> None:
    link = ObjectiveAlignmentFactory.create(state=LinkState.AGREED)
    Objective.objects.filter(pk=link.parent_id).update(roll_up=RollUpMode.OWN_AND_ALIGNED)
    say(bound, KeyResultFactory.create(objective=link.child), 50)
    follow(link.child)
    assert verify_scores() == 0


def test_the_nightly_audit_puts_a_drifted_score_right(bound: World) -> None:
    key_result = KeyResultFactory.create()
    say(bound, key_result, 50)
    KeyResult.objects.filter(pk=key_result.pk).update(score=Decimal("0.9"))
    assert verify_scores() == 1
    assert score(key_result) == Decimal("0.5")


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    @pytest.fixture(autouse=True)
    def bound(self) -> None:
        """These tests open their own transactions."""

    def test_two_check_ins_of_one_objective_both_count(self) -> None:
        with transaction.atomic():
            world = make_world("Acme")
        with tenant(world.organization.pk), transaction.atomic():
            objective = ObjectiveFactory.create()
            ids = [KeyResultFactory.create(objective=objective).pk for _ in range(4)]

        def say_fifty(pk: UUID) -> None:
            with tenant(world.organization.pk), transaction.atomic():
                say(world, KeyResult.objects.get(pk=pk), 50)
            connection.close()

        threads = [threading.Thread(target=say_fifty, args=[pk]) for pk in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with tenant(world.organization.pk), transaction.atomic():
            objective.refresh_from_db()
            assert (objective.score, objective.reporting) == (Decimal("0.5"), 4)
