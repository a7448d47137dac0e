"""Kept counts: whatever happens to items, they are what counting one by one comes to."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.actions.census import conclude, conclude_chunk
from integrations.actions.connections import edit_connection
from integrations.actions.hints import drop_removed
from integrations.actions.items import settle_source, store_items
from integrations.actions.links import edit_link
from integrations.actions.measures import measure, observe_links
from integrations.actions.pages import Turn
from integrations.actions.reclassify import apply_rules, judge_owed
from integrations.actions.tallies import kept_of
from integrations.actions.vocabulary import take_vocabulary
from integrations.choices import Measure, RunState, SourceState
from integrations.models import Connection, Link, LinkTally, Source, SyncRun
from integrations.ports import Category, Item, Page, Provider, RemoteStatus, SourceKind, Vocabulary
from integrations.queries.counted import items_of
from integrations.queries.tallies import tallies
from integrations.rules import rules_of_connection
from tests.factories.integrations import (
    ConnectionFactory,
    LinkFactory,
    SourceFactory,
    SyncRunFactory,
)
from tests.personas import World

BEGAN = datetime(2026, 11, 2, 9, tzinfo=UTC)
IDS = ("1", "2", "3", "4", "5", "6")
KINDS = ("new", "indeterminate", "done")
OWN = {"statuses": {"1": "done"}, "types": {"8": True}}


class Desk:
    """A connection with three sources that share items, and links of every sort."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.connection: Connection = ConnectionFactory.create()
        self.sources: list[Source] = [
            SourceFactory.create(connection=self.connection, remote_id="1"),
            SourceFactory.create(connection=self.connection, remote_id="2"),
            SourceFactory.create(
                connection=self.connection, kind=SourceKind.JQL.value, remote_id="", query="x = 1"
            ),
        ]
        self.run: SyncRun = SyncRunFactory.create(
            connection=self.connection, state=RunState.RUNNING, claim=uuid4()
        )
        for source in self.sources:
            for fields in (
                {},
                {"label": "speed"},
                {"measure": Measure.SUM, "field": "cost"},
                {"measure": Measure.SHARE_OF_POINTS, "rules": OWN},
                {"parent_remote_id": "1"},
                {"parent_remote_id": "9", "rules": OWN},
            ):
                LinkFactory.create(source=source, **fields)
            self.settle(source)
        self.observe()

    @property
    def turn(self) -> Turn:
        """One that has just begun: many examples together take longer than a turn may."""
        return Turn(self.run, cast("Provider", None))  # nothing is asked here

    def settle(self, source: Source) -> None:
        settle_source(self.run, source)

    def links(self) -> list[Link]:
        links = Link.objects.filter(source__connection=self.connection)
        return list(links.select_related("source__connection").order_by("id"))

    def observe(self) -> None:
        observe_links(self.run, self.links())

    def store(self, source: Source, items: Sequence[Item]) -> None:
        connection = Connection.objects.get(pk=self.connection.pk)
        rules = rules_of_connection(connection)
        store_items(self.run, source, Page(items=list(items)), rules)

    def is_true(self) -> bool:
        """Whether everything that is kept is what counting comes to."""
        links = self.links()
        kept, counted = kept_of(links), tallies(links)
        sizes = {row.pk: row.item_count for row in Source.objects.filter(pk__in=self.ids)}
        return kept == {pk: counted[pk] for pk in kept} and sizes == {
            pk: items_of(pk).count() for pk in self.ids
        }

    @property
    def ids(self) -> list[Any]:
        return [source.pk for source in self.sources]


@pytest.fixture
def desk(in_acme: World) -> Desk:
    return Desk(in_acme)


def an_item(remote_id: str, minute: int = 0, **fields: Any) -> Item:
    """An open story of the first project."""
    given = {
        "key": f"SHOP-{remote_id}", "title": "Story", "url": "", "type_id": "7",
        "type_name": "Story", "level": 0, "status_id": "0", "status_name": "",
        "status_kind": "new", "project_remote_id": "1", "project_key": "SHOP",
        "created_at": BEGAN, "updated_at": BEGAN + timedelta(minutes=minute), **fields,
    }  # fmt: skip
    return Item(remote_id=remote_id, **given)


numbers = st.decimals(0, 99, places=4).map(lambda it: it.normalize())
facts = st.fixed_dictionaries(
    {
        "remote_id": st.sampled_from(IDS),
        "minute": st.integers(0, 60),
        "key": st.sampled_from([f"SHOP-{number}" for number in range(4)]),
        "type_id": st.sampled_from(["7", "8"]),
        "level": st.sampled_from([0, 0, 0, 1, -1]),
        "status_id": st.sampled_from(["0", "1", "2"]),
        "project_remote_id": st.sampled_from(["1", "1", "2"]),
        "points": st.none() | numbers,
        "numbers": st.fixed_dictionaries({}, optional={"cost": numbers}),
        "labels": st.sampled_from([(), ("speed",), ("x" * 130, "speed")]),
        "parent_remote_id": st.sampled_from([None, None, "1", "2", "9"]),
        "parent_key": st.sampled_from([None, "SHOP-1", "SHOP-2"]),
        "resolution_id": st.sampled_from([None, "9"]),
        "deleted": st.sampled_from([False, False, False, True]),
    }
)
page = st.lists(facts, max_size=5, unique_by=lambda it: it["remote_id"])
place = st.integers(0, 2)
some = st.lists(st.sampled_from(IDS), max_size=3, unique=True)
step = st.one_of(
    st.tuples(st.just("read"), place, page),
    st.tuples(st.just("read"), place, page),
    st.tuples(st.just("read and die"), place, page),
    st.tuples(st.just("miss"), place, some, some),
    st.tuples(st.just("remove"), some),
    st.tuples(st.just("restate"), st.sampled_from(KINDS)),
    st.tuples(st.just("judge"), st.sampled_from(KINDS), st.booleans()),
    st.tuples(st.just("edit"), st.integers(0, 17), st.sampled_from(["", "speed"])),
    st.tuples(st.just("observe")),
)


def read_items(rows: Sequence[dict[str, Any]]) -> list[Item]:
    return [
        an_item(
            **{**row, "resolution_name": "Won't Do" if row["resolution_id"] else None},
            status_kind=KINDS[int(row["status_id"])],
        )
        for row in rows
    ]


def read(desk: Desk, source: int, rows: Sequence[dict[str, Any]]) -> None:
    desk.store(desk.sources[source], read_items(rows))


def read_and_die(desk: Desk, source: int, rows: Sequence[dict[str, Any]]) -> None:
    """The worker dies before it commits."""
    with transaction.atomic():
        read(desk, source, rows)
        transaction.set_rollback(True)


def miss(desk: Desk, source: int, apart: list[str], gone: list[str]) -> None:
    asked = [*apart, *gone]
    conclude_chunk(desk.turn, desk.sources[source], asked, apart=apart, archived=[], gone=gone)


def remove(desk: Desk, ids: list[str]) -> None:
    drop_removed(desk.turn, set(ids))


def restate(desk: Desk, kind: str) -> None:
    """A status of the middle means something else there."""
    for it in ("new", kind):
        statuses = [RemoteStatus(remote_id="1", name="Middle", kind=it)]
        take_vocabulary(desk.turn, Vocabulary(statuses=statuses, types=[]))
        judge_owed(desk.turn)
    desk.run.connection.refresh_from_db()


def judge(desk: Desk, kind: str, is_applied: bool) -> None:
    """Other rules; they are applied to what is stored a while later."""
    connection = Connection.objects.get(pk=desk.connection.pk)
    rules = {"status_kinds": {kind: Category.DOING.value}}
    edit_connection(desk.world.access("admin"), connection, expected_version=None, rules=rules)
    if is_applied:
        apply_rules(connection.pk)


def edit(desk: Desk, number: int, label: str) -> None:
    edit_link(desk.world.access("admin"), desk.links()[number], expected_version=None, label=label)


def observe(desk: Desk) -> None:
    desk.observe()


STEPS: dict[str, Callable[..., None]] = {
    "read": read,
    "read and die": read_and_die,
    "miss": miss,
    "remove": remove,
    "restate": restate,
    "judge": judge,
    "edit": edit,
    "observe": observe,
}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(step, min_size=1, max_size=12))
def test_any_series_of_pages_hints_and_deletions_leaves_what_counting_comes_to(
    desk: Desk, steps: list[tuple[Any, ...]]
) -> None:
    with transaction.atomic():
        for name, *given_ in steps:
            STEPS[name](desk, *given_)
            assert desk.is_true()
        transaction.set_rollback(True)


# --- Each by itself ---------------------------------------------------------------------------
def whole(desk: Desk, **fields: Any) -> Link:
    """A link of the first source."""
    fields = {"label": "", "parent_remote_id": "", "rules": {}, **fields}
    return Link.objects.select_related("source__connection").get(source=desk.sources[0], **fields)


def kept(link: Link) -> LinkTally:
    return LinkTally.objects.get(link=link)


COUNTING = {"measure": Measure.SHARE_OF_ITEMS}


def test_a_page_moves_what_is_kept_without_counting_the_rest(desk: Desk) -> None:
    link = whole(desk, **COUNTING)
    desk.store(desk.sources[0], [an_item("1"), an_item("2", status_kind="done", points=Decimal(3))])
    row = kept(link)
    assert (row.done, row.standing, row.unestimated, row.points_total) == (1, 2, 1, Decimal(3))


def test_a_page_that_is_read_again_moves_nothing(desk: Desk) -> None:
    for _ in range(2):
        desk.store(desk.sources[0], [an_item("1", status_kind="done")])
    assert kept(whole(desk, **COUNTING)).done == 1


def test_an_older_reading_moves_nothing(desk: Desk) -> None:
    desk.store(desk.sources[0], [an_item("1", 5, status_kind="done")])
    desk.store(desk.sources[0], [an_item("1", 4)])
    assert kept(whole(desk, **COUNTING)).done == 1


def test_work_that_is_cancelled_leaves_both_sides(desk: Desk) -> None:
    link = whole(desk, **COUNTING)
    desk.store(desk.sources[0], [an_item("1", status_kind="done")])
    cancelled = {"resolution_id": "9", "resolution_name": "Won't Do"}
    desk.store(desk.sources[0], [an_item("1", 1, status_kind="done", **cancelled)])
    row = kept(link)
    assert (row.done, row.standing, row.left_out) == (0, 0, 1)


def test_an_item_that_moves_is_taken_from_one_source_and_given_to_the_other(desk: Desk) -> None:
    desk.store(desk.sources[0], [an_item("1")])
    desk.store(desk.sources[1], [an_item("1", 1, project_remote_id="2")])
    sizes = [Source.objects.get(pk=pk).item_count for pk in desk.ids[:2]]
    assert sizes == [0, 1]


def test_a_worker_that_dies_before_it_commits_leaves_what_was_kept(desk: Desk) -> None:
    with transaction.atomic():
        desk.store(desk.sources[0], [an_item("1")])
        transaction.set_rollback(True)
    assert kept(whole(desk, **COUNTING)).standing == 0


def test_only_what_lies_below_the_changed_parents_is_counted_anew(desk: Desk) -> None:
    link = whole(desk, parent_remote_id="1")
    desk.store(desk.sources[0], [an_item("2", parent_remote_id="3")])
    assert LinkTally.objects.filter(link=link).exists()
    desk.store(desk.sources[0], [an_item("3", level=1, parent_remote_id="1")])
    assert not LinkTally.objects.filter(link=link).exists()
    desk.observe()
    assert kept(link).standing == 1


def test_an_item_that_gets_another_parent_leaves_the_former_one(desk: Desk) -> None:
    desk.store(desk.sources[0], [an_item("2", parent_remote_id="1")])
    desk.observe()
    desk.store(desk.sources[0], [an_item("2", 1, parent_remote_id="5")])
    desk.observe()
    assert kept(whole(desk, parent_remote_id="1")).standing == 0


def test_an_item_that_knows_its_parent_by_key_is_counted_below_it(desk: Desk) -> None:
    desk.store(desk.sources[0], [an_item("1", level=1)])
    desk.observe()
    desk.store(desk.sources[0], [an_item("2", parent_key="SHOP-1")])
    desk.observe()
    assert kept(whole(desk, parent_remote_id="1")).standing == 1


def test_counts_by_former_rules_of_the_connection_are_not_kept(desk: Desk) -> None:
    judge(desk, "done", is_applied=False)
    assert not LinkTally.objects.filter(link__source__connection=desk.connection).exists()


def test_an_edited_link_is_counted_by_what_it_says_now(desk: Desk) -> None:
    desk.store(desk.sources[0], [an_item("1"), an_item("2", labels=("slow",))])
    link = whole(desk, **COUNTING)
    edit_link(desk.world.access("admin"), link, expected_version=None, label="slow")
    assert measure(link)["items_total"] == 1


def test_what_a_form_tries_out_is_counted_and_not_kept(desk: Desk) -> None:
    desk.store(desk.sources[0], [an_item("1")])
    before = LinkTally.objects.count()
    assert measure(Link(source=desk.sources[0]))["items_total"] == 1
    assert LinkTally.objects.count() == before


# --- Counted one by one -----------------------------------------------------------------------
def spoil(link: Link, **fields: int) -> None:
    LinkTally.objects.filter(link=link).update(**fields)


def test_a_census_puts_right_what_is_kept_and_says_so(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    link = whole(desk, **COUNTING)
    desk.store(desk.sources[0], [an_item("1")])
    spoil(link, standing=7)
    Source.objects.filter(pk=desk.ids[0]).update(item_count=9)
    with caplog.at_level(logging.ERROR, "integrations.actions.tallies"):
        conclude(desk.turn, desk.sources[0])
    assert desk.is_true()
    assert (desk.turn.run.repaired, len(caplog.records)) == (2, 2)


def test_a_census_that_finds_nothing_wrong_says_nothing(desk: Desk) -> None:
    desk.store(desk.sources[0], [an_item("1")])
    conclude(desk.turn, desk.sources[0])
    assert desk.turn.run.repaired == 0


def test_a_count_below_nothing_is_not_believed(desk: Desk) -> None:
    link = whole(desk, **COUNTING)
    spoil(link, done=-1)
    desk.observe()
    assert kept(link).done == 0


def test_a_source_from_before_counts_were_kept_is_counted_by_its_next_run(desk: Desk) -> None:
    desk.store(desk.sources[0], [an_item("1")])
    source = desk.sources[0]
    Source.objects.filter(pk=source.pk).update(item_count=7, counted_at=None)
    source.refresh_from_db()
    desk.settle(source)
    source.refresh_from_db()
    assert (source.item_count, source.state) == (1, SourceState.CURRENT)
    assert source.counted_at is not None
    assert source.counted_at <= timezone.now()
