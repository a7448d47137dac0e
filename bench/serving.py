"""Connections to the database that a real server holds and makes under many clients."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from bench.database import connect
from bench.world import Place

WORKERS, THREADS = 2, 4
CLIENTS, REQUESTS, WARM_UP = 16, 200, 400
WARM_UPS = 8
SECONDS_TO_START = 60.0
SERVER = ("--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS))
SESSIONS = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'flotilla_app'
"""


@dataclass(frozen=True)
class Connections:
    """What a burst of requests did: connects of the server, connections open, answers of 5xx."""

    connects: int
    open: int
    errors: int


def connections_of(
    place: Place, *, warm_up: int = WARM_UP, warm_ups: int = WARM_UPS, requests: int = REQUESTS
) -> Connections:
    """Ask a warm server for home as one member from many clients.

    On a busy machine one worker may answer long before the other has started: warm is a server
    whose threads all hold a connection, or that has not come to that in several bursts.
    """
    cookie = f"{settings.SESSION_COOKIE_NAME}={place.browser().session.session_key}"
    with serving() as (_, port), closing(connect("owner")) as owner, owner.cursor() as cursor:
        others = sessions(cursor)
        for _ in range(warm_ups):
            burst(port, place, cookie, warm_up)
            warm = sessions(cursor) - others
            if len(warm) >= WORKERS * THREADS:
                break
        statuses = burst(port, place, cookie, requests)
        after = sessions(cursor) - others
    errors = sum(status >= 500 for status in statuses)
    return Connections(len(after - warm), len(after), errors)


def sessions(cursor: Any) -> set[int]:
    """The processes that serve the application role here, and not in another database."""
    cursor.execute(SESSIONS)
    return {pid for (pid,) in cursor.fetchall()}


@contextmanager
def serving() -> Iterator[tuple[int, int]]:
    """The product behind gunicorn on loopback: the id of its process, and its port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *SERVER]
    quiet = ["--log-level", "error", "--no-control-socket", "config.wsgi"]
    process = subprocess.Popen([*command, *quiet], env={**os.environ, "LOG_LEVEL": "ERROR"})
    try:
        wait_for(port)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    """Until it answers. Raises `TimeoutError`."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        try:
            if ask(port, "/healthz", "") == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the server did not answer")


def burst(port: int, place: Place, cookie: str, requests: int) -> list[int]:
    """The statuses of so many requests, by sixteen clients at once."""
    address = place.page("okrs:home")
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(lambda _: ask(port, address, cookie), range(requests)))


def ask(port: int, address: str, cookie: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        client.request("GET", address, headers={"Cookie": cookie})
        answer = client.getresponse()
        answer.read()
        return answer.status
