"""Keeping a few processes of ours together: all run, or all are stopped."""

import contextlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config.embedded.child import Child, last_lines, spawn

SignalHandler = Callable[[int, FrameType | None], None] | signal.Handlers

SHOWN_LOG_LINES = 20
# A worker may finish the task in hand; what takes longer is taken up again by the next one.
STOP_SECONDS = 20.0
CHECK_EVERY_SECONDS = 0.2


class SupervisionError(Exception):
    """A process failed; the message says which one and shows the end of its log."""


@dataclass(frozen=True)
class Program:
    name: str
    command: list[str]


@dataclass
class Supervisor:
    """Starts programs in one folder and environment, with a log file each."""

    folder: Path
    logs: Path
    environment: dict[str, str]
    # Processes that somebody else stops, but whose end ends everything.
    watched: list[Child] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)

    def start(self, program: Program) -> None:
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        child = spawn(
            program.name,
            program.command,
            folder=self.folder,
            log=self.logs / f"{program.name}.log",
            environment=self.environment,
        )
        self.children.append(child)

    def run_to_end(self, program: Program) -> str:
        """Run a step that must succeed; what it says on standard output is returned."""
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self.logs / f"{program.name}.log"
        with log.open("wb") as errors:
            result = subprocess.run(
                program.command,
                check=False,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        if result.returncode:
            raise SupervisionError(_failure(program.name, result.returncode, log))
        return result.stdout.decode(errors="replace").rstrip()

    def check(self) -> None:
        """Raise SupervisionError when a process has ended: none of them is meant to."""
        for child in [*self.watched, *self.children]:
            if not child.is_running():
                raise SupervisionError(_failure(child.name, child.process.returncode, child.log))

    def wait_for_answer(self, url: str, seconds: float) -> None:
        """Until `url` answers with a success; a process that ends, or the time, ends the wait."""
        deadline = time.monotonic() + seconds
        while not answers(url):
            self.check()
            if time.monotonic() > deadline:
                raise SupervisionError(f"{url} did not answer within {seconds:.0f} seconds.")
            time.sleep(CHECK_EVERY_SECONDS)

    def run_forever(self) -> None:
        while True:
            self.check()
            time.sleep(CHECK_EVERY_SECONDS)

    def stop(self) -> None:
        """Ask all at once, wait for them together, and kill what is left."""
        for child in self.children:
            child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
            child.stop(())
        self.children.clear()


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(url: str) -> bool:
    """Whether `url` on this machine answers with a success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 (our own address)
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def end_on_signal(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def signals_handled_by(handler: SignalHandler) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal go to `handler` inside the block."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _failure(name: str, code: int, log: Path) -> str:
    lines = last_lines(log, SHOWN_LOG_LINES)
    return "\n".join([f"{name} ended with exit code {code}; the end of {log}:", *lines])
