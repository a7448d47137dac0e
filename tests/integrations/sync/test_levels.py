"""A type of issue that moves to another level there, which touches none of its issues."""

import pytest

from integrations.actions import pages
from integrations.actions.connections import edit_connection
from integrations.actions.reclassify import apply_rules
from integrations.models import Connection, ItemVersion, Link, Recount, SyncedItem
from integrations.payloads import unpack
from okrs.models import KeyResult
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import last, score_of
from tests.integrations.sync.twins import SERVICES, twins

EPIC, STORY, SUB_TASK = "10000", "10001", "10005"


def item(key: str) -> SyncedItem:
    return SyncedItem.objects.get(key=key)


def test_a_type_that_becomes_one_of_epics_is_counted_no_more(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    jira.regrade(STORY, name="Story", level=1)
    jira.add("SHOP", "Fix the till", type_name="Bug")
    portal.sync(connection)
    assert (last(read).items_done, last(read).items_total) == (0, 1)
    assert score_of(key_result) == 0


def test_a_type_that_comes_down_to_the_issues_is_counted(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.regrade(EPIC, name="Feature", level=0)
    portal.sync(connection)
    assert last(read).items_total == 5
    told = item("SHOP-1")
    assert (told.is_leaf, told.kind, told.facts["type_name"]) == (True, "Feature", "Feature")


def test_what_level_a_type_had_before_is_kept(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.regrade(STORY, name="Story", level=1)
    portal.sync(connection)
    versions = ItemVersion.objects.filter(item__key="SHOP-2").order_by("received_at")
    assert [unpack(bytes(version.body)).item.level for version in versions] == [0, 1]


def test_what_a_rule_says_of_a_type_holds_on_any_level(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    rules = {"types": {STORY: True}}
    connection.refresh_from_db()
    admin = portal.world.access("admin")
    edit_connection(admin, connection, expected_version=None, rules=rules)
    apply_rules(connection.pk)
    jira.regrade(STORY, name="Story", level=1)
    portal.sync(connection)
    assert (last(read).items_done, last(read).items_total) == (1, 4)


def test_another_type_that_no_item_has_judges_nothing_anew(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.regrade(SUB_TASK, name="Step", level=-1)
    run = portal.sync(connection)
    assert (run.changed, ItemVersion.objects.filter(item__key="SHOP-2").count()) == (0, 1)


def test_a_level_is_told_to_the_items_over_many_turns(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    read: Link,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.actions.reclassify.BATCH", 1)
    monkeypatch.setattr(pages, "TURN_SECONDS", 0.0)
    jira.regrade(EPIC, name="Feature", level=0)
    portal.turn(connection)
    assert Recount.objects.get(link=None).types == {EPIC: ["Feature", 0]}
    portal.sync(connection)
    assert (last(read).items_total, Recount.objects.exists()) == (5, False)


def test_a_level_that_a_former_release_never_took_is_told_once(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.regrade(EPIC, name="Feature", level=0)
    Connection.objects.update(item_types={})
    portal.sync(connection)
    assert last(read).items_total == 5


@pytest.mark.parametrize("service", ["cloud", "center"])
@pytest.mark.parametrize("level", [-1, 0, 1])
def test_a_level_that_changes_leaves_what_a_fresh_reading_finds(
    portal: Portal, service: str, level: int
) -> None:
    with twins(portal, SERVICES[service]) as pair:
        for number in range(3):
            pair.tracker.add("SHOP", f"Fault {number}", type_name="Bug")
        pair.sync()
        pair.tracker.regrade("10004", name="Incident", level=level)
        pair.heal()
        assert pair.are_equal()


@pytest.mark.parametrize(("name", "counted"), [("Epic", 30), ("Theme", 31)])
def test_data_center_tells_no_levels_and_what_is_called_epic_is_one(
    portal: Portal, name: str, counted: int
) -> None:
    with twins(portal, SERVICES["center"]) as pair:
        pair.tracker.add("SHOP", "Faster checkout", type_name="Epic")
        pair.sync()
        pair.tracker.regrade(EPIC, name=name, level=0)
        pair.heal()
        assert pair.are_equal()
        assert last(pair.link).items_total == counted
