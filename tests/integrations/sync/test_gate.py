"""A service that asked to wait is asked by nobody until the time is up."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from integrations.actions.connections import try_out
from integrations.actions.gate import seconds_shut, shut, spare
from integrations.choices import RunState
from integrations.models import Connection, Link
from integrations.ports import Budget, RateLimited
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.integrations.conftest import Portal


def test_a_limited_run_shuts_the_gate_for_as_long_as_it_was_told(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.faults.add(Fault(name="429", path="/search/jql", retry_after=90))
    portal.turn(connection)
    assert 89 <= seconds_shut(connection.pk) <= 100


def test_nobody_asks_while_the_gate_is_shut(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    shut(connection.pk, 60)
    run = portal.turn(connection)
    assert run.state == RunState.WAITING
    with pytest.raises(ValidationError, match="asked to wait"):
        try_out(connection)
    assert len(server.app.seen) == 0


def test_a_gate_is_not_opened_early(connection: Connection) -> None:
    shut(connection.pk, 60)
    shut(connection.pk, 5)
    assert seconds_shut(connection.pk) > 50


def test_the_last_part_of_a_budget_is_left_to_people(connection: Connection) -> None:
    returns = datetime.now(UTC) + timedelta(seconds=30)
    with pytest.raises(RateLimited) as told:
        spare(connection, Budget(remaining=3, resets_at=returns, near_limit=True))
    assert told.value.retry_after is not None
    assert 28 <= told.value.retry_after <= 30


def test_a_budget_with_room_lets_a_run_go_on(connection: Connection) -> None:
    spare(connection, Budget(remaining=300, near_limit=False))
