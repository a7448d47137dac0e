"""What a close fixes, and how it is corrected in the open afterwards."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from okrs.actions import closing, objectives
from okrs.actions.cycles import judge_key_result, move_cycle
from okrs.choices import CycleState, ObjectiveState, RollUpMode, TierKind
from okrs.models import (
    ClosedKeyResult,
    ClosedObjective,
    ClosedUnit,
    ClosingRevision,
    Cycle,
    KeyResult,
    Objective,
    ScorePoint,
    UnitScore,
)
from tests.factories.links import SharedPlacementFactory
from tests.factories.okrs import (
    CycleFactory,
    KeyResultFactory,
    ObjectiveAlignmentFactory,
    TierFactory,
)
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import an_objective
from tests.personas import World

D = Decimal


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def objective(bound: World) -> Objective:
    """In a closing cycle, with one key result at 0.8 and one that nobody scored."""
    made = an_objective(bound, cycle=CycleFactory.create(state=CycleState.CLOSING))
    KeyResultFactory.create(objective=made, title="Told", score=D("0.8"), raw=D("0.8"))
    KeyResultFactory.create(objective=made, title="Silent")
    return made


def close(world: World, cycle: Cycle) -> None:
    move_cycle(world.access("admin"), cycle, to=CycleState.CLOSED, expected_version=None)


def correct(world: World, title: str = "Silent", score: str | None = "0.6") -> ClosingRevision:
    return closing.correct_key_result(
        world.access("facilitator"),
        KeyResult.objects.get(title=title),
        final_score=None if score is None else D(score),
        reason="The survey came in late.",
    )


def frozen_result(title: str, number: int) -> ClosedKeyResult:
    return ClosedKeyResult.objects.get(key_result__title=title, revision__number=number)


# --- The close --------------------------------------------------------------------------------
def test_a_close_leaves_revision_nought(bound: World, objective: Objective) -> None:
    close(bound, objective.cycle)
    made = ClosingRevision.objects.get()
    assert (made.number, made.actor, made.reason) == (0, bound["admin"], "")


def test_a_cycle_was_closed_when_its_scores_were_fixed(bound: World, objective: Objective) -> None:
    close(bound, objective.cycle)
    cycle = Cycle.objects.get(pk=objective.cycle_id)
    assert cycle.closed_at == ClosingRevision.objects.get().recorded_at


def test_a_close_freezes_each_key_result(bound: World, objective: Objective) -> None:
    close(bound, objective.cycle)
    row = frozen_result("Told", 0)
    assert (row.computed, row.judged, row.score, row.band) == (D("0.8"), None, D("0.8"), "strong")


def test_what_nobody_scored_is_frozen_as_nothing(bound: World, objective: Objective) -> None:
    close(bound, objective.cycle)
    row = frozen_result("Silent", 0)
    assert (row.computed, row.score, row.band) == (None, 0, "significant-miss")


def test_a_final_score_is_frozen_beside_the_computed_one(
    bound: World, objective: Objective
) -> None:
    told = objective.key_results.get(title="Told")
    judge_key_result(bound.access("admin"), told, final_score=D("0.9"))
    close(bound, objective.cycle)
    row = frozen_result("Told", 0)
    assert (row.computed, row.judged, row.score, row.band) == (
        D("0.8"), D("0.90"), D("0.9"), "full",
    )  # fmt: skip


def test_a_frozen_key_result_names_its_definition(bound: World, objective: Objective) -> None:
    close(bound, objective.cycle)
    row = frozen_result("Told", 0)
    assert row.definition == row.key_result.versions.get()


def test_a_close_freezes_each_objective(bound: World, objective: Objective) -> None:
    close(bound, objective.cycle)
    row = ClosedObjective.objects.get()
    assert (row.state, row.computed, row.score, row.band, row.reporting, row.counted) == (
        "closed", D("0.4"), D("0.4"), "fell-short", 1, 2,
    )  # fmt: skip


def test_a_judgement_by_hand_is_frozen_beside_the_mean(bound: World, objective: Objective) -> None:
    Objective.objects.update(roll_up=RollUpMode.BY_HAND, assessed_score=D("0.7"))
    close(bound, objective.cycle)
    row = ClosedObjective.objects.get()
    assert (row.computed, row.assessed, row.score) == (D("0.4"), D("0.70"), D("0.7"))


def test_a_close_freezes_each_unit(bound: World, objective: Objective) -> None:
    other = an_objective(bound, cycle=objective.cycle)
    KeyResultFactory.create(objective=other, score=D("1"))
    close(bound, objective.cycle)
    row = ClosedUnit.objects.get(product=objective.product)
    assert (row.score, row.band, row.objectives, row.scored, row.kept) == (
        D("0.7"), "strong", 2, 2, 1,
    )  # fmt: skip
    assert (row.fell_short, row.full, row.key_results, row.reporting) == (1, 1, 3, 2)


def test_a_frozen_unit_says_what_its_roll_up_says(bound: World, objective: Objective) -> None:
    close(bound, objective.cycle)
    assert ClosedUnit.objects.get().score == UnitScore.objects.get().score


def test_a_draft_is_frozen_and_counts_in_no_unit(bound: World, objective: Objective) -> None:
    an_objective(bound, cycle=objective.cycle, state=ObjectiveState.DRAFT)
    close(bound, objective.cycle)
    assert (ClosedObjective.objects.count(), ClosedUnit.objects.get().objectives) == (2, 1)


def test_a_close_asks_no_more_questions_for_more_goals(
    bound: World, objective: Objective, django_assert_num_queries: Any
) -> None:
    revision = ClosingRevision.objects.create(cycle=objective.cycle, number=0, actor=bound["admin"])
    for size in (1, 3, 50):
        while objective.key_results.count() < size:
            KeyResultFactory.create(objective=objective)
        with transaction.atomic():
            with django_assert_num_queries(11):
                closing.freeze(revision)
            transaction.set_rollback(True)


# --- Corrections ------------------------------------------------------------------------------
@pytest.fixture
def closed(bound: World, objective: Objective) -> Objective:
    close(bound, objective.cycle)
    return objective


def test_a_correction_is_the_next_revision_and_says_why(bound: World, closed: Objective) -> None:
    made = correct(bound)
    assert (made.number, made.reason, made.actor) == (
        1, "The survey came in late.", bound["facilitator"],
    )  # fmt: skip


def test_a_correction_counts(bound: World, closed: Objective) -> None:
    correct(bound)
    assert Objective.objects.get(pk=closed.pk).score == D("0.7")


def test_a_correction_moves_the_roll_up_of_the_unit(bound: World, closed: Objective) -> None:
    correct(bound)
    assert UnitScore.objects.get().score == D("0.7")


def test_a_correction_freezes_what_changed_and_nothing_else(
    bound: World, closed: Objective
) -> None:
    made = correct(bound)
    assert [row.key_result.title for row in made.key_results.all()] == ["Silent"]
    assert [row.score for row in made.objectives.all()] == [D("0.7")]
    assert [(row.score, row.kept) for row in made.units.all()] == [(D("0.7"), 1)]


def test_the_close_still_says_what_it_said(bound: World, closed: Objective) -> None:
    correct(bound)
    first = ClosingRevision.objects.get(number=0)
    assert [row.score for row in first.objectives.all()] == [D("0.4")]


def test_a_correction_leaves_a_point_in_the_history(bound: World, closed: Objective) -> None:
    correct(bound)
    scores = ScorePoint.objects.filter(cause="correction").values_list("score", flat=True)
    assert list(scores) == [D("0.7"), D("0.7")]


def test_a_correction_reaches_the_objectives_that_share_the_key_result(
    bound: World, objective: Objective
) -> None:
    other = an_objective(bound, cycle=objective.cycle)
    shared = objective.key_results.get(title="Silent")
    SharedPlacementFactory.create(key_result=shared, objective=other)
    close(bound, objective.cycle)
    correct(bound)
    assert Objective.objects.get(pk=other.pk).score == D("0.6")


def test_a_correction_reaches_the_goals_above(bound: World, objective: Objective) -> None:
    parent = an_objective(
        bound,
        cycle=objective.cycle,
        product=None,
        tier=TierFactory.create(kind=TierKind.ORGANIZATION),
        roll_up=RollUpMode.OWN_AND_ALIGNED,
    )
    ObjectiveAlignmentFactory.create(child=objective, parent=parent, state="agreed")
    close(bound, objective.cycle)
    made = correct(bound)
    assert made.objectives.get(objective=parent).score == D("0.7")


def test_a_judgement_of_the_whole_is_corrected(bound: World, closed: Objective) -> None:
    made = closing.correct_objective(
        bound.access("facilitator"), closed, assessed_score=D("0.5"), reason="Misread."
    )
    row = made.objectives.get()
    assert (row.assessed, row.score, made.units.count()) == (D("0.50"), D("0.4"), 0)


def test_a_correction_can_be_taken_back(bound: World, closed: Objective) -> None:
    correct(bound)
    made = correct(bound, score=None)
    assert (made.number, made.key_results.get().score) == (2, 0)


def test_a_correction_needs_a_reason(bound: World, closed: Objective) -> None:
    told = closed.key_results.get(title="Told")
    with refused("reason"):
        closing.correct_key_result(bound.access("admin"), told, final_score=D("0.5"), reason="  ")


def test_a_correction_needs_the_right(bound: World, closed: Objective) -> None:
    told = closed.key_results.get(title="Told")
    with pytest.raises(PermissionDenied):
        closing.correct_key_result(bound.access("lead"), told, final_score=D("0.5"), reason="Late.")


def test_an_open_cycle_is_not_corrected(bound: World, objective: Objective) -> None:
    with refused("detail"):
        correct(bound)


def test_a_draft_of_a_closed_cycle_is_not_corrected(bound: World, objective: Objective) -> None:
    draft = an_objective(bound, cycle=objective.cycle, state=ObjectiveState.DRAFT)
    KeyResultFactory.create(objective=draft, title="Idea")
    close(bound, objective.cycle)
    with refused("detail"):
        correct(bound, "Idea")


def test_a_correction_changes_something(bound: World, closed: Objective) -> None:
    with refused("final_score"):
        correct(bound, score=None)


def test_a_corrected_score_lies_between_nothing_and_all(bound: World, closed: Objective) -> None:
    with refused("__all__"):
        correct(bound, score="1.2")


def test_nothing_else_changes_after_a_correction(bound: World, closed: Objective) -> None:
    correct(bound)
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyResult.objects.filter(title="Told").update(final_score=D("1"))


def test_a_closed_objective_is_not_assessed_again(bound: World, closed: Objective) -> None:
    with refused("detail"):
        objectives.assess_objective(
            bound.access("admin"), Objective.objects.get(), score=D("0.5"), assessment="Better"
        )
