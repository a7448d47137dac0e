"""Figures for Prometheus. They name views and queues, never an organisation or a person."""

import os
from collections.abc import Iterator

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.health import signs_of_life
from config.queues import QUEUES

# Where the web processes of one machine put their counts together (see config/gunicorn.py).
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_own = CollectorRegistry()
request_seconds = Histogram(
    "flotilla_request_seconds",
    "Time to answer a request.",
    ["view", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4),
    registry=_own,
)
request_statements = Histogram(
    "flotilla_request_statements",
    "Statements to the database in a request.",
    ["view"],
    buckets=(1, 5, 10, 15, 20, 30, 50, 100, 200),
    registry=_own,
)


def note_request(view: str, *, method: str, status: int, seconds: float, statements: int) -> None:
    request_seconds.labels(view, method, f"{status // 100}xx").observe(seconds)
    request_statements.labels(view).observe(statements)


def exposition() -> bytes:
    """Everything in Prometheus' text format, the requests of all web processes together."""
    registry = CollectorRegistry()
    if os.environ.get(SHARED_FOLDER):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(Requests())
    registry.register(Background())
    return generate_latest(registry)


class Requests(Collector):
    """The requests of this process alone."""

    def collect(self) -> Iterator[object]:  # type: ignore[override]
        return _own.collect()  # type: ignore[return-value]


class Background(Collector):
    """The state of the queue and of background work, read when asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from queue_depths()
        yield from heartbeat_age()
        yield from stored_figures()


def queue_depths() -> Iterator[GaugeMetricFamily]:
    """Messages that wait in each queue; nothing while the broker does not answer."""
    found = GaugeMetricFamily("flotilla_queue_messages", "Messages that wait.", labels=["queue"])
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        with client:
            for name in QUEUES:
                found.add_metric([name], client.llen(name))
    except (redis.RedisError, OSError):
        return
    yield found


def heartbeat_age() -> Iterator[GaugeMetricFamily]:
    """Seconds since each kind of worker ran what the scheduler sent; nothing before that."""
    found = GaugeMetricFamily(
        "flotilla_background_silence_seconds", "Time since background work ran.", labels=["kind"]
    )
    try:
        with transaction.atomic():
            seen = signs_of_life()
    except DatabaseError:
        return
    for kind, at in seen.items():
        found.add_metric([kind], (timezone.now() - at).total_seconds())
    yield found


# Name in the database → what it is, and what its label says; the rest is in `flotilla_figures`.
STORED = {
    "outbox_entries": ("Changes that wait to be worked on.", ""),
    "outbox_age_seconds": ("Age of the oldest change that waits.", ""),
    "connections": ("Connections to other services.", "state"),
    "sources": ("Parts of other services that are followed.", "state"),
    "sync_lag_seconds": (
        "The longest time since a connection that follows something was read to the end.",
        "provider",
    ),
    "sync_runs_last_hour": ("Runs that ended within an hour.", "state"),
    "sync_runs_open": ("Runs that wait or are on.", "state"),
    "sync_counts_repaired_last_day": ("Kept counts of items that a census found wrong.", ""),
    "pulls": ("Numbers that are fetched on schedule.", "state"),
    "pulls_failing": ("Pulls whose last try failed.", ""),
    "pull_age_seconds": ("The longest time since a number was fetched.", ""),
    "pull_overdue_seconds": ("The longest time by which a number is late for its schedule.", ""),
    "pushes": ("Values that scripts delivered since their addresses were opened.", "outcome"),
}


def stored_figures() -> Iterator[GaugeMetricFamily]:
    """Counts and ages over all organisations; nothing while the database does not answer."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT name, label, value FROM flotilla_figures()")
            rows = cursor.fetchall()
    except DatabaseError:
        return
    for name, (words, label) in STORED.items():
        found = GaugeMetricFamily(f"flotilla_{name}", words, labels=[label] if label else [])
        for stored, value_of_label, value in rows:
            if stored == name:
                found.add_metric([value_of_label] if label else [], value)
        yield found
