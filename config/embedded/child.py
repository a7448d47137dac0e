"""One server as a child process of ours, in a process group of its own."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.embedded.account import Account

# The servers see nothing of our environment: it may hold secrets or PG… variables.
BARE_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
LOG_TAIL_BYTES = 16384

Tell = Callable[[str], None]


@dataclass
class Child:
    """A started server. Stopping it reaches this very process and nothing else."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def is_running(self) -> bool:
        return self.process.poll() is None

    def last_line(self) -> str:
        return "".join(last_lines(self.log, 1))

    def stop(self, steps: Sequence[tuple[signal.Signals, float]]) -> None:
        """Try each signal for its seconds; whatever is left of the group is killed."""
        for sent, seconds in steps:
            if not self.is_running():
                break
            self.process.send_signal(sent)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def spawn(
    name: str,
    command: list[str],
    *,
    folder: Path,
    log: Path,
    environment: Mapping[str, str] = BARE_ENVIRONMENT,
    account: Account | None = None,
) -> Child:
    """Start `command` in `folder`; its output is the new content of `log`."""
    if log.exists():
        log.replace(log.with_name(log.name + ".previous"))
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **(account.popen_arguments() if account else {}),
        )
    finally:
        os.close(handle)
    return Child(name, process, log)


def last_lines(log: Path, count: int) -> list[str]:
    """The last lines of a log that say something, oldest first."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return [line.rstrip() for line in lines if line.strip()][-count:]


def command_line(pid: int) -> list[str]:
    """The arguments of a living process; empty when it is gone or a zombie."""
    listed = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return [os.fsdecode(part) for part in listed.read_bytes().split(b"\0") if part]
        return []
    shown = subprocess.run(
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
    )
    return shown.stdout.split()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
