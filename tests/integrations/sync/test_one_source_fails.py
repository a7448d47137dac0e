"""A source that fails again and again is put aside, and the others are read and measured."""

from collections.abc import Collection, Iterator

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from integrations.choices import RunState, RunTrigger, SourceState
from integrations.models import Connection, Link, Source, SyncRun
from integrations.ports import Page, Selection
from integrations.providers.jira.cloud import JiraCloud as Provider
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import last, told

BY_LIST = "/search/jql"
CENSUS = "key ASC"


@pytest.fixture
def paying(portal: Portal, connection: Connection, read: Link, jira: Tracker) -> Link:
    """A second source, read as well."""
    jira.add("PAY", "Pay by card")
    link = portal.link(connection, portal.key_result("Paying is done"), jira.space("PAY").id)
    portal.sync(connection)
    return link


def fail(server: Server[JiraCloud], what: str, name: str = "500") -> None:
    server.app.faults.add(Fault(name=name, path=BY_LIST, body=what, times=999))


def source_of(link: Link) -> Source:
    return Source.objects.get(pk=link.source_id)


@pytest.mark.parametrize("name", ["500", "200-html", "wrong-shape"])
def test_one_source_that_fails_keeps_no_other_unmeasured(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    read: Link,
    paying: Link,
    name: str,
) -> None:
    fail(server, jira.space("SHOP").id, name)
    jira.finish("SHOP-4")
    jira.finish("PAY-1")
    assert portal.sync(connection).state == RunState.PARTIAL
    assert (last(read).items_done, last(paying).items_done) == (1, 1)
    failed = source_of(read)
    assert failed.state == SourceState.UNOBSERVED
    assert failed.problem
    assert source_of(paying).state == SourceState.CURRENT
    assert told() == ["A part of jira-cloud is out of sight"]
    connection.refresh_from_db()
    assert connection.failures == 0


def test_a_source_that_failed_is_measured_again_once_it_can_be_read(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    read: Link,
    paying: Link,
) -> None:
    fail(server, jira.space("SHOP").id)
    jira.finish("SHOP-4")
    portal.sync(connection)
    server.app.faults.clear()
    assert portal.sync(connection).state == RunState.COMPLETE
    assert (source_of(read).state, last(read).items_done) == (SourceState.CURRENT, 2)


def test_where_none_can_be_read_the_run_fails_and_nothing_is_out_of_sight(
    portal: Portal, server: Server[JiraCloud], connection: Connection, read: Link, paying: Link
) -> None:
    fail(server, "")
    run = portal.sync(connection)
    assert (run.state, run.attempts) == (RunState.FAILED, 4)
    assert {it.state for it in Source.objects.all()} == {SourceState.CURRENT}
    connection.refresh_from_db()
    assert connection.failures == 1


def test_a_census_that_always_fails_ends_the_run(
    portal: Portal, server: Server[JiraCloud], connection: Connection, read: Link
) -> None:
    fail(server, CENSUS)
    assert portal.count_anew(connection).state == RunState.FAILED


@pytest.fixture
def too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for items by their ids takes longer than a worker has."""

    def items(_: Provider, __: Selection, ___: Collection[str]) -> Iterator[Page]:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(Provider, "items", items)


@pytest.mark.usefixtures("too_slow")
def test_a_step_that_no_worker_has_time_for_ends_the_run_and_is_told(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.delete("SHOP-4")
    run = portal.count_anew(connection)
    assert (run.state, run.problem) == (
        RunState.FAILED,
        "a step took longer than a worker has",
    )


@pytest.mark.usefixtures("too_slow")
def test_a_source_that_no_worker_has_time_for_keeps_no_other_unmeasured(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, paying: Link
) -> None:
    jira.delete("SHOP-4")
    jira.finish("PAY-1")
    assert portal.count_anew(connection).state == RunState.PARTIAL
    assert (source_of(read).state, last(paying).items_done) == (SourceState.UNOBSERVED, 1)


def test_what_failed_the_last_time_is_read_last(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    read: Link,
    paying: Link,
) -> None:
    fail(server, jira.space("SHOP").id)
    portal.sync(connection)
    server.app.seen.clear()
    run = portal.turn(connection)
    assert (run.state, run.sources_done) == (RunState.WAITING, 1)
    assert SyncRun.objects.filter(trigger=RunTrigger.PERSON).count() == 4
