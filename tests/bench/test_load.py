"""What a run under load is judged by, and where it is written."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.load import Found, Moment, findings
from bench.record import KEPT, record, rewrite
from bench.visitors import Tally

WARM = Moment({"web": frozenset({1, 2})}, {"web": {10: 1000}})
GOOD = Found(tally=Tally(Counter(pages=8, API=2)), moments=(WARM, WARM, WARM), told=10, threads=12)


def ends_with(late: Moment) -> Found:
    return replace(GOOD, moments=(WARM, WARM, late))


def failing(found: Found) -> list[str]:
    return [finding.name for finding in findings(found) if not finding.holds]


def test_a_run_without_errors_and_growth_holds() -> None:
    assert failing(GOOD) == []


def test_a_run_without_requests_does_not_hold() -> None:
    assert failing(replace(GOOD, tally=Tally(), told=0)) == ["requests"]


@pytest.mark.parametrize(
    ("status", "names"),
    [(500, ["answers of 5xx", "answers not as expected"]), (422, ["answers not as expected"])],
)
def test_an_answer_that_is_wrong_does_not_hold(status: int, names: list[str]) -> None:
    tally = Tally(GOOD.tally.asked, Counter({status: 1}))
    assert failing(replace(GOOD, tally=tally)) == names


def test_a_request_that_the_figures_do_not_tell_of_does_not_hold() -> None:
    assert failing(replace(GOOD, told=9)) == ["requests in the figures"]


def test_one_more_connection_at_the_end_does_not_hold() -> None:
    late = Moment({"web": frozenset({1, 2, 3})}, WARM.pages)
    assert failing(ends_with(late)) == ["connections of web"]


def test_a_connection_of_the_web_made_anew_does_not_hold() -> None:
    late = Moment({"web": frozenset({1, 3})}, WARM.pages)
    assert failing(ends_with(late)) == ["connections of web"]


def test_a_web_that_holds_no_connection_does_not_hold() -> None:
    none = Moment({"web": frozenset()}, WARM.pages)
    assert failing(replace(GOOD, moments=(none, none, none))) == ["connections of web"]


def test_more_connections_than_threads_do_not_hold() -> None:
    assert failing(replace(GOOD, threads=1)) == ["connections of web"]


@pytest.mark.parametrize(("pages", "holds"), [(1050, True), (1051, False), (1101, False)])
def test_memory_may_not_grow(pages: int, *, holds: bool) -> None:
    late = Moment(WARM.sessions, {"web": {10: pages}})
    assert failing(ends_with(late)) == ([] if holds else ["memory of web"])


def test_a_web_process_that_ended_does_not_hold() -> None:
    late = Moment(WARM.sessions, {"web": {10: 0, 11: 900}})
    assert failing(ends_with(late)) == ["memory of web"]


def test_sections_survive_when_the_bench_writes_its_part_anew(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text("# Results\n\n## Misses\n\nNone.\n")
    record("Under load", "No errors.", page)
    record("Another", "Old.", page)
    record("Another", "New.", page)
    rewrite("# Results\n\nWritten anew.", page)
    assert page.read_text().split("\n\n") == [
        "# Results",
        "Written anew.",
        KEPT,
        "## Under load",
        "No errors.",
        "## Another",
        "New.\n",
    ]
