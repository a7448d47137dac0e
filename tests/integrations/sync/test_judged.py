"""Rules of a link's own as the database applies them: as the pure rules do, where the items are."""

from datetime import UTC, datetime
from itertools import product

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.actions.items import store_items
from integrations.choices import SourceState
from integrations.models import Link, Source, SyncedItem, SyncRun
from integrations.ports import Category, DoneRules, Item, Page
from integrations.providers.counting import classify, is_leaf
from integrations.queries.counted import behind
from integrations.queries.judged import judged_anew
from integrations.rules import default_rules
from tests.factories.integrations import LinkFactory, SourceFactory, SyncRunFactory
from tests.integrations.sync.test_rows_read import rows_met
from tests.personas import World

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
STATUSES, KINDS, TYPES = ("1", "2"), ("new", "indeterminate", "done", "strange"), ("7", "8")
RESOLUTIONS = (None, ("3", "Fixed"), ("4", "GROẞ ERLEDIGT"), ("5", "Won't Do"), ("6", None))
WAYS = list(product(STATUSES, KINDS, TYPES, RESOLUTIONS, (-1, 0, 1), (False, True)))


def an_item(number: int) -> Item:
    status, kind, type_id, resolution, level, deleted = WAYS[number % len(WAYS)]
    resolution_id, resolution_name = resolution or (None, None)
    return Item(
        remote_id=str(number), key=f"SHOP-{number}", title="Story", url="", type_id=type_id,
        type_name="Story", level=level, status_id=status, status_name="", status_kind=kind,
        project_remote_id="1", project_key="SHOP", created_at=NOW, updated_at=NOW,
        resolution_id=resolution_id, resolution_name=resolution_name, deleted=deleted,
    )  # fmt: skip


def stored(count: int) -> Source:
    run: SyncRun = SyncRunFactory.create()
    source: Source = SourceFactory.create(
        connection=run.connection, remote_id="1", state=SourceState.CURRENT, last_complete_at=NOW
    )
    page = Page(items=[an_item(number) for number in range(count)])
    store_items(run, source, page, default_rules("jira-cloud"))
    return source


categories = st.sampled_from(Category)
rules = st.builds(
    DoneRules,
    status_kinds=st.dictionaries(st.sampled_from(KINDS), categories),
    statuses=st.dictionaries(st.sampled_from(STATUSES), categories),
    done_resolutions=st.none() | st.just(("fixed", "gross erledigt")) | st.just(()),
    resolutions=st.dictionaries(st.sampled_from(["3", "4", "5", "6"]), categories),
    levels=st.sampled_from([(0,), (0, 1), (-1, 0), ()]),
    types=st.dictionaries(st.sampled_from(TYPES), st.booleans()),
)


def test_the_database_judges_as_the_pure_rules_do(in_acme: World) -> None:
    stored(len(WAYS))
    items = [an_item(number) for number in range(len(WAYS))]

    @settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
    @given(rules)
    def judge(chosen: DoneRules) -> None:
        found = judged_anew(SyncedItem.objects.all(), chosen).values_list("remote_id", "judged")
        expected = {it.remote_id: classify(it, chosen) for it in items if is_leaf(it, chosen)}
        assert dict(found) == expected

    judge()


@pytest.fixture
def link(in_acme: World) -> Link:
    """Three thousand items, which count otherwise for this link."""
    made: Link = LinkFactory.create(
        source=stored(3000), rules={"statuses": {"1": "done", "2": "doing"}}
    )
    return made


def test_three_thousand_items_are_gone_through_twice_to_show_fifty_of_each_sort(link: Link) -> None:
    before = rows_met()
    found = behind(link, ["key"], shown=50)
    assert [len(rows) for rows in (found.done, found.open, found.left_out)] == [50, 50, 50]
    of_items = 2 * 2 * 3000  # each with its place in the source
    assert rows_met() - before < of_items + 100


def test_what_is_asked_is_as_long_for_three_thousand_items_as_for_a_few(link: Link) -> None:
    with CaptureQueriesContext(database) as captured:
        behind(link, ["key"], shown=5)
    # Two of them say how it is to be planned.
    assert len(captured) == 5
    assert max(len(query["sql"]) for query in captured) < 8000
