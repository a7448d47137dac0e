"""The planner learns of a source while it is filled."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations.actions import statistics
from integrations.actions.statistics import is_news
from integrations.models import Connection, Link, SourceItem
from standins.state import Tracker
from tests.integrations.conftest import Portal

KNOWN = "SELECT reltuples FROM pg_class WHERE oid = 'integrations_sourceitem'::regclass"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (0, 0, False),
        (0, 999, False),
        (0, 1000, True),
        (999, 1000, True),
        (1000, 1001, False),
        (3999, 4000, True),
        (4000, 15_999, False),
        (15_900, 16_000, True),
        (500, 5000, True),
    ],
)
def test_a_source_is_news_at_a_thousand_items_and_each_four_times_more(
    before: int, after: int, told: bool
) -> None:
    assert is_news(before, after) is told


def test_a_run_that_stores_many_items_tells_the_planner(
    monkeypatch: pytest.MonkeyPatch,
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    link: Link,
) -> None:
    monkeypatch.setattr(statistics, "FIRST_TOLD_AT", 1)
    portal.sync(connection)
    with database.cursor() as cursor:
        cursor.execute(KNOWN)
        assert cursor.fetchone() == (SourceItem.objects.count(),)


def test_changes_of_a_source_that_is_known_are_no_news(
    monkeypatch: pytest.MonkeyPatch,
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    link: Link,
) -> None:
    portal.sync(connection)
    held = SourceItem.objects.filter(source=link.source).count()
    for issue in list(jira.visible()):
        jira.finish(issue.id)
    monkeypatch.setattr(statistics, "FIRST_TOLD_AT", held)
    with CaptureQueriesContext(database) as captured:
        assert portal.sync(connection).changed >= held
    assert not [it for it in captured.captured_queries if "take_statistics" in it["sql"]]
