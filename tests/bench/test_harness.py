"""Ratios come from interleaved rounds, of results that agree."""

import re
import time
from collections.abc import Callable

import pytest

from bench.harness import Contest, Ratio, Run, WrongResult, measure
from bench.pages import PAGES
from bench.report import line_of_ratio
from bench.run import CONTESTS, QUICK
from bench.targets import Target, read_targets


def side(log: list[str], name: str, result: object = 1) -> Callable[[], Run]:
    def prepare() -> Run:
        def run() -> object:
            log.append(name)
            return result

        return run

    return prepare


def contest(log: list[str], *, job: object = 1, floor: object = 1) -> Contest:
    return Contest(
        name="P0",
        title="a test",
        job=side(log, "job", job),
        floor=side(log, "floor", floor),
        once=True,
    )


def test_job_and_floor_take_turns_at_going_first() -> None:
    log: list[str] = []
    measure(contest(log), rounds=2)
    assert log == ["job", "floor", "floor", "job", "job", "floor"]


def test_the_ratio_has_as_many_rounds_as_asked_for() -> None:
    assert measure(contest([]), rounds=5).rounds == 5


def test_preparation_is_not_timed() -> None:
    def slowly_prepared() -> Run:
        time.sleep(0.05)
        return lambda: time.sleep(0.002)

    def quickly_prepared() -> Run:
        return lambda: time.sleep(0.002)

    found = measure(
        Contest(name="P0", title="", job=slowly_prepared, floor=quickly_prepared, once=True), 3
    )
    assert found.median < 10


def test_another_result_than_the_floor_is_refused_with_where_they_part() -> None:
    with pytest.raises(WrongResult, match="row 1: 3, the floor has 2"):
        measure(contest([], job=[1, 3], floor=[1, 2]), rounds=1)


def test_a_row_too_few_is_refused() -> None:
    with pytest.raises(WrongResult, match="1 rows, the floor has 2"):
        measure(contest([], job=[1], floor=[1, 2]), rounds=1)


@pytest.mark.parametrize(("ratio", "verdict"), [(2.0, "ok"), (2.9, "missed"), (3.1, "FAILED")])
def test_a_ratio_fails_half_above_its_target(ratio: float, verdict: str) -> None:
    target = Target(floor="a floor", target=2.0)
    line = line_of_ratio("P0", "", Ratio(ratio, ratio, ratio, 7), target)
    assert line.verdict == verdict


def test_a_known_miss_fails_half_above_what_was_measured() -> None:
    target = Target(floor="a floor", target=2.0, known=4.0, why="because")
    line = line_of_ratio("P0", "", Ratio(5.9, 5, 6, 7), target)
    assert line.verdict == "missed"


def test_no_line_tells_a_bare_time() -> None:
    line = line_of_ratio("P0", "", Ratio(1.5, 1.25, 2, 7), Target(floor="a floor", target=2.0))
    assert line.found == "1.50 [1.25..2.00]"
    assert not re.search(r"\d\s*(ms|s|seconds)\b", line.found)


def test_every_contest_has_a_target_and_every_page_a_budget() -> None:
    targets = read_targets()
    assert set(targets.contests) == set(CONTESTS)
    assert set(targets.budgets) == set(PAGES)


def test_a_quick_run_takes_contests_of_the_whole() -> None:
    assert set(QUICK) <= set(CONTESTS)


def test_a_known_miss_has_its_reason() -> None:
    targets = read_targets()
    both = [*targets.contests.values(), *targets.syncs.values()]
    known = [target for target in both if target.known]
    assert all(target.why for target in known)
