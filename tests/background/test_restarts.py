"""The broker or the database goes away in mid-run and comes back: the end is the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from accounts import health
from accounts.models import Heartbeat
from integrations.choices import RunState
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.background.conftest import BEAT_LOG, beat, eventually, worker
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
    """The project takes its time to answer until its faults are cleared, so that a run can be
    caught at work."""
    server.app.faults.add(Fault(name="timeout", path="/search/jql", times=100, seconds=2.0))


@pytest.mark.usefixtures("slow")
def test_a_database_that_restarts_in_mid_run_loses_nothing(
    own: OwnServices, following: Following, server: Server[JiraCloud], tmp_path: Path
) -> None:
    with worker(**own.settings) as only, beat(tmp_path, **own.settings):
        run = following.start()
        assert eventually(lambda: following.run(run).seen > 0)
        own.restart_database()
        assert following.run(run).state == RunState.RUNNING
        server.app.faults.clear()
        following.give_up_for_dead()
        assert eventually(lambda: following.is_over(run))
        assert only.poll() is None
    assert following.run(run).state == RunState.COMPLETE
    assert following.outcome() == undisturbed(ISSUES)


def test_the_task_after_a_restart_of_the_database_works(own: OwnServices) -> None:
    with worker(options=("--pool", "prefork", "--concurrency", "1"), **own.settings):
        own.send("accounts.tasks.beat_heartbeat")
        assert eventually(health.background_is_alive)
        own.restart_database()
        Heartbeat.objects.all().delete()
        own.send("accounts.tasks.beat_heartbeat")
        assert eventually(health.background_is_alive)


@pytest.mark.usefixtures("slow")
def test_a_broker_that_comes_back_empty_in_mid_run_loses_nothing(
    own: OwnServices,
    following: Following,
    server: Server[JiraCloud],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with worker(**own.settings) as only, beat(tmp_path, **own.settings) as scheduler:
        run = following.start()
        assert eventually(lambda: following.run(run).seen > 0)
        own.restart_broker(monkeypatch)
        assert not following.is_over(run)
        server.app.faults.clear()
        assert eventually(lambda: following.is_over(run))
        another = following.start()
        assert eventually(lambda: following.is_over(another))
        assert (only.poll(), scheduler.poll()) == (None, None)
    assert following.outcome() == undisturbed(ISSUES)


def test_a_scheduler_whose_broker_forgot_it_sends_jobs_again(
    own: OwnServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with beat(tmp_path, **own.settings) as only:
        assert eventually(own.sends_by_the_clock)
        own.restart_broker(monkeypatch)
        assert eventually(lambda: own.messages("outbox") > 0)
        assert own.has_a_scheduler()
        assert only.poll() is None


def test_a_scheduler_waits_for_a_broker_that_is_away(
    own: OwnServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with beat(tmp_path, **own.settings) as only:
        assert eventually(own.sends_by_the_clock)
        with own.broker_away(monkeypatch):
            assert eventually(lambda: "does not answer" in (tmp_path / BEAT_LOG).read_text())
        assert eventually(own.has_a_scheduler)
        assert eventually(lambda: own.messages("outbox") > 0)
        assert only.poll() is None


def test_a_scheduler_whose_place_was_taken_waits_until_it_is_free(
    own: OwnServices, tmp_path: Path
) -> None:
    with beat(tmp_path, **own.settings) as only:
        assert eventually(own.sends_by_the_clock)
        with own.another_scheduler():
            assert eventually(lambda: "begins anew" in (tmp_path / BEAT_LOG).read_text())
            own.forget("outbox")
        assert eventually(lambda: own.messages("outbox") > 0)
        assert only.poll() is None


def test_a_scheduler_that_waits_for_its_place_shows_no_life(
    own: OwnServices, tmp_path: Path
) -> None:
    with own.another_scheduler():
        before = own.times_the_lock_was_asked_for()
        with beat(tmp_path, **own.settings) as waiting:
            assert eventually(lambda: own.times_the_lock_was_asked_for() > before + 1)
            assert own.messages("outbox") == 0
            assert waiting.poll() is None


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


def test_rules_whose_job_the_broker_lost_are_applied_all_the_same(
    own: OwnServices, following: Following, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(**own.settings), beat(tmp_path, **own.settings):
        run = following.start()
        assert eventually(lambda: following.is_over(run))
    following.change_rules()
    with worker(queues="outbox", **own.settings), beat(tmp_path, **own.settings):
        assert eventually(following.is_handed_to_the_queue)
    own.restart_broker(monkeypatch)
    following.forget_rules()
    with worker(**own.settings), beat(tmp_path, **own.settings):
        assert eventually(following.rules_are_applied)
    assert following.outcome().observed == (ISSUES, ISSUES)
