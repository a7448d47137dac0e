"""Records that could not be read: each is set aside once, and let go when it is over."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from integrations.actions import sync
from integrations.actions.items import store_items
from integrations.actions.webhooks import open_webhook
from integrations.choices import RunState
from integrations.models import Connection, Link, QuarantinedRecord, Source, SourceItem
from integrations.ports import Page, Quarantined, SourceKind
from integrations.rules import default_rules
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from standins.state import Tracker
from tests.factories.integrations import QuarantinedRecordFactory, SyncRunFactory
from tests.integrations.conftest import Portal
from tests.integrations.sync.deliveries import jira_delivery, post

NAMELESS = Quarantined(remote_id=None, reason="no id", excerpt='{"fields": {}}')


def aside(source: Source, remote_id: str = "", **fields: Any) -> QuarantinedRecord:
    """A record that a run before this one set aside."""
    before = SyncRunFactory.create(connection=source.connection, state=RunState.PARTIAL)
    made: QuarantinedRecord = QuarantinedRecordFactory.create(
        run=before, source=source, remote_id=remote_id, **fields
    )
    return made


def is_over(record: QuarantinedRecord) -> bool:
    record.refresh_from_db()
    return record.resolved_at is not None


def test_a_record_without_an_id_is_set_aside_once(connection: Connection, link: Link) -> None:
    rules = default_rules("jira-cloud")
    for _ in range(2):
        run = SyncRunFactory.create(connection=connection, state=RunState.PARTIAL)
        page = Page(items=[], quarantined=[NAMELESS, NAMELESS])
        store_items(run, link.source, page, rules)
    kept = QuarantinedRecord.objects.get()
    assert (kept.tries, kept.run_id) == (2, run.pk)


def test_it_waits_until_everything_is_read_again(
    portal: Portal, connection: Connection, read: Link
) -> None:
    record = aside(read.source)
    assert portal.sync(connection).state == RunState.PARTIAL
    assert not is_over(record)
    run = portal.count_anew(connection)
    assert (run.state, run.seen >= 4) == (RunState.COMPLETE, True)
    assert is_over(record)


def test_those_that_waited_longest_are_tried_first(
    connection: Connection, read: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "TRIED_AGAIN", 1)
    first, second = (aside(read.source, remote_id) for remote_id in ("91", "92"))
    now = SyncRunFactory.create(connection=connection, state=RunState.PARTIAL)
    assert sync.set_aside(read.source, now) == [first.remote_id]
    QuarantinedRecord.objects.filter(pk=first.pk).update(
        last_tried_at=F("last_tried_at") + timedelta(minutes=1)
    )
    assert sync.set_aside(read.source, now) == [second.remote_id]


@pytest.fixture
def open_ones(portal: Portal, jira: Tracker, connection: Connection) -> Source:
    """A query that was read, and that two issues of another label do not match."""
    key_result = portal.key_result("Speed")
    link = portal.link(connection, key_result, "", kind=SourceKind.JQL.value)
    Source.objects.filter(pk=link.source_id).update(query="labels = speed")
    portal.sync(connection)
    return Source.objects.get(pk=link.source_id)


def held(source: Source) -> set[str]:
    rows = SourceItem.objects.filter(source=source, left_at=None)
    return set(rows.values_list("item__key", flat=True))


def test_a_record_enters_a_query_only_if_it_matches(
    portal: Portal, jira: Tracker, connection: Connection, open_ones: Source
) -> None:
    open_ones.connection = connection
    stranger = aside(open_ones, jira.find("SHOP-4").id)
    run = portal.sync(connection)
    assert held(open_ones) == {"SHOP-2", "SHOP-3"}
    assert (run.state, is_over(stranger)) == (RunState.COMPLETE, True)


def test_a_record_that_matches_comes_in_by_the_census_that_follows(
    portal: Portal, jira: Tracker, connection: Connection, open_ones: Source
) -> None:
    SourceItem.objects.filter(source=open_ones, item__key="SHOP-3").delete()
    open_ones.connection = connection
    aside(open_ones, jira.find("SHOP-3").id)
    portal.sync(connection)
    assert held(open_ones) == {"SHOP-2", "SHOP-3"}


def test_a_record_that_a_webhook_named_is_set_aside_where_it_is_held(
    portal: Portal, jira: Tracker, server: Server[JiraCloud], connection: Connection, read: Link
) -> None:
    portal.link(connection, portal.key_result("Payments"), jira.space("PAY").id)
    paid = jira.add("PAY", "Refund")
    portal.sync(connection)
    webhook, secret = open_webhook(portal.world.access("admin"), connection)
    server.app.faults.add(Fault(name="bad-record", path="/issue/bulkfetch"))
    post(webhook, jira_delivery("updated", paid.id), secret)
    portal.sync(connection)
    record = QuarantinedRecord.objects.select_related("source").get()
    assert (record.remote_id, record.source.remote_id) == (paid.id, jira.space("PAY").id)


@pytest.mark.parametrize("points", [Decimal("1e9"), Decimal("-1e14")])
def test_an_estimate_that_no_column_holds_sets_its_issue_aside_and_stops_no_other(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, points: Decimal
) -> None:
    fields = portal.provider(connection).number_fields()
    estimates = [field.remote_id for field in fields if field.is_points]
    Connection.objects.update(points_fields=estimates)
    jira.estimate("SHOP-2", points)
    jira.estimate("SHOP-3", Decimal(999999999))
    assert portal.sync(connection).state == RunState.PARTIAL
    record = QuarantinedRecord.objects.get()
    assert (record.remote_id, record.reason) == (
        jira.find("SHOP-2").id, "the estimate is larger than is counted with",
    )  # fmt: skip
    assert held(link.source) == {"SHOP-1", "SHOP-3", "SHOP-4", "SHOP-5"}
    jira.estimate("SHOP-2", Decimal(8))
    assert portal.sync(connection).state == RunState.COMPLETE
    assert "SHOP-2" in held(link.source)


def test_an_estimate_beyond_all_numbers_is_refused_and_the_rest_is_read(
    portal: Portal, jira: Tracker, connection: Connection, link: Link
) -> None:
    fields = [it.remote_id for it in portal.provider(connection).number_fields() if it.is_points]
    Connection.objects.filter(pk=connection.pk).update(points_fields=fields)
    jira.estimate("SHOP-3", Decimal("1E400"))
    run = portal.sync(connection)
    record = QuarantinedRecord.objects.get()
    assert (run.state, link.source.members.count()) == (RunState.PARTIAL, 4)
    assert (record.remote_id, record.reason) == (
        jira.find("SHOP-3").id,
        "the estimate is larger than is counted with",
    )
