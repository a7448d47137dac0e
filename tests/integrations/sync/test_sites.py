"""Which site a connection reads: kept through a renaming, and never exchanged for another."""

from typing import Any

import pytest

from integrations.choices import ConnectionState, RunState
from integrations.models import Connection, ItemVersion, Link, SyncedItem
from okrs.models import KeyResult
from standins.blank import uuid_of
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import score_of

ELSEWHERE = uuid_of("cloud", "elsewhere")


@pytest.fixture
def read_before(portal: Portal, connection: Connection, link: Link) -> Connection:
    """A connection that was read while sites were told apart by their host."""
    portal.sync(connection)
    host = connection.address.removeprefix("http://")
    Connection.objects.filter(pk=connection.pk).update(site_id=host)
    connection.refresh_from_db()
    return connection


def kept(connection: Connection) -> tuple[Any, ...]:
    items = SyncedItem.objects.filter(connection=connection)
    versions = ItemVersion.objects.filter(item__in=items)
    return (
        sorted(items.values_list("id", "remote_id")),
        sorted(versions.values_list("id")),
        sorted(connection.sources.values_list("id", "links")),
    )


def test_a_connection_known_by_its_host_takes_over_its_cloud_id(
    portal: Portal, server: Server[JiraCloud], read_before: Connection, key_result: KeyResult
) -> None:
    before = kept(read_before)
    assert portal.sync(read_before).state == RunState.COMPLETE
    read_before.refresh_from_db()
    assert read_before.site_id == server.app.cloud_id
    assert kept(read_before) == before


def test_a_site_with_another_cloud_id_is_refused_and_nothing_is_overwritten(
    portal: Portal, server: Server[JiraCloud], connection: Connection, read: Link
) -> None:
    before, known = kept(connection), server.app.cloud_id
    server.app.cloud_id = ELSEWHERE
    run = portal.sync(connection)
    connection.refresh_from_db()
    assert (run.state, connection.state) == (RunState.FAILED, ConnectionState.BROKEN)
    assert run.problem.endswith(f"another site than before: its id is {ELSEWHERE}, and was {known}")
    assert (connection.site_id, kept(connection)) == (known, before)


def test_a_score_stands_while_another_site_answers(
    portal: Portal,
    server: Server[JiraCloud],
    connection: Connection,
    read: Link,
    key_result: KeyResult,
) -> None:
    before = score_of(key_result)
    server.app.cloud_id = ELSEWHERE
    server.app.tracker.finish("SHOP-4")
    portal.sync(connection)
    assert score_of(key_result) == before


def test_a_connection_known_by_another_host_is_refused(
    portal: Portal, read_before: Connection
) -> None:
    Connection.objects.filter(pk=read_before.pk).update(site_id="other.atlassian.net")
    assert portal.sync(read_before).state == RunState.FAILED
    read_before.refresh_from_db()
    assert read_before.site_id == "other.atlassian.net"
