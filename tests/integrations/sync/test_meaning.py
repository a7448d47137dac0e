"""Configuration that changes there without touching an issue: statuses, fields, zones."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations.choices import Measure, RunState, SourceState
from integrations.models import Connection, ItemVersion, Link, Source, SyncedItem
from integrations.payloads import unpack
from okrs.models import KeyResult
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import last, score_of


@pytest.fixture
def in_points(portal: Portal, connection: Connection, key_result: KeyResult, shop: str) -> Link:
    """A link over estimates, which a company-managed project keeps in this field."""
    connection.points_fields = ["customfield_10016"]
    connection.save()
    return portal.link(connection, key_result, shop, measure=Measure.SHARE_OF_POINTS)


def test_a_renamed_status_is_called_by_its_new_name(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.restate("5", name="Erledigt", category="done")
    portal.sync(connection)
    item = SyncedItem.objects.get(key="SHOP-2")
    assert (item.status_name, item.category) == ("Erledigt", "done")


def test_a_status_that_means_something_else_moves_the_score(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    jira.restate("1", name="To Do", category="done")
    portal.sync(connection)
    assert score_of(key_result) == 1


def test_what_a_status_meant_before_is_kept(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.restate("5", name="Erledigt", category="indeterminate")
    portal.sync(connection)
    versions = ItemVersion.objects.filter(item__key="SHOP-2").order_by("received_at")
    kinds = [unpack(bytes(version.body)).item.status_kind for version in versions]
    assert list(dict.fromkeys(kinds)) == ["done", "indeterminate"]


def test_a_version_keeps_what_was_sent(read: Link) -> None:
    version = ItemVersion.objects.get(item__key="SHOP-2")
    raw = unpack(bytes(version.body)).raw
    assert raw is not None
    assert b'"summary": "Cache the basket"' in bytes(raw)


def test_an_unchanged_item_gets_no_second_version(
    portal: Portal, connection: Connection, read: Link
) -> None:
    portal.sync(connection)
    assert ItemVersion.objects.filter(item__key="SHOP-2").count() == 1


def test_another_field_for_estimates_has_everything_read_again(
    portal: Portal, jira: Tracker, connection: Connection, in_points: Link
) -> None:
    jira.estimate("SHOP-2", Decimal(8))
    jira.estimate("SHOP-3", Decimal(2))
    Connection.objects.update(points_fields=["customfield_10099"])
    Connection.objects.update(points_fields=[])
    portal.sync(connection)
    assert last(in_points).unestimated == 4
    fields = [f.remote_id for f in portal.provider(connection).number_fields() if f.is_points]
    Connection.objects.update(points_fields=fields)
    portal.sync(connection)
    assert [last(in_points).done, last(in_points).total] == [8, 10]


def test_a_field_that_is_gone_freezes_what_it_feeds(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    in_points: Link,
    key_result: KeyResult,
) -> None:
    fields = [f.remote_id for f in portal.provider(connection).number_fields() if f.is_points]
    Connection.objects.update(points_fields=fields)
    jira.estimate("SHOP-2", Decimal(8))
    portal.sync(connection)
    server.app.faults.add(Fault(name="no-number-fields", path="/field", times=99))
    run = portal.sync(connection)
    source = Source.objects.get(pk=in_points.source_id)
    assert (run.state, source.state) == (RunState.PARTIAL, SourceState.UNOBSERVED)
    assert "does not exist any more" in source.problem
    assert score_of(key_result) == 1


def test_a_new_field_to_add_up_has_everything_read_again(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, shop: str
) -> None:
    jira.estimate("SHOP-2", Decimal(8))
    portal.sync(connection)
    fields = portal.provider(connection).number_fields()
    field = next(it.remote_id for it in fields if it.name == "Story Points")
    other = portal.key_result("Points are done")
    summed = portal.link(connection, other, shop, measure=Measure.SUM, field=field)
    portal.sync(connection)
    assert last(summed).done == 8


@pytest.mark.parametrize(
    "zone", ["America/Los_Angeles", "Etc/GMT-3", "Asia/Kolkata", "Europe/Berlin"]
)
def test_a_change_is_found_whatever_the_zone_of_the_account(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    link: Link,
    key_result: KeyResult,
    zone: str,
) -> None:
    jira.set_time_zone(zone)
    portal.sync(connection)
    jira.finish("SHOP-4")
    portal.sync(connection)
    assert score_of(key_result) == Decimal("0.5")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles"])
def test_the_hour_that_comes_twice_loses_no_change(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, zone: str
) -> None:
    # Clocks in Europe go back at 01:00 UTC on 25 October, in Los Angeles at 09:00 on 1 November.
    start = {"Europe/Berlin": (10, 25, 0), "America/Los_Angeles": (11, 1, 8)}[zone]
    moment = datetime(2026, start[0], start[1], start[2], 30, tzinfo=UTC)
    jira.set_time_zone(zone)
    jira.turn_clock(lambda: moment)
    for issue in list(jira.visible()):
        jira.relabel(issue.id, ("night",))
    portal.sync(connection)
    for key in ("SHOP-3", "SHOP-4"):
        moment += timedelta(minutes=45)
        jira.finish(key)
        portal.sync(connection)
    assert last(link).items_done == 3
