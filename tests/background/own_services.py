"""A database and a broker of one test's own, which it may stop and start again."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.db import connections
from kombu import Connection

from config.embedded import RunningServices, start, valkey
from config.env import parse_database_url
from tests.background.conftest import ENVIRONMENT, own_environment

SCHEDULERS_LOCK = "redbeat::lock"


@dataclass
class OwnServices:
    """The two servers, and how a process finds them."""

    running: RunningServices

    @property
    def settings(self) -> dict[str, str]:
        return self.running.services.environment()

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(self.settings["REDIS_URL"])

    def has_a_scheduler(self) -> bool:
        """Whether one holds the lock, as the deployment's health check asks."""
        with self.broker() as client:
            return bool(client.exists(SCHEDULERS_LOCK))

    @contextmanager
    def another_scheduler(self) -> Iterator[None]:
        """One that holds the lock, whoever held it before."""
        with self.broker() as client:
            client.set(SCHEDULERS_LOCK, "another")
            yield
            client.delete(SCHEDULERS_LOCK)

    def times_the_lock_was_asked_for(self) -> int:
        """Nothing else here sets a key in this way; a broker counts what it is asked."""
        with self.broker() as client:
            return int(client.info("commandstats").get("cmdstat_set", {"calls": 0})["calls"])

    def sends_by_the_clock(self) -> bool:
        """Whether more lies in the queue than the one job that a scheduler sends at its start."""
        return self.messages("outbox") > 1

    def messages(self, queue: str) -> int:
        """How many lie in a queue."""
        with self.broker() as client:
            return int(client.llen(queue))

    def send(self, task: str) -> None:
        with Connection(self.settings["REDIS_URL"]) as broker:
            current_app.send_task(task, connection=broker)

    def forget(self, queue: str) -> None:
        with self.broker() as client:
            client.delete(queue)

    def restart_database(self) -> None:
        """As after a power cut: what was not committed is gone."""
        connections.close_all()
        postgres = self.running.postgres
        assert postgres.child
        postgres.child.stop([(signal.SIGQUIT, 10.0)])
        postgres.start()

    def restart_broker(self, patch: pytest.MonkeyPatch) -> None:
        """At the same address, and without one of the messages that it held."""
        with self.broker_away(patch):
            pass

    @contextmanager
    def broker_away(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        """It comes back at the end of the block, at the same address, and has forgotten all."""
        broker = self.running.valkey
        port = broker.port
        broker.stop()
        yield
        shutil.rmtree(broker.folder / "appendonlydir")
        patch.setattr(valkey, "_free_port", lambda: port)
        broker.start()


@contextmanager
def own_services(patch: pytest.MonkeyPatch) -> Iterator[OwnServices]:
    """Servers with the tables of the test's database, which this process uses meanwhile."""
    # Not pytest's own folder, which another account cannot enter.
    home = Path(tempfile.mkdtemp(prefix="flotilla-test-")).resolve()
    home.chmod(0o755)
    try:
        with start(home, tell=lambda _: None) as running:
            own = OwnServices(running)
            copy_tables(own)
            with patch.context() as here:
                use_database(own, here)
                yield own
                connections.close_all()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def use_database(own: OwnServices, patch: pytest.MonkeyPatch) -> None:
    connections.close_all()
    for alias, name in ENVIRONMENT.items():
        for key, value in parse_database_url(own.settings[name]).items():
            patch.setitem(connections[alias].settings_dict, key, value)


def copy_tables(own: OwnServices) -> None:
    """The tables, rules and rights of the test's database, without its rows."""
    programs = own.running.postgres.programs
    of_test, of_own = own_environment(), own.settings
    dump = subprocess.run(
        [programs.postgres("pg_dump"), "--schema-only", of_test["DATABASE_OWNER_URL"]],
        check=True,
        capture_output=True,
        env=os.environ,
    )
    subprocess.run(
        [
            programs.postgres("psql"),
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            of_own["DATABASE_OWNER_URL"],
        ],
        check=True,
        input=dump.stdout,
        capture_output=True,
    )
