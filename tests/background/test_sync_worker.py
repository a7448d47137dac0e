"""Workers are killed at any moment, and work side by side: the end is the same."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone

from accounts import outbox
from accounts.tenancy import tenant
from integrations.actions.credentials import store_credential
from integrations.actions.runs import ABANDONED_AFTER, start_due_runs, start_run
from integrations.choices import RunState, RunTrigger
from integrations.models import (
    Connection,
    ItemVersion,
    Link,
    Observation,
    Source,
    SourceItem,
    SyncedItem,
    SyncRun,
)
from okrs.models import KeyResult
from standins.blank import empty_jira
from standins.jira_cloud import JiraCloud
from standins.limits import Bucket
from standins.server import Server, serve
from standins.state import Tracker
from tests.background.conftest import eventually, worker
from tests.background.world import small_portfolio
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

CREDENTIAL = "sync@example.com:token-of-the-tests"
# In `make test` one sync is enough; `make crash-test` kills through twenty larger ones.
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "1"))
ISSUES = int(os.environ.get("CRASH_ISSUES", "300"))
LONGEST_LIFE = float(os.environ.get("CRASH_LIFE", "1.0"))
MOST_KILLS = 200


@pytest.fixture
def world(settings: LazySettings) -> World:
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    return small_portfolio()


@contextmanager
def jira_with(issues: int) -> Iterator[Server[JiraCloud]]:
    """A project of that many stories, every third of them done."""
    tracker = Tracker(empty_jira(), now=lambda: timezone.now() - timedelta(days=1))
    tracker.add_space("SHOP", "Web shop")
    for number in range(issues):
        issue = tracker.add("SHOP", f"Story {number}")
        if number % 3 == 0:
            tracker.finish(issue.id)
    roomy = Bucket(10_000, per_second=10_000)
    with serve(JiraCloud(tracker, credential=CREDENTIAL, bucket=roomy)) as server:
        yield server


@dataclass
class Following:
    """A connection that follows the project, and what it moves."""

    world: World
    connection: Connection
    key_result: KeyResult

    def start(self) -> SyncRun:
        with tenant(self.world.organization.pk), transaction.atomic():
            return start_run(self.connection, RunTrigger.PERSON)

    def run(self, run: SyncRun) -> SyncRun:
        with tenant(self.world.organization.pk), transaction.atomic():
            return SyncRun.objects.get(pk=run.pk)

    def is_over(self, run: SyncRun) -> bool:
        return self.run(run).is_over

    def was_taken_up(self, run: SyncRun, before: UUID | None) -> bool:
        """Whether another worker than the one before has claimed the run, or ended it."""
        present = self.run(run)
        return present.is_over or present.claim not in {None, before}

    def give_up_for_dead(self) -> None:
        """Let the lease of a killed worker run out now, and have the run taken up."""
        silent = timezone.now() - ABANDONED_AFTER - timedelta(seconds=1)
        with tenant(self.world.organization.pk), transaction.atomic():
            running = SyncRun.objects.filter(state=RunState.RUNNING)
            running.update(progressed_at=silent, losses=0)
            SyncRun.objects.filter(state=RunState.WAITING).update(enqueued_at=None)
            start_due_runs()
        outbox.wake_dispatcher()

    def outcome(self) -> dict[str, Any]:
        """All that was stored, but for our ids and times."""
        with tenant(self.world.organization.pk), transaction.atomic():
            last = Observation.objects.filter(link__key_result=self.key_result).first()
            items = SyncedItem.objects.order_by("remote_id")
            return {
                "items": list(items.values_list("remote_id", "category", "status_name")),
                "members": SourceItem.objects.filter(left_at=None).count(),
                "versions": ItemVersion.objects.count(),
                "observed": last and (last.items_done, last.items_total),
                "score": KeyResult.objects.get(pk=self.key_result.pk).score,
            }


def follow(world: World, server: Server[JiraCloud]) -> Following:
    email, token = CREDENTIAL.split(":")
    with tenant(world.organization.pk), transaction.atomic():
        connection = Connection.objects.create(
            name=server.url, provider="jira-cloud", address=server.url, owner=world["admin"]
        )
        store_credential(connection, world["admin"], {"email": email, "token": token})
        source = Source.objects.create(
            connection=connection,
            kind="project",
            remote_id=server.app.tracker.space("SHOP").id,
            name="Web shop",
        )
        key_result = KeyResult.objects.get()
        Link.objects.create(source=source, key_result=key_result)
        return Following(world, connection, key_result)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_worker_killed_again_and_again_leaves_what_an_undisturbed_one_leaves(
    world: World, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (the same moments every time)
    done = -(-ISSUES // 3)
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
        outcome = following.outcome()
        assert following.run(run).state == RunState.COMPLETE
        assert len(outcome["items"]) == outcome["members"] == outcome["versions"] == ISSUES
        assert outcome["observed"] == (done, ISSUES)
        assert abs(outcome["score"] - Decimal(done) / ISSUES / 100) < Decimal("1E-9")


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
        assert len(following.outcome()["items"]) == 400


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


def follow_beside(world: World, server: Server[JiraCloud]) -> Following:
    """Another connection, which moves nothing."""
    email, token = CREDENTIAL.split(":")
    with tenant(world.organization.pk), transaction.atomic():
        connection = Connection.objects.create(
            name=server.url, provider="jira-cloud", address=server.url, owner=world["admin"]
        )
        store_credential(connection, world["admin"], {"email": email, "token": token})
        Source.objects.create(
            connection=connection,
            kind="project",
            remote_id=server.app.tracker.space("SHOP").id,
            name="Web shop",
        )
        return Following(world, connection, KeyResult.objects.get())
