"""Workers are killed at any moment, and work side by side: the end is the same."""

import os
import random
import signal
import time
from collections.abc import Sequence
from copy import copy
from functools import partial
from typing import Any

import pytest
from celery import current_app
from django.conf import LazySettings

from accounts import outbox
from integrations.actions.runs import SOON_JOB
from integrations.choices import RunState
from standins.faults import Fault
from tests.background.conftest import eventually, worker
from tests.background.following import Following, Stored, follow, follow_beside, jira_with
from tests.background.world import small_portfolio
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

# In `make test` one sync is enough; `make crash-test` kills through twenty larger ones.
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "1"))
ISSUES = int(os.environ.get("CRASH_ISSUES", "2500"))
LONGEST_LIFE = float(os.environ.get("CRASH_LIFE", "0.8"))
MOST_KILLS = 200
# Its first pages take their time, so that the first kill meets the run on a fast machine too.
AT_WORK = Fault(name="timeout", path="/search/jql", times=6, seconds=0.5)


@pytest.fixture
def world(settings: LazySettings) -> World:
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    return small_portfolio()


@pytest.fixture
def spared() -> World:
    """Another organisation, whose worker nobody kills."""
    return small_portfolio("Spared")


def read_in_peace(following: Following) -> Stored:
    with worker():
        run = following.start()
        assert eventually(lambda: following.is_over(run))
    return following.stored()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_worker_killed_again_and_again_leaves_what_an_undisturbed_one_leaves(
    world: World, spared: World, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (the same moments every time)
    with jira_with(ISSUES) as server:
        undisturbed = read_in_peace(follow(spared, server))
        server.app.faults.add(copy(AT_WORK))
        following = follow(world, server)
        run = following.start()
        states: list[str] = []
        while not following.is_over(run) and len(states) < MOST_KILLS:
            taken_up = partial(following.was_taken_up, run, following.run(run).claim)
            with worker() as process:
                outbox.wake_dispatcher()
                assert eventually(taken_up)
                time.sleep(chance.uniform(0, LONGEST_LIFE))
                process.send_signal(signal.SIGKILL)
                process.wait(timeout=10)
            states.append(following.run(run).state)
            following.give_up_for_dead()
        assert RunState.RUNNING in states, "no kill met the run"
        assert following.run(run).state == RunState.COMPLETE
        assert following.stored() == undisturbed


def test_two_workers_never_read_one_connection_at_once(world: World) -> None:
    """Both are asked for the same run over and over, from its start to its end."""
    with jira_with(400) as server:
        server.app.faults.add(Fault(name="timeout", path="/search/jql", times=4, seconds=0.5))
        following = follow(world, server)
        names = ("one@here", "other@here")
        with worker(options=named(names[0])), worker(options=named(names[1])):
            assert eventually(lambda: {next(iter(it)) for it in ping()} == set(names))
            run = following.start()
            with following.kept_open():
                for _ in range(10):
                    following.start()
                    following.ask_for(run)
            assert eventually(lambda: following.is_over(run))
            assert eventually(lambda: set(carried_out(SOON_JOB)) == set(names))
        asked = [seen for seen in server.app.seen if b"updated ASC" in seen.body]
        assert len(asked) == 4
        assert following.outcome().items == 400


def named(name: str) -> Sequence[str]:
    return ("--pool", "solo", "--hostname", name)


def ping() -> list[dict[str, Any]]:
    """Who answers; a worker at work does not."""
    with current_app.connection_for_read() as own:
        return current_app.control.ping(timeout=0.5, connection=own) or []


def carried_out(job: str) -> dict[str, int]:
    """How many of a job each worker had, of those that had one."""
    with current_app.connection_for_read() as own:
        told = current_app.control.inspect(timeout=0.5, connection=own).stats() or {}
    return {name: it["total"][job] for name, it in told.items() if it["total"].get(job)}


def test_a_large_first_reading_does_not_keep_others_waiting(world: World) -> None:
    with jira_with(1500) as large, jira_with(5) as small:
        first = follow(world, large)
        with worker() as only:
            long_run = first.start()
            assert eventually(lambda: first.run(long_run).seen > 0)
            second = follow_beside(world, small)
            short_run = second.start()
            assert eventually(lambda: second.is_over(short_run))
            assert only.poll() is None
        assert second.run(short_run).state == RunState.COMPLETE
