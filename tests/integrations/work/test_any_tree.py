"""The tree as the database finds it is the one that following each item by hand comes to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.models import Connection, Link, Source, SyncedItem
from integrations.queries.work import Branch, ProjectBranch, level_of
from tests.factories.okrs import InitiativeFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import make_item, make_source


@dataclass(frozen=True)
class Told:
    """An item as its service tells it. `parent` is the number of another, or of one elsewhere."""

    parent: int | None
    by_key: bool
    is_leaf: bool
    category: str
    project: str


def told(count: int) -> st.SearchStrategy[Told]:
    """One of so many items; the parent may be an item that is not among them."""
    return st.builds(
        Told,
        parent=st.none() | st.integers(0, count - 1) | st.just(count),
        by_key=st.booleans(),
        is_leaf=st.booleans(),
        category=st.sampled_from(["done", "todo", "left_out"]),
        project=st.sampled_from(["", "Checkout", "Search"]),
    )


forests = st.integers(1, 7).flatmap(lambda n: st.lists(told(n), min_size=n, max_size=n))
# What a row says: children right below, done and total of the leaf items that it is or holds.
Sums = tuple[int, int, int]


@dataclass(frozen=True)
class Forest:
    items: list[Told]

    def parent(self, number: int) -> int | None:
        parent = self.items[number].parent
        return parent if parent is not None and parent < len(self.items) else None

    def children(self, number: int) -> list[int]:
        return [it for it in range(len(self.items)) if self.parent(it) == number]

    def chain(self, number: int) -> list[int]:
        """An item and what it hangs below, each once."""
        chain = [number]
        while (parent := self.parent(chain[-1])) is not None and parent not in chain:
            chain.append(parent)
        return chain

    def is_held(self, number: int) -> bool:
        return self.parent(self.chain(number)[-1]) is None

    def sums(self, tops: list[int]) -> tuple[int, int]:
        inside = {it for it in range(len(self.items)) if set(self.chain(it)) & set(tops)}
        leaves = [it for number in inside if (it := self.items[number]).is_leaf]
        return (
            sum(it.category == "done" for it in leaves),
            sum(it.category != "left_out" for it in leaves),
        )

    def row(self, number: int) -> Sums:
        return len(self.children(number)), *self.sums([number])

    def top(self) -> list[int]:
        """What hangs below nothing, and all that only circles hold."""
        numbers = range(len(self.items))
        return [it for it in numbers if self.parent(it) is None or not self.is_held(it)]


def stored(source: Source, items: list[Told]) -> None:
    for number, it in enumerate(items):
        hung = "" if it.parent is None else f"K-{it.parent}"
        make_item(
            source,
            f"K-{number}",
            parent_remote_id="" if it.by_key else hung,
            parent_key=hung if it.by_key else "",
            is_leaf=it.is_leaf,
            category=it.category,
            project_remote_id=it.project.lower(),
            project_name=it.project,
        )


@pytest.fixture
def link(portal: Portal) -> Link:
    connection = Connection.objects.create(name="Linear", provider="linear", owner=portal.admin)
    initiative = InitiativeFactory.create(product=portal.world.product, owner=portal.admin)
    return Link.objects.create(source=make_source(connection, "Engine"), initiative=initiative)


def number_of(row: Branch) -> int:
    return int(row.key.removeprefix("K-"))


def sums_of(row: Branch | ProjectBranch) -> Sums:
    return row.children, row.done, row.total


@contextmanager
def planted(link: Link, items: list[Told]) -> Iterator[Forest]:
    with transaction.atomic():
        stored(link.source, items)
        yield Forest(items)
        transaction.set_rollback(True)


any_forest = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@any_forest
@given(items=forests)
def test_any_top_holds_each_tree_once_and_every_item_of_a_circle(
    link: Link, items: list[Told]
) -> None:
    with planted(link, items) as forest:
        found = {number_of(row): (row.in_circle, *sums_of(row)) for row in level_of(link).rows}
        assert found == {it: (not forest.is_held(it), *forest.row(it)) for it in forest.top()}


@any_forest
@given(items=forests)
def test_any_branch_holds_what_is_right_below_with_all_that_hangs_there(
    link: Link, items: list[Told]
) -> None:
    with planted(link, items) as forest:
        pks = {row.key: row.pk for row in SyncedItem.objects.all()}
        for number in range(len(items)):
            rows = level_of(link, below=pks[f"K-{number}"]).rows
            found = {number_of(row): sums_of(row) for row in rows}
            assert found == {it: forest.row(it) for it in forest.children(number)}


@any_forest
@given(items=forests)
def test_any_top_of_a_team_stands_in_its_projects(link: Link, items: list[Told]) -> None:
    link.source.kind = "team"
    with planted(link, items) as forest:
        level = level_of(link)
        inside = {
            name: [it for it in forest.top() if items[it].project == name]
            for name in ("Checkout", "Search", "")
        }
        free = inside.pop("")
        assert {row.name: sums_of(row) for row in level.projects} == {
            name: (len(tops), *forest.sums(tops)) for name, tops in inside.items() if tops
        }
        assert {number_of(row) for row in level.rows} == set(free)
