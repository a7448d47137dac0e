"""A real Celery worker beside the test, on the test's own database and queue."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from tests.database import database_name
from tests.personas import World, make_world

ENVIRONMENT = {
    "default": "DATABASE_URL",
    "owner": "DATABASE_OWNER_URL",
    "dispatch": "DATABASE_DISPATCH_URL",
}
BEAT_LOG = "beat.log"
# Seconds, spent only where something fails: workers start beside whatever else is on.
PATIENCE = float(os.environ.get("WORKER_PATIENCE", "90"))


def own_environment() -> dict[str, str]:
    """This process' environment, with the URLs of the test's database."""
    environment = dict(os.environ)
    for name in ENVIRONMENT.values():
        parts = urlsplit(os.environ[name])
        environment[name] = urlunsplit(parts._replace(path=f"/{database_name()}"))
    environment["OUTBOUND_ALLOW_LOOPBACK"] = "1"
    return environment


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and end it when it does not."""
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def worker(
    *,
    queues: str = "default,outbox,soon,sync,mail,rounds",
    options: Sequence[str] = ("--pool", "solo"),
    **settings: str,
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process until the block ends, or the test kills it; `settings` are variables."""
    process = subprocess.Popen(
        [
            sys.executable, "-m", "celery", "-A", "config", "worker", *options,
            "--queues", queues, "--loglevel", "warning", "--without-gossip", "--without-mingle",
        ],
        env=own_environment() | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        stop(process)


@contextmanager
def beat(folder: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """The scheduler, with what reminds and mails due every second; `folder` keeps its log."""
    with (folder / BEAT_LOG).open("ab") as log:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "celery", "-A", "tests.background.impatient", "beat",
                "--pidfile=", "--loglevel", "warning",
            ],
            env=own_environment() | settings,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        stop(process)


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold while there is patience."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.2)
    return False


@pytest.fixture(autouse=True)
def empty_queue() -> Iterator[None]:
    """Messages of one test are no business of the next."""
    assert current_app.conf.broker_url == settings.REDIS_URL
    cache.clear()
    yield
    current_app.control.purge()
    cache.clear()


@pytest.fixture
def acme() -> World:
    """Committed, so that a worker sees it."""
    with transaction.atomic():
        return make_world("Acme")


@pytest.fixture
def rival() -> World:
    with transaction.atomic():
        return make_world("Rival")
