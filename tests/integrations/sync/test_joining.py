"""Who asks for a run while another is on: that one serves them, or another follows it."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.actions.connections import change_credential, pause_connection, prove
from integrations.actions.runs import (
    ABANDONED_AFTER,
    claim_run,
    finish_run,
    hand_on,
    is_on,
    start_due_runs,
    start_run,
)
from integrations.choices import OPEN_RUNS, ConnectionState, RunState, RunTrigger
from integrations.models import Connection, Link, SyncRun
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.integrations.conftest import Portal


def begun(connection: Connection, trigger: RunTrigger) -> SyncRun:
    """A run of that kind that a worker is at."""
    run = claim_run(start_run(connection, trigger).pk)
    assert run is not None
    return run


def open_triggers() -> list[str]:
    return list(SyncRun.objects.filter(state__in=OPEN_RUNS).values_list("trigger", flat=True))


@pytest.mark.parametrize("trigger", [RunTrigger.PERSON, RunTrigger.SETUP, RunTrigger.SCHEDULE])
def test_a_run_by_webhook_that_waits_becomes_what_is_asked_for(
    connection: Connection, trigger: RunTrigger
) -> None:
    waiting = start_run(connection, RunTrigger.WEBHOOK)
    assert start_run(connection, trigger) == waiting
    assert open_triggers() == [trigger]


@pytest.mark.parametrize("trigger", [RunTrigger.PERSON, RunTrigger.SETUP])
def test_after_a_run_by_webhook_that_has_begun_the_sources_are_read(
    connection: Connection, read: Link, trigger: RunTrigger
) -> None:
    run = begun(connection, RunTrigger.WEBHOOK)
    start_run(connection, trigger)
    finish_run(run)
    assert open_triggers() == [RunTrigger.SCHEDULE]


def test_a_run_that_has_begun_is_followed_by_one_that_finds_what_was_set_up(
    connection: Connection, read: Link
) -> None:
    run = begun(connection, RunTrigger.PERSON)
    start_run(connection, RunTrigger.SETUP)
    finish_run(run)
    assert open_triggers() == [RunTrigger.SCHEDULE]


def test_a_run_that_has_not_begun_finds_what_was_set_up(connection: Connection, read: Link) -> None:
    first = start_run(connection, RunTrigger.PERSON)
    start_run(connection, RunTrigger.SETUP)
    run = claim_run(first.pk)
    assert run is not None
    finish_run(run)
    assert open_triggers() == []


def test_who_asks_twice_for_a_reading_gets_one(connection: Connection, read: Link) -> None:
    run = begun(connection, RunTrigger.PERSON)
    start_run(connection, RunTrigger.PERSON)
    finish_run(run)
    assert open_triggers() == []


def test_a_run_that_goes_on_with_the_credential_before_does_not_break_the_new_one(
    portal: Portal, server: Server[JiraCloud], connection: Connection, read: Link
) -> None:
    former = begun(connection, RunTrigger.SCHEDULE)
    server.app.credential = "sync@example.com:another-token"
    secrets = {"email": "sync@example.com", "token": "another-token"}
    proof = prove(connection, secrets)
    change_credential(portal.world.access("admin"), connection, secrets, proof)
    former.refresh_from_db()
    assert former.state == RunState.CANCELLED
    assert open_triggers() == [RunTrigger.SETUP]
    assert portal.sync(connection).state == RunState.COMPLETE
    connection.refresh_from_db()
    assert connection.state == ConnectionState.WORKING


def test_a_run_that_was_cancelled_is_not_handed_on(connection: Connection) -> None:
    run = begun(connection, RunTrigger.SCHEDULE)
    SyncRun.objects.update(state=RunState.CANCELLED)
    hand_on(run)
    assert open_triggers() == []


def test_nobody_ends_a_run_between_the_look_at_it_and_what_is_written(
    connection: Connection,
) -> None:
    run = begun(connection, RunTrigger.SCHEDULE)
    with CaptureQueriesContext(database) as asked:
        assert is_on(run)
    assert "FOR UPDATE" in asked[0]["sql"]


def die(run: SyncRun) -> SyncRun | None:
    """Its worker falls silent, and another takes it up."""
    silent = timezone.now() - ABANDONED_AFTER - timedelta(seconds=1)
    SyncRun.objects.filter(pk=run.pk).update(progressed_at=silent)
    return claim_run(run.pk)


def test_a_run_that_kills_three_workers_in_a_row_fails(connection: Connection, read: Link) -> None:
    run = begun(connection, RunTrigger.SCHEDULE)
    assert [die(run) is not None for _ in range(3)] == [True, True, False]
    run.refresh_from_db()
    assert (run.state, run.problem) == (
        RunState.FAILED,
        "its worker stopped without a word 3 times",
    )


def test_a_turn_that_ends_well_between_two_deaths_begins_the_count_anew(
    connection: Connection, read: Link
) -> None:
    run = begun(connection, RunTrigger.SCHEDULE)
    for _ in range(3):
        assert die(run) is not None
        again = die(run)
        assert again is not None
        hand_on(again)
        assert claim_run(run.pk) is not None


def test_a_due_poll_takes_the_place_of_a_run_by_webhook_that_waits(
    connection: Connection, read: Link
) -> None:
    start_run(connection, RunTrigger.WEBHOOK)
    Connection.objects.update(next_run_at=timezone.now() - timedelta(minutes=1))
    start_due_runs()
    assert open_triggers() == [RunTrigger.SCHEDULE]
    connection.refresh_from_db()
    assert connection.next_run_at is not None
    assert connection.next_run_at > timezone.now()


def test_a_connection_taken_up_again_is_read_from_the_beginning_of_its_sources(
    portal: Portal, connection: Connection, read: Link
) -> None:
    access = portal.world.access("admin")
    pause_connection(access, connection, paused=True)
    run = begun(connection, RunTrigger.PERSON)
    pause_connection(access, connection, paused=False)
    finish_run(run)
    assert open_triggers() == [RunTrigger.SCHEDULE]
