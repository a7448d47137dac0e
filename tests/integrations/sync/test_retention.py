"""What was read is kept as long as the connection says, and the state at that moment longer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.actions import retention
from integrations.actions.recounts import owe_past
from integrations.actions.replay import replay
from integrations.actions.retention import forget
from integrations.choices import RunState
from integrations.models import (
    Connection,
    ItemVersion,
    Link,
    Observation,
    QuarantinedRecord,
    Source,
    SourceItem,
    SyncedItem,
    SyncRun,
)
from integrations.payloads import unpack
from standins.state import Tracker
from tests.factories.integrations import QuarantinedRecordFactory, SyncRunFactory
from tests.integrations.conftest import Portal


def age(item: str, days: list[int]) -> None:
    """Make the versions of an item that old, oldest first."""
    versions = ItemVersion.objects.filter(item__key=item).order_by("id")
    for version, old in zip(versions, days, strict=True):
        received = timezone.now() - timedelta(days=old)
        ItemVersion.objects.filter(pk=version.pk).update(received_at=received)


def twice_changed(portal: Portal, jira: Tracker, connection: Connection) -> None:
    portal.sync(connection)
    jira.start("SHOP-4")
    portal.sync(connection)
    jira.finish("SHOP-4")
    portal.sync(connection)


def kinds(item: str) -> list[str]:
    versions = ItemVersion.objects.filter(item__key=item).order_by("received_at")
    return [unpack(bytes(version.body)).item.status_kind for version in versions]


def test_of_the_versions_before_the_horizon_the_last_one_stays(
    portal: Portal, jira: Tracker, connection: Connection, link: Link
) -> None:
    twice_changed(portal, jira, connection)
    age("SHOP-4", [500, 450, 10])
    assert forget() == 1
    assert kinds("SHOP-4") == ["indeterminate", "done"]


def test_what_is_younger_than_the_horizon_stays(
    portal: Portal, jira: Tracker, connection: Connection, link: Link
) -> None:
    twice_changed(portal, jira, connection)
    age("SHOP-4", [300, 200, 10])
    assert forget() == 0


def test_an_item_never_loses_its_only_version(read: Link) -> None:
    age("SHOP-4", [900])
    forget()
    assert (kinds("SHOP-4"), SyncedItem.objects.filter(key="SHOP-4").count()) == (["new"], 1)


@pytest.mark.parametrize(
    ("days", "course"), [(400, [(44, 1), (19, 2), (0, 3)]), (7, [(0, 2), (0, 3)])]
)
def test_the_past_is_counted_anew_as_far_back_as_nothing_is_forgotten(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    link: Link,
    days: int,
    course: list[tuple[int, int]],
) -> None:
    twice_changed(portal, jira, connection)
    age("SHOP-4", [45, 30, 20])
    SourceItem.objects.update(created_at=timezone.now() - timedelta(days=45))
    for run, old in zip(SyncRun.objects.order_by("id"), [44, 29, 19], strict=True):
        finished = timezone.now() - timedelta(days=old)
        SyncRun.objects.filter(pk=run.pk).update(finished_at=finished)
    jira.finish("SHOP-3")
    portal.sync(connection)
    Connection.objects.update(keep_days=days)
    forget()
    Connection.objects.update(keep_days=400)
    Link.objects.filter(pk=link.pk).update(line=2)
    owe_past([link])
    replay(link.pk)
    drawn = Observation.objects.filter(link=link, line=2).order_by("effective_at")
    now = timezone.now()
    assert [((now - it.effective_at).days, it.items_done) for it in drawn] == course


def set_aside(source: Source, **days: int) -> QuarantinedRecord:
    """A record with words of the service; `days` ago by field."""
    now = timezone.now()
    moments = {name: now - timedelta(days=ago) for name, ago in days.items()}
    run = SyncRunFactory.create(connection=source.connection, state=RunState.PARTIAL)
    return QuarantinedRecordFactory.create(source=source, run=run, excerpt='{"id": 1}', **moments)


def words_of(record: QuarantinedRecord) -> str:
    return QuarantinedRecord.objects.get(pk=record.pk).excerpt


def test_what_was_sent_of_a_settled_record_is_kept_as_long_as_versions(source: Source) -> None:
    old, recent = set_aside(source, resolved_at=401), set_aside(source, resolved_at=399)
    forget()
    assert (words_of(old), words_of(recent)) == ("", '{"id": 1}')


def test_how_long_that_is_each_connection_says(source: Source) -> None:
    Connection.objects.update(keep_days=10)
    record = set_aside(source, resolved_at=11)
    forget()
    assert words_of(record) == ""


def test_a_settled_record_stays_with_its_reason(source: Source) -> None:
    record = set_aside(source, resolved_at=401)
    forget()
    assert QuarantinedRecord.objects.get(pk=record.pk).reason == record.reason


def test_what_was_sent_of_a_record_that_is_still_set_aside_stays(source: Source) -> None:
    record = set_aside(source, last_tried_at=900)
    forget()
    assert words_of(record) == '{"id": 1}'


def test_what_was_sent_of_a_source_that_is_followed_no_more_goes_as_well(source: Source) -> None:
    Source.objects.update(archived_at=timezone.now())
    old, recent = set_aside(source, last_tried_at=401), set_aside(source, last_tried_at=399)
    forget()
    assert (words_of(old), words_of(recent)) == ("", '{"id": 1}')


def test_many_settled_records_are_forgotten_in_turns(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    records = [set_aside(source, resolved_at=401) for _ in range(5)]
    forget()
    assert {words_of(record) for record in records} == {""}
