"""The worker and the broker may stop: nothing is lost, and people see it."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts import health, outbox
from accounts.models import Heartbeat, OutboxEntry
from accounts.tenancy import tenant
from config.queues import queues_of
from tests.background.conftest import eventually, worker
from tests.background.world import check_in_at, small_portfolio, unit_score
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world() -> World:
    return small_portfolio()


def waiting(world: World) -> int:
    with tenant(world.organization.pk), transaction.atomic():
        return OutboxEntry.objects.filter(dispatched_at=None).count()


def test_a_running_worker_brings_the_roll_up_along(world: World) -> None:
    with worker():
        check_in_at(world, 50)
        assert eventually(lambda: unit_score(world) == Decimal("0.5"))


def test_a_slow_statement_of_a_task_is_logged_with_its_name(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.touch()
    options = ("--pool", "solo", "--logfile", str(log))
    with worker(options=options, SLOW_QUERY_MS="0"):
        current_app.send_task("accounts.tasks.dispatch_outbox", queue="outbox")
        assert eventually(lambda: "accounts.tasks.dispatch_outbox: " in log.read_text())
    assert "accounts_outboxentry" in log.read_text()


def test_what_happened_while_the_worker_was_away_is_caught_up(world: World) -> None:
    check_in_at(world, 50)
    check_in_at(world, 80)
    assert unit_score(world) is None
    with worker():
        outbox.wake_dispatcher()
        assert eventually(lambda: unit_score(world) == Decimal("0.8"))
    assert waiting(world) == 0


def test_a_queue_that_does_not_answer_costs_nobody_their_check_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*arguments: Any, **options: Any) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(current_app, "send_task", refuses)
        check_in_at(world, 50)
    assert waiting(world) >= 1
    with worker():
        outbox.wake_dispatcher()
        assert eventually(lambda: unit_score(world) == Decimal("0.5"))


def test_a_broker_that_forgot_everything_loses_no_work(world: World) -> None:
    check_in_at(world, 50)
    current_app.control.purge()
    with worker():
        outbox.wake_dispatcher()
        assert eventually(lambda: unit_score(world) == Decimal("0.5"))


def test_silence_of_the_background_is_shown_and_ends_when_it_is_back(world: World) -> None:
    Heartbeat.objects.create(name=health.BACKGROUND, at=timezone.now() - timedelta(minutes=10))
    client = world.client("admin")
    page = client.get(f"/o/{world.organization.slug}/settings/health/")
    assert "Background work is not running" in page.content.decode()
    with worker():
        current_app.send_task("accounts.tasks.beat_heartbeat", queue="outbox")
        assert eventually(health.background_is_alive)
    page = client.get(f"/o/{world.organization.slug}/settings/health/")
    assert "Background work is not running" not in page.content.decode()


def test_silence_of_the_syncs_alone_is_shown_and_ends_when_they_are_back(world: World) -> None:
    health.note_sign_of_life(health.BACKGROUND)
    client, health_page = world.client("admin"), f"/o/{world.organization.slug}/settings/health/"
    assert "Syncs are not running" in client.get(health_page).content.decode()
    with worker(queues=queues_of("syncs")):
        current_app.send_task(
            "accounts.tasks.beat_heartbeat", kwargs={"kind": health.SYNCS}, queue="pulse"
        )
        assert eventually(lambda: health.SYNCS in health.signs_of_life())
    assert "Syncs are not running" not in client.get(health_page).content.decode()


def test_silence_of_the_chores_alone_is_told_to_administrators(world: World) -> None:
    client, health_page = world.client("admin"), f"/o/{world.organization.slug}/settings/health/"
    trouble = "start the worker for chores"
    assert trouble in client.get(health_page).content.decode()
    with worker(queues=queues_of("chores")):
        current_app.send_task(
            "accounts.tasks.beat_heartbeat", kwargs={"kind": health.CHORES}, queue="rounds"
        )
        assert eventually(lambda: health.CHORES in health.signs_of_life())
    assert trouble not in client.get(health_page).content.decode()
