"""What the waits beside a large reading are told as."""

import pytest

from bench.beside import Waits
from bench.harness import Ratio
from bench.report import line_of_ratio
from bench.run import wait_results
from bench.targets import Target, read_targets

WAITS = Waits(at_rest=[0.5, 0.4, 9.0], beside=[1.0, 6.0, 2.0])


def test_waits_are_told_beside_the_usual_one_at_rest() -> None:
    ratios = {name: ratio for name, (_, ratio) in WAITS.ratios().items()}
    assert ratios == {"usual": Ratio(4, 2, 12, 3), "longest": Ratio(12, 12, 12, 3)}


def test_how_many_checks_there_were_is_told() -> None:
    title, _ = WAITS.ratios()["usual"]
    assert title == "a check, 3 of them"


def test_every_wait_has_its_target() -> None:
    assert WAITS.ratios().keys() == read_targets().waits.keys()


@pytest.mark.parametrize("told", ["fsync off", "200,000 issues", "- **longest**, the wait: Why."])
def test_a_record_of_waits_says_how_it_was_found(told: str) -> None:
    target = Target(floor="the floor", target=2, why="Why.")
    line = line_of_ratio("longest", "the wait", Ratio(12, 12, 12, 3), target)
    assert told in wait_results([line], "fsync off", 200_000)
