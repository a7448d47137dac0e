"""Other rules, applied to the past: a new line beside the old one."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from integrations.actions.connections import edit_connection
from integrations.actions.links import edit_link
from integrations.actions.reclassify import apply_rules
from integrations.actions.recounts import owe_past
from integrations.actions.replay import replay
from integrations.models import Connection, Link, Observation
from okrs.actions.cycles import move_cycle
from okrs.choices import CycleState
from okrs.models import KeyResult
from portfolio.models import MetricValue
from portfolio.queries import latest_values
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import owed

Past = list[datetime]


@pytest.fixture
def past(portal: Portal, jira: Tracker, connection: Connection, link: Link) -> Past:
    """Three runs, with an issue finished before the second and another before the third."""
    moments = []
    for key in ("", "SHOP-4", "SHOP-3"):
        if key:
            jira.finish(key)
        finished = portal.sync(connection).finished_at
        assert finished is not None
        moments.append(finished)
    return moments


@pytest.fixture
def only_speed(portal: Portal, link: Link) -> Callable[[], int]:
    """Count only what has the label, as of now and in the past."""

    def change() -> int:
        link.source.refresh_from_db()
        edit_link(portal.world.access("admin"), link, expected_version=None, label="speed")
        return replay(link.pk)

    return change


def line(link: Link, number: int) -> list[tuple[int, int]]:
    rows = Observation.objects.filter(link=link, line=number).order_by("effective_at")
    return [(row.items_done, row.items_total) for row in rows]


def value(key_result: KeyResult, at: datetime, *, known_at: datetime | None = None) -> Decimal:
    metric = key_result.metric_id
    return latest_values({metric}, as_of=at, known_at=known_at)[metric].value


def test_the_new_line_counts_every_run_by_the_new_rules(
    link: Link, past: Past, only_speed: Callable[[], int]
) -> None:
    only_speed()
    assert line(link, 2) == [(1, 2), (2, 2), (2, 2)]


def test_the_old_line_stays_as_it_was_observed(
    link: Link, past: Past, only_speed: Callable[[], int]
) -> None:
    only_speed()
    assert line(link, 1) == [(1, 4), (2, 4), (3, 4)]


def test_the_past_value_is_the_new_one_and_the_old_one_is_still_known(
    key_result: KeyResult, past: Past, only_speed: Callable[[], int]
) -> None:
    known = MetricValue.objects.latest("recorded_at").recorded_at
    only_speed()
    assert value(key_result, past[2], known_at=known) == 75
    assert value(key_result, past[2]) == 100


def test_what_an_item_was_then_counts_and_not_what_it_is_now(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, past: Past
) -> None:
    jira.reopen("SHOP-2")
    portal.sync(connection)
    edit_link(
        portal.world.access("admin"), link, expected_version=None,
        rules={"statuses": {"3": "done"}},
    )  # fmt: skip
    replay(link.pk)
    assert line(link, 2)[:4] == [(1, 4), (2, 4), (3, 4), (2, 4)]


def test_an_item_counts_from_when_it_came_until_it_left(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, past: Past
) -> None:
    jira.add("SHOP", "One more", labels=("speed",))
    portal.sync(connection)
    jira.delete("SHOP-6")
    portal.count_anew(connection)
    edit_link(portal.world.access("admin"), link, expected_version=None, label="speed")
    replay(link.pk)
    assert [total for _, total in line(link, 2)] == [2, 2, 3, 2]


def test_counting_the_past_twice_adds_nothing(
    link: Link, past: Past, only_speed: Callable[[], int]
) -> None:
    only_speed()
    owe_past([link])
    assert replay(link.pk) == 0


def test_a_closed_cycle_is_left_alone(
    portal: Portal, connection: Connection, link: Link, past: Past
) -> None:
    for state in (CycleState.CLOSING, CycleState.CLOSED):
        move_cycle(portal.world.access("admin"), portal.cycle, to=state, expected_version=None)
    before = MetricValue.objects.count()
    Link.objects.filter(pk=link.pk).update(line=2, label="speed")
    owe_past([link])
    assert replay(link.pk) == 0
    assert MetricValue.objects.count() == before


def test_nothing_before_the_cycle_is_touched(
    portal: Portal, key_result: KeyResult, past: Past, only_speed: Callable[[], int]
) -> None:
    only_speed()
    assert not MetricValue.objects.filter(effective_at__date__lt=portal.cycle.starts_on).exists()


def test_new_rules_of_a_connection_are_owed_to_each_link(
    portal: Portal, connection: Connection, link: Link, past: Past
) -> None:
    connection.refresh_from_db()
    edit_connection(
        portal.world.access("admin"), connection, expected_version=None,
        rules={"statuses": {"1": "done"}},
    )  # fmt: skip
    apply_rules(connection.pk)
    assert owed("replay_link") == [{"link_id": str(link.pk)}]
    replay(link.pk)
    assert line(link, 2) == [(4, 4), (4, 4)]
