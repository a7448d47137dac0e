"""Syncing: pages of a tracker read, stored, measured; the floor is a plain COPY of the rows."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

import msgspec
import orjson
from django.utils import timezone

from accounts.fields import new_id
from bench.database import connect, floor_sql
from bench.harness import Contest, Run
from bench.jobs.feed import POINTS, PROJECT, SITE, bodies, pages, row_of
from bench.world import KEY_RESULT, MEMBER, OBJECTIVE, World
from integrations.actions.items import settle_source
from integrations.actions.measures import observe_links
from integrations.actions.pages import Turn, keep_page
from integrations.choices import Measure, RunState, RunTrigger
from integrations.models import Connection, Link, Source, SyncRun
from integrations.ports import Item, Page, SourceKind
from okrs.actions.ancestors import recompute_ancestors

PROVIDER = "jira-cloud"
# Pages that are there already are stored without their service.
NOBODY: Any = None
STORED = "integrations_synceditem"
TEN_PLACES = Decimal("1E-10")
# A run over a hundred thousand issues is scaled: its pages follow each other at one price.
MOST_ISSUES = 20_000
PARSED_PAGES = 20
LINKED = range(20, 30)
# At a later turn some issues have moved on.
LATER = 3
# What is stored of an issue, but for ids and times of our own.
COMPARED = (
    "remote_id", "key", "title", "url", "kind", "is_leaf", "category", "status_id", "status_name",
    "resolution", "points", "labels", "parent_remote_id", "parent_key", "project_remote_id",
    "project_key", "project_name", "team_remote_id", "remote_created_at", "remote_updated_at",
    "completed_at", "is_archived", "gone_at",
)  # fmt: skip
NULL = r"\N"
WRITTEN = (STORED, "integrations_sourceitem", "integrations_itemversion")


def first(world: World) -> Contest:
    """Half of the issues are there already."""
    feed = Feed(world)
    return feed.against_copy("P9", "first sync into the tables", feed.first, feed.copy)


def again(world: World) -> Contest:
    """All are there already, and one in twenty has changed."""
    feed = Feed(world)
    copy = partial(feed.copy, turn=LATER)
    return feed.against_copy("P10", "sync of what is known, 5 % changed", feed.again, copy)


def end_to_end(world: World) -> Contest:
    """From the bytes of the pages to the roll-ups of units, without the network."""
    feed = Feed(world)
    feed.link()
    contest = feed.against_copy("P11", "sync from bytes to roll-ups", feed.all_the_way, feed.copy)
    return replace(contest, seen=feed.rolled_up)


def parsing(_world: World) -> Contest:
    """Bytes to items, against a parse without types that takes out the same fields."""
    replies = bodies(PARSED_PAGES * 100)
    return Contest(
        name="P12",
        title=f"parse {PARSED_PAGES} pages",
        job=lambda: lambda: pages(replies),
        floor=lambda: lambda: [taken_out(body) for body in replies],
        seen=told,
    )


Told = list[tuple[str, str, str, str, float]]


def taken_out(body: bytes) -> Told:
    return [
        (
            issue["id"],
            issue["key"],
            issue["fields"]["summary"],
            issue["fields"]["status"]["statusCategory"]["key"],
            issue["fields"][POINTS],
        )
        for issue in orjson.loads(body)["issues"]
    ]


def told(read: list[Any]) -> list[Told]:
    return [part if isinstance(part, list) else items_told(part) for part in read]


def items_told(page: Page) -> Told:
    return [
        (item.remote_id, item.key, item.title, item.status_kind, float(item.points or 0))
        for item in page.items
    ]


class Feed:
    """A connection of the largest tenant that is emptied and filled again for each run."""

    def __init__(self, world: World) -> None:
        self.place = world.largest
        self.size = min(MOST_ISSUES, self.place.key_results * 2)
        self.linked = [self.place.row(KEY_RESULT, number) for number in LINKED]
        self.above = sorted({self.place.row(OBJECTIVE, number // 5) for number in LINKED})
        self.raw = connect("owner")
        self.turn = 0
        with self.place.bound():
            self._connect()
        self._execute("copy_table")

    def _connect(self) -> None:
        owner = self.place.row(MEMBER, 0)
        self.connection = Connection.objects.create(
            name=f"Bench {new_id()}", provider=PROVIDER, address="https://bench.invalid",
            owner_id=owner,
        )  # fmt: skip
        self.source = Source.objects.create(
            connection=self.connection, kind=SourceKind.PROJECT.value, remote_id=PROJECT,
            name="Bench",
        )  # fmt: skip
        self.run = SyncRun.objects.create(
            connection=self.connection, trigger=RunTrigger.PERSON, state=RunState.RUNNING,
            claim=new_id(),
        )  # fmt: skip

    def link(self) -> None:
        """Some key results follow the source, and nothing else that an earlier job has linked."""
        with self.place.bound():
            Link.objects.filter(key_result__in=self.linked).update(archived_at=timezone.now())
            for key_result in self.linked:
                Link.objects.create(
                    source=self.source, key_result_id=key_result, measure=Measure.SHARE_OF_ITEMS
                )

    def against_copy(
        self, name: str, title: str, job: Callable[[], Run], floor: Callable[[], Run]
    ) -> Contest:
        return Contest(
            name=name,
            title=f"{title}, {self.size} issues",
            job=job,
            floor=floor,
            seen=self.stored,
            once=True,
        )

    def first(self) -> Run:
        self._forget()
        self._store(pages(bodies(self.size // 2)))
        found = pages(bodies(self.size))
        return lambda: self._store(found)

    def again(self) -> Run:
        self._forget()
        self._store(pages(bodies(self.size)))
        found = pages(bodies(self.size, turn=LATER))
        return lambda: self._store(found)

    def all_the_way(self) -> Run:
        """At every other run more is done, so that each one changes scores."""
        self._forget()
        self.turn = LATER - self.turn
        replies = bodies(self.size, self.turn)

        def run() -> str:
            stored = self._store(pages(replies))
            with self.place.bound():
                settle_source(self.run, self.source)
                links = Link.objects.filter(source=self.source).select_related("source__connection")
                observe_links(self.run, list(links))
            with self.place.bound():
                recompute_ancestors(self.linked, self.above)
            return stored

        return run

    def _forget(self) -> None:
        """Without the rows of the last round, dead ones as well: the floor begins as empty."""
        self._execute("forget_items")
        with self.raw.cursor() as cursor:
            cursor.execute(f"VACUUM {', '.join(WRITTEN)}")

    def _store(self, found: Sequence[Page]) -> str:
        with self.place.at_work():
            for page in found:
                # A turn of its own for each page, which makes room for nobody.
                keep_page(Turn(self.run, NOBODY), self.source, page)
        return STORED

    def copy(self, turn: int | None = None) -> Run:
        """COPY of the same rows into an empty table with the same indexes and keys."""
        self._execute("empty_copy")
        replies = bodies(self.size, self.turn if turn is None else turn)
        issues = [issue for body in replies for issue in orjson.loads(body)["issues"]]
        items = [item for page in pages(replies) for item in page.items]
        fixed = {"organization_id": self.place.id, "connection_id": self.connection.pk}
        rows = [
            {"id": new_id(), **row_of(issue, SITE, POINTS), "facts": item, **fixed}
            for issue, item in zip(issues, items, strict=True)
        ]
        text, columns = as_csv(rows), ", ".join(rows[0])

        def run() -> str:
            with self.raw.cursor() as cursor:
                sql = f"COPY bench_item ({columns}) FROM STDIN (FORMAT csv, NULL '{NULL}')"
                cursor.copy_expert(sql, io.StringIO(text))
            return "bench_item"

        return run

    def stored(self, table: str) -> dict[str, tuple[Any, ...]]:
        """What a table holds of the connection's issues, by their remote ids."""
        sql = f"SELECT {', '.join(COMPARED)}, facts FROM {table} WHERE connection_id = %s"  # noqa: S608 (names of ours)
        with self.raw.cursor() as cursor:
            cursor.execute(sql, [self.connection.pk])
            return {row[0]: row[1:] for row in cursor.fetchall()}

    def rolled_up(self, table: str) -> dict[str, Any]:
        """The issues, the values of what follows them, and how much above has its score."""
        found = self.stored(table)
        values, current = self._followed() if table == STORED else self._expected(found)
        return {**found, "values": values, "up to date": current}

    def _followed(self) -> tuple[list[Decimal], tuple[int, int]]:
        with self.raw.cursor() as cursor:
            cursor.execute(floor_sql("current_values"), self._about())
            values = [row[0] for row in cursor.fetchall()]
            cursor.execute(floor_sql("up_to_date"), self._about())
            key_results, objectives = cursor.fetchone()
        return values, (key_results, objectives)

    def _expected(self, found: dict[str, tuple[Any, ...]]) -> Any:
        """All of it has the share of issues that are done."""
        place = COMPARED.index("category") - 1
        done = Decimal(sum(row[place] == "done" for row in found.values()))
        share = (100 * done / len(found)).quantize(TEN_PLACES, ROUND_HALF_UP)
        return [share for _ in self.linked], (len(self.linked), len(self.above))

    def _about(self) -> dict[str, Any]:
        return {"org": self.place.id, "key_results": self.linked, "objectives": self.above}

    def _execute(self, name: str) -> None:
        with self.raw.cursor() as cursor:
            cursor.execute(floor_sql(name), {"connection": self.connection.pk})


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as COPY reads them."""
    text = io.StringIO()
    csv.writer(text).writerows([as_text(value) for value in row.values()] for row in rows)
    return text.getvalue()


def as_text(value: object) -> object:
    if value is None:
        return NULL
    if isinstance(value, dict | Item):
        return msgspec.json.encode(value).decode()
    return "{" + ",".join(value) + "}" if isinstance(value, list) else value
