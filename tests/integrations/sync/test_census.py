"""What no list of changes tells: deleted, hidden, archived, moved out of the selection."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from integrations.actions.census import is_shrink
from integrations.actions.connections import accept_shrink
from integrations.choices import RunState, SourceState
from integrations.models import Connection, Link, Source, SourceItem, SyncedItem
from integrations.ports import SourceKind
from okrs.models import KeyResult
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.items import make_item
from tests.integrations.sync.outcome import last, score_of


def source_of(link: Link) -> Source:
    return Source.objects.get(pk=link.source_id)


def many(jira: Tracker, count: int) -> None:
    for number in range(count):
        jira.add("SHOP", f"Story {number}")


def test_a_deleted_issue_leaves_both_sides_after_the_next_census(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.delete("SHOP-2")
    portal.count_anew(connection)
    assert (last(read).items_done, last(read).items_total) == (0, 3)


def test_a_deletion_is_counted_by_the_run_that_found_it(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.delete("SHOP-2")
    assert portal.count_anew(connection).gone == 1


def test_between_two_censuses_nothing_is_taken_for_deleted(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.delete("SHOP-2")
    portal.sync(connection)
    assert last(read).items_total == 4


def test_a_census_is_taken_once_a_day(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    Source.objects.update(censused_at=timezone.now() - timedelta(hours=25))
    jira.delete("SHOP-2")
    portal.sync(connection)
    assert last(read).items_total == 3


def test_too_much_missing_at_once_freezes_the_score(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    many(jira, 16)
    portal.sync(connection)
    before = score_of(key_result)
    for issue in [it for it in jira.visible() if it.title.startswith("Story")][:10]:
        jira.set_hidden(issue.id, hidden=True)
    run = portal.count_anew(connection)
    assert (run.state, source_of(read).state) == (RunState.PARTIAL, SourceState.UNOBSERVED)
    assert score_of(key_result) == before


def test_a_source_that_turns_up_empty_is_not_believed(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    for issue in list(jira.visible()):
        jira.set_hidden(issue.id, hidden=True)
    portal.count_anew(connection)
    assert source_of(read).state == SourceState.UNOBSERVED
    assert source_of(read).missing_count == 5


def test_the_owner_is_told_once_of_a_part_out_of_sight(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    for issue in list(jira.visible()):
        jira.set_hidden(issue.id, hidden=True)
    portal.count_anew(connection)
    portal.count_anew(connection)
    (row,) = Notification.objects.all()
    assert row.title == "A part of jira-cloud is out of sight"
    assert "5 of 5 items cannot be found" in row.text


def test_what_is_seen_again_moves_the_score_again(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    hidden = list(jira.visible())
    for issue in hidden:
        jira.set_hidden(issue.id, hidden=True)
    portal.count_anew(connection)
    for issue in hidden:
        jira.set_hidden(issue.id, hidden=False)
    jira.finish("SHOP-4")
    assert portal.sync(connection).state == RunState.COMPLETE
    assert (source_of(read).state, last(read).items_done) == (SourceState.CURRENT, 2)


def test_a_person_may_say_that_what_is_missing_is_gone(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    for key in ("SHOP-2", "SHOP-3", "SHOP-4", "SHOP-5"):
        jira.delete(key)
    portal.count_anew(connection)
    accept_shrink(portal.world.access("admin"), source_of(read))
    portal.sync(connection)
    assert source_of(read).state == SourceState.CURRENT
    assert (last(read).items_done, last(read).items_total) == (0, 0)


def test_what_goes_missing_after_a_person_said_so_is_not_believed(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    many(jira, 10)
    portal.sync(connection)
    for key in ("SHOP-2", "SHOP-3", "SHOP-4", "SHOP-5", "SHOP-6"):
        jira.delete(key)
    portal.count_anew(connection)
    accept_shrink(portal.world.access("admin"), source_of(read))
    for issue in list(jira.visible()):
        jira.set_hidden(issue.id, hidden=True)
    assert portal.sync(connection).state == RunState.PARTIAL
    source = source_of(read)
    assert (source.state, source.shrink_accepted) == (SourceState.UNOBSERVED, False)
    assert last(read).items_total == 14


def test_an_archived_issue_counts_as_it_was(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    archived = jira.archive("SHOP-2")
    portal.count_anew(connection)
    assert (last(read).items_done, last(read).items_total) == (1, 4)
    assert SyncedItem.objects.get(remote_id=archived.id).is_archived


def test_an_issue_that_no_longer_matches_a_query_leaves_its_source_alive(
    portal: Portal, jira: Tracker, connection: Connection, key_result: KeyResult
) -> None:
    source = Source.objects.create(
        connection=connection, kind=SourceKind.JQL, name="Speed", query="labels = speed"
    )
    link = Link.objects.create(source=source, key_result=key_result)
    portal.sync(connection)
    jira.relabel("SHOP-2", ())
    portal.count_anew(connection)
    assert last(link).items_total == 1
    assert SyncedItem.objects.get(key="SHOP-2").gone_at is None


def test_when_an_item_left_is_kept(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.delete("SHOP-2")
    portal.count_anew(connection)
    assert SourceItem.objects.get(item__key="SHOP-2").left_at is not None


def test_what_a_census_meets_for_the_first_time_is_read(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    SyncedItem.objects.filter(key="SHOP-3").delete()
    portal.count_anew(connection)
    assert SyncedItem.objects.filter(key="SHOP-3").exists()


def test_a_project_that_is_back_is_counted_at_once(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    jira.set_space("SHOP", hidden=True)
    portal.sync(connection)
    jira.set_space("SHOP", hidden=False)
    jira.delete("SHOP-2")
    portal.sync(connection)
    assert (source_of(read).state, last(read).items_total) == (SourceState.CURRENT, 3)


def test_an_archived_project_freezes_its_score(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    before = score_of(key_result)
    jira.set_space("SHOP", archived=True)
    portal.sync(connection)
    assert source_of(read).state == SourceState.ACCESS_LOST
    assert score_of(key_result) == before


@pytest.mark.parametrize(
    ("known", "missing", "percent", "is_believed"),
    [
        (7, 3, 30, True),
        (6, 3, 30, False),
        (4, 3, 30, False),
        (3, 1, 30, True),
        (2, 1, 30, False),
        (6, 3, 50, True),
        (8, 4, 30, False),
        (8, 4, 50, True),
        (20, 6, 30, True),
        (20, 7, 30, False),
        (4, 4, 100, False),
        (4, 0, 30, True),
        (0, 0, 30, True),
    ],
)
def test_a_few_missing_items_are_believed_while_more_than_half_are_left(
    connection: Connection, link: Link, known: int, missing: int, percent: int, is_believed: bool
) -> None:
    Connection.objects.update(shrink_percent=percent)
    source = Source.objects.select_related("connection").get(pk=link.source_id)
    for number in range(known):
        make_item(source, f"SHOP-{number}")
    assert is_shrink(source, missing) is not is_believed


def test_three_of_four_that_are_hidden_freeze_the_score(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    before = score_of(key_result)
    for key in ("SHOP-3", "SHOP-4", "SHOP-5"):
        jira.set_hidden(jira.find(key).id, hidden=True)
    portal.count_anew(connection)
    assert source_of(read).state == SourceState.UNOBSERVED
    assert score_of(key_result) == before


def test_what_left_a_query_is_not_taken_for_missing(
    portal: Portal, jira: Tracker, connection: Connection, key_result: KeyResult
) -> None:
    source = Source.objects.create(
        connection=connection, kind=SourceKind.JQL, name="Speed", query="labels = speed"
    )
    link = Link.objects.create(source=source, key_result=key_result)
    portal.sync(connection)
    for key in ("SHOP-2", "SHOP-3"):
        jira.relabel(key, ())
    portal.count_anew(connection)
    assert last(link).items_total == 0
    assert source_of(link).state == SourceState.CURRENT


@pytest.mark.parametrize(("kind", "left"), [(SourceKind.PROJECT, 4), (SourceKind.JQL, 3)])
def test_a_query_is_looked_through_more_often_than_a_project(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    key_result: KeyResult,
    shop: str,
    kind: SourceKind,
    left: int,
) -> None:
    selected = {"query": "project = SHOP"} if kind == SourceKind.JQL else {"remote_id": shop}
    source = Source.objects.create(connection=connection, kind=kind, name="Shop", **selected)
    link = Link.objects.create(source=source, key_result=key_result)
    portal.sync(connection)
    jira.delete("SHOP-2")
    Source.objects.update(censused_at=timezone.now() - timedelta(hours=5))
    portal.sync(connection)
    assert last(link).items_total == left
