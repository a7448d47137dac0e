"""Reading a connection: what moves a score, what freezes it, and what a run says of itself."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from integrations.actions import sync as sync_module
from integrations.actions.pages import Turn, keep_page
from integrations.actions.runs import claim_run, start_due_runs, start_run
from integrations.actions.sync import run_sync
from integrations.choices import ConnectionState, Measure, RunState, RunTrigger, SourceState
from integrations.models import Connection, Link, Observation, Source, SyncedItem, SyncRun
from integrations.ports import Page
from okrs.actions.cycles import move_cycle
from okrs.actions.key_results import set_override
from okrs.choices import CycleState
from okrs.models import KeyResult
from portfolio.models import MetricValue
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import last, score_of


def test_a_finished_issue_moves_the_score(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    assert score_of(key_result) == Decimal("0.25")
    jira.finish("SHOP-4")
    portal.sync(connection)
    assert score_of(key_result) == Decimal("0.5")


def test_a_reopened_issue_takes_the_score_back(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    jira.reopen("SHOP-2")
    portal.sync(connection)
    assert score_of(key_result) == 0


def test_work_that_was_not_done_leaves_both_sides(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, key_result: KeyResult
) -> None:
    jira.finish("SHOP-5", resolution="Won't Do")
    portal.sync(connection)
    observed = last(link)
    assert (observed.items_done, observed.items_total, observed.left_out) == (1, 3, 1)


def test_an_unchanged_score_writes_no_second_value(
    portal: Portal, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    portal.sync(connection)
    assert MetricValue.objects.filter(metric=key_result.metric).count() == 1
    assert Observation.objects.filter(link=read).count() == 1


def test_an_issue_that_moves_to_another_project_leaves_the_source(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    link: Link,
    key_result: KeyResult,
) -> None:
    portal.link(connection, portal.key_result("Payments are done"), jira.space("PAY").id)
    portal.sync(connection)
    moved = jira.move("SHOP-2", "PAY")
    portal.sync(connection)
    assert score_of(key_result) == 0
    item = SyncedItem.objects.get(remote_id=moved.id)
    assert item.key == moved.key
    assert [m.source.remote_id for m in item.sources.filter(left_at=None)] == [jira.space("PAY").id]


def test_a_dead_token_freezes_the_score_and_breaks_the_connection(
    portal: Portal,
    server: Server[JiraCloud],
    connection: Connection,
    read: Link,
    key_result: KeyResult,
) -> None:
    server.app.credential = "somebody-else@example.com:other"
    run = portal.sync(connection)
    connection.refresh_from_db()
    assert run.state == RunState.FAILED
    assert connection.state == ConnectionState.BROKEN
    assert connection.remedy == "Enter a new credential on the connection page."
    assert score_of(key_result) == Decimal("0.25")


def test_a_credential_of_another_site_is_refused(
    portal: Portal, connection: Connection, link: Link, key_result: KeyResult
) -> None:
    Connection.objects.filter(pk=connection.pk).update(site_id="another site")
    run = portal.sync(connection)
    assert run.state == RunState.FAILED
    assert "another site than before" in run.problem
    assert score_of(key_result) is None


def test_a_project_out_of_sight_freezes_its_score_and_the_rest_goes_on(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, key_result: KeyResult
) -> None:
    other = portal.key_result("Payments are done")
    portal.link(connection, other, jira.space("PAY").id)
    jira.add("PAY", "Accept cheques")
    portal.sync(connection)
    jira.set_space("SHOP", hidden=True)
    jira.finish("PAY-1")
    run = portal.sync(connection)
    assert run.state == RunState.PARTIAL
    assert Source.objects.get(pk=link.source_id).state == SourceState.ACCESS_LOST
    assert score_of(key_result) == Decimal("0.25")
    assert score_of(other) == 1


def test_a_limited_run_waits_as_long_as_the_service_asks(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.faults.add(Fault(name="429", path="/search/jql", retry_after=90))
    before = timezone.now()
    run = portal.turn(connection)
    assert run.state == RunState.WAITING
    assert run.resume_at is not None
    assert run.resume_at >= before + timedelta(seconds=90)
    assert claim_run(run.pk) is None


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        ("500", 4), ("reset", 4), ("truncated", 4), ("200-html", 4), ("wrong-shape", 1),
        ("410", 1), ("redirect", 1), ("403", 0),
    ],
)  # fmt: skip
def test_what_may_pass_is_tried_four_times_more_and_what_hardly_will_once(
    portal: Portal,
    server: Server[JiraCloud],
    connection: Connection,
    link: Link,
    fault: str,
    tries: int,
) -> None:
    server.app.faults.add(Fault(name=fault, path="/search/jql", times=99))
    assert portal.sync(connection).attempts == tries


def test_a_failed_request_says_what_was_asked_and_what_to_do(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.faults.add(Fault(name="500", path="/search/jql", times=99))
    run = portal.sync(connection)
    assert run.state == RunState.FAILED
    assert run.request == "POST /rest/api/3/search/jql"
    assert run.remedy.endswith("the sync tries again by itself.")


def test_a_run_that_lost_its_worker_goes_on_from_its_checkpoint(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    link: Link,
    key_result: KeyResult,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(150):
        jira.add("SHOP", f"Story {number}")
    run = start_run(connection, RunTrigger.PERSON)

    def dies_after_the_first_page(turn: Turn, source: Source, page: Page) -> None:
        keep_page(turn, source, page)
        raise KeyboardInterrupt

    monkeypatch.setattr(sync_module, "keep_page", dies_after_the_first_page)
    with pytest.raises(KeyboardInterrupt):
        run_sync(run.pk)
    monkeypatch.setattr(sync_module, "keep_page", keep_page)
    SyncRun.objects.filter(pk=run.pk).update(progressed_at=timezone.now() - timedelta(minutes=5))
    run_sync(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.COMPLETE
    assert SyncedItem.objects.count() == 155
    assert last(link).items_total == 154


def test_a_run_in_good_hands_is_not_taken_over(portal: Portal, connection: Connection) -> None:
    run = start_run(connection, RunTrigger.PERSON)
    assert claim_run(run.pk) is not None
    assert claim_run(run.pk) is None


def test_a_second_request_joins_the_open_run(portal: Portal, connection: Connection) -> None:
    first = start_run(connection, RunTrigger.PERSON)
    assert start_run(connection, RunTrigger.SCHEDULE).pk == first.pk


def test_a_due_connection_is_started_once(portal: Portal, connection: Connection) -> None:
    Connection.objects.update(next_run_at=timezone.now() - timedelta(minutes=1))
    assert (start_due_runs(), start_due_runs()) == (1, 0)


def test_a_closed_cycle_keeps_its_scores(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    access = portal.world.access("admin")
    for state in (CycleState.CLOSING, CycleState.CLOSED):
        move_cycle(access, portal.cycle, to=state, expected_version=None)
    jira.finish("SHOP-4")
    portal.sync(connection)
    assert score_of(key_result) == Decimal("0.25")
    assert MetricValue.objects.filter(metric=key_result.metric).count() == 1


@pytest.mark.parametrize(
    ("fields", "done", "total"),
    [
        ({"label": "speed"}, 1, 2),
        ({"measure": Measure.COUNT}, 1, None),
        ({"rules": {"statuses": {"1": "done"}}}, 4, 4),
    ],
    ids=["only a label", "a count", "own rules"],
)
def test_a_link_counts_by_its_measure_label_and_rules(
    portal: Portal,
    connection: Connection,
    key_result: KeyResult,
    shop: str,
    fields: dict[str, Any],
    done: int,
    total: int | None,
) -> None:
    link = portal.link(connection, key_result, shop, **fields)
    portal.sync(connection)
    observed = last(link)
    assert [observed.done, observed.total] == [done, total]


def test_a_link_below_an_epic_counts_its_children_only(
    portal: Portal, jira: Tracker, connection: Connection, key_result: KeyResult, shop: str
) -> None:
    link = portal.link(connection, key_result, shop, parent_remote_id=jira.find("SHOP-1").id)
    portal.sync(connection)
    assert (last(link).items_done, last(link).items_total) == (1, 2)


def test_points_are_counted_and_what_has_none_is_told(
    portal: Portal, jira: Tracker, connection: Connection, key_result: KeyResult, shop: str
) -> None:
    jira.estimate("SHOP-2", Decimal(8))
    jira.estimate("SHOP-3", Decimal(2))
    fields = portal.provider(connection).number_fields()
    connection.points_fields = [field.remote_id for field in fields if field.is_points]
    connection.save()
    link = portal.link(connection, key_result, shop, measure=Measure.SHARE_OF_POINTS)
    portal.sync(connection)
    observed = last(link)
    assert [observed.done, observed.total, observed.unestimated] == [8, 10, 2]
    assert score_of(key_result) == Decimal("0.8")


def test_two_links_of_a_key_result_are_pooled(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    link: Link,
    key_result: KeyResult,
) -> None:
    jira.add("PAY", "Accept cheques")
    jira.finish("PAY-1")
    portal.link(connection, key_result, jira.space("PAY").id)
    portal.sync(connection)
    assert score_of(key_result) == Decimal("0.4")


def test_an_override_stands_whatever_the_sync_reads(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    access = portal.world.access("admin")
    set_override(access, key_result, value=Decimal(60), reason="The report counts drafts.")
    jira.finish("SHOP-4")
    portal.sync(connection)
    assert score_of(key_result) == Decimal("0.6")
    assert MetricValue.objects.filter(metric=key_result.metric).latest("recorded_at").value == 50


# A miss is never a zero: whatever goes wrong on the way, the score stays and the run says why.
@pytest.mark.parametrize(
    "fault",
    [
        "401", "403", "404", "410", "500", "503", "502-html", "200-html", "redirect", "reset",
        "truncated", "wrong-shape",
    ],
)  # fmt: skip
def test_a_fault_leaves_the_score_and_the_next_run_repairs_it(
    portal: Portal,
    jira: Tracker,
    server: Server[JiraCloud],
    connection: Connection,
    read: Link,
    key_result: KeyResult,
    fault: str,
) -> None:
    jira.finish("SHOP-4")
    server.app.faults.add(Fault(name=fault, path="/search/jql", times=99))
    run = portal.sync(connection)
    assert run.state in {RunState.FAILED, RunState.PARTIAL}
    assert score_of(key_result) == Decimal("0.25")
    server.app.faults.clear()
    assert portal.sync(connection).state == RunState.COMPLETE
    assert score_of(key_result) == Decimal("0.5")


def test_an_unreadable_record_is_kept_apart_and_the_rest_is_read(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.faults.add(Fault(name="bad-record", path="/search/jql", body="updated ASC"))
    run = portal.sync(connection)
    assert (run.state, run.quarantined) == (RunState.PARTIAL, 1)
    assert run.quarantine.get().reason != ""
    assert SyncedItem.objects.count() == 4
