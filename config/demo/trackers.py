"""The company's trackers: connected, read once, and what they say of the weeks before."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.utils import timezone

from config.demo.agreements import INITIATIVES
from config.demo.book import Book
from config.demo.shapes import Goal, Result
from integrations.actions.connections import add_source, connect, prove
from integrations.actions.credentials import open_provider
from integrations.actions.links import create_link
from integrations.actions.sync import run_sync
from integrations.choices import Measure, RunState
from integrations.models import Connection, Source, SyncedItem, SyncRun
from integrations.ports import RemoteSource
from okrs.choices import TierKind
from okrs.models import KeyResult

WEEK = timedelta(days=7)
TENTH = Decimal("0.1")
READ_EVERY_MINUTES = 1
PATIENCE = timedelta(minutes=5)
# Points of a share that a key result asks for at least.
LEAST_RISE = Decimal(8)


class TrackerUnreachable(Exception):
    """A stand-in did not let itself be read; the message says why."""


@dataclass(frozen=True)
class Tracker:
    """A system to connect. `prefix` is how the text names its projects, as in "jira:SHOP"."""

    prefix: str
    name: str
    provider: str
    path: str
    secrets: dict[str, str]


# What the stand-ins let in.
TRACKERS = (
    Tracker(
        "jira", "Jira of the product teams", "jira-cloud", "",
        {"email": "ada@example.com", "token": "standin-token"},
    ),
    Tracker(
        "linear", "Linear of the shared teams", "linear", "/graphql",
        {"key": "lin_api_standin"},
    ),
)  # fmt: skip
# Followed for the tickets that no goal takes up.
UNLINKED = {"jira:HELP"}
Sources = dict[str, Source]
Shares = dict[str, list[tuple[datetime, Decimal]]]


def projects(goals: Sequence[Goal]) -> set[str]:
    """The projects that are followed, such as "jira:SHOP": those that the text reads, and more."""
    named = {result.source for goal in goals for result in goal.results}
    named |= {work.source for work in INITIATIVES}
    return {name for name in named if ":" in name} | UNLINKED


def follow_trackers(book: Book, addresses: Mapping[str, str], wanted: set[str]) -> Sources:
    """Connect what has an address and read it to its end; the sources by the text's names."""
    sources: Sources = {}
    for tracker in TRACKERS:
        if tracker.prefix in addresses:
            sources |= follow(book, tracker, addresses[tracker.prefix], wanted)
    return sources


def follow(book: Book, tracker: Tracker, url: str, wanted: set[str]) -> Sources:
    connection = Connection(
        name=tracker.name,
        provider=tracker.provider,
        address=url + tracker.path,
        interval_minutes=READ_EVERY_MINUTES,
    )
    proof = prove(connection, tracker.secrets)
    connect(book.admin, connection, tracker.secrets, proof)
    sources = {
        name: add_source(
            book.admin, connection, kind=remote.kind, name=remote.name, remote_id=remote.remote_id
        )
        for remote in open_provider(connection, tracker.secrets).sources()
        if (name := f"{tracker.prefix}:{key_of(remote)}") in wanted
    }
    read(connection)
    return {name: Source.objects.get(pk=source.pk) for name, source in sources.items()}


def move_trackers(addresses: Mapping[str, str]) -> None:
    """Point the connections at where the trackers are now: the demo may start on other ports."""
    for tracker in TRACKERS:
        if tracker.prefix in addresses:
            address = addresses[tracker.prefix] + tracker.path
            moved = Connection.objects.filter(name=tracker.name).exclude(address=address)
            moved.update(address=address)


def key_of(remote: RemoteSource) -> str:
    return remote.key or remote.name


def read(connection: Connection) -> None:
    """One reading, in as many turns as it takes here, at most `PATIENCE`."""
    run = SyncRun.objects.get(connection=connection)
    give_up = timezone.now() + PATIENCE
    while run.state == RunState.WAITING and timezone.now() < give_up:
        if run.resume_at:
            time.sleep(max(0, (run.resume_at - timezone.now()).total_seconds()))
        run_sync(run.pk)
        run.refresh_from_db()
    if run.state != RunState.COMPLETE:
        raise TrackerUnreachable(f"{connection.name}: {run.state}, {run.problem}")


def measure_of(tier: str) -> Measure:
    """Teams count points and products items, so that two readers of a project differ."""
    return Measure.SHARE_OF_POINTS if tier == TierKind.TEAM else Measure.SHARE_OF_ITEMS


def weekly_shares(
    source: Source, measure: Measure, since: datetime, until: datetime
) -> list[tuple[datetime, Decimal]]:
    """Percent done at the end of each week, from when items were made and completed."""
    items = list(
        SyncedItem.objects.filter(
            sources__source=source, sources__left_at=None, is_leaf=True, gone_at=None
        )
        .exclude(category="left_out")
        .values_list("remote_created_at", "completed_at", "points")
    )
    moments = []
    while since < until:
        moments.append(since)
        since += WEEK
    found = []
    for moment in moments:
        there = [(done, points) for made, done, points in items if made <= moment]
        share = share_done(there, measure, moment)
        if share is not None:
            found.append((moment, share))
    return found


def share_done(
    items: Sequence[tuple[datetime | None, Decimal | None]], measure: Measure, moment: datetime
) -> Decimal | None:
    sizes = [
        (done, Decimal(1) if measure == Measure.SHARE_OF_ITEMS else points or Decimal(0))
        for done, points in items
    ]
    whole = sum((size for _, size in sizes), Decimal(0))
    finished = sum((size for done, size in sizes if done and done <= moment), Decimal(0))
    if not whole:
        return None
    return (finished * 100 / whole).quantize(Decimal("1E-10"), ROUND_HALF_UP)


def with_true_starts(
    book: Book, goals: Sequence[Goal], sources: Sources, begin: datetime
) -> tuple[list[Goal], Shares]:
    """The goals with synced key results that start where their project stood on the first day.

    Without the tracker they are read by hand. The shares are by title of the key result.
    """
    shares: Shares = {}
    for goal in goals:
        tier = TierKind.TEAM if goal.unit in book.teams else TierKind.PRODUCT
        for result in goal.results:
            if result.source in sources:
                source = sources[result.source]
                shares[result.title] = weekly_shares(source, measure_of(tier), begin, book.now)
    measured = [
        replace(goal, results=tuple(start_truly(result, shares) for result in goal.results))
        for goal in goals
    ]
    return measured, shares


def start_truly(result: Result, shares: Shares) -> Result:
    if ":" not in result.source:
        return result
    if not shares.get(result.title):
        return replace(result, source="")
    start = shares[result.title][0][1].quantize(Decimal(1))
    target = max(Decimal(result.target), min(start + LEAST_RISE, Decimal(100)))
    return replace(result, start=str(start), target=str(target))


def link_up(book: Book, texts: Mapping[KeyResult, Result], sources: Sources) -> None:
    """Let the sources move the key results and initiatives that the text names."""
    for key_result, result in texts.items():
        if result.source in sources:
            create_link(
                book.admin,
                sources[result.source],
                key_result=key_result,
                measure=measure_of(key_result.objective.tier.kind),
            )
    for work in INITIATIVES:
        if work.source in sources:
            create_link(book.admin, sources[work.source], initiative=book.initiatives[work.title])


def by_key_result(
    texts: Mapping[KeyResult, Result], shares: Shares
) -> dict[UUID, list[tuple[datetime, Decimal]]]:
    return {k.pk: shares[r.title] for k, r in texts.items() if r.title in shares}
