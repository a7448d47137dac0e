"""A metric has one writer: work, a pull, a script, or people."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from integrations.actions import imports
from integrations.actions.imports import ReadRow, import_file
from integrations.figures import Unreadable
from integrations.models import Connection, Link, Source
from okrs.actions.key_results import create_key_result
from okrs.choices import CycleState, KeyResultSource
from okrs.models import Cycle, KeyResult
from portfolio.actions import correct_value, record_value
from portfolio.models import Metric, MetricValue
from portfolio.queries import latest_values
from tests.factories.integrations import PullFactory, PushAddressFactory
from tests.factories.okrs import CycleFactory
from tests.factories.portfolio import MetricFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address, make_source
from tests.integrations.linking import link, reader, refusal
from tests.okrs.goals import an_objective

JSON = "application/json"
MOVED = "Work of Web shop moves Orders. Unlink that first."


def test_two_key_results_that_share_a_metric_are_not_both_linked(
    portal: Portal, connection: Connection, source: Source, orders: Metric
) -> None:
    link(portal, source, key_result=reader(portal, orders))
    other = make_source(connection, "Till")
    assert refusal(portal, other, reader(portal, orders)) == {
        "key_result": [
            (
                "It shares its metric with another key result in Quarter, which work of Web shop"
                " moves. Unlink that first, or close the cycle."
            )
        ]
    }


def test_work_does_not_move_what_people_say_of_another_key_result(
    portal: Portal, source: Source, orders: Metric
) -> None:
    reader(portal, orders)
    assert refusal(portal, source, reader(portal, orders)) == {
        "key_result": [
            (
                "It shares its metric with another key result in Quarter, whose value is said by"
                " people. Give one of the two a series of its own first."
            )
        ]
    }


def test_work_moves_a_metric_that_people_moved_in_another_quarter(
    portal: Portal, source: Source, orders: Metric
) -> None:
    earlier = CycleFactory.create(starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))
    reader(portal, orders, objective=an_objective(portal.world, cycle=earlier))
    assert link(portal, source, key_result=reader(portal, orders)).pk


def test_a_metric_goes_on_with_other_work_when_its_cycle_is_closed(
    portal: Portal, source: Source, orders: Metric
) -> None:
    link(portal, source, key_result=reader(portal, orders))
    Cycle.objects.update(state=CycleState.CLOSED)
    later = an_objective(portal.world)
    assert link(portal, source, key_result=reader(portal, orders, objective=later)).pk


def test_what_is_pulled_is_not_linked(portal: Portal, source: Source, orders: Metric) -> None:
    PullFactory.create(metric=orders, name="Finance")
    assert refusal(portal, source, reader(portal, orders)) == {
        "key_result": ["The figures of its metric are pulled already, by Finance."]
    }


def test_what_a_script_pushes_is_not_linked(portal: Portal, source: Source, orders: Metric) -> None:
    PushAddressFactory.create(metric=orders, name="Nightly export")
    assert refusal(portal, source, reader(portal, orders)) == {
        "key_result": ["Nightly export pushes the figures of its metric. Close its address first."]
    }


def test_a_pull_and_an_address_that_ended_are_in_nobodys_way(
    portal: Portal, source: Source, orders: Metric
) -> None:
    PullFactory.create(metric=orders, archived_at=timezone.now())
    PushAddressFactory.create(metric=orders, closed_at=timezone.now())
    assert link(portal, source, key_result=reader(portal, orders)).pk


def test_scripts_do_not_push_what_work_moves(
    portal: Portal, admin: Client, source: Source, orders: Metric
) -> None:
    link(portal, source, key_result=reader(portal, orders))
    answer = admin.post(address("new-push-address", orders.pk), {"name": "Nightly export"})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"__all__": [MOVED]}


DAYS = b"date,value\n2026-11-01,10\n2026-11-02,12\n"
NAMED = b"metric,date,value\nCosts,2026-11-01,4\nOrders,2026-11-01,10\nOrders,2026-11-02,12\n"


def brought(portal: Portal, body: bytes, metric: Metric | None = None) -> str:
    """What is said of a file that is imported; empty when it was taken."""
    admin = portal.world.access("admin")
    try:
        import_file(admin, body, file_name="orders.csv", metric=metric)
    except Unreadable as error:
        return str(error)
    return ""


@pytest.fixture
def moved(portal: Portal, source: Source, orders: Metric) -> Link:
    """Work that moves the metric; there is another one that nothing moves."""
    MetricFactory.create(name="Costs", product=portal.world.product)
    return link(portal, source, key_result=reader(portal, orders))


def test_a_file_does_not_bring_what_work_moves(portal: Portal, orders: Metric, moved: Link) -> None:
    assert brought(portal, DAYS, orders) == f"Line 2: {MOVED}"
    assert not MetricValue.objects.filter(metric=orders).exists()


def test_a_file_of_several_metrics_is_refused_where_it_names_the_one_that_work_moves(
    portal: Portal, moved: Link
) -> None:
    assert brought(portal, NAMED) == f"Line 3: {MOVED}"


def test_a_file_is_refused_before_it_is_confirmed(
    admin: Client, orders: Metric, moved: Link
) -> None:
    file = SimpleUploadedFile("orders.csv", DAYS)
    answer = admin.post(address("import-to-metric", orders.pk), {"file": file})
    assert (answer.status_code, MOVED in answer.content.decode()) == (422, True)


def test_a_script_that_imports_what_work_moves_is_told_by_line(
    admin: Client, orders: Metric, moved: Link
) -> None:
    body = {"metric": str(orders.pk), "file_name": "orders.csv", "text": DAYS.decode()}
    answer = admin.post("/api/v1/orgs/acme/file-imports/", body, content_type=JSON)
    assert (answer.status_code, MOVED in answer.content.decode()) == (422, True)


def test_a_link_that_came_while_a_file_was_looked_at_keeps_it_out(
    portal: Portal, orders: Metric, moved: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [ReadRow(2, orders, Decimal(10), timezone.now())]
    monkeypatch.setattr(imports, "read_file", lambda *_, **__: rows)
    assert brought(portal, DAYS, orders) == f"Line 2: {MOVED}"


def test_a_file_brings_what_work_moved_until_its_cycle_was_closed(
    portal: Portal, orders: Metric, moved: Link
) -> None:
    Cycle.objects.update(state=CycleState.CLOSED)
    assert brought(portal, DAYS, orders) == ""


def test_an_archived_key_result_keeps_its_metric_for_its_work(
    portal: Portal, orders: Metric, moved: Link
) -> None:
    KeyResult.objects.update(archived_at=timezone.now())
    assert brought(portal, DAYS, orders) == f"Line 2: {MOVED}"


def test_the_page_of_a_metric_names_the_work_and_offers_nothing_beside_it(
    admin: Client, orders: Metric, moved: Link
) -> None:
    page = admin.get(orders.get_absolute_url()).content.decode()
    told = [it in page for it in ("Web shop", "Import a file", "Record a value")]
    assert told == [True, False, False]


def test_nobody_records_what_work_moves_on_the_page_of_its_metric(
    admin: Client, orders: Metric, moved: Link
) -> None:
    answer = admin.post(orders.get_absolute_url(), {"value": "7"})
    assert (answer.status_code, MOVED in answer.content.decode()) == (422, True)
    assert not MetricValue.objects.filter(metric=orders).exists()


def test_a_script_that_records_what_work_moves_is_told_at_the_metric(
    admin: Client, orders: Metric, moved: Link
) -> None:
    body = {"metric": str(orders.pk), "value": "7"}
    answer = admin.post("/api/v1/orgs/acme/metric-values/", body, content_type=JSON)
    assert (answer.status_code, answer.json()["errors"]) == (422, {"metric": [MOVED]})


def test_what_work_recorded_may_be_corrected(portal: Portal, orders: Metric, moved: Link) -> None:
    wrong = record_value(metric=orders, value=Decimal(5), source="sync")
    correct_value(portal.world.access("admin"), orders, wrong.pk, value=Decimal(6))
    assert latest_values([orders.pk])[orders.pk].value == 6


def test_a_key_result_does_not_take_a_metric_that_work_moves(
    portal: Portal, source: Source, orders: Metric
) -> None:
    goal = reader(portal, orders)
    link(portal, source, key_result=goal)
    with pytest.raises(ValidationError) as refused:
        create_key_result(
            portal.world.access("admin"),
            goal.objective,
            title="Orders again",
            metric=orders,
            baseline=Decimal(0),
            target=Decimal(10),
        )
    assert refused.value.message_dict == {
        "metric": [
            (
                "Work of Web shop moves this metric for another key result. Choose another one, or"
                " a series of its own."
            )
        ]
    }


def test_the_next_quarter_goes_on_with_a_metric_that_work_moves_in_this_one(
    portal: Portal, source: Source, orders: Metric
) -> None:
    link(portal, source, key_result=reader(portal, orders))
    following = CycleFactory.create(starts_on=date(2027, 1, 1), ends_on=date(2027, 3, 31))
    made = create_key_result(
        portal.world.access("admin"),
        an_objective(portal.world, cycle=following),
        title="Orders again",
        metric=orders,
        baseline=Decimal(0),
        target=Decimal(10),
    )
    assert made.source == KeyResultSource.BY_HAND
