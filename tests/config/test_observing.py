"""What operators see: times, slow statements, figures, readiness."""

import logging
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import health
from accounts.tenancy import tenant
from config.observing import views
from config.observing.figures import SHARED_FOLDER
from integrations.choices import ConnectionState, RunState, RunTrigger, SourceState
from integrations.models import Connection, Pull, Source
from tests.factories.integrations import (
    ConnectionFactory,
    PullFactory,
    PushAddressFactory,
    SourceFactory,
    SyncRunFactory,
)
from tests.factories.portfolio import MetricFactory
from tests.personas import World

PEOPLE = "accounts:people"
TOKEN = "scraper-of-the-tests"
ROOT = Path(__file__).resolve().parent.parent.parent


def people(world: World, persona: str) -> Any:
    return world.client(persona).get(reverse(PEOPLE, args=[world.organization.slug]))


# --- Times ------------------------------------------------------------------------------------
def test_who_runs_the_organisation_sees_what_a_page_cost(acme: World) -> None:
    db, total = people(acme, "admin")["Server-Timing"].split(", ")
    assert db.startswith("db;dur=")
    assert db.endswith(' statements"')
    assert float(total.removeprefix("total;dur=")) > 0


def members_over_the_api(world: World, persona: str) -> Any:
    return world.client(persona).get(reverse("api:members", args=[world.organization.slug]))


def test_who_runs_the_organisation_sees_what_an_answer_of_the_api_cost(acme: World) -> None:
    assert members_over_the_api(acme, "admin")["Server-Timing"].startswith("db;dur=")


def test_others_are_not_told_what_an_answer_of_the_api_cost(acme: World) -> None:
    assert "Server-Timing" not in members_over_the_api(acme, "lead")


@pytest.mark.parametrize("persona", ["viewer", "contributor", "lead"])
def test_others_are_not_told_what_a_page_cost(persona: str, acme: World) -> None:
    assert "Server-Timing" not in people(acme, persona)


@pytest.mark.django_db
def test_strangers_are_not_told_what_a_page_cost() -> None:
    assert "Server-Timing" not in Client().get("/accounts/login/")


def test_a_slow_statement_is_logged_with_its_view_and_without_its_values(
    acme: World, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SLOW_QUERY_MS = 0
    with caplog.at_level(logging.WARNING, "flotilla.slow"):
        people(acme, "lead")
    lines = [record.getMessage() for record in caplog.records if record.name == "flotilla.slow"]
    assert any(line.startswith(f"{PEOPLE}: ") and "accounts_member" in line for line in lines)
    assert str(acme.organization.pk) not in " ".join(lines)


def test_a_fast_statement_is_not_logged(
    acme: World, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SLOW_QUERY_MS = 60_000
    with caplog.at_level(logging.WARNING, "flotilla.slow"):
        people(acme, "lead")
    assert not [record for record in caplog.records if record.name == "flotilla.slow"]


# --- Figures ----------------------------------------------------------------------------------
def figures(settings: LazySettings, token: str = TOKEN) -> Any:
    settings.METRICS_TOKEN = TOKEN
    return Client().get("/metrics", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("token", ["", "scraper", TOKEN + "x"])
@pytest.mark.django_db
def test_without_the_token_there_are_no_figures(token: str, settings: LazySettings) -> None:
    assert figures(settings, token).status_code == 404


@pytest.mark.django_db
def test_without_a_token_of_the_operator_no_token_opens_the_figures(
    settings: LazySettings,
) -> None:
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_requests_are_counted_by_view_and_kind_of_answer(
    acme: World, settings: LazySettings
) -> None:
    before = counted(figures(settings))
    people(acme, "lead")
    assert counted(figures(settings)) == before + 1


def counted(answer: Any) -> float:
    """How often the page of people was answered well."""
    start = f'flotilla_request_seconds_count{{method="GET",status="2xx",view="{PEOPLE}"}} '
    lines = answer.content.decode().splitlines()
    return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))


@pytest.mark.parametrize("queue", ["default", "outbox", "soon", "sync", "pulse"])
@pytest.mark.django_db
def test_the_depth_of_each_queue_is_told(queue: str, settings: LazySettings) -> None:
    told = figures(settings).content.decode()
    assert f'flotilla_queue_messages{{queue="{queue}"}} 0.0' in told


@pytest.mark.parametrize(
    "line",
    [
        "flotilla_outbox_entries 0.0",
        "flotilla_outbox_age_seconds 0.0",
        'flotilla_connections{state="working"} 1.0',
        'flotilla_sync_runs_open{state="waiting"} 1.0',
        'flotilla_sync_runs_last_hour{state="failed"} 1.0',
    ],
)
def test_background_work_of_everybody_is_added_up(
    line: str, acme: World, settings: LazySettings
) -> None:
    with tenant(acme.organization.pk):
        connection = ConnectionFactory.create(owner=acme["admin"], state=ConnectionState.WORKING)
        SyncRunFactory.create(connection=connection, state=RunState.WAITING)
        ended = timezone.now() - timedelta(minutes=5)
        SyncRunFactory.create(connection=connection, state=RunState.FAILED, finished_at=ended)
    assert line in figures(settings).content.decode().splitlines()


def told(settings: LazySettings, name: str) -> float | None:
    """The figure of that name and labels; None when it is not told."""
    lines = figures(settings).content.decode().splitlines()
    found = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")]
    return float(found[0]) if found else None


LAG = 'flotilla_sync_lag_seconds{provider="jira-cloud"}'


def hours_of_lag(settings: LazySettings) -> float | None:
    seconds = told(settings, LAG)
    return None if seconds is None else round(seconds / 3600, 1)


def ago(hours: float) -> datetime:
    return timezone.now() - timedelta(hours=hours)


def followed(world: World, *, hours: float = 9, **fields: Any) -> Connection:
    """A connection that began to follow something so long ago."""
    connection = ConnectionFactory.create(owner=world["admin"], **fields)
    source = SourceFactory.create(connection=connection)
    Source.objects.filter(pk=source.pk).update(created_at=ago(hours))
    return connection


def ended(connection: Connection, state: RunState, hours: float, **fields: Any) -> None:
    SyncRunFactory.create(connection=connection, state=state, finished_at=ago(hours), **fields)


def test_the_lag_is_that_of_the_connection_that_was_read_longest_ago(
    acme: World, settings: LazySettings
) -> None:
    with tenant(acme.organization.pk):
        for hours in (1, 3):
            ended(followed(acme), RunState.COMPLETE, hours)
    assert hours_of_lag(settings) == 3.0


def test_a_partial_run_ends_the_lag(acme: World, settings: LazySettings) -> None:
    with tenant(acme.organization.pk):
        connection = followed(acme)
        ended(connection, RunState.COMPLETE, 8)
        ended(connection, RunState.PARTIAL, 2)
    assert hours_of_lag(settings) == 2.0


def test_runs_that_failed_or_followed_a_webhook_leave_the_lag(
    acme: World, settings: LazySettings
) -> None:
    with tenant(acme.organization.pk):
        connection = followed(acme)
        ended(connection, RunState.COMPLETE, 5)
        ended(connection, RunState.FAILED, 2)
        ended(connection, RunState.CANCELLED, 2)
        ended(connection, RunState.COMPLETE, 1, trigger=RunTrigger.WEBHOOK)
    assert hours_of_lag(settings) == 5.0


def test_what_was_never_read_lags_since_it_is_followed(acme: World, settings: LazySettings) -> None:
    with tenant(acme.organization.pk):
        Connection.objects.filter(pk=followed(acme, hours=4).pk).update(created_at=ago(99))
    assert hours_of_lag(settings) == 4.0


def test_what_follows_nothing_or_is_paused_has_no_lag(acme: World, settings: LazySettings) -> None:
    with tenant(acme.organization.pk):
        ConnectionFactory.create(owner=acme["admin"])
        followed(acme, state=ConnectionState.PAUSED)
        followed(acme, archived_at=timezone.now())
        no_more = followed(acme)
        Source.objects.filter(connection=no_more).update(archived_at=timezone.now())
    assert hours_of_lag(settings) is None


def test_sources_are_counted_by_state(acme: World, settings: LazySettings) -> None:
    with tenant(acme.organization.pk):
        Source.objects.filter(connection=followed(acme)).update(state=SourceState.ACCESS_LOST)
    assert told(settings, 'flotilla_sources{state="access-lost"}') == 1


def pulled(hours: float, **fields: Any) -> Pull:
    return PullFactory.create(last_pulled_at=ago(hours), interval_minutes=60, **fields)


def test_of_pulls_the_oldest_number_and_those_that_fail_are_told(
    acme: World, settings: LazySettings
) -> None:
    with tenant(acme.organization.pk):
        pulled(0.5, state=ConnectionState.WORKING)
        pulled(3, state=ConnectionState.BROKEN, failures=4)
        pulled(9, state=ConnectionState.PAUSED, failures=1)
        pulled(9, archived_at=timezone.now(), failures=1)
        pulled(9, metric=MetricFactory.create(archived_at=timezone.now()), failures=1)
    seen = {
        name: told(settings, f"flotilla_{name}")
        for name in ("pull_age_seconds", "pull_overdue_seconds", "pulls_failing")
    }
    assert {name: round(value or 0) // 60 for name, value in seen.items()} == {
        "pull_age_seconds": 180, "pull_overdue_seconds": 120, "pulls_failing": 0,
    }  # fmt: skip
    assert seen["pulls_failing"] == 1
    assert told(settings, 'flotilla_pulls{state="paused"}') == 1


def test_pulls_that_come_by_their_schedule_are_not_overdue(
    acme: World, settings: LazySettings
) -> None:
    with tenant(acme.organization.pk):
        pulled(0.5)
    assert told(settings, "flotilla_pull_overdue_seconds") == 0


@pytest.mark.django_db
def test_without_pulls_none_is_old_or_fails(settings: LazySettings) -> None:
    assert told(settings, "flotilla_pull_age_seconds") == 0
    assert told(settings, "flotilla_pulls_failing") == 0


def test_pushed_values_are_counted_by_outcome(acme: World, settings: LazySettings) -> None:
    with tenant(acme.organization.pk):
        PushAddressFactory.create(received=3, refused=1)
        PushAddressFactory.create(received=4, closed_at=timezone.now())
    assert told(settings, 'flotilla_pushes{outcome="accepted"}') == 7
    assert told(settings, 'flotilla_pushes{outcome="refused"}') == 1


@pytest.mark.django_db
def test_the_silence_of_each_kind_of_worker_is_told(settings: LazySettings) -> None:
    health.note_sign_of_life(health.SYNCS)
    told = figures(settings).content.decode()
    start = "flotilla_background_silence_seconds{kind="
    assert [line.removeprefix(start)[:7] for line in told.splitlines() if start in line] == [
        '"syncs"'
    ]


def test_figures_name_no_organisation(acme: World, settings: LazySettings) -> None:
    people(acme, "lead")
    assert "acme" not in figures(settings).content.decode().lower()


@pytest.mark.django_db
def test_the_figures_of_a_queue_that_is_away_are_missing_and_the_others_stay(
    settings: LazySettings,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    told = figures(settings).content.decode()
    assert ("flotilla_queue_messages" in told, "flotilla_request_seconds" in told) == (False, True)


# --- Readiness --------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_process_with_its_database_is_ready() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200, {"status": "ready", "missing": "", "queue": "answers"},
    )  # fmt: skip


@pytest.mark.django_db
def test_a_process_whose_queue_is_away_is_ready(settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["queue"]) == (200, "does not answer")


@pytest.mark.django_db
def test_a_process_without_its_database_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: MigrationRecorder) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", away)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, "database")


@pytest.mark.django_db
def test_a_process_ahead_of_its_schema_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "expected_migrations", lambda: {("okrs", "9999_to_come")})
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, "migrations")


@pytest.mark.django_db
def test_a_process_answers_whatever_else_is_away(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert Client().get("/healthz").json() == {"status": "ok"}


WEB_PROCESS = """
import django
django.setup()
from config.observing.figures import note_request
for _ in range({times}):
    note_request("okrs:home", method="GET", status=200, seconds={seconds}, statements=7)
"""


@pytest.mark.django_db
def test_the_requests_of_all_web_processes_are_told_together(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARED_FOLDER, str(tmp_path))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    for times, seconds in ((2, "0.03"), (3, "0.3")):
        code = WEB_PROCESS.format(times=times, seconds=seconds)
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert len(list(tmp_path.glob("histogram_*.db"))) == 2
    told = figures(settings).content.decode()
    labels = 'method="GET",status="2xx",view="okrs:home"'
    assert f"flotilla_request_seconds_count{{{labels}}} 5.0" in told
    assert f'flotilla_request_seconds_bucket{{le="0.05",{labels}}} 2.0' in told
    assert 'flotilla_request_statements_sum{view="okrs:home"} 35.0' in told


# --- The server in a container ----------------------------------------------------------------
def test_gunicorn_understands_its_settings() -> None:
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--check-config",
               "--config", "python:config.gunicorn"]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
