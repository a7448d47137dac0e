"""The lists behind the page of a connection: all its runs, one of them, and what is set aside."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.choices import RunState
from integrations.models import Connection, Source, SyncRun
from tests.factories.integrations import QuarantinedRecordFactory, SyncRunFactory
from tests.integrations.items import address, make_source, text_of

MANY = (1, 3, 50)


def ran(connection: Connection, count: int, state: RunState = RunState.PARTIAL) -> list[SyncRun]:
    return [SyncRunFactory.create(connection=connection, state=state) for _ in range(count)]


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text_of(answer))))


def test_more_runs_than_a_page_holds_are_shown_page_by_page(
    admin: Client, connection: Connection
) -> None:
    runs = ran(connection, 53)
    first = admin.get(address("runs", connection.pk)).context["page"]
    rest = admin.get(first.next_url).context["page"]
    assert [row.pk for row in (*first.rows, *rest.rows)] == [row.pk for row in reversed(runs)]


def test_runs_of_one_state_are_shown(admin: Client, connection: Connection) -> None:
    ran(connection, 2)
    (failed,) = ran(connection, 1, RunState.FAILED)
    page = admin.get(address("runs", connection.pk), {"state": "failed"}).context["page"]
    assert [row.pk for row in page.rows] == [failed.pk]


def test_a_state_that_there_is_not_counts_as_none_given(
    admin: Client, connection: Connection
) -> None:
    ran(connection, 2)
    page = admin.get(address("runs", connection.pk), {"state": "asleep"}).context["page"]
    assert len(page.rows) == 2


def test_a_state_without_a_run_can_be_cleared(admin: Client, connection: Connection) -> None:
    ran(connection, 1)
    page = text_of(admin.get(address("runs", connection.pk), {"state": "failed"}))
    assert "None in this state" in page


def test_the_file_of_runs_holds_the_same_choice(admin: Client, connection: Connection) -> None:
    ran(connection, 60)
    SyncRunFactory.create(connection=connection, state=RunState.FAILED, problem="=it is down")
    place = address("runs-csv", connection.pk)
    (failed,) = rows_of(admin.get(place, {"state": "failed"}))
    assert (failed["state"], failed["problem"]) == ("failed", "'=it is down")
    assert len(rows_of(admin.get(place))) == 61


@pytest.mark.parametrize("count", MANY)
def test_the_list_asks_as_often_for_fifty_runs_as_for_one(
    admin: Client, connection: Connection, count: int, django_assert_num_queries: Any
) -> None:
    ran(connection, count)
    admin.get(address("runs", connection.pk))
    with django_assert_num_queries(11):
        page = admin.get(address("runs", connection.pk))
    assert len(page.context["page"].rows) == count


def test_a_run_has_a_page_that_tells_how_it_went(admin: Client, source: Source) -> None:
    now = timezone.now()
    run = SyncRunFactory.create(
        connection=source.connection, state=RunState.PARTIAL, seen=70, changed=7, gone=1,
        started_at=now - timedelta(seconds=75), finished_at=now,
    )  # fmt: skip
    QuarantinedRecordFactory.create(run=run, source=source, remote_id="77")
    page = text_of(admin.get(address("run", run.pk)))
    assert "70 seen, 7 changed, 1 gone" in page
    assert "after 0:01:15" in page
    assert '<th scope="row">77</th>' in page


def test_the_page_of_a_connection_leads_to_each_run_and_to_all(
    admin: Client, connection: Connection
) -> None:
    (run,) = ran(connection, 1)
    page = text_of(admin.get(address("connection", connection.pk)))
    assert f'href="{address("run", run.pk)}"' in page
    assert f'href="{address("runs", connection.pk)}"' in page


# --- Records set aside ----------------------------------------------------------------------
@pytest.fixture
def aside(source: Source) -> Source:
    """A record of the source, and one of another; the other source."""
    other = make_source(source.connection, "Warehouse")
    (run,) = ran(source.connection, 1)
    QuarantinedRecordFactory.create(run=run, source=source, remote_id="1")
    QuarantinedRecordFactory.create(run=run, source=other, remote_id="2")
    return other


def test_records_of_one_source_are_shown(admin: Client, aside: Source) -> None:
    place = address("set-aside", aside.connection_id)
    page = admin.get(place, {"source": str(aside.pk)}).context["page"]
    assert [row.remote_id for row in page.rows] == ["2"]


def test_a_source_without_records_can_be_cleared(admin: Client, aside: Source) -> None:
    empty = make_source(aside.connection, "Office")
    page = text_of(admin.get(address("set-aside", aside.connection_id), {"source": str(empty.pk)}))
    assert "Nothing of this source is set aside" in page


def test_the_file_of_records_holds_the_same_choice(admin: Client, aside: Source) -> None:
    place = address("set-aside-csv", aside.connection_id)
    (row,) = rows_of(admin.get(place, {"source": str(aside.pk)}))
    assert (row["remote_id"], row["source"], row["reason"]) == (
        "2", "Warehouse", "It has no status.",
    )  # fmt: skip
    assert len(rows_of(admin.get(place))) == 2
