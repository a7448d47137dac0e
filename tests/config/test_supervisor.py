import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import supervisor as module
from config.supervisor import (
    Program,
    SupervisionError,
    Supervisor,
    end_on_signal,
    port_is_free,
    signals_handled_by,
)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    keeper = Supervisor(tmp_path, tmp_path / "logs", {"PATH": "/usr/bin:/bin"})
    yield keeper
    keeper.stop()


def python(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code])


SLEEPER = Program("sleeper", ["/bin/sleep", "60"])
IGNORES_TERM = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"


def wait_for_log(supervisor: Supervisor, name: str) -> None:
    deadline = time.monotonic() + 20
    while not (supervisor.logs / f"{name}.log").read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, "the program said nothing"
        time.sleep(0.02)


def test_running_programs_pass_the_check(supervisor: Supervisor) -> None:
    supervisor.start(SLEEPER)
    supervisor.check()
    assert supervisor.children[0].is_running()


def test_a_program_that_ends_is_named_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    supervisor.start(python("web", "import sys; print('no such table'); sys.exit(3)"))
    supervisor.children[0].process.wait()
    with pytest.raises(SupervisionError, match=r"(?s)web ended with exit code 3.*no such table"):
        supervisor.check()


def test_the_end_of_a_watched_program_is_noticed_too(supervisor: Supervisor) -> None:
    supervisor.start(Program("PostgreSQL", ["/bin/true"]))
    supervisor.watched = [supervisor.children.pop()]
    supervisor.watched[0].process.wait()
    with pytest.raises(SupervisionError, match="PostgreSQL ended"):
        supervisor.check()


def test_a_step_returns_what_it_said(supervisor: Supervisor) -> None:
    said = supervisor.run_to_end(python("load", "import sys; print('Ada'); sys.stderr.write('x')"))
    assert said == "Ada"


def test_a_failed_step_shows_its_complaint(supervisor: Supervisor) -> None:
    with pytest.raises(SupervisionError, match=r"(?s)migrate ended.*locked out"):
        supervisor.run_to_end(python("migrate", "import sys; sys.exit('locked out')"))


def test_waiting_ends_when_a_program_dies(supervisor: Supervisor) -> None:
    supervisor.start(Program("web", ["/bin/false"]))
    with pytest.raises(SupervisionError, match="web ended with exit code 1"):
        supervisor.wait_for_answer("http://127.0.0.1:1/", 30)


def test_waiting_ends_when_time_is_up(supervisor: Supervisor) -> None:
    with pytest.raises(SupervisionError, match="did not answer within 0 seconds"):
        supervisor.wait_for_answer("http://127.0.0.1:1/", 0)


def test_stopping_is_a_polite_request(supervisor: Supervisor) -> None:
    supervisor.start(SLEEPER)
    process = supervisor.children[0].process
    supervisor.stop()
    assert process.returncode == -signal.SIGTERM


def test_a_deaf_program_is_killed_in_the_end(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.2)
    supervisor.start(python("deaf", f"{IGNORES_TERM}; time.sleep(60)"))
    wait_for_log(supervisor, "deaf")
    process = supervisor.children[0].process
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL


def test_a_program_takes_its_own_children_along(supervisor: Supervisor) -> None:
    code = "import subprocess as s; print(s.Popen(['/bin/sleep', '60']).pid, flush=True); input()"
    supervisor.start(python("parent", code.replace("input()", "import time; time.sleep(60)")))
    wait_for_log(supervisor, "parent")
    pid = int((supervisor.logs / "parent.log").read_text(encoding="utf-8"))
    supervisor.stop()
    assert is_gone(pid)


def is_gone(pid: int) -> bool:
    """A killed orphan may stay listed as a zombie where nobody collects it."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_end_the_demo_is_an_interrupt(sent: signal.Signals) -> None:
    with signals_handled_by(end_on_signal), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(sent)


def test_a_second_interrupt_does_not_disturb_tidying_up() -> None:
    before = signal.getsignal(signal.SIGINT)
    with signals_handled_by(signal.SIG_IGN):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_taken_port_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert not port_is_free(taken.getsockname()[1])
