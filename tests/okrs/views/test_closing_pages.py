"""What a close fixed, on the pages of goals, and how it is corrected there."""

from decimal import Decimal
from typing import Any

import pytest

from okrs.actions.closing import correct_key_result
from okrs.actions.cycles import move_cycle
from okrs.choices import CycleState
from okrs.models import ClosingRevision, KeyResult, Objective
from okrs.queries.closing import record_of_objective
from tests.factories.okrs import CycleFactory, KeyResultFactory
from tests.okrs.goals import an_objective
from tests.okrs.views.conftest import Browser
from tests.personas import World

D = Decimal


@pytest.fixture
def closed(bound: World) -> Objective:
    """At 0.40: one key result at 0.80, one that nobody scored."""
    made = an_objective(bound, cycle=CycleFactory.create(state=CycleState.CLOSING))
    KeyResultFactory.create(objective=made, title="Told", score=D("0.8"))
    KeyResultFactory.create(objective=made, title="Silent")
    move_cycle(bound.access("admin"), made.cycle, to=CycleState.CLOSED, expected_version=None)
    return Objective.objects.get(pk=made.pk)


def silent() -> KeyResult:
    return KeyResult.objects.get(title="Silent")


def correct(world: World, score: str = "0.6") -> None:
    correct_key_result(
        world.access("facilitator"), silent(), final_score=D(score), reason="The survey was late."
    )


def test_a_closed_key_result_says_what_was_fixed(as_admin: Browser, closed: Objective) -> None:
    record = as_admin.get("key-result", silent().pk).context["record"]
    assert (record.first.score, record.corrections) == (0, [])


def test_a_correction_stands_beside_what_was_fixed(as_admin: Browser, closed: Objective) -> None:
    correct(as_admin.world)
    [entry] = as_admin.get("key-result", silent().pk).context["record"].corrections
    assert (entry.before, entry.after, entry.revision.reason) == (
        0,
        D("0.6"),
        "The survey was late.",
    )


def test_an_objective_names_the_key_result_that_moved_it(
    as_admin: Browser, closed: Objective
) -> None:
    correct(as_admin.world)
    [entry] = as_admin.get("objective", closed.pk).context["record"].corrections
    assert (entry.about, entry.before, entry.after) == (silent(), D("0.4"), D("0.7"))


def test_the_latest_correction_comes_first(as_admin: Browser, closed: Objective) -> None:
    correct(as_admin.world)
    correct(as_admin.world, "0.5")
    found = as_admin.get("key-result", silent().pk).context["record"].corrections
    assert [entry.revision.number for entry in found] == [2, 1]


def test_an_open_objective_has_no_record_of_a_close(as_admin: Browser, bound: World) -> None:
    assert as_admin.get("objective", an_objective(bound).pk).context["record"] is None


def test_who_may_not_correct_is_offered_nothing(as_contributor: Browser, closed: Objective) -> None:
    page = as_contributor.get("key-result", silent().pk).content.decode()
    assert as_contributor.address("correct-key-result", silent().pk) not in page


def test_a_score_is_corrected_on_its_page(as_admin: Browser, closed: Objective) -> None:
    as_admin.post("correct-key-result", silent().pk, final_score="0.6", reason="Late")
    assert (silent().final_score, ClosingRevision.objects.count()) == (D("0.60"), 2)


def test_a_correction_without_a_reason_keeps_what_was_typed(
    as_admin: Browser, closed: Objective
) -> None:
    answer = as_admin.post("correct-key-result", silent().pk, final_score="0.6")
    assert (answer.status_code, answer.context["form"]["final_score"].value()) == (422, "0.6")


def test_an_assessment_is_corrected_on_the_page_of_its_objective(
    as_admin: Browser, closed: Objective
) -> None:
    as_admin.post("correct-objective", closed.pk, assessed_score="0.5", reason="Misread")
    assert Objective.objects.get().assessed_score == D("0.50")


def test_a_running_cycle_is_not_corrected(as_admin: Browser, bound: World) -> None:
    row = an_objective(bound)
    answer = as_admin.post("correct-objective", row.pk, assessed_score="0.5", reason="Why")
    assert "Only the scores of a closed cycle are corrected." in answer.content.decode()


@pytest.mark.parametrize("times", [1, 3, 50])
def test_the_record_takes_two_questions_however_many_corrections(
    bound: World, closed: Objective, times: int, django_assert_num_queries: Any
) -> None:
    for turn in range(times):
        correct(bound, "0.6" if turn % 2 else "0.5")
    access = bound.access("viewer")
    with django_assert_num_queries(2):
        record = record_of_objective(access, closed)
    assert record is not None
    assert len(record.corrections) == times
