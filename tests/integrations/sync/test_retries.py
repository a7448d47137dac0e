"""Records set aside: the whole list, and trying one again at once, by page and over the API."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from integrations.actions.retries import ask_again, keep_answer
from integrations.actions.sync import set_aside
from integrations.choices import RunState, RunTrigger
from integrations.models import (
    Connection,
    Credential,
    Link,
    QuarantinedRecord,
    Source,
    SyncedItem,
    SyncRun,
)
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.items import address, text_of
from tests.integrations.sync.outcome import last

BASE = "/api/v1/orgs/acme/quarantined-records"
READING = "updated ASC"


@pytest.fixture
def record(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> QuarantinedRecord:
    """One of the stories could not be read by the first run: the epic was changed after them."""
    server.app.tracker.start("SHOP-1")
    server.app.faults.add(Fault(name="bad-record", path="/search/jql", body=READING))
    portal.sync(connection)
    return QuarantinedRecord.objects.get()


def try_again(portal: Portal, record: QuarantinedRecord) -> QuarantinedRecord:
    access = portal.world.access("admin")
    return keep_answer(access, record, ask_again(access, record))


def many(source: Source, count: int, **fields: Any) -> list[QuarantinedRecord]:
    run = SyncRun.objects.create(
        connection=source.connection, trigger=RunTrigger.PERSON, state=RunState.PARTIAL
    )
    given = {"run": run, "source": source, "reason": "It has no status."}
    return [
        QuarantinedRecord.objects.create(**{**given, "remote_id": f"r-{number:03}", **fields})
        for number in range(count)
    ]


# --- Trying one again -----------------------------------------------------------------------
def test_a_record_that_is_mended_is_read_at_once(portal: Portal, record: QuarantinedRecord) -> None:
    assert not SyncedItem.objects.filter(remote_id=record.remote_id).exists()
    assert try_again(portal, record).resolved_at is not None
    assert SyncedItem.objects.filter(remote_id=record.remote_id).exists()


def test_what_a_mended_record_feeds_moves_at_once(
    portal: Portal, record: QuarantinedRecord, link: Link
) -> None:
    assert last(link).items_total == 3
    try_again(portal, record)
    assert (last(link).items_total, last(link).run.requested_by) == (4, portal.admin)


def test_a_record_that_is_still_bad_says_so_and_counts_the_try(
    portal: Portal, server: Server[JiraCloud], record: QuarantinedRecord
) -> None:
    server.app.faults.add(Fault(name="bad-record", path="/bulkfetch"))
    found = try_again(portal, record)
    assert (found.resolved_at, found.tries) == (None, 2)
    assert SyncRun.objects.latest("id").state == RunState.PARTIAL


def test_a_record_that_is_gone_there_is_let_go(
    portal: Portal, jira: Tracker, record: QuarantinedRecord
) -> None:
    jira.delete(record.remote_id)
    assert try_again(portal, record).resolved_at is not None
    assert not SyncedItem.objects.filter(remote_id=record.remote_id).exists()


def test_a_dead_token_lets_no_record_go(
    portal: Portal, server: Server[JiraCloud], record: QuarantinedRecord
) -> None:
    server.app.credential = "somebody-else@example.com:other"
    with pytest.raises(ValidationError):
        try_again(portal, record)
    record.refresh_from_db()
    assert record.resolved_at is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"remote_id": ""}, "It came without an id"),
        ({"resolved_at": timezone.now()}, "It is not set aside any more"),
    ],
)
def test_what_cannot_be_tried_by_itself_is_refused(
    portal: Portal, source: Source, changes: dict[str, Any], reason: str
) -> None:
    (record,) = many(source, 1)
    QuarantinedRecord.objects.update(**changes)
    with pytest.raises(ValidationError, match=reason):
        try_again(portal, record)


def test_a_run_tries_those_first_that_waited_longest(portal: Portal, source: Source) -> None:
    first, second = many(source, 2)
    QuarantinedRecord.objects.filter(pk=first.pk).update(last_tried_at=timezone.now())
    other = SyncRun(connection=source.connection)
    assert set_aside(source, other) == [second.remote_id, first.remote_id]


# --- Pages ----------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_list_asks_as_often_for_fifty_records_as_for_one(
    admin: Client, source: Source, count: int, django_assert_num_queries: Any
) -> None:
    many(source, count)
    page = admin.get(address("set-aside", source.connection_id))
    assert len(page.context["page"].rows) == count
    with django_assert_num_queries(12):
        admin.get(address("set-aside", source.connection_id))


def test_the_list_goes_on_to_the_last_record(admin: Client, source: Source) -> None:
    many(source, 51)
    first = admin.get(address("set-aside", source.connection_id)).context["page"]
    rest = admin.get(first.next_url).context["page"]
    assert (len(first.rows), len(rest.rows), rest.next_url) == (50, 1, None)


def test_the_page_of_the_connection_leads_to_the_list(admin: Client, source: Source) -> None:
    many(source, 6)
    page = admin.get(address("connection", source.connection_id))
    assert len(page.context["quarantine"]) == 5
    assert address("set-aside", source.connection_id) in text_of(page)


def test_a_connection_without_any_says_so(admin: Client, source: Source) -> None:
    page = text_of(admin.get(address("set-aside", source.connection_id)))
    assert "Nothing is set aside" in page


def test_a_record_shows_its_reason_and_what_was_sent(admin: Client, source: Source) -> None:
    many(source, 1, excerpt='{"id": "7"}')
    page = text_of(admin.get(address("set-aside", source.connection_id)))
    assert "It has no status." in page
    assert "{&quot;id&quot;: &quot;7&quot;}" in page


def test_trying_again_leads_back_to_the_list_with_what_came_of_it(
    admin: Client, record: QuarantinedRecord
) -> None:
    answer = admin.post(address("try-again", record.pk), follow=True)
    assert f"{record.remote_id} is settled" in text_of(answer)
    assert "Nothing is set aside" in text_of(answer)


def test_a_refused_try_says_why(admin: Client, source: Source) -> None:
    (record,) = many(source, 1)
    Credential.objects.all().delete()
    answer = admin.post(address("try-again", record.pk), follow=True)
    assert "It has no credential that can be read" in text_of(answer)


def test_who_may_not_read_anew_is_offered_no_try(portal: Portal, source: Source) -> None:
    many(source, 1)
    page = portal.world.client("viewer").get(address("set-aside", source.connection_id))
    assert "Try again now" not in text_of(page)


# --- API ------------------------------------------------------------------------------------
def test_the_api_tries_again(admin: Client, record: QuarantinedRecord) -> None:
    told = admin.post(f"{BASE}/{record.pk}/retry/").json()
    assert told["resolved_at"] is not None


def test_the_api_says_why_a_record_cannot_be_tried(admin: Client, source: Source) -> None:
    (record,) = many(source, 1, remote_id="")
    assert admin.post(f"{BASE}/{record.pk}/retry/").status_code == 422


@pytest.mark.parametrize(("open_", "found"), [("true", "r-001"), ("false", "r-000")])
def test_the_api_lists_what_is_open(admin: Client, source: Source, open_: str, found: str) -> None:
    settled, _ = many(source, 2)
    QuarantinedRecord.objects.filter(pk=settled.pk).update(resolved_at=timezone.now())
    rows = admin.get(f"{BASE}/?open={open_}").json()["results"]
    assert [row["remote_id"] for row in rows] == [found]
