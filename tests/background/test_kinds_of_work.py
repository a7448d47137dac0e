"""However much is read from other services, short work and others' readings find a process free."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal

import pytest
from django.conf import LazySettings

from config.queues import queues_of
from integrations.choices import RunState
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.background.conftest import eventually, worker
from tests.background.following import follow, follow_beside, jira_with, undisturbed
from tests.background.world import check_in_at, small_portfolio, unit_score
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ISSUES = 1500
ONE_PROCESS = ("--pool", "solo")
TWO_PROCESSES = ("--pool", "prefork", "--concurrency", "2", "--include", "tests.background.hasty")


@pytest.fixture
def acme(settings: LazySettings) -> World:
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    return small_portfolio()


@pytest.fixture
def rival() -> World:
    return small_portfolio("Rival")


@pytest.fixture
def slow() -> Iterator[list[Server[JiraCloud]]]:
    """Two projects that take minutes to read, until their faults are cleared."""
    with jira_with(ISSUES) as one, jira_with(ISSUES) as other:
        for server in (one, other):
            fault = Fault(name="timeout", path="/search/jql", times=1000, seconds=8.0)
            server.app.faults.add(fault)
        yield [one, other]


@contextmanager
def both_workers(options: tuple[str, ...] = ONE_PROCESS) -> Iterator[None]:
    """As in a deployment, with so many processes for syncs."""
    with ExitStack() as stack:
        stack.enter_context(worker(queues=queues_of("worker")))
        stack.enter_context(worker(queues=queues_of("syncs"), options=options))
        yield


def test_what_follows_from_a_check_in_is_done_while_a_sync_holds_its_worker(
    acme: World, rival: World, slow: list[Server[JiraCloud]]
) -> None:
    following = follow(acme, slow[0])
    with both_workers():
        run = following.start()
        assert eventually(lambda: following.run(run).seen > 0)
        check_in_at(rival, 50)
        assert eventually(lambda: unit_score(rival) == Decimal("0.5"))
        assert following.run(run).state == RunState.RUNNING


def test_anothers_check_is_done_while_two_large_readings_share_all_processes(
    acme: World, rival: World, slow: list[Server[JiraCloud]]
) -> None:
    large = follow(acme, slow[0])
    beside = follow_beside(acme, slow[1])
    with jira_with(5) as small, both_workers(TWO_PROCESSES):
        runs = [large.start(), beside.start()]
        assert eventually(lambda: all(large.run(run).seen > 0 for run in runs))
        check = follow(rival, small)
        short_run = check.start()
        assert eventually(lambda: check.is_over(short_run))
        assert not any(large.is_over(run) for run in runs)
        for server in slow:
            server.app.faults.clear()
        assert eventually(lambda: all(large.is_over(run) for run in runs))
    assert check.outcome() == undisturbed(5)
    assert [large.run(run).state for run in runs] == [RunState.COMPLETE] * 2
    assert large.outcome().observed == undisturbed(ISSUES).observed
