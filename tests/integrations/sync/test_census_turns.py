"""A census that asks for what is missing: in turns, killed anywhere, it comes to the same."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.actions import census, pages, runs
from integrations.actions.runs import ABANDONED_AFTER
from integrations.choices import RunState
from integrations.models import Connection, Link, Source, SourceItem, SyncedItem, SyncRun
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import last

GONE, ARCHIVED, MOVED = ("SHOP-2", "SHOP-6", "SHOP-7"), ("SHOP-8", "SHOP-9"), ("SHOP-10",)
CHUNK = 2
CHUNKS = 3
# Of the whole run, each in a transaction: none is without a test that it is the last.
WRITES = 11


class Killed(BaseException):
    """What no worker catches."""


@pytest.fixture
def shop(read: Link, portal: Portal, jira: Tracker, connection: Connection) -> Link:
    """Of twenty-five items six are missing, for three reasons; a census is due."""
    for number in range(20):
        jira.add("SHOP", f"Story {number}")
    portal.sync(connection)
    for key in GONE:
        jira.delete(key)
    for key in ARCHIVED:
        jira.archive(key)
    for key in MOVED:
        jira.move(key, "PAY")
    Source.objects.update(censused_at=None)
    return read


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "CHUNK", CHUNK)


def assert_all_is_found(link: Link) -> None:
    gone = SyncedItem.objects.exclude(gone_at=None).values_list("key", flat=True)
    archived = SyncedItem.objects.filter(is_archived=True).values_list("key", flat=True)
    left = SourceItem.objects.exclude(left_at=None).count()
    assert (set(gone), set(archived), left) == ({*GONE}, {*ARCHIVED}, len(GONE) + len(MOVED))
    assert (last(link).items_done, last(link).items_total) == (0, 20)
    source = Source.objects.get(pk=link.source_id)
    assert (source.census_checkpoint, source.missing_count) == (None, 0)
    assert source.censused_at is not None


def rounds_of(link: Link) -> int:
    return Source.objects.get(pk=link.source_id).generation


@pytest.mark.usefixtures("small_chunks")
def test_it_gives_its_worker_back_after_each_chunk_and_goes_on_where_it_was(
    portal: Portal, connection: Connection, shop: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rounds_of(shop)
    monkeypatch.setattr(pages, "TURN_SECONDS", 0.0)
    turns = [portal.turn(connection).state for _ in range(CHUNKS)]
    assert turns == [*[RunState.WAITING] * (CHUNKS - 1), RunState.COMPLETE]
    assert rounds_of(shop) == before + 1
    assert_all_is_found(shop)


@pytest.mark.usefixtures("small_chunks")
def test_a_turn_that_is_not_over_sorts_out_all_chunks(
    portal: Portal, connection: Connection, shop: Link
) -> None:
    run = portal.turn(connection)
    assert (run.state, run.gone) == (RunState.COMPLETE, len(GONE))
    assert_all_is_found(shop)


@pytest.mark.usefixtures("small_chunks")
def test_what_is_archived_is_asked_for_once_in_a_round_and_anew_in_the_next(
    portal: Portal, jira: Tracker, connection: Connection, shop: Link
) -> None:
    portal.sync(connection)
    jira.delete(ARCHIVED[0])
    portal.count_anew(connection)
    assert SyncedItem.objects.get(key=ARCHIVED[0]).gone_at is not None


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("write", range(1, WRITES + 1))
def test_killed_at_any_write_it_comes_to_the_same(
    portal: Portal,
    connection: Connection,
    shop: Link,
    write: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = []

    def stored(run: SyncRun) -> None:
        written.append(run)
        if len(written) == write:
            raise Killed
        keep(run)

    keep = runs.note_progress
    with monkeypatch.context() as patch:
        patch.setattr("integrations.actions.pages.note_progress", stored)
        with pytest.raises(Killed):
            portal.turn(connection)
    silent = timezone.now() - ABANDONED_AFTER - timedelta(seconds=1)
    SyncRun.objects.filter(state=RunState.RUNNING).update(progressed_at=silent)
    assert portal.sync(connection).state == RunState.COMPLETE
    assert_all_is_found(shop)
