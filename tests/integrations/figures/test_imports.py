"""Files of values: looked at first, then recorded all together or not at all."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEntry
from integrations.actions.imports import import_file, printable, read_file, undo_import
from integrations.figures import Unreadable
from integrations.models import FileImport
from okrs.choices import CycleState
from okrs.models import Cycle, KeyResult
from portfolio.actions import correct_value, withdraw_value
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


# --- Taken back -----------------------------------------------------------------------------
def take_back(portal: Portal, who: str = "lead") -> tuple[int, int]:
    """How many values of the last file were withdrawn, and how many left alone."""
    done = FileImport.objects.first()
    assert done is not None
    undo = undo_import(portal.world.access(who), done)
    return undo.withdrawn, undo.kept


def test_all_values_of_a_file_are_taken_back_at_once(portal: Portal, metric: Metric) -> None:
    bring(portal, TWO_DAYS, metric)
    assert take_back(portal) == (2, 0)
    assert latest_values([metric.pk]) == {}


def test_what_a_file_had_replaced_holds_again(portal: Portal, metric: Metric) -> None:
    bring(portal, TWO_DAYS, metric)
    bring(portal, TWO_DAYS.replace(b"12", b"13"), metric)
    assert take_back(portal) == (1, 0)
    assert latest_values([metric.pk])[metric.pk].value == 12


def test_what_a_person_corrected_since_is_left_alone(portal: Portal, metric: Metric) -> None:
    bring(portal, TWO_DAYS, metric)
    of_file = MetricValue.objects.get(value=12)
    correct_value(portal.world.access("lead"), metric, of_file.pk, value=Decimal(99))
    assert take_back(portal) == (1, 1)
    assert latest_values([metric.pk])[metric.pk].value == 99


def test_the_log_says_who_took_a_file_back(portal: Portal, metric: Metric) -> None:
    bring(portal, TWO_DAYS, metric)
    take_back(portal)
    told = MetricValue.objects.filter(value=None).values_list("note", "actor__name", "source")
    assert set(told) == {("revenue.csv was taken back.", portal.world["lead"].name, "file")}
    assert AuditEntry.objects.filter(table_name="integrations_importundo").count() == 1


def test_a_file_is_taken_back_once(portal: Portal, metric: Metric) -> None:
    bring(portal, TWO_DAYS, metric)
    take_back(portal)
    with pytest.raises(ValidationError, match="taken back already"):
        take_back(portal)


def test_a_file_that_was_taken_back_may_be_brought_again(portal: Portal, metric: Metric) -> None:
    bring(portal, TWO_DAYS, metric)
    take_back(portal)
    assert bring(portal, TWO_DAYS, metric) == "2 0 0"
    assert take_back(portal) == (2, 0)


def test_a_file_that_brought_nothing_new_has_nothing_to_take_back(
    portal: Portal, metric: Metric
) -> None:
    bring(portal, TWO_DAYS, metric)
    bring(portal, TWO_DAYS, metric)
    with pytest.raises(ValidationError, match="Nothing that this file brought"):
        take_back(portal)


def test_nobody_takes_back_values_of_a_metric_of_others(portal: Portal, metric: Metric) -> None:
    bring(portal, TWO_DAYS, metric)
    with pytest.raises(PermissionDenied):
        take_back(portal, "viewer")


@pytest.mark.parametrize(("day", "is_refused"), [("2026-09-30", False), ("2026-10-01", True)])
def test_a_file_that_a_closed_cycle_was_scored_by_stays(
    portal: Portal, metric: Metric, day: str, *, is_refused: bool
) -> None:
    key_result = portal.key_result("Revenue grows")
    KeyResult.objects.filter(pk=key_result.pk).update(metric=metric)
    bring(portal, f"date,value\n{day},10\n".encode(), metric)
    Cycle.objects.update(state=CycleState.CLOSED)
    if is_refused:
        with pytest.raises(ValidationError, match="scored by values of this file"):
            take_back(portal)
    else:
        assert take_back(portal) == (1, 0)


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
