"""Counting what links stand for: by the database as by the pure rules, once for a whole source."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations.actions.items import store_items
from integrations.actions.measures import observe_links
from integrations.choices import Measure, SourceState
from integrations.models import Link, Observation, Source, SyncRun
from integrations.ports import Item, Page
from integrations.queries.readings import reading
from integrations.queries.tallies import by_own_rules, tallies
from integrations.rules import default_rules
from okrs.models import KeyResult
from tests.factories.integrations import (
    LinkFactory,
    SourceFactory,
    SyncRunFactory,
)
from tests.factories.okrs import KeyResultFactory
from tests.personas import World

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
KINDS = ("new", "indeterminate", "done")
LABELS = ((), ("speed",), ("speed", "safety"), ("safety",))


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def an_item(number: int) -> Item:
    """Stories and sub-tasks of two epics in all states, some without an estimate."""
    return Item(
        remote_id=str(number), key=f"SHOP-{number}", title=f"Story {number}", url="", type_id="7",
        type_name="Story", level=-1 if number % 11 == 0 else 0, status_id=str(number % 3),
        status_name="", status_kind=KINDS[number % 3], project_remote_id="1", project_key="SHOP",
        created_at=NOW, updated_at=NOW, labels=LABELS[number % 4],
        points=None if number % 5 == 0 else Decimal(number % 8),
        resolution_id="9" if number % 12 == 2 else None,
        resolution_name="Won't Do" if number % 12 == 2 else None,
        numbers={"cost": Decimal(number) / 4} if number % 2 else {},
        parent_remote_id="epic-1" if number % 7 < 3 else "epic-2",
    )  # fmt: skip


@pytest.fixture
def run(bound: World) -> SyncRun:
    made: SyncRun = SyncRunFactory.create()
    return made


@pytest.fixture
def source(run: SyncRun) -> Source:
    """A hundred items, read to the end."""
    made: Source = SourceFactory.create(
        connection=run.connection, remote_id="1", state=SourceState.CURRENT, last_complete_at=NOW
    )
    page = Page(items=[an_item(number) for number in range(100)])
    store_items(run, made, page, default_rules("jira-cloud"))
    return made


@pytest.fixture
def link(source: Source) -> Callable[..., Link]:
    return lambda **fields: LinkFactory.create(source=source, **fields)


def test_the_database_counts_as_the_rules_do(link: Callable[..., Link]) -> None:
    links = [
        link(),
        link(label="speed"),
        link(label="safety", parent_remote_id="epic-1"),
        link(parent_remote_id="epic-2", measure=Measure.SHARE_OF_POINTS),
        link(measure=Measure.SUM, field="cost"),
        link(label="nowhere"),
    ]
    assert tallies(links) == {row.pk: by_own_rules(row) for row in links}


def test_links_with_rules_of_their_own_are_counted_by_them(link: Callable[..., Link]) -> None:
    usual, lenient = link(), link(rules={"status_kinds": {"indeterminate": "done"}})
    counted = tallies([usual, lenient])
    assert counted[lenient.pk].done > counted[usual.pk].done


def test_sources_are_counted_apart(link: Callable[..., Link]) -> None:
    elsewhere = LinkFactory.create(label="speed")
    here = link(label="speed")
    counted = tallies([here, elsewhere])
    assert (counted[here.pk].standing > 0, counted[elsewhere.pk].standing) == (True, 0)


def test_an_observation_is_kept_only_when_it_says_something_new(
    run: SyncRun, link: Callable[..., Link]
) -> None:
    row = link()
    observe_links(run, [row])
    observe_links(run, [row])
    assert Observation.objects.filter(link=row).count() == 1


def test_every_link_is_noted_as_looked_at(run: SyncRun, link: Callable[..., Link]) -> None:
    row = link()
    observe_links(run, [row])
    row.refresh_from_db()
    assert row.observed_at is not None


def test_many_links_of_a_source_cost_as_many_statements_as_one(
    run: SyncRun, link: Callable[..., Link]
) -> None:
    objective = KeyResultFactory.create().objective
    costs = {}
    for width in (1, 3, 50):
        labels = [f"label {width} {number}" for number in range(width)]
        key_results: list[KeyResult] = KeyResultFactory.create_batch(width, objective=objective)
        links = [
            link(label=label, key_result=row)
            for label, row in zip(labels, key_results, strict=True)
        ]
        with CaptureQueriesContext(database) as captured:
            observe_links(run, links)
        costs[width] = len(captured)
    assert costs[50] == costs[3] == costs[1]


def test_a_sum_tells_of_what_is_done_how_much_has_its_field(link: Callable[..., Link]) -> None:
    summed = link(measure=Measure.SUM, field="cost")
    own_rules = link(measure=Measure.SUM, field="cost", rules={"levels": [0]})
    for tally in tallies([summed, own_rules]).values():
        done = [
            it for it in map(an_item, range(100))
            if it.level == 0 and it.status_kind == "done" and it.resolution_id is None
        ]  # fmt: skip
        assert tally.done == len(done)
        assert tally.unestimated == sum("cost" not in it.numbers for it in done)


def test_the_coverage_of_a_sum_is_of_what_is_done(link: Callable[..., Link]) -> None:
    summed = link(measure=Measure.SUM, field="cost")
    observed = Observation(link=summed, done=7, items_done=5, items_total=9, unestimated=2)
    told = reading(summed, observed)
    assert (told.measured, told.items) == (3, 5)
