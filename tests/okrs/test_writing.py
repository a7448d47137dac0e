"""The checks of the wording: a reviewed table of texts, and laws that hold for any text."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrs.scoring import Shape
from okrs.writing import (
    PROMPT,
    Code,
    KeyResultDraft,
    Period,
    Tone,
    Verdict,
    check_key_result,
    check_objective,
    most_alike,
)

GOLDEN = Path(__file__).parent / "golden" / "writing.toml"
TABLE: dict[str, list[dict[str, Any]]] = tomllib.loads(GOLDEN.read_text(encoding="utf-8"))
QUARTER = Period("Q4 2026", date(2026, 10, 1), date(2026, 12, 31))
WORDS = ("title", "unit", "condition")
NUMBERS = ("baseline", "target", "lower", "upper")

texts = st.text(max_size=240)
titles = st.sampled_from([case["title"] for case in TABLE["key_result"]])
tasks = st.sampled_from(
    [case["title"] for case in TABLE["key_result"] if case.get("remarks") == ["task"]]
)
days_before = st.dates(date(2020, 1, 1), QUARTER.starts_on - timedelta(days=1))
days_within = st.dates(QUARTER.starts_on, QUARTER.ends_on)
days_after = st.dates(QUARTER.ends_on + timedelta(days=1), date(2035, 12, 31))
WAYS_TO_WRITE = ["{:%Y-%m-%d}", "{:%d %B %Y}", "{:%B %d, %Y}", "{:%d %b %Y}"]
ways_to_write = st.sampled_from(WAYS_TO_WRITE)


def named(kind: str) -> pytest.MarkDecorator:
    rows = TABLE[kind]
    return pytest.mark.parametrize("case", rows, ids=[row["name"] for row in rows])


def draft(case: dict[str, Any]) -> KeyResultDraft:
    given: dict[str, Any] = {name: case[name] for name in WORDS if name in case}
    given |= {name: Decimal(case[name]) for name in NUMBERS if name in case}
    return KeyResultDraft(shape=Shape(case["shape"]) if "shape" in case else None, **given)


# --- The table --------------------------------------------------------------------------------
@named("key_result")
def test_a_key_result_is_judged_as_reviewed(case: dict[str, Any]) -> None:
    review = check_key_result(draft(case), QUARTER if "shape" in case else None)
    found = [remark.code.value for remark in review.remarks]
    assert (review.verdict.value, found) == (case["verdict"], case.get("remarks", []))


@named("objective")
def test_an_objective_is_judged_as_reviewed(case: dict[str, Any]) -> None:
    found = [remark.code.value for remark in check_objective(case["title"])]
    assert found == case.get("remarks", [])


@named("deadline")
def test_a_deadline_is_held_against_the_cycle_as_reviewed(case: dict[str, Any]) -> None:
    found = [r.seen for r in check_objective(case["title"], QUARTER) if r.code == "outside-cycle"]
    assert [words.removeprefix("It names ").split(", and")[0] for words in found] == (
        [case["named"]] if "named" in case else []
    )


@named("alike")
def test_likeness_is_judged_as_reviewed(case: dict[str, Any]) -> None:
    assert bool(most_alike(case["title"], [(1, case["other"])])) == case["is_alike"]


def test_every_example_of_the_articles_is_in_the_table() -> None:
    sources = [case["source"] for rows in TABLE.values() for case in rows if "source" in case]
    assert {name: sources.count(name) for name in set(sources)} == {
        "okrs, good": 15,
        "okrs, bad": 7,
        "portfolio, good": 3,
    }


def test_no_good_example_of_the_articles_is_warned_about() -> None:
    good = [case for case in TABLE["key_result"] if case.get("source", "").endswith("good")]
    remarks = [r for case in good for r in check_key_result(draft(case)).remarks]
    assert {remark.tone for remark in remarks} <= {Tone.HINT}


# --- C6 -----------------------------------------------------------------------------------------
def test_c6_an_output_with_a_measured_condition_passes_and_one_without_is_flagged() -> None:
    work = "Ship integration with two other portfolio products"
    condition = ", each used by 500+ active users within 60 days."
    with_it, without = (
        check_key_result(KeyResultDraft(title=title)) for title in (work + condition, work)
    )
    assert (with_it.verdict, with_it.remarks) == (Verdict.OUTPUT, ())
    assert (without.verdict, without.asks) == (Verdict.TASK, PROMPT)


@given(tasks)
def test_c6_any_task_passes_once_it_carries_a_measured_condition(task: str) -> None:
    with_it = f"{task.rstrip('. ')}, each used by 500 customers"
    assert check_key_result(KeyResultDraft(title=with_it)).verdict != Verdict.TASK


# --- Laws -----------------------------------------------------------------------------------------
@given(texts, st.sampled_from([None, *Shape]))
def test_any_text_can_be_checked(text: str, shape: Shape | None) -> None:
    review = check_key_result(KeyResultDraft(title=text, shape=shape), QUARTER)
    for remark in [*review.remarks, *check_objective(text, QUARTER)]:
        assert remark.seen.endswith(".")
        assert remark.why
        assert remark.suggestion


@given(titles)
def test_capitals_and_a_full_stop_change_nothing(title: str) -> None:
    plain, loud = (
        check_key_result(KeyResultDraft(title=text)).verdict
        for text in (title.rstrip("."), f"{title.rstrip('.').upper()}.")
    )
    assert plain == loud


@given(titles)
def test_the_question_is_asked_of_tasks_alone(title: str) -> None:
    review = check_key_result(KeyResultDraft(title=title))
    assert review.asks == (PROMPT if review.verdict == Verdict.TASK else "")


@pytest.mark.parametrize("text", ["", "   ", "…", "?!"])
def test_nothing_is_said_about_nothing(text: str) -> None:
    review = check_key_result(KeyResultDraft(title=text), QUARTER)
    assert (review.remarks, check_objective(text, QUARTER)) == ((), [])


def outside(title: str) -> list[Code]:
    return [r.code for r in check_objective(title, QUARTER) if r.code == Code.OUTSIDE_CYCLE]


@given(days_within, ways_to_write)
def test_a_day_inside_the_cycle_is_never_outside_it(on: date, written: str) -> None:
    assert outside(f"Payouts arrive the next morning by {written.format(on)}") == []


@given(st.one_of(days_before, days_after), ways_to_write)
def test_a_day_outside_the_cycle_is_told_however_it_is_written(on: date, written: str) -> None:
    told = outside(f"Payouts arrive the next morning by {written.format(on)}")
    assert told == [Code.OUTSIDE_CYCLE]


@given(days_before, ways_to_write)
def test_an_earlier_day_that_is_no_deadline_is_not_told(on: date, written: str) -> None:
    assert outside(f"More payouts than on {written.format(on)}") == []


@pytest.mark.parametrize("quarter", ["Q1", "Q2", "Q3", "Q4"])
def test_a_year_holds_its_quarters(quarter: str) -> None:
    year = Period("2026/27", date(2026, 4, 1), date(2027, 3, 31), fiscal_year_start=4)
    assert check_objective(f"Lead the Nordic market by {quarter}", year) == []


def test_quarters_are_counted_from_the_fiscal_year() -> None:
    second = Period("Q2 2026/27", date(2026, 7, 1), date(2026, 9, 30), fiscal_year_start=4)
    told = {q: bool(check_objective(f"Lead the market by Q{q}", second)) for q in (1, 2, 3)}
    assert told == {1: True, 2: False, 3: True}


def test_days_of_its_own_outside_the_cycle_are_told_at_their_fields() -> None:
    late = KeyResultDraft(
        title="Payouts on time", shape=Shape.AT_LEAST, unit="percent", target=Decimal(99),
        starts_on=date(2026, 9, 1), ends_on=date(2027, 1, 31),
    )  # fmt: skip
    remarks = check_key_result(late, QUARTER).remarks
    assert [remark.field for remark in remarks] == ["starts_on", "ends_on"]


@given(st.lists(texts, max_size=20), texts)
def test_no_more_than_the_limit_are_alike(others: list[str], text: str) -> None:
    found = most_alike(text, list(enumerate(others)), limit=3)
    assert len(found) <= 3
    assert [likeness.ratio for likeness in found] == sorted(
        (likeness.ratio for likeness in found), reverse=True
    )
