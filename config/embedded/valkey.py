"""Valkey from a wheel, as the broker and cache: a loopback port, a password, a durable log."""

import contextlib
import re
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded.child import Child, Tell, spawn, wait_until
from config.embedded.errors import EmbeddedError
from config.embedded.home import Home, Secrets, write_private
from config.embedded.programs import Programs

START_SECONDS = 120
STOP_STEPS = ((signal.SIGTERM, 15.0),)
PORT_ATTEMPTS = 5
# A broker must refuse new work rather than forget accepted work, hence noeviction.
CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
protected-mode yes
daemonize no
dir ./
appendonly {appendonly}
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


@dataclass
class Valkey:
    """The server of one home."""

    home: Home
    programs: Programs
    secrets: Secrets
    tell: Tell
    scratch: bool = False
    folder: Path = field(init=False)
    port: int = field(init=False, default=0)
    child: Child | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.folder = self.home.private_folder("valkey")

    @property
    def config(self) -> Path:
        return self.folder / "valkey.conf"

    @property
    def log(self) -> Path:
        return self.home.path / "valkey.log"

    @property
    def url(self) -> str:
        return f"redis://:{self.secrets.valkey}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.stop_leftover()
        for _ in range(PORT_ATTEMPTS):
            self.child = self._spawn()
            if self._becomes_ready(self.child):
                return
            # Somebody took the free port between our look and the server's.
            if "Address already in use" not in self.log.read_text(errors="replace"):
                break
        raise EmbeddedError(f"Valkey stopped while starting; see {self.log}.")

    def stop(self) -> None:
        if self.child:
            self.child.stop(STOP_STEPS)
            self.child = None

    def stop_leftover(self) -> None:
        """Stop the server that a killed starter left behind; only ours knows our password."""
        found = re.search(r"^port (\d+)$", self._last_config(), re.MULTILINE)
        if not found:
            return
        self.port = int(found[1])
        if not self._answers():
            return
        self.tell(f"Stopping a Valkey that an earlier run left behind (port {self.port}).")
        with self._client() as client, contextlib.suppress(redis.RedisError, OSError):
            client.shutdown()
        if not wait_until(lambda: not self._answers(), 15):
            raise EmbeddedError(f"The Valkey of an earlier run (port {self.port}) does not stop.")

    def _last_config(self) -> str:
        return self.config.read_text(encoding="utf-8") if self.config.exists() else ""

    def _spawn(self) -> Child:
        self.port = _free_port()
        appendonly = "no" if self.scratch else "yes"
        # In a file rather than among the arguments, which every user of the machine can list.
        write_private(
            self.config,
            CONFIG.format(port=self.port, password=self.secrets.valkey, appendonly=appendonly),
        )
        account = self.home.account
        account.own(self.config)
        command = [str(self.programs.valkey_server), self.config.name]
        return spawn("Valkey", command, account=account, folder=self.folder, log=self.log)

    def _becomes_ready(self, child: Child) -> bool:
        deadline = time.monotonic() + START_SECONDS
        try:
            while child.is_running() and time.monotonic() < deadline:
                if self._answers():
                    return True
                time.sleep(0.02)
        except BaseException:
            child.stop(STOP_STEPS)
            raise
        child.stop(STOP_STEPS)
        return False

    def _answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except (redis.RedisError, OSError):
            return False

    def _client(self) -> redis.Redis:
        once = Retry(NoBackoff(), retries=0)
        return redis.Redis.from_url(
            self.url, socket_timeout=2, socket_connect_timeout=2, retry=once
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
