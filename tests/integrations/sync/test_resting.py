"""What linked work moves: not what is archived, and everything that reads the same metric."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations.actions.links import edit_link
from integrations.actions.replay import replay
from integrations.models import Connection, Link
from okrs.actions.initiatives import archive_initiative
from okrs.actions.key_results import archive_key_result
from okrs.actions.objectives import archive_objective, restore_objective
from okrs.models import KeyResult, Objective
from portfolio.models import MetricValue
from standins.state import Tracker
from tests.factories.okrs import InitiativeFactory, KeyResultFactory
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import last, score_of
from tests.okrs.goals import an_objective


def put_away(portal: Portal, key_result: KeyResult, *, archived: bool = True) -> None:
    key_result.refresh_from_db()
    admin = portal.world.access("admin")
    archive_key_result(admin, key_result, expected_version=None, archived=archived)


def values(key_result: KeyResult) -> list[float]:
    rows = MetricValue.objects.filter(metric=key_result.metric_id).order_by("recorded_at", "id")
    return [float(row.value) for row in rows if row.value is not None]


# --- What is archived ---------------------------------------------------------------------------
def test_an_archived_key_result_keeps_its_number(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    put_away(portal, key_result)
    jira.finish("SHOP-4")
    portal.sync(connection)
    assert values(key_result) == [25]


def test_what_is_linked_to_an_archived_key_result_is_counted_on(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    put_away(portal, key_result)
    jira.finish("SHOP-4")
    portal.sync(connection)
    assert last(read).items_done == 2


def test_a_restored_key_result_is_up_to_date_after_the_next_run(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    put_away(portal, key_result)
    jira.finish("SHOP-4")
    portal.sync(connection)
    put_away(portal, key_result, archived=False)
    portal.sync(connection)
    assert (values(key_result), score_of(key_result)) == ([25, 50], Decimal("0.5"))


def test_a_key_result_of_an_archived_objective_rests_as_well(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    admin, objective = portal.world.access("admin"), Objective.objects.get()
    archive_objective(admin, objective, expected_version=None)
    jira.finish("SHOP-4")
    portal.sync(connection)
    rested = values(key_result)
    restore_objective(admin, objective, expected_version=None)
    portal.sync(connection)
    assert (rested, values(key_result)) == ([25], [25, 50])


def test_the_past_of_an_archived_key_result_stays_as_it_was_logged(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, key_result: KeyResult
) -> None:
    jira.finish("SHOP-4")
    portal.sync(connection)
    put_away(portal, key_result)
    read.refresh_from_db()
    edit_link(portal.world.access("admin"), read, expected_version=None, label="speed")
    replay(read.pk)
    assert values(key_result) == [25, 50]


def test_an_archived_initiative_keeps_its_progress(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    work = InitiativeFactory.create(product=portal.world.product)
    Link.objects.create(source=read.source, initiative=work)
    portal.sync(connection)
    admin = portal.world.access("admin")
    work.refresh_from_db()
    archive_initiative(admin, work, expected_version=None)
    jira.finish("SHOP-4")
    portal.sync(connection)
    work.refresh_from_db()
    rested = work.items_done
    archive_initiative(admin, work, expected_version=None, archived=False)
    portal.sync(connection)
    work.refresh_from_db()
    assert (rested, work.items_done) == (1, 2)


@pytest.mark.parametrize("archived", [False, True])
def test_the_page_of_a_key_result_says_that_its_number_rests(
    portal: Portal, read: Link, key_result: KeyResult, *, archived: bool
) -> None:
    key_result.archived_at = timezone.now() if archived else None
    key_result.save()
    url = reverse("okrs:key-result", args=["acme", key_result.pk])
    page = portal.world.client("admin").get(url)
    assert ("its number rests" in page.content.decode()) is archived


# --- Whoever reads the same metric ---------------------------------------------------------------
@pytest.fixture
def other_reader(portal: Portal, key_result: KeyResult) -> KeyResult:
    """A key result that nothing is linked to, and that reads the same metric."""
    objective = an_objective(portal.world, cycle=portal.cycle)
    made: KeyResult = KeyResultFactory.create(objective=objective, metric=key_result.metric)
    return made


def test_every_reader_of_a_metric_follows_what_work_writes(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, other_reader: KeyResult
) -> None:
    jira.finish("SHOP-4")
    portal.sync(connection)
    assert (score_of(other_reader), other_reader.current_value) == (Decimal("0.5"), 50)


def test_the_objective_of_every_reader_follows_as_well(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, other_reader: KeyResult
) -> None:
    jira.finish("SHOP-4")
    portal.sync(connection)
    assert Objective.objects.get(pk=other_reader.objective_id).score == Decimal("0.5")


def test_every_reader_of_a_metric_follows_a_past_that_is_counted_anew(
    portal: Portal, jira: Tracker, connection: Connection, read: Link, other_reader: KeyResult
) -> None:
    jira.finish("SHOP-4")
    portal.sync(connection)
    read.refresh_from_db()
    edit_link(portal.world.access("admin"), read, expected_version=None, label="speed")
    KeyResult.objects.filter(pk=other_reader.pk).update(score=None)
    replay(read.pk)
    assert score_of(other_reader) == Decimal("0.5")
