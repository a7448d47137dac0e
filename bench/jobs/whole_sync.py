"""Whole syncs from a stand-in over HTTP, at two sizes: what grows with the issues, what does not.

A sync is carried out as a worker does it, in a process of its own whose peak memory is read. Its
floor parses the same replies and copies them into an empty table with the same indexes.
"""

import http.client
import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from celery import current_app
from django.conf import settings
from django.db import connections, transaction
from kombu import pools

from accounts.fields import new_id
from accounts.models import Member
from accounts.tenancy import tenant
from bench.database import connect, floor_sql
from bench.harness import WrongResult
from bench.jobs.feed import row_of
from bench.jobs.sync import COMPARED, LINKED, PROVIDER, STORED, as_csv
from bench.processes import forget_peak, peak_memory
from bench.tracker import AUTHORIZATION, CREDENTIAL, PROJECT, Elsewhere, playing
from bench.world import KEY_RESULT, MEMBER, Place
from integrations.actions.credentials import store_credential
from integrations.actions.runs import start_run
from integrations.actions.sync import run_sync
from integrations.choices import Measure, RunState, RunTrigger
from integrations.models import Connection, Link, Source, SyncRun
from integrations.ports import Selection, SourceKind
from integrations.providers.jira import jql
from integrations.providers.jira.cloud import PAGE, SEARCH
from integrations.providers.jira.mapping import asked_fields

MOST_CHANGES = 1000
KILOBYTES = 1024
SELECTION = Selection(kind=SourceKind.PROJECT, value=PROJECT)


class Synced(NamedTuple):
    """A run to its end: how long it took, and what its process held more at most than before."""

    seconds: float
    megabytes: float


class Floor(NamedTuple):
    """Parsing and copying every reply, without and with the time of fetching it."""

    seconds: float
    with_fetching: float


@dataclass(frozen=True)
class Measured:
    """A tracker of one size: its first sync and that one's floor, then a sync after changes."""

    issues: int
    changes: int
    first: Synced
    floor: Floor
    later: Synced

    @property
    def first_to_floor(self) -> float:
        return self.first.seconds / self.floor.with_fetching

    @property
    def later_to_floor(self) -> float:
        """Through as much of the floor as there were changes: sizes are measured one after the
        other, and the machine is not as fast at any time."""
        return self.later.seconds / (self.floor.with_fetching * self.changes / self.issues)


def figures(small: Measured, large: Measured) -> dict[str, tuple[str, float]]:
    """By the names of `targets.toml`: what is compared in words, and the ratio."""
    sizes = f"{small.issues:,} to {large.issues:,} issues"
    grown = f"{small.first.megabytes:.1f} and {large.first.megabytes:.1f} MB"
    pace = f"{large.issues / large.first.seconds:,.0f} a second on this machine"
    return {
        "copy": (
            f"{large.issues:,} issues, {pace}",
            large.first.seconds / large.floor.seconds,
        ),
        "fetched": (
            f"{large.issues:,} issues, fetching on both sides",
            large.first_to_floor,
        ),
        "pace": (f"an issue, {sizes}", large.first_to_floor / small.first_to_floor),
        "memory": (
            f"memory that a run takes at most, {sizes}, {grown}",
            large.first.megabytes / small.first.megabytes,
        ),
        "changes": (
            f"{large.changes:,} changes, {sizes}",
            large.later_to_floor / small.later_to_floor,
        ),
        "again": (
            f"{large.changes:,} changes of {large.issues:,} issues",
            large.later.seconds / large.first.seconds,
        ),
    }


def measure_sync(place: Place, issues: int) -> Measured:
    """Sync a tracker of so many issues, and once more after some changed. Raises `WrongResult`."""
    changes = min(MOST_CHANGES, issues)
    with playing(issues) as tracker:
        connection_id = follow(place, tracker)
        first = synced(place, connection_id)
        floor = copied(place, connection_id, tracker)
        compare(connection_id)
        tracker.change(changes)
        later = synced(place, connection_id)
        copied(place, connection_id, tracker)
        compare(connection_id)
    return Measured(issues, changes, first, floor, later)


def follow(place: Place, tracker: Elsewhere) -> UUID:
    """A connection to the tracker whose one source feeds some key results."""
    email, _, token = CREDENTIAL.partition(":")
    with place.bound():
        owner = Member.objects.get(pk=place.row(MEMBER, 0))
        connection = Connection.objects.create(
            name=f"Bench {new_id()}", provider=PROVIDER, address=tracker.url, owner=owner
        )
        store_credential(connection, owner, {"email": email, "token": token})
        source = Source.objects.create(
            connection=connection, kind=SELECTION.kind.value, remote_id=PROJECT, name="Bench"
        )
        for number in LINKED:
            Link.objects.create(
                source=source,
                key_result_id=place.row(KEY_RESULT, number),
                measure=Measure.SHARE_OF_ITEMS,
            )
    return connection.pk


def synced(place: Place, connection_id: UUID) -> Synced:
    """A run in a process of its own. Raises `WrongResult` when it does not complete."""
    state, seconds, grown = in_another_process(lambda: run_to_its_end(place, connection_id))
    if state != RunState.COMPLETE:
        raise WrongResult(f"The run ended as {state}.")
    return Synced(seconds, grown / KILOBYTES)


def in_another_process(work: Callable[[], Any]) -> Any:
    """What `work` answers in a fork of this process, which has no connections of ours."""
    connections.close_all()
    # A fork waits half a minute for each of these to close, since this process holds it as well.
    pools.reset()
    current_app._after_fork()  # type: ignore[attr-defined]  # noqa: SLF001 (it has no other name)
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=lambda: theirs.send(work()))
    process.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        process.join()


def run_to_its_end(place: Place, connection_id: UUID) -> tuple[str, float, int]:
    """Turn after turn, as workers take them up; state, seconds, kilobytes more at the peak."""
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    held = forget_peak()
    began = time.perf_counter()
    with tenant(place.id):
        with transaction.atomic():
            run = start_run(Connection.objects.get(pk=connection_id), RunTrigger.PERSON)
        while not run.is_over:
            run_sync(run.pk)
            with transaction.atomic():
                SyncRun.objects.filter(pk=run.pk).update(resume_at=None)
                run.refresh_from_db()
    seconds = time.perf_counter() - began
    return run.state, seconds, peak_memory() - held


def copied(place: Place, connection_id: UUID, tracker: Elsewhere) -> Floor:
    """Every reply, parsed and copied page by page."""
    raw = connect("owner")
    fixed = {"organization_id": place.id, "connection_id": connection_id}
    began, worked = time.perf_counter(), 0.0
    with raw.cursor() as cursor:
        cursor.execute(floor_sql("copy_table"))
        for body in replies(tracker):
            parsing = time.perf_counter()
            rows = [
                {"id": new_id(), **row_of(issue, tracker.url), "facts": issue["fields"], **fixed}
                for issue in orjson.loads(body)["issues"]
            ]
            cursor.copy_expert(copy_statement(rows), io.StringIO(as_csv(rows)))
            worked += time.perf_counter() - parsing
    return Floor(worked, time.perf_counter() - began)


def copy_statement(rows: Sequence[dict[str, Any]]) -> str:
    return f"COPY bench_item ({', '.join(rows[0])}) FROM STDIN (FORMAT csv, NULL '\\N')"


def replies(tracker: Elsewhere) -> Iterator[bytes]:
    """The pages of a search, as they are sent."""
    client = http.client.HTTPConnection(urlsplit(tracker.url).netloc)
    headers = {"Authorization": AUTHORIZATION, "Content-Type": "application/json"}
    asked: dict[str, object] = {
        "jql": jql.changed_since(jql.selected(SELECTION), None, "updated ASC"),
        "fields": asked_fields(SELECTION, None),
        "maxResults": PAGE,
    }
    following: str | None = ""
    while following is not None:
        more = {"nextPageToken": following} if following else {}
        client.request("POST", SEARCH, orjson.dumps({**asked, **more}), headers)
        body = client.getresponse().read()
        yield body
        following = orjson.loads(body).get("nextPageToken")


def compare(connection_id: UUID) -> None:
    """The sync and its floor hold the same of every issue. Raises `WrongResult`."""
    columns = ", ".join(COMPARED)
    one, other = (
        f"SELECT {columns} FROM {table} WHERE connection_id = %(connection)s"  # noqa: S608 (names of ours)
        for table in (STORED, "bench_item")
    )
    sql = f"(({one}) EXCEPT ({other})) UNION ALL (({other}) EXCEPT ({one})) ORDER BY 1 LIMIT 2"
    with connect("owner").cursor() as cursor:
        cursor.execute(sql, {"connection": connection_id})
        if parted := cursor.fetchall():
            raise WrongResult(f"The sync and its floor part here: {parted}")
