"""Files of values: looked at first, then recorded all together or not at all."""

import pytest

from integrations.actions.imports import import_file, printable, read_file
from integrations.figures import Unreadable
from integrations.models import FileImport
from portfolio.actions import withdraw_value
from portfolio.models import Metric, MetricValue
from portfolio.queries import latest_values
from tests.factories.portfolio import MetricFactory
from tests.integrations.conftest import Portal
from tests.integrations.figures.conftest import log

TWO_DAYS = b"date,value\n2026-11-01,10\n2026-11-02,12\n"


def bring(portal: Portal, body: bytes, metric: Metric | None = None, who: str = "lead") -> str:
    """The flaws of a file, or the counts of what came of it: recorded, corrected, unchanged."""
    try:
        done = import_file(portal.world.access(who), body, file_name="revenue.csv", metric=metric)
    except Unreadable as error:
        return str(error)
    return f"{done.recorded} {done.corrected} {done.unchanged}"


def test_every_row_is_a_value_with_the_files_name_and_who_brought_it(
    portal: Portal, metric: Metric
) -> None:
    bring(portal, TWO_DAYS, metric)
    told = list(MetricValue.objects.order_by("effective_at").values_list("note", "actor__name"))
    name = portal.world["lead"].name
    assert told == [("From revenue.csv, line 2.", name), ("From revenue.csv, line 3.", name)]
    assert log(metric) == [("10", "file"), ("12", "file")]


def test_the_history_keeps_the_file_and_what_came_of_it(portal: Portal, metric: Metric) -> None:
    bring(portal, TWO_DAYS, metric)
    kept = FileImport.objects.get()
    assert (kept.file_name, kept.imported_by, kept.rows) == (
        "revenue.csv", portal.world["lead"], 2,
    )  # fmt: skip


def test_the_same_file_again_changes_nothing(portal: Portal, metric: Metric) -> None:
    assert [bring(portal, TWO_DAYS, metric) for _ in range(2)] == ["2 0 0", "0 0 2"]
    assert len(log(metric)) == 2


def test_a_corrected_file_corrects(portal: Portal, metric: Metric) -> None:
    bring(portal, TWO_DAYS, metric)
    assert bring(portal, TWO_DAYS.replace(b"12", b"13"), metric) == "0 1 1"
    assert latest_values([metric.pk])[metric.pk].value == 13


def test_a_value_that_was_withdrawn_comes_back_with_its_file(
    portal: Portal, metric: Metric
) -> None:
    bring(portal, TWO_DAYS, metric)
    withdraw_value(portal.world.access("lead"), metric, MetricValue.objects.get(value=12).pk)
    assert bring(portal, TWO_DAYS, metric) == "1 0 1"
    assert latest_values([metric.pk])[metric.pk].value == 12


def test_one_bad_row_keeps_the_whole_file_out(portal: Portal, metric: Metric) -> None:
    told = bring(portal, TWO_DAYS + b"2999-01-01,1\n", metric)
    assert (told, log(metric)) == ("Line 4: Its date is not one of the past.", [])


def test_a_file_may_name_the_metric_of_each_row(portal: Portal, metric: Metric) -> None:
    other = MetricFactory.create(name="Costs", product=metric.product)
    body = b"metric,date,value\nrevenue,2026-11-01,10\nCosts,2026-11-01,4\n"
    assert bring(portal, body) == "2 0 0"
    assert (log(metric), log(other)) == ([("10", "file")], [("4", "file")])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Profit,2026-11-01,1", "Line 2: There is no metric named “Profit”."),
        (",2026-11-01,1", "Line 2: It names no metric; add a column “metric”."),
        ("Twice,2026-11-01,1", "Line 2: Several metrics are named “Twice”."),
        ("Theirs,2026-11-01,1", "Line 2: You may not record values of Theirs."),
    ],
)
def test_a_row_that_names_no_metric_of_ones_own_is_told(
    portal: Portal, metric: Metric, row: str, words: str
) -> None:
    for name, product in (("Twice", metric.product), ("twice", metric.product), ("Theirs", None)):
        MetricFactory.create(name=name, product=product)
    assert bring(portal, f"metric,date,value\n{row}\n".encode()) == words


def test_two_rows_for_one_moment_in_two_zones_are_refused(portal: Portal, metric: Metric) -> None:
    body = b"date,value\n2026-11-01T10:00:00Z,1\n2026-11-01T11:00:00+01:00,2\n"
    assert bring(portal, body, metric) == "Line 3: It says the same moment as a line above."


def test_looking_at_a_file_stores_nothing(portal: Portal, metric: Metric) -> None:
    rows = read_file(portal.world.access("lead"), TWO_DAYS, metric=metric)
    assert [row.line for row in rows] == [2, 3]
    assert (log(metric), FileImport.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\data\\revenue.csv", "revenue.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\nb\x00.csv", "ab.csv"),
        ("", "a file"),
        ("x" * 300, "x" * 160),
    ],
)
def test_the_name_of_a_file_is_kept_as_a_name(given: str, kept: str) -> None:
    assert printable(given) == kept


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_a_file_is_imported_by_as_many_statements_whatever_its_length(
    portal: Portal, metric: Metric, django_assert_max_num_queries: object, rows: int
) -> None:
    body = "date,value\n" + "".join(f"2026-10-01T00:{n:02}:00Z,{n}\n" for n in range(rows))
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        bring(portal, body.encode(), metric)
