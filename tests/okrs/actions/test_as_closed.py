"""A look back at a closed cycle gives what its close fixed, whatever was corrected since."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from okrs.actions.check_ins import check_in
from okrs.actions.closing import correct_key_result, correct_objective
from okrs.actions.cycles import judge_key_result, move_cycle
from okrs.choices import CycleState
from okrs.models import ClosingRevision, KeyResult, Objective
from okrs.queries.explain import key_results_at
from okrs.queries.moment import Moment
from okrs.queries.replay import objective_at
from tests.factories.okrs import CycleFactory, KeyResultFactory
from tests.okrs.goals import an_objective
from tests.personas import World

D = Decimal


@dataclass
class Quarter:
    """One key result at 0.4, one that a person gave 0.9, one that nobody reported."""

    world: World
    objective: Objective

    @property
    def end(self) -> datetime:
        return timezone.now()

    def result(self, title: str) -> KeyResult:
        rows = KeyResult.objects.select_related("objective__cycle", "objective__organization")
        return rows.get(title=title)

    def known(self, number: int) -> datetime:
        return ClosingRevision.objects.get(number=number).recorded_at

    def score(self, title: str, known_at: datetime | None) -> Decimal | None:
        row = self.result(title)
        return key_results_at([row], Moment(self.end, known_at, is_past=True))[row.pk].score

    def whole(self, known_at: datetime | None) -> tuple[Decimal | None, Decimal | None]:
        row = Objective.objects.select_related("cycle", "organization").get()
        result = objective_at(row, Moment(self.end, known_at, is_past=True)).result
        return result.score, result.assessed


@pytest.fixture
def quarter(in_acme: World) -> Quarter:
    today = timezone.localdate()
    cycle = CycleFactory.create(starts_on=today - timedelta(days=90), ends_on=today)
    objective = an_objective(in_acme, cycle=cycle)
    for title in ("Told", "Judged", "Silent"):
        KeyResultFactory.create(objective=objective, title=title)
    made = Quarter(in_acme, objective)
    admin = in_acme.access("admin")
    for title in ("Told", "Judged"):
        check_in(admin, made.result(title), value=D(40), confidence=None, status="", note="")
    move_cycle(admin, cycle, to=CycleState.CLOSING, expected_version=None)
    judge_key_result(admin, made.result("Judged"), final_score=D("0.9"))
    move_cycle(admin, cycle, to=CycleState.CLOSED, expected_version=None)
    return made


def correct(quarter: Quarter, title: str, score: str) -> None:
    correct_key_result(
        quarter.world.access("facilitator"),
        quarter.result(title),
        final_score=D(score),
        reason="Late.",
    )


@pytest.mark.parametrize(("title", "score"), [("Told", "0.4"), ("Judged", "0.9"), ("Silent", "0")])
def test_a_key_result_is_as_it_was_fixed(quarter: Quarter, title: str, score: str) -> None:
    assert quarter.score(title, quarter.known(0)) == D(score)


def test_before_the_close_was_known_only_the_logs_speak(quarter: Quarter) -> None:
    before = quarter.known(0) - timedelta(microseconds=1)
    assert [quarter.score(title, before) for title in ("Told", "Judged", "Silent")] == [
        D("0.4"), D("0.4"), None,
    ]  # fmt: skip


def test_a_late_correction_changes_nothing_that_was_known(quarter: Quarter) -> None:
    correct(quarter, "Silent", "0.5")
    assert quarter.score("Silent", quarter.known(0)) == 0


def test_a_late_correction_is_known_since_it_was_made(quarter: Quarter) -> None:
    correct(quarter, "Silent", "0.5")
    found = [quarter.score("Silent", known) for known in (quarter.known(1), None)]
    assert found == [D("0.5"), D("0.5")]


def test_an_objective_is_as_it_was_fixed_after_a_correction(quarter: Quarter) -> None:
    first = quarter.whole(quarter.known(0))
    correct(quarter, "Silent", "0.5")
    assert first == quarter.whole(quarter.known(0)) == (D("0.4333333333"), None)
    assert quarter.whole(None) == (D("0.6000000000"), None)


def test_an_assessment_is_as_it_was_fixed_after_a_correction(quarter: Quarter) -> None:
    access = quarter.world.access("facilitator")
    objective = Objective.objects.get()
    correct_objective(access, objective, assessed_score=D("0.3"), reason="Late.")
    assert [quarter.whole(quarter.known(n))[1] for n in (0, 1)] == [None, D("0.30")]


def test_the_close_shows_its_arithmetic_where_the_logs_still_give_it(quarter: Quarter) -> None:
    row = quarter.result("Told")
    then = key_results_at([row], Moment(quarter.end, quarter.known(0), is_past=True))[row.pk]
    assert (then.arithmetic, then.reason) == ("0.40 = (40 − 0) / (100 − 0)", "")


def test_a_score_that_a_person_gave_says_so(quarter: Quarter) -> None:
    row = quarter.result("Judged")
    then = key_results_at([row], Moment(quarter.end, quarter.known(0), is_past=True))[row.pk]
    assert (then.arithmetic, then.reason) == ("", "A person gave this final score.")
