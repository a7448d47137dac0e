"""Syncing: pages of a tracker read, stored, measured; the floor is a plain COPY of the rows."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import orjson

from accounts.fields import new_id
from bench.database import connect, floor_sql
from bench.harness import Contest, Run
from bench.jobs.feed import POINTS, PROJECT, bodies, pages
from bench.world import KEY_RESULT, MEMBER, OBJECTIVE, World
from integrations.actions.items import row_of, settle_source, store_page
from integrations.actions.measures import observe_links
from integrations.choices import Measure, RunState, RunTrigger
from integrations.models import Connection, Link, Source, SyncRun
from integrations.ports import Item, Page, SourceKind
from integrations.rules import default_rules
from okrs.actions.ancestors import recompute_ancestors

PROVIDER = "jira-cloud"
RULES = default_rules(PROVIDER)
# A run over a hundred thousand issues is scaled: its pages follow each other at one price.
MOST_ISSUES = 20_000
PARSED_PAGES = 20
LINKED = range(50, 60)
NULL = r"\N"


def first(world: World) -> Contest:
    """Half of the issues are there already."""
    feed = Feed(world)
    return feed.against_copy("P9", "first sync into the tables", feed.first)


def again(world: World) -> Contest:
    """All are there already, and one in twenty has changed."""
    feed = Feed(world)
    return feed.against_copy("P10", "sync of what is known, 5 % changed", feed.again)


def end_to_end(world: World) -> Contest:
    """From the bytes of the pages to the roll-ups of units, without the network."""
    feed = Feed(world)
    return feed.against_copy("P11", "sync from bytes to roll-ups", feed.all_the_way)


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
        self.raw = connect("owner")
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
            connection=self.connection, trigger=RunTrigger.PERSON, state=RunState.COMPLETE
        )
        for number in LINKED:
            key_result = self.place.row(KEY_RESULT, number)
            Link.objects.create(
                source=self.source, key_result_id=key_result, measure=Measure.SHARE_OF_ITEMS
            )

    def against_copy(self, name: str, title: str, job: Callable[[], Run]) -> Contest:
        return Contest(
            name=name,
            title=f"{title}, {self.size} issues",
            job=job,
            floor=self.copy,
            seen=self.counted,
            once=True,
        )

    def first(self) -> Run:
        self._execute("forget_items")
        self._store(pages(bodies(self.size // 2)))
        found = pages(bodies(self.size))
        return lambda: self._store(found)

    def again(self) -> Run:
        self._execute("forget_items")
        self._store(pages(bodies(self.size)))
        found = pages(bodies(self.size, turn=3))
        return lambda: self._store(found)

    def all_the_way(self) -> Run:
        self._execute("forget_items")
        replies = bodies(self.size)

        def run() -> str:
            stored = self._store(pages(replies))
            with self.place.bound():
                settle_source(self.run, self.source)
                links = Link.objects.filter(source=self.source).select_related("source__connection")
                observe_links(self.run, list(links))
            with self.place.bound():
                moved = [self.place.row(KEY_RESULT, number) for number in LINKED]
                above = {self.place.row(OBJECTIVE, number // 5) for number in LINKED}
                recompute_ancestors(moved, above)
            return stored

        return run

    def _store(self, found: Sequence[Page]) -> str:
        for page in found:
            with self.place.bound():
                store_page(self.run, self.source, page, RULES)
        return "integrations_synceditem"

    def copy(self) -> Run:
        """COPY of the same rows into an empty table with the same indexes and keys."""
        self._execute("empty_copy")
        rows = [row_of(item, RULES) for page in pages(bodies(self.size)) for item in page.items]
        fixed = {"organization_id": self.place.id, "connection_id": self.connection.pk}
        text = as_csv([{**row, **fixed} for row in rows])
        columns = ", ".join([*rows[0], *fixed])

        def run() -> str:
            with self.raw.cursor() as cursor:
                sql = f"COPY bench_item ({columns}) FROM STDIN (FORMAT csv, NULL '{NULL}')"
                cursor.copy_expert(sql, io.StringIO(text))
            return "bench_item"

        return run

    def counted(self, table: str) -> int:
        """Issues that a table holds of the connection."""
        with self.raw.cursor() as cursor:
            sql = f"SELECT count(DISTINCT remote_id) FROM {table} WHERE connection_id = %s"  # noqa: S608 (a name of ours)
            cursor.execute(sql, [self.connection.pk])
            return int(cursor.fetchone()[0])

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
