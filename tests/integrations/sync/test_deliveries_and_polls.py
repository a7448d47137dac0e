"""Deliveries of webhooks and the poll beside each other: neither keeps the other from its work."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from integrations.actions import hints
from integrations.actions.pages import Turn
from integrations.actions.runs import claim_run, fail_run, start_run
from integrations.actions.webhooks import open_webhook
from integrations.choices import OPEN_RUNS, ConnectionState, RunState, RunTrigger
from integrations.models import Connection, Link, Source, SyncRun, WebhookDelivery
from integrations.ports import AccessLost, Page
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.records import Issue
from standins.server import Server
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.deliveries import jira_delivery, post
from tests.integrations.sync.hinted import unfollowed
from tests.integrations.sync.outcome import last

BY_ID = "/issue/bulkfetch"
BY_LIST = "/search/jql"


class Teller:
    """Who delivers that issues changed."""

    def __init__(self, portal: Portal, connection: Connection) -> None:
        self.webhook, self.secret = open_webhook(portal.world.access("admin"), connection)

    def tell(self, issue_id: str) -> None:
        assert post(self.webhook, jira_delivery("updated", issue_id), self.secret) == 202


@pytest.fixture
def teller(portal: Portal, connection: Connection, read: Link) -> Teller:
    """The webhook of a connection that was read once."""
    return Teller(portal, connection)


@pytest.fixture
def failing(server: Server[JiraCloud], portal: Portal, connection: Connection, read: Link) -> None:
    """Polls fail from now on, and once they have."""
    server.app.faults.add(Fault(name="500", path=BY_LIST, times=999))
    assert portal.sync(connection).state == RunState.FAILED


def open_triggers() -> list[str]:
    return list(SyncRun.objects.filter(state__in=OPEN_RUNS).values_list("trigger", flat=True))


def let_poll_be_due() -> None:
    Connection.objects.update(next_run_at=timezone.now() - timedelta(seconds=1))


def test_a_run_by_webhook_does_not_hide_that_polls_fail(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    teller: Teller,
) -> None:
    teller.tell(jira.finish("SHOP-4").id)
    Connection.objects.update(failures=2, problem="Jira has a problem")
    assert portal.sync(connection).trigger == RunTrigger.WEBHOOK
    connection.refresh_from_db()
    assert (connection.failures, connection.problem) == (2, "Jira has a problem")


def test_a_run_by_webhook_that_fails_puts_no_poll_off(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    teller: Teller,
) -> None:
    connection.refresh_from_db()
    due = connection.next_run_at
    server.app.faults.add(Fault(name="500", path=BY_ID, times=999))
    teller.tell(jira.finish("SHOP-4").id)
    assert portal.sync(connection).state == RunState.FAILED
    connection.refresh_from_db()
    assert (connection.failures, connection.problem, connection.next_run_at) == (0, "", due)


@pytest.mark.usefixtures("failing")
def test_while_polls_fail_deliveries_are_kept_and_start_nothing(
    jira: Tracker, teller: Teller
) -> None:
    teller.tell(jira.finish("SHOP-4").id)
    assert open_triggers() == []
    assert WebhookDelivery.objects.filter(settled_at=None).count() == 1


@pytest.mark.usefixtures("failing")
def test_what_was_kept_is_followed_once_a_poll_works_again(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    teller: Teller,
    read: Link,
) -> None:
    issue = jira.find("SHOP-2").id
    jira.delete("SHOP-2")
    post(teller.webhook, jira_delivery("deleted", issue), teller.secret)
    server.app.faults.clear()
    assert portal.sync(connection).state == RunState.COMPLETE
    assert not WebhookDelivery.objects.filter(settled_at=None).exists()
    assert last(read).items_total == 3


def test_a_dead_credential_is_not_sent_with_each_delivery(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    teller: Teller,
) -> None:
    server.app.credential = "somebody-else@example.com:other"
    teller.tell(jira.finish("SHOP-4").id)
    assert portal.sync(connection).state == RunState.FAILED
    connection.refresh_from_db()
    assert connection.state == ConnectionState.BROKEN
    teller.tell(jira.finish("SHOP-3").id)
    assert open_triggers() == []


def joined(teller: Teller, first: Issue, *, by: Issue) -> SyncRun:
    """A run that has begun to follow one delivery when another comes."""
    teller.tell(first.id)
    run = claim_run(SyncRun.objects.get(state=RunState.WAITING).pk)
    assert run is not None
    teller.tell(by.id)
    return run


def test_a_delivery_that_joins_a_run_by_webhook_which_fails_has_a_run_of_its_own(
    portal: Portal, jira: Tracker, connection: Connection, teller: Teller, read: Link
) -> None:
    run = joined(teller, jira.finish("SHOP-4"), by=jira.finish("SHOP-3"))
    fail_run(run, AccessLost("jira-cloud", "", "out of sight"))
    assert open_triggers() == [RunTrigger.WEBHOOK]
    assert portal.sync(connection).state == RunState.COMPLETE
    assert (unfollowed(connection), last(read).items_done) == (0, 3)


def test_what_a_run_by_webhook_failed_to_follow_starts_no_other_and_is_followed_by_the_next(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    teller: Teller,
    read: Link,
) -> None:
    server.app.faults.add(Fault(name="500", path=BY_ID, times=999))
    teller.tell(jira.finish("SHOP-4").id)
    assert portal.sync(connection).state == RunState.FAILED
    assert (open_triggers(), unfollowed(connection)) == ([], 1)
    server.app.faults.clear()
    teller.tell(jira.finish("SHOP-3").id)
    assert portal.sync(connection).trigger == RunTrigger.WEBHOOK
    assert (unfollowed(connection), last(read).items_done) == (0, 3)


def test_a_delivery_that_joins_a_reading_which_fails_is_followed_by_one_that_works(
    portal: Portal, jira: Tracker, connection: Connection, teller: Teller, read: Link
) -> None:
    run = claim_run(start_run(connection, RunTrigger.SCHEDULE).pk)
    assert run is not None
    issue = jira.find("SHOP-2").id
    jira.delete("SHOP-2")
    post(teller.webhook, jira_delivery("deleted", issue), teller.secret)
    fail_run(run, AccessLost("jira-cloud", "", "out of sight"))
    assert (open_triggers(), unfollowed(connection)) == ([], 1)
    assert portal.sync(connection).state == RunState.COMPLETE
    assert (unfollowed(connection), last(read).items_total) == (0, 3)


def test_deliveries_that_never_cease_let_a_run_end(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    teller: Teller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep = hints.keep_where_it_belongs

    def another_comes(turn: Turn, sources: list[Source], page: Page) -> None:
        teller.tell(jira.find("SHOP-4").id)
        keep(turn, sources, page)

    monkeypatch.setattr(hints, "keep_where_it_belongs", another_comes)
    teller.tell(jira.find("SHOP-4").id)
    assert portal.turn(connection).state == RunState.COMPLETE
    assert open_triggers() == [RunTrigger.WEBHOOK]


def test_a_poll_that_is_due_comes_before_the_next_run_by_webhook(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    teller: Teller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    teller.tell(jira.find("SHOP-4").id)
    let_poll_be_due()
    keep = hints.settle

    def another_comes(turn: Turn, ids: list[UUID]) -> None:
        keep(turn, ids)
        teller.tell(jira.find("SHOP-3").id)

    monkeypatch.setattr(hints, "settle", another_comes)
    assert portal.turn(connection).state == RunState.COMPLETE
    assert open_triggers() == [RunTrigger.SCHEDULE]


def test_a_poll_that_is_due_comes_before_deliveries_that_joined_a_run_which_failed(
    jira: Tracker, connection: Connection, teller: Teller
) -> None:
    run = joined(teller, jira.find("SHOP-4"), by=jira.find("SHOP-3"))
    let_poll_be_due()
    fail_run(run, AccessLost("jira-cloud", "", "out of sight"))
    assert open_triggers() == [RunTrigger.SCHEDULE]


def test_a_poll_reads_on_where_the_items_of_deliveries_cannot_be_asked_for(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    teller: Teller,
    read: Link,
) -> None:
    server.app.faults.add(Fault(name="500", path=BY_ID, times=999))
    teller.tell(jira.finish("SHOP-4").id)
    SyncRun.objects.update(trigger=RunTrigger.SCHEDULE)
    assert portal.sync(connection).state == RunState.COMPLETE
    assert last(read).items_done == 2


def test_what_was_asked_for_is_settled_step_by_step(
    portal: Portal,
    server: Server[JiraCloud],
    jira: Tracker,
    connection: Connection,
    teller: Teller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hints, "AT_A_TIME", 1)
    for key in ("SHOP-3", "SHOP-4"):
        teller.tell(jira.finish(key).id)
    server.app.faults.add(Fault(name="500", path=BY_ID, skip=1))
    assert portal.turn(connection).state == RunState.WAITING
    assert WebhookDelivery.objects.filter(settled_at=None).count() == 1
