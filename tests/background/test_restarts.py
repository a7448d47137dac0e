"""The broker or the database goes away in mid-run and comes back: the end is the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from integrations.choices import RunState
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.background.conftest import beat, eventually, worker
from tests.background.following import Following, follow, jira_with, undisturbed
from tests.background.own_services import OwnServices, own_services
from tests.background.world import small_portfolio
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ISSUES = 1200


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnServices]:
    with own_services(monkeypatch) as services:
        yield services


@pytest.fixture
def world(own: OwnServices, settings: LazySettings) -> World:
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    return small_portfolio()


@pytest.fixture
def server() -> Iterator[Server[JiraCloud]]:
    with jira_with(ISSUES) as server:
        yield server


@pytest.fixture
def following(world: World, server: Server[JiraCloud]) -> Following:
    return follow(world, server)


@pytest.fixture
def slow(server: Server[JiraCloud]) -> None:
    """The project takes its time to answer, so that a run can be caught at work."""
    server.app.faults.add(Fault(name="timeout", path="/search/jql", times=100, seconds=0.3))


@pytest.mark.usefixtures("slow")
def test_a_database_that_restarts_in_mid_run_loses_nothing(
    own: OwnServices, following: Following, tmp_path: Path
) -> None:
    with worker(**own.settings) as only, beat(tmp_path, **own.settings):
        run = following.start()
        assert eventually(lambda: following.run(run).seen > 0)
        own.restart_database()
        assert following.run(run).state == RunState.RUNNING
        following.give_up_for_dead()
        assert eventually(lambda: following.is_over(run))
        assert only.poll() is None
    assert following.run(run).state == RunState.COMPLETE
    assert following.outcome() == undisturbed(ISSUES)


@pytest.mark.usefixtures("slow")
def test_a_broker_that_comes_back_empty_in_mid_run_loses_nothing(
    own: OwnServices, following: Following, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(**own.settings) as only:
        with beat(tmp_path, **own.settings):
            run = following.start()
            assert eventually(lambda: following.run(run).seen > 0)
            own.restart_broker(monkeypatch)
            assert not following.is_over(run)
        assert eventually(lambda: following.is_over(run))
        another = following.start()
        with beat(tmp_path, **own.settings):
            assert eventually(lambda: following.is_over(another))
        assert only.poll() is None
    assert following.outcome() == undisturbed(ISSUES)


def test_a_scheduler_whose_broker_forgot_it_ends_and_another_takes_its_place(
    own: OwnServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with beat(tmp_path, **own.settings) as first:
        assert eventually(own.has_a_scheduler)
        own.restart_broker(monkeypatch)
        assert eventually(lambda: first.poll() is not None)
    with beat(tmp_path, **own.settings):
        assert eventually(own.has_a_scheduler)


def test_a_run_whose_message_the_broker_lost_is_sent_again(
    own: OwnServices, following: Following, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = following.start()
    with worker(queues="outbox", **own.settings), beat(tmp_path, **own.settings):
        assert eventually(following.is_handed_to_the_queue)
    own.restart_broker(monkeypatch)
    following.give_up_for_dead()
    with worker(**own.settings), beat(tmp_path, **own.settings):
        assert eventually(lambda: following.is_over(run))
    assert following.outcome() == undisturbed(ISSUES)
