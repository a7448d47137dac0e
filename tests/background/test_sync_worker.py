"""Workers are killed at any moment, and work side by side: the end is the same."""

import os
import random
import signal
import time
from functools import partial

import pytest
from django.conf import LazySettings

from accounts import outbox
from integrations.choices import RunState
from tests.background.conftest import eventually, worker
from tests.background.following import follow, follow_beside, jira_with, undisturbed
from tests.background.world import small_portfolio
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

# In `make test` one sync is enough; `make crash-test` kills through twenty larger ones.
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "1"))
ISSUES = int(os.environ.get("CRASH_ISSUES", "300"))
LONGEST_LIFE = float(os.environ.get("CRASH_LIFE", "1.0"))
MOST_KILLS = 200


@pytest.fixture
def world(settings: LazySettings) -> World:
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    return small_portfolio()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_worker_killed_again_and_again_leaves_what_an_undisturbed_one_leaves(
    world: World, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (the same moments every time)
    with jira_with(ISSUES) as server:
        following = follow(world, server)
        run = following.start()
        kills = 0
        while not following.is_over(run) and kills < MOST_KILLS:
            taken_up = partial(following.was_taken_up, run, following.run(run).claim)
            with worker() as process:
                outbox.wake_dispatcher()
                assert eventually(taken_up)
                time.sleep(chance.uniform(0, LONGEST_LIFE))
                process.send_signal(signal.SIGKILL)
                process.wait(timeout=10)
            kills += 1
            following.give_up_for_dead()
        assert following.run(run).state == RunState.COMPLETE
        assert following.outcome() == undisturbed(ISSUES)


def test_two_workers_never_read_one_connection_at_once(world: World) -> None:
    with jira_with(400) as server:
        following = follow(world, server)
        with worker(), worker():
            run = following.start()
            for _ in range(5):
                following.start()
            assert eventually(lambda: following.is_over(run))
        asked = [seen for seen in server.app.seen if b"updated ASC" in seen.body]
        assert len(asked) == 4
        assert following.outcome().items == 400


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
