"""What other rules owe stands until it was carried out, whatever becomes of its job."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import OutboxEntry
from integrations.actions import pages, reclassify, replay
from integrations.actions.connections import archive_connection, edit_connection
from integrations.actions.links import edit_link
from integrations.actions.reclassify import apply_rules, judge_some
from integrations.actions.recounts import send_forgotten
from integrations.actions.replay import replay_some
from integrations.choices import RunState
from integrations.models import Connection, ItemVersion, Link, Observation, Recount, SyncedItem
from integrations.queries.recounts import Progress, progress_of
from okrs.models import KeyResult
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import last, owed, score_of

OPEN_IS_DONE = {"statuses": {"1": "done"}}
DONE_IS_OPEN = {"statuses": {"5": "doing"}}


@pytest.fixture(autouse=True)
def an_item_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reclassify, "BATCH", 1)
    monkeypatch.setattr(replay, "BATCH", 1)


def change_rules(portal: Portal, connection: Connection, rules: dict[str, Any]) -> None:
    connection.refresh_from_db()
    admin = portal.world.access("admin")
    edit_connection(admin, connection, expected_version=None, rules=rules)


def lose_jobs() -> None:
    """The broker forgot what it was handed, and that was long ago."""
    OutboxEntry.objects.all().delete()
    Recount.objects.update(progressed_at=timezone.now() - timedelta(minutes=3))


def stories() -> dict[str, str]:
    rows = SyncedItem.objects.filter(is_leaf=True).order_by("key")
    return dict(rows.values_list("key", "category"))


def course(link: Link) -> list[tuple[int, int, int]]:
    rows = Observation.objects.filter(link=link).order_by("line", "effective_at", "recorded_at")
    return [(row.line, row.items_done, row.items_total) for row in rows]


# --- The items of a connection -------------------------------------------------------------------
def test_new_rules_whose_job_was_lost_are_sent_again(
    portal: Portal, connection: Connection, read: Link
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    lose_jobs()
    send_forgotten()
    assert owed("apply_rules") == [{"connection_id": str(connection.pk)}]


def test_a_job_that_is_at_work_is_not_sent_again(
    portal: Portal, connection: Connection, read: Link
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    lose_jobs()
    judge_some(connection.pk)
    Recount.objects.exclude(link=None).delete()
    assert send_forgotten() == 0


def test_what_was_sent_again_is_not_sent_at_the_next_look(
    portal: Portal, connection: Connection, read: Link
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    lose_jobs()
    assert (send_forgotten() > 0, send_forgotten()) == (True, 0)


def test_a_job_killed_between_two_chunks_is_gone_on_with(
    portal: Portal, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    judge_some(connection.pk)
    judge_some(connection.pk)
    before = Recount.objects.get(link=None).items_done
    apply_rules(connection.pk)
    assert before == 2
    assert set(stories().values()) == {"done"}
    assert score_of(key_result) == 1


def test_carrying_it_out_twice_changes_nothing(
    portal: Portal, connection: Connection, read: Link
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    apply_rules(connection.pk)
    before = Observation.objects.count()
    apply_rules(connection.pk)
    assert Observation.objects.count() == before


def test_rules_that_change_again_in_the_middle_judge_every_item(
    portal: Portal, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    for _ in range(3):
        judge_some(connection.pk)
    change_rules(portal, connection, DONE_IS_OPEN)
    apply_rules(connection.pk)
    assert "done" not in stories().values()
    assert score_of(key_result) == 0


def test_the_next_run_carries_out_what_the_job_left(
    portal: Portal, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    judge_some(connection.pk)
    lose_jobs()
    portal.sync(connection)
    assert set(stories().values()) == {"done"}
    assert not Recount.objects.filter(link=None).exists()
    assert (score_of(key_result), last(read).items_done) == (Decimal(1), 4)


def test_nothing_is_measured_while_some_items_are_judged_by_former_rules(
    portal: Portal, connection: Connection, read: Link
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    for _ in range(3):
        judge_some(connection.pk)
    before = Observation.objects.count()
    read.refresh_from_db()
    edit_link(portal.world.access("admin"), read, expected_version=None, label="speed")
    assert Observation.objects.count() == before
    apply_rules(connection.pk)
    assert (last(read).items_done, last(read).items_total) == (2, 2)


def test_a_job_whose_time_is_over_owes_the_rest(
    portal: Portal, connection: Connection, read: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    OutboxEntry.objects.all().delete()
    monkeypatch.setattr(reclassify, "JOB_SECONDS", 0.0)
    apply_rules(connection.pk)
    assert Recount.objects.get(link=None).items_done == 1
    assert owed("apply_rules") == [{"connection_id": str(connection.pk)}]


def test_a_disconnected_system_owes_nothing(
    portal: Portal, connection: Connection, read: Link
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    archive_connection(portal.world.access("admin"), connection, expected_version=None)
    assert not Recount.objects.exists()


# --- Statuses ----------------------------------------------------------------------------------
def test_a_status_that_means_something_else_is_told_to_the_items_over_many_turns(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    read: Link,
    key_result: KeyResult,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jira.restate("1", name="To Do", category="done")
    monkeypatch.setattr(pages, "TURN_SECONDS", 0.0)
    first = portal.turn(connection)
    judged = Recount.objects.get(link=None).items_done
    run = portal.sync(connection)
    assert (first.state, judged) == (RunState.WAITING, 1)
    assert (run.pk, run.state) == (first.pk, RunState.COMPLETE)
    assert score_of(key_result) == 1


def test_a_status_that_a_run_began_to_tell_is_told_by_the_job_if_the_run_ends(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    read: Link,
    key_result: KeyResult,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jira.restate("1", name="To Do", category="done")
    monkeypatch.setattr(pages, "TURN_SECONDS", 0.0)
    run = portal.turn(connection)
    run.state = RunState.CANCELLED
    run.save()
    lose_jobs()
    send_forgotten()
    assert owed("apply_rules") == [{"connection_id": str(connection.pk)}]
    apply_rules(connection.pk)
    assert score_of(key_result) == 1


def test_each_restated_item_keeps_one_more_version(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    before = ItemVersion.objects.count()
    jira.restate("5", name="Erledigt", category="done")
    run = portal.sync(connection)
    assert (ItemVersion.objects.count() - before, run.changed) == (1, 1)


def test_new_rules_in_the_middle_do_not_forget_what_a_status_means(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    read: Link,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jira.restate("5", name="Erledigt", category="done")
    with monkeypatch.context() as patched:
        patched.setattr(pages, "TURN_SECONDS", 0.0)
        portal.turn(connection)
    change_rules(portal, connection, OPEN_IS_DONE)
    apply_rules(connection.pk)
    item = SyncedItem.objects.get(key="SHOP-2")
    assert (item.status_name, set(stories().values())) == ("Erledigt", {"done"})


# --- The past of links -----------------------------------------------------------------------
@pytest.fixture
def past(portal: Portal, jira: Tracker, connection: Connection, read: Link) -> Link:
    for key in ("SHOP-4", "SHOP-3"):
        jira.finish(key)
        portal.sync(connection)
    read.refresh_from_db()
    return read


def only_speed(portal: Portal, link: Link) -> None:
    edit_link(portal.world.access("admin"), link, expected_version=None, label="speed")


def test_a_past_whose_job_was_lost_is_sent_again(portal: Portal, past: Link) -> None:
    only_speed(portal, past)
    lose_jobs()
    send_forgotten()
    assert owed("replay_link") == [{"link_id": str(past.pk)}]


def test_a_past_killed_between_two_chunks_is_gone_on_with(portal: Portal, past: Link) -> None:
    only_speed(portal, past)
    replay_some(past.pk)
    replay_some(past.pk)
    owed_row = Recount.objects.get()
    assert (owed_row.items_done, owed_row.after != "") == (2, True)
    assert replay.replay(past.pk) > 0
    assert course(past)[-3:] == [(2, 1, 2), (2, 2, 2), (2, 2, 2)]


def test_a_link_edited_in_the_middle_has_its_past_counted_from_the_beginning(
    portal: Portal, past: Link
) -> None:
    only_speed(portal, past)
    replay_some(past.pk)
    replay_some(past.pk)
    edit_link(portal.world.access("admin"), past, expected_version=None, label="")
    replay.replay(past.pk)
    assert [point for point in course(past) if point[0] == 3] == [
        (3, 1, 4),
        (3, 2, 4),
        (3, 3, 4),
        (3, 3, 4),
    ]
    assert not Recount.objects.exists()


def test_a_past_whose_job_has_no_time_left_owes_the_rest(
    portal: Portal, past: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_speed(portal, past)
    OutboxEntry.objects.all().delete()
    monkeypatch.setattr(replay, "JOB_SECONDS", 0.0)
    replay.replay(past.pk)
    assert Recount.objects.get().items_done == 1
    assert owed("replay_link") == [{"link_id": str(past.pk)}]


# --- What is told ---------------------------------------------------------------------------
def test_how_far_it_is_is_told_in_items_and_links(
    portal: Portal, connection: Connection, read: Link
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    judge_some(connection.pk)
    assert progress_of(connection) == Progress(done=1, total=5, links=1)
    apply_rules(connection.pk)
    assert progress_of(connection) == Progress(done=0, total=None, links=1)
    replay.replay(read.pk)
    assert progress_of(connection) is None


def test_the_page_says_so_while_it_lasts(
    portal: Portal, connection: Connection, read: Link, admin: Client
) -> None:
    change_rules(portal, connection, OPEN_IS_DONE)
    judge_some(connection.pk)
    page = admin.get(connection.get_absolute_url()).content.decode()
    assert "Rules are being applied." in page
    assert "1 of 5 items" in page
    apply_rules(connection.pk)
    replay.replay(read.pk)
    assert (
        "Rules are being applied." not in admin.get(connection.get_absolute_url()).content.decode()
    )


def test_the_api_says_whether_rules_are_pending(
    portal: Portal, connection: Connection, read: Link, admin: Client
) -> None:
    address = f"/api/v1/orgs/{portal.world.organization.slug}/connections/{connection.pk}/"
    change_rules(portal, connection, OPEN_IS_DONE)
    assert admin.get(address).json()["rules_pending"] is True
    apply_rules(connection.pk)
    replay.replay(read.pk)
    assert admin.get(address).json()["rules_pending"] is False
