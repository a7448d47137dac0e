"""Data Center tells of an epic's stories its key only, and keys change when an epic moves."""

from collections.abc import Iterator

import pytest

from integrations.models import Connection, Link, SyncedItem
from integrations.queries.work import ancestors_of, level_of
from okrs.models import KeyResult
from standins.jira_data_center import JiraDataCenter
from standins.server import Server, serve
from standins.state import Tracker
from tests.integrations.conftest import CENTER_CREDENTIAL, Portal

STORIES = ["Cache the basket", "Shorten the form"]


@pytest.fixture
def center(jira: Tracker) -> Iterator[Server[JiraDataCenter]]:
    with serve(JiraDataCenter(jira, credential=CENTER_CREDENTIAL)) as running:
        yield running


@pytest.fixture
def connection(portal: Portal, center: Server[JiraDataCenter]) -> Connection:
    return portal.connection("jira-data-center", center.url, token=CENTER_CREDENTIAL)


@pytest.fixture
def below_the_epic(
    portal: Portal, jira: Tracker, connection: Connection, key_result: KeyResult, shop: str
) -> Link:
    """A link of the stories below the epic, all of them read."""
    portal.link(connection, portal.key_result("Payments are done"), jira.space("PAY").id)
    epic = jira.find("SHOP-1")
    link = portal.link(connection, key_result, shop, parent_remote_id=epic.id)
    portal.sync(connection)
    return link


def stories() -> list[SyncedItem]:
    return list(SyncedItem.objects.filter(title__in=STORIES).order_by("title"))


def test_stories_follow_an_epic_that_moves_before_they_are_read_again(
    portal: Portal, jira: Tracker, connection: Connection, below_the_epic: Link
) -> None:
    moved = jira.move("SHOP-1", "PAY")
    run = portal.sync(connection)
    assert run.changed == 1
    assert [story.parent_key for story in stories()] == [moved.key] * 2
    assert [story.facts["parent_key"] for story in stories()] == [moved.key] * 2
    assert {row.title for row in level_of(below_the_epic).rows} == set(STORIES)
    assert [[above.key for above in ancestors_of(story)] for story in stories()] == [
        [moved.key],
        [moved.key],
    ]


def test_a_story_that_is_read_again_after_its_epic_moved_hangs_where_it_did(
    portal: Portal, jira: Tracker, connection: Connection, below_the_epic: Link
) -> None:
    moved = jira.move("SHOP-1", "PAY")
    portal.sync(connection)
    jira.relabel("SHOP-2", ("slow",))
    assert portal.sync(connection).changed == 1
    assert [story.parent_key for story in stories()] == [moved.key] * 2


def test_stories_of_another_epic_stay_where_they_are(
    portal: Portal, jira: Tracker, connection: Connection, below_the_epic: Link
) -> None:
    other = jira.add("SHOP", "Safer payments", type_name="Epic")
    story = jira.add("SHOP", "Ask for a code", epic=other.key)
    portal.sync(connection)
    jira.move("SHOP-1", "PAY")
    portal.sync(connection)
    assert SyncedItem.objects.get(remote_id=story.id).parent_key == other.key
