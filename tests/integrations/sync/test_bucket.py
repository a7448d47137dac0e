"""What may still be asked of a service is counted once for all who ask over a connection."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from integrations.actions import bucket
from integrations.actions.gate import ConnectionGate, reopen, seconds_shut
from integrations.choices import RunState
from integrations.models import Connection, Link
from integrations.ports import Allowance, RateLimited
from integrations.providers.jira.client import allowances as jira_allowances
from integrations.providers.linear.client import allowances as linear_allowances
from standins.blank import empty_linear
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.limits import Bucket
from standins.linear import Linear
from standins.server import Server, serve
from standins.state import Tracker
from tests.integrations.conftest import Portal

PATIENCE = 0.0
NOW = datetime(2026, 10, 4, 21, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def counted_afresh(connection: Connection) -> Iterator[None]:
    reopen(connection.pk)
    yield
    reopen(connection.pk)


def in_a_while() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=90)


def take(connection: Connection, patience: float = PATIENCE) -> float:
    """Seconds that a request has to wait, which is then answered without a word of limits."""
    ticket = uuid4().hex
    seconds = bucket.take(connection.pk, patience, ticket)
    bucket.note(connection.pk, [], ticket)
    return seconds


def note(connection: Connection, allowances: list[Allowance]) -> None:
    bucket.note(connection.pk, allowances, "")


def takes(connection: Connection, times: int) -> list[bool]:
    """Whether each of so many requests may go at once."""
    return [take(connection) == 0 for _ in range(times)]


# --- The count --------------------------------------------------------------------------------
def test_what_is_asked_at_once_has_an_end(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "BURST", 3.0)
    monkeypatch.setattr(bucket, "PER_SECOND", 0.01)
    assert takes(connection, 5) == [True, True, True, False, False]


def test_who_is_told_to_wait_for_long_takes_nothing(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "BURST", 1.0)
    monkeypatch.setattr(bucket, "PER_SECOND", 0.01)
    takes(connection, 4)
    assert 90 < take(connection) <= 100


def test_who_waits_for_a_moment_has_a_turn_of_their_own(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "BURST", 1.0)
    monkeypatch.setattr(bucket, "PER_SECOND", 0.1)
    waits = [take(connection, 60) for _ in range(3)]
    assert waits[0] == 0
    assert waits[1] == pytest.approx(10, abs=1)
    assert waits[2] == pytest.approx(20, abs=1)


def test_no_more_is_asked_than_the_service_said_is_left(connection: Connection) -> None:
    told = Allowance(name="requests", left=2, limit=100, resets_at=in_a_while())
    note(connection, [told])
    assert takes(connection, 3) == [True, True, False]


def test_a_used_up_budget_is_waited_for_until_it_is_back(connection: Connection) -> None:
    told = Allowance(name="requests", left=0, limit=100, resets_at=in_a_while())
    note(connection, [told])
    assert 80 < take(connection) <= 90


def test_a_budget_that_fills_evenly_is_waited_for_only_as_far_as_needed(
    connection: Connection,
) -> None:
    told = Allowance(
        name="Complexity", left=10, limit=100, per_second=1, resets_at=in_a_while(), cost=40
    )
    note(connection, [told])
    assert 25 < take(connection) <= 30


def test_the_scarcest_of_several_budgets_decides(connection: Connection) -> None:
    ample = Allowance(name="Requests", left=2000, limit=2500, resets_at=in_a_while())
    scarce = Allowance(name="Complexity", left=1, limit=100, resets_at=in_a_while(), cost=5)
    note(connection, [ample, scarce])
    assert takes(connection, 1) == [False]


def test_a_budget_whose_time_is_over_counts_no_more(connection: Connection) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    note(connection, [Allowance(name="requests", left=0, limit=9, resets_at=past)])
    assert takes(connection, 1) == [True]


def test_what_others_have_on_the_way_is_not_given_out_twice(connection: Connection) -> None:
    bucket.take(connection.pk, PATIENCE, "another")
    note(connection, [Allowance(name="requests", left=2, limit=9, resets_at=in_a_while())])
    assert takes(connection, 2) == [True, False]


def test_an_answer_that_another_has_overtaken_gives_nothing_out_again(
    connection: Connection,
) -> None:
    for ticket in ("slow", "quick"):
        bucket.take(connection.pk, PATIENCE, ticket)
    for ticket, left in (("quick", 0), ("slow", 1)):
        told = Allowance(name="requests", left=left, limit=9, resets_at=in_a_while())
        bucket.note(connection.pk, [told], ticket)
    assert take(connection) > 0


def test_the_service_has_the_last_word(connection: Connection) -> None:
    empty = Allowance(name="requests", left=0, limit=100, resets_at=in_a_while())
    note(connection, [empty])
    ample = Allowance(name="requests", left=50, limit=100, resets_at=in_a_while())
    note(connection, [ample])
    assert takes(connection, 1) == [True]


def test_without_valkey_requests_go_on_uncounted(connection: Connection, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    assert takes(connection, 2) == [True, True]


# --- What services say ------------------------------------------------------------------------
def test_linear_tells_of_requests_and_of_complexity() -> None:
    reset = str(int((NOW + timedelta(seconds=100)).timestamp() * 1000))
    headers = {
        "X-RateLimit-Requests-Limit": "2500",
        "X-RateLimit-Requests-Remaining": "2400",
        "X-RateLimit-Requests-Reset": reset,
        "X-Complexity": "120",
        "X-RateLimit-Complexity-Limit": "3000000",
        "X-RateLimit-Complexity-Remaining": "1000000",
        "X-RateLimit-Complexity-Reset": reset,
    }
    requests, points = linear_allowances(headers, NOW)
    assert (requests.left, requests.per_second, requests.cost) == (2400, 1, 1)
    assert (points.left, points.per_second, points.cost) == (1_000_000, 20_000, 120)


def test_jira_cloud_tells_of_its_quota_in_the_newer_form() -> None:
    headers = {"RateLimit": '"global-app-quota";r=12;t=3271'}
    (quota,) = jira_allowances(headers, NOW)
    assert (quota.name, quota.left) == ("global-app-quota", 12)
    assert quota.resets_at == NOW + timedelta(seconds=3271)


def test_what_jira_only_informs_of_limits_nobody() -> None:
    assert jira_allowances({"Beta-RateLimit": '"global-app-quota";r=0;t=60'}, NOW) == []


def test_a_data_center_tells_how_fast_its_bucket_fills() -> None:
    headers = {
        "X-RateLimit-Limit": "50",
        "X-RateLimit-Remaining": "10",
        "X-RateLimit-FillRate": "5",
        "X-RateLimit-Interval-Seconds": "2",
    }
    (told,) = jira_allowances(headers, NOW)
    assert (told.left, told.limit, told.per_second) == (10, 50, 2.5)


def test_headers_that_cannot_be_read_limit_nobody() -> None:
    headers = {"X-RateLimit-Remaining": "some", "X-RateLimit-Limit": "50", "RateLimit": "r=1"}
    assert jira_allowances(headers, NOW) == linear_allowances(headers, NOW) == []


# --- In use -----------------------------------------------------------------------------------
def test_a_refusal_shuts_the_gate_for_pages_and_runs_at_once(
    portal: Portal, server: Server[JiraCloud], connection: Connection
) -> None:
    server.app.faults.add(Fault(name="429", retry_after=40))
    with pytest.raises(RateLimited):
        portal.provider(connection).identify()
    assert 38 <= seconds_shut(connection.pk) <= 40


def test_a_run_stops_before_the_service_would_refuse_it(portal: Portal) -> None:
    tracker = Tracker(empty_linear())
    tracker.add_space("ENG", "Engineering")
    few = Bucket(1, per_second=0.001)
    with serve(Linear(tracker, credential="lin_api_tests", requests=few)) as server:
        connection = portal.connection("linear", f"{server.url}/graphql", key="lin_api_tests")
        run = portal.turn(connection)
        assert run.state == RunState.WAITING
        assert run.problem == "what the service allows is used up for now"
        assert {seen.status for seen in server.app.seen} == {200}


def test_a_gate_says_how_long_to_wait(connection: Connection, link: Link) -> None:
    told = Allowance(name="requests", left=0, limit=100, resets_at=in_a_while())
    gate = ConnectionGate(connection)
    gate.note([told])
    with pytest.raises(RateLimited) as refused:
        gate.enter("GET /myself")
    assert refused.value.retry_after in range(85, 92)
    assert refused.value.status is None
