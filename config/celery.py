"""The Celery application and the one table of everything that runs by the clock."""

import os
import sys
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import task_postrun, task_prerun, worker_init
from django.db import close_old_connections, connections

import config.observing.tasks  # noqa: F401 (it listens to the signals of tasks)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("flotilla")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Left alone, Celery closes the connections before and after each task; see `keep_connections`.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize

# The limits of the role are those of a web request; a worker stores thousands of rows at a time.
WORKER_LIMITS = "-c statement_timeout=60s -c idle_in_transaction_session_timeout=90s"


@worker_init.connect
def give_the_database_time(**_: Any) -> None:
    """Before the pool starts, so that every process of it inherits the options."""
    for alias in ("default", "dispatch"):
        connections.settings[alias]["OPTIONS"].setdefault("options", WORKER_LIMITS)


@task_prerun.connect
@task_postrun.connect
def keep_connections(*, task: Any, **_: Any) -> None:
    """As around a request: one is kept for `CONN_MAX_AGE`, and tried before it is used again.

    Nothing of an organisation stays on it: the binding ends with each transaction.
    """
    if not task.request.is_eager:
        close_old_connections()


OF_SYNCS = {"kind": "syncs"}
OF_CHORES = {"kind": "chores"}

# Seconds between runs, or a time of day (UTC) that a restart does not put off. Every job is
# idempotent and finds its own work, so a missed tick is made good by the next one.
app.conf.beat_schedule = {
    "heartbeat": {"task": "accounts.tasks.beat_heartbeat", "schedule": 20.0},
    "heartbeat of syncs": {
        "task": "accounts.tasks.beat_heartbeat",
        "schedule": 20.0,
        "kwargs": OF_SYNCS,
        "options": {"queue": "pulse", "expires": 60},
    },
    "heartbeat of chores": {
        "task": "accounts.tasks.beat_heartbeat",
        "schedule": 20.0,
        "kwargs": OF_CHORES,
        "options": {"queue": "rounds", "expires": 60},
    },
    "outbox": {"task": "accounts.tasks.dispatch_outbox", "schedule": 5.0},
    "rounds": {"task": "accounts.tasks.go_on_with_rounds", "schedule": 10.0},
    "housekeeping": {"task": "accounts.tasks.forget_expired", "schedule": 3600.0},
    "due mail": {"task": "accounts.tasks.gather_mail_everywhere", "schedule": 30.0},
    "due syncs": {"task": "integrations.tasks.start_due_syncs", "schedule": 30.0},
    "old versions of items": {
        "task": "integrations.tasks.forget_old_everywhere",
        "schedule": crontab(hour=3, minute=10),
    },
    "check-in reminders": {"task": "okrs.tasks.remind_everywhere", "schedule": 300.0},
    "daily pace": {"task": "okrs.tasks.refresh_pace_everywhere", "schedule": 1800.0},
    "nightly audit of scores": {
        "task": "okrs.tasks.verify_scores_everywhere",
        "schedule": crontab(hour=2, minute=30),
    },
}
