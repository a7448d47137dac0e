"""A field that nobody asked for is unknown: it counts when its source was read with it."""

from decimal import Decimal

import pytest
from django.utils import timezone

from integrations.actions.connections import edit_connection
from integrations.actions.links import create_link, edit_link
from integrations.actions.measures import measure
from integrations.actions.replay import replay
from integrations.actions.runs import finish_run, start_run
from integrations.choices import OPEN_RUNS, Measure, RunState, RunTrigger
from integrations.models import Connection, Link, Observation, Source, SyncRun
from integrations.ports import SourceKind
from okrs.models import KeyResult
from portfolio.models import MetricValue
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.items import address, text_of
from tests.integrations.sync.outcome import last, score_of


@pytest.fixture
def points(portal: Portal, jira: Tracker, connection: Connection, read: Link) -> str:
    """A number field of the shop that was not read so far; the finished story has 8 in it."""
    jira.estimate("SHOP-2", Decimal(8))
    fields = portal.provider(connection).number_fields()
    return next(it.remote_id for it in fields if it.name == "Story Points")


@pytest.fixture
def other(portal: Portal) -> KeyResult:
    return portal.key_result("Points are done")


def summed(portal: Portal, source: Source, key_result: KeyResult, field: str) -> Link:
    source.refresh_from_db()
    access = portal.world.access("admin")
    return create_link(access, source, key_result=key_result, measure=Measure.SUM, field=field)


def present(link: Link) -> Link:
    return Link.objects.select_related("source__connection").get(pk=link.pk)


def test_a_sum_over_a_field_that_was_not_read_says_nothing_so_far(
    portal: Portal, read: Link, other: KeyResult, points: str
) -> None:
    link = summed(portal, read.source, other, points)
    assert not Observation.objects.filter(link=link).exists()
    assert not MetricValue.objects.filter(metric=other.metric_id).exists()


def test_it_is_measured_at_the_end_of_the_run_that_its_link_starts(
    portal: Portal, connection: Connection, read: Link, other: KeyResult, points: str
) -> None:
    link = summed(portal, read.source, other, points)
    run = SyncRun.objects.get(state__in=OPEN_RUNS)
    portal.sync(connection)
    observed = [row.done for row in Observation.objects.filter(link=link)]
    assert (run.trigger, observed) == (RunTrigger.SETUP.value, [Decimal(8)])
    assert not present(link).waits


def test_a_link_that_changes_to_another_field_keeps_its_value_until_that_is_read(
    portal: Portal, connection: Connection, read: Link, key_result: KeyResult, points: str
) -> None:
    before = score_of(key_result)
    read.source.refresh_from_db()
    access = portal.world.access("admin")
    edit_link(access, read, expected_version=None, measure=Measure.SUM, field=points)
    assert (replay(read.pk), score_of(key_result), last(read).line) == (0, before, 1)
    portal.sync(connection)
    assert (last(read).line, last(read).done) == (2, Decimal(8))


def test_the_past_is_drawn_from_when_the_field_was_first_read(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, other: KeyResult, points: str
) -> None:
    link = summed(portal, read.source, other, points)
    portal.sync(connection)
    first = last(link).effective_at
    jira.finish("SHOP-3")
    portal.sync(connection)
    access = portal.world.access("admin")
    edit_link(access, present(link), expected_version=None, label="speed")
    replay(link.pk)
    course = Observation.objects.filter(link=link, line=2).order_by("effective_at")
    assert course[0].effective_at >= first
    assert {row.done for row in course} == {8}


def test_a_field_that_was_gone_for_a_while_is_read_of_every_item_again(
    portal: Portal,
    jira: Tracker,
    server: Server[JiraCloud],
    connection: Connection,
    read: Link,
    other: KeyResult,
    points: str,
) -> None:
    link = summed(portal, read.source, other, points)
    beside = portal.link(connection, portal.key_result("Beside"), "", kind=SourceKind.JQL.value)
    Source.objects.filter(pk=beside.source_id).update(query="project = SHOP")
    portal.sync(connection)
    server.app.faults.add(Fault(name="no-number-fields", path="/field", times=99))
    portal.sync(connection)
    assert present(link).waits
    server.app.faults.clear()
    Source.objects.filter(pk=beside.source_id).update(archived_at=timezone.now())
    portal.sync(connection)
    assert not present(link).waits
    assert measure(present(link))["done"] == 8


def test_a_field_that_all_know_counts_at_once(
    portal: Portal, connection: Connection, read: Link, other: KeyResult, points: str
) -> None:
    summed(portal, read.source, other, points)
    portal.sync(connection)
    another = summed(portal, read.source, portal.key_result("Again"), points)
    assert last(another).done == 8


def test_a_link_made_while_a_run_is_on_is_read_by_the_next_one(
    portal: Portal, connection: Connection, read: Link, other: KeyResult, points: str
) -> None:
    run = start_run(connection, RunTrigger.SCHEDULE)
    summed(portal, read.source, other, points)
    SyncRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING)
    run.refresh_from_db()
    finish_run(run)
    assert SyncRun.objects.get(state__in=OPEN_RUNS).trigger == RunTrigger.SETUP


def test_a_value_of_two_links_stands_while_one_of_them_waits(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, other: KeyResult, points: str
) -> None:
    link = summed(portal, read.source, other, points)
    portal.sync(connection)
    fields = portal.provider(connection).number_fields()
    unread = next(it.remote_id for it in fields if it.remote_id != points)
    assert summed(portal, read.source, other, unread).waits
    edit_link(portal.world.access("admin"), present(link), expected_version=None, label="none")
    assert last(link).done == 0
    values = MetricValue.objects.filter(metric=other.metric_id)
    assert [it.value for it in values] == [8]


def test_points_by_another_field_stand_until_it_is_read(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, points: str
) -> None:
    Link.objects.filter(pk=link.pk).update(measure=Measure.SHARE_OF_POINTS)
    access = portal.world.access("admin")
    connection.refresh_from_db()
    edit_connection(access, connection, expected_version=None, points_fields=[points])
    assert SyncRun.objects.get(state__in=OPEN_RUNS).trigger == RunTrigger.SETUP
    assert present(link).waits
    portal.sync(connection)
    assert last(link).done == 8
    assert not present(link).waits


def test_the_pages_say_that_everything_is_read_again(
    portal: Portal, read: Link, other: KeyResult, points: str
) -> None:
    admin = portal.world.client("admin")
    form = {"key_result": str(other.pk), "measure": Measure.SUM.value, "field": points}
    shown = admin.get(address("preview-link", read.source_id), form)
    assert "was not read so far" in text_of(shown)
    told = admin.post(address("link-source", read.source_id), form, follow=True)
    assert "Everything is read again with its field now" in text_of(told)
    page = admin.get(other.get_absolute_url())
    assert "Its field was not read so far" in text_of(page)


def test_the_api_says_so_too(portal: Portal, read: Link, other: KeyResult, points: str) -> None:
    link = summed(portal, read.source, other, points)
    told = portal.world.client("admin").get(f"/api/v1/orgs/acme/links/{link.pk}/explain/").json()
    assert (told["is_waiting"], told["observation"]) == (True, None)


def test_the_page_tells_how_much_of_what_is_done_has_no_value_to_add_up(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, other: KeyResult, points: str
) -> None:
    jira.finish("SHOP-3")
    summed(portal, read.source, other, points)
    portal.sync(connection)
    page = portal.world.client("admin").get(other.get_absolute_url())
    assert "1 of the done without a value in the field" in text_of(page)
