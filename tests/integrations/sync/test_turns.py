"""A long reading gives its worker back, and one organisation never takes all of them."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from celery import current_app
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts import outbox
from accounts.fields import new_id
from accounts.models import Member
from accounts.tenancy import tenant
from integrations.actions import pages
from integrations.actions.runs import RUN_JOB, claim_run, start_run
from integrations.choices import RunState, RunTrigger, Wait
from integrations.models import Connection, Link, Source, SyncRun
from integrations.providers.jira import cloud
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from standins.state import Tracker
from tests.factories.integrations import ConnectionFactory
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import last, owed
from tests.personas import World


def work_at(connection: Connection) -> SyncRun:
    """A run that some worker has in hand."""
    return SyncRun.objects.create(
        connection=connection,
        trigger=RunTrigger.SCHEDULE,
        state=RunState.RUNNING,
        claim=new_id(),
        progressed_at=timezone.now(),
    )


def keep_busy(owner: Member) -> None:
    """As many runs at work as an organisation may have at once."""
    for _ in range(2):
        work_at(ConnectionFactory.create(owner=owner))


@pytest.fixture
def third(portal: Portal, connection: Connection) -> SyncRun:
    """A run of Acme that waits while two others are at work."""
    keep_busy(portal.admin)
    return start_run(connection, RunTrigger.PERSON)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two issues, and a turn is short at once."""
    monkeypatch.setattr(pages, "SHORT_TURN_SECONDS", 0.0)
    monkeypatch.setattr(cloud, "PAGE", 2)


@pytest.fixture
def no_time(small_pages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is over after its first page."""
    monkeypatch.setattr(pages, "TURN_SECONDS", 0.0)


@pytest.fixture
def somebody_waits() -> Iterator[None]:
    """A run that no worker of theirs is free for."""
    current_app.send_task(RUN_JOB, kwargs={"org_id": str(new_id()), "run_id": str(new_id())})
    yield
    current_app.control.purge()


@pytest.mark.usefixtures("no_time")
def test_after_its_turn_a_run_goes_to_the_back_of_the_queue(
    portal: Portal, connection: Connection, link: Link
) -> None:
    run = portal.turn(connection)
    assert (run.state, run.seen, run.resume_at) == (RunState.WAITING, 2, None)
    assert owed("run_sync_soon") == [{"run_id": str(run.pk)}] * 2


@pytest.mark.usefixtures("no_time")
def test_a_run_in_many_turns_comes_to_what_one_in_a_single_turn_comes_to(
    portal: Portal, connection: Connection, link: Link
) -> None:
    assert portal.sync(connection).state == RunState.COMPLETE
    assert (last(link).items_done, last(link).items_total) == (1, 4)


@pytest.mark.usefixtures("small_pages", "somebody_waits")
def test_a_short_turn_ends_between_two_pages_when_somebody_waits(
    portal: Portal, connection: Connection, link: Link
) -> None:
    run = portal.turn(connection)
    assert (run.state, run.seen) == (RunState.WAITING, 2)


@pytest.mark.usefixtures("small_pages")
def test_a_short_turn_goes_on_when_nobody_waits(
    portal: Portal, connection: Connection, link: Link
) -> None:
    assert portal.turn(connection).state == RunState.COMPLETE


@pytest.mark.usefixtures("small_pages", "somebody_waits")
def test_a_queue_that_does_not_answer_is_taken_for_empty(
    portal: Portal, connection: Connection, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = redis.Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(outbox, "broker", lambda: nobody)
    assert portal.turn(connection).state == RunState.COMPLETE


def test_a_census_gives_its_worker_back_too_and_goes_on_where_it_was(
    portal: Portal, connection: Connection, read: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    Source.objects.filter(connection=connection).update(censused_at=None)
    monkeypatch.setattr(pages, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(cloud, "BARE_PAGE", 2)
    turns = [portal.turn(connection).state for _ in range(3)]
    assert turns == [RunState.WAITING, RunState.WAITING, RunState.COMPLETE]


def test_many_small_sources_give_their_worker_back_between_two_of_them(
    portal: Portal,
    connection: Connection,
    link: Link,
    jira: Tracker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    portal.link(connection, portal.key_result("Paying is done"), jira.space("PAY").id)
    monkeypatch.setattr(pages, "TURN_SECONDS", 0.0)
    first, second = portal.turn(connection), portal.turn(connection)
    assert (first.state, first.sources_done) == (RunState.WAITING, 1)
    assert (second.state, second.sources_done) == (RunState.COMPLETE, 2)


def test_a_third_run_of_an_organisation_waits_for_its_turn(third: SyncRun) -> None:
    assert claim_run(third.pk) is None
    third.refresh_from_db()
    assert third.resume_at is not None


def test_a_run_that_waits_for_its_turn_does_not_blame_the_service(
    third: SyncRun, admin: Client
) -> None:
    claim_run(third.pk)
    page = admin.get(third.connection.get_absolute_url()).content.decode()
    assert "It waits for its turn" in page
    assert "The service" not in page


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        ("429", Wait.LIMIT, "The service allows no more requests for now"),
        ("500", Wait.RETRY, "Jira has a problem. It is tried again"),
    ],
)
def test_a_run_that_is_put_off_says_why(
    portal: Portal,
    server: Server[JiraCloud],
    connection: Connection,
    link: Link,
    admin: Client,
    fault: str,
    reason: str,
    words: str,
) -> None:
    server.app.faults.add(Fault(name=fault, path="/search/jql", retry_after=90))
    run = portal.turn(connection)
    told = admin.get(f"/api/v1/orgs/acme/sync-runs/{run.pk}/").json()
    assert (run.waits_for, told["waits_for"]) == (reason, reason)
    assert words in admin.get(connection.get_absolute_url()).content.decode()


def test_a_run_that_goes_on_waits_for_nothing(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.faults.add(Fault(name="500", path="/search/jql"))
    assert portal.sync(connection).waits_for == ""


def test_a_run_that_is_asked_for_while_another_ends_is_begun(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The open run stood in the way, and was over when it was looked for."""
    create, tries = SyncRun.objects.create, []

    def once_in_the_way(**fields: Any) -> SyncRun:
        tries.append(fields)
        if len(tries) == 1:
            raise IntegrityError
        return create(**fields)

    monkeypatch.setattr(SyncRun.objects, "create", once_in_the_way)
    assert start_run(connection, RunTrigger.PERSON).state == RunState.WAITING


def test_a_turn_comes_when_another_run_is_over(third: SyncRun) -> None:
    other = SyncRun.objects.exclude(pk=third.pk)[:1]
    SyncRun.objects.filter(pk__in=other.values("pk")).update(state=RunState.COMPLETE)
    assert claim_run(third.pk) is not None


def test_what_one_organisation_reads_keeps_no_other_waiting(acme: World, rival: World) -> None:
    with tenant(acme.organization.pk):
        keep_busy(acme["admin"])
    with tenant(rival.organization.pk):
        connection = ConnectionFactory.create(owner=rival["admin"])
        check = start_run(connection, RunTrigger.SCHEDULE)
        assert claim_run(check.pk) is not None
