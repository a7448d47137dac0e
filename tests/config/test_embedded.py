"""The embedded services, as real servers on data of their own."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from config.embedded import (
    EmbeddedError,
    RunningServices,
    find_running,
    service_account,
    start,
    start_scratch,
)
from config.embedded.child import command_line
from config.embedded.home import SOCKET_NAME, SOCKET_PATH_LIMIT, Home, make_private
from config.embedded.programs import Programs, installed_programs, programs_for
from config.embedded.services import SCRATCH_PREFIX

pytestmark = pytest.mark.services

ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root borrows an account")


def say_nothing(sentence: str) -> None:
    """The starter's sentences, unheard."""


def new_home() -> Path:
    # Not pytest's own folder, which another account cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="flotilla-test-")).resolve()
    folder.chmod(0o755)
    return folder


@pytest.fixture
def home() -> Iterator[Path]:
    folder = new_home()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningServices]:
    folder = new_home()
    with start(folder, scratch=True, tell=say_nothing) as services:
        yield services
    shutil.rmtree(folder, ignore_errors=True)


def ask(url: str, question: str) -> list[tuple[object, ...]]:
    """Run one statement in a transaction of its own."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def postmaster(services: RunningServices) -> "subprocess.Popen[bytes]":
    assert services.postgres.child
    return services.postgres.child.process


def test_the_application_connects_as_its_own_role(running: RunningServices) -> None:
    answer = ask(running.services.database_url, "SELECT current_user, current_database()")
    assert answer == [("flotilla_app", "flotilla")]


def test_a_wrong_password_is_refused(running: RunningServices) -> None:
    url = running.services.database_url.replace(running.postgres.secrets.app, "guess")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url)


@pytest.mark.parametrize("role", ["flotilla_bootstrap", "flotilla_owner", "flotilla_app"])
def test_nobody_is_trusted_without_a_password(running: RunningServices, role: str) -> None:
    folder = str(running.postgres.socket_folder)
    with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
        psycopg2.connect(host=folder, port=5432, user=role, dbname="flotilla")


def test_no_role_of_the_product_escapes_row_security(running: RunningServices) -> None:
    question = """
        SELECT rolname FROM pg_roles
        WHERE rolname LIKE 'flotilla\\_%' AND rolname <> 'flotilla_bootstrap'
          AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication)"""
    assert ask(running.services.owner_database_url, question) == []


def test_the_application_cannot_become_the_owner(running: RunningServices) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(running.services.database_url, "SET ROLE flotilla_owner")


def test_the_owner_can_become_the_application(running: RunningServices) -> None:
    url = running.services.owner_database_url
    assert ask(url, "SET ROLE flotilla_app; SELECT current_user") == [("flotilla_app",)]


def test_policies_of_the_application_do_not_bind_the_owner(running: RunningServices) -> None:
    question = "SELECT pg_has_role('flotilla_owner', 'flotilla_app', 'USAGE')"
    assert ask(running.services.owner_database_url, question) == [(False,)]


def test_the_application_may_write_rows_of_a_new_table_and_nothing_else(
    running: RunningServices,
) -> None:
    ask(running.services.owner_database_url, "CREATE TABLE things (id int)")
    question = """
        SELECT string_agg(privilege_type, ' ' ORDER BY privilege_type)
        FROM information_schema.role_table_grants
        WHERE table_name = 'things' AND grantee = 'flotilla_app'"""
    granted = ask(running.services.owner_database_url, question)
    assert granted == [("DELETE INSERT SELECT UPDATE",)]


def test_the_dispatcher_sees_nothing_of_a_new_table(running: RunningServices) -> None:
    ask(running.services.owner_database_url, "CREATE TABLE secrets (id int)")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(running.services.dispatch_database_url, "SELECT * FROM secrets")


def test_the_application_cannot_make_tables(running: RunningServices) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(running.services.database_url, "CREATE TABLE mine (id int)")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "15s"),
        ("jit", "off"),
        ("join_collapse_limit", "4"),
    ],
)
def test_a_page_has_limits(running: RunningServices, setting: str, value: str) -> None:
    assert ask(running.services.database_url, f"SHOW {setting}") == [(value,)]


def test_the_database_listens_on_no_network(running: RunningServices) -> None:
    assert ask(running.services.owner_database_url, "SHOW listen_addresses") == [("",)]


def test_the_broker_demands_its_password(running: RunningServices) -> None:
    with socket.create_connection(("127.0.0.1", running.valkey.port), timeout=5) as line:
        line.sendall(b"GET anything\r\n")
        assert line.recv(64).startswith(b"-NOAUTH")


def test_the_broker_refuses_work_rather_than_forget_some(running: RunningServices) -> None:
    with redis.Redis.from_url(running.services.redis_url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_passwords_are_in_no_list_of_processes(running: RunningServices) -> None:
    shown = " ".join(
        argument for child in running.children() for argument in command_line(child.process.pid)
    )
    kept = running.postgres.secrets
    assert "postgres" in shown
    assert not [word for word in (kept.superuser, kept.app, kept.valkey) if word in shown]


@pytest.mark.parametrize("name", ["secrets.json", "state.json", "lock", "postgres.log"])
def test_what_the_home_knows_is_for_its_owner_alone(running: RunningServices, name: str) -> None:
    assert stat.S_IMODE((running.home.path / name).stat().st_mode) == 0o600


@as_root
def test_root_does_not_run_the_servers(running: RunningServices) -> None:
    owners = {Path(f"/proc/{child.process.pid}").stat().st_uid for child in running.children()}
    assert owners == {service_account().uid}


def test_a_second_process_finds_the_running_services(running: RunningServices) -> None:
    assert find_running(running.home.path) == running.services


def test_a_second_starter_gets_one_sentence(running: RunningServices) -> None:
    with pytest.raises(EmbeddedError, match="already running"):
        start(running.home.path, tell=say_nothing)


def test_rows_and_messages_are_there_after_a_restart(home: Path) -> None:
    with start(home, tell=say_nothing) as first:
        ask(first.services.owner_database_url, "CREATE TABLE kept AS SELECT 42 AS id")
        with redis.Redis.from_url(first.services.redis_url) as client:
            client.set("kept", "43")
    with start(home, tell=say_nothing) as second:
        row = ask(second.services.database_url, "SELECT id FROM kept")
        with redis.Redis.from_url(second.services.redis_url) as client:
            assert (row, client.get("kept")) == ([(42,)], b"43")


def test_stopped_services_are_gone_and_not_found(home: Path) -> None:
    with start(home, scratch=True, tell=say_nothing) as services:
        processes = [child.process for child in services.children()]
    assert all(process.returncode is not None for process in processes)
    assert find_running(home) is None


def test_a_killed_database_recovers_at_the_next_start(home: Path) -> None:
    with start(home, tell=say_nothing) as first:
        ask(first.services.owner_database_url, "CREATE TABLE kept AS SELECT 42 AS id")
        postmaster(first).send_signal(signal.SIGKILL)
        postmaster(first).wait()
    with start(home, tell=say_nothing) as second:
        assert ask(second.services.database_url, "SELECT id FROM kept") == [(42,)]
        assert "automatic recovery" in second.postgres.log.read_text(encoding="utf-8")


KILLED_STARTER = """
import pathlib, os, signal, sys
from config.embedded import start
running = start(pathlib.Path(sys.argv[1]), tell=lambda sentence: None)
print(*[child.process.pid for child in running.children()], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_servers_of_a_killed_starter_are_replaced(home: Path) -> None:
    command = [sys.executable, "-c", KILLED_STARTER, str(home)]
    killed = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    left = [int(pid) for pid in killed.stdout.split()]
    assert all(command_line(pid) for pid in left)
    told: list[str] = []
    with start(home, tell=told.append) as services:
        assert ask(services.services.database_url, "SELECT 1") == [(1,)]
        assert not [pid for pid in left if command_line(pid)]
    assert len([sentence for sentence in told if "left behind" in sentence]) == 2


def test_a_foreign_process_with_the_old_number_is_left_alone(home: Path) -> None:
    with start(home, tell=say_nothing):
        pass
    with subprocess.Popen(["/bin/sleep", "60"]) as bystander:
        (home / "postgres" / "postmaster.pid").write_text(f"{bystander.pid}\n", encoding="utf-8")
        with start(home, tell=say_nothing) as services:
            assert ask(services.services.database_url, "SELECT 1") == [(1,)]
        assert bystander.poll() is None
        bystander.kill()


def test_half_a_cluster_is_made_anew(home: Path) -> None:
    half = home / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n", encoding="utf-8")
    with start(home, scratch=True, tell=say_nothing) as services:
        assert ask(services.services.database_url, "SELECT 1") == [(1,)]


def test_data_of_another_version_gets_one_sentence(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "PG_VERSION").write_text("14\n", encoding="utf-8")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 14 and this is 18"):
        start(home, tell=say_nothing)


def test_a_folder_with_blanks_and_commas_will_do(home: Path) -> None:
    with start(home / 'a, "b"', scratch=True, tell=say_nothing) as services:
        assert ask(services.services.database_url, "SELECT 1") == [(1,)]


def test_a_deep_folder_gets_a_short_private_socket(home: Path) -> None:
    deep = home / ("d" * 100)
    with start(deep, scratch=True, tell=say_nothing) as services:
        folder = services.postgres.socket_folder
        assert len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_LIMIT
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_a_socket_path_too_long_everywhere_gets_one_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = home / ("d" * 100)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with pytest.raises(EmbeddedError, match="too long for a socket"):
        start(deep, tell=say_nothing)


def test_a_socket_folder_of_somebody_else_is_refused(home: Path) -> None:
    target = home / "real"
    target.mkdir()
    (home / "run").symlink_to(target)
    with pytest.raises(EmbeddedError, match="somebody else"):
        make_private(home / "run", service_account())


def test_a_folder_that_cannot_be_made_gets_one_sentence() -> None:
    with pytest.raises(EmbeddedError, match=r"Cannot write in /proc/flotilla .*FLOTILLA_HOME"):
        start(Path("/proc/flotilla"), tell=say_nothing)


@as_root
def test_a_private_folder_is_named_and_not_opened(home: Path) -> None:
    private = home / "private"
    private.mkdir(mode=0o700)
    home.chmod(0o755)
    with pytest.raises(EmbeddedError, match=f"{private} would have to be opened"):
        start(private / "home", tell=say_nothing)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@as_root
def test_programs_in_a_private_folder_are_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Home(home, service_account())
    place.prepare()
    original, usable = installed_programs(), Programs.usable_by

    def closed(programs: Programs, account: object) -> bool:
        return programs != original and usable(programs, service_account())

    monkeypatch.setattr(Programs, "usable_by", closed)
    copied = programs_for(place)
    assert copied.postgres_folder.is_relative_to(home)
    with start(home, scratch=True, tell=say_nothing) as services:
        assert ask(services.services.database_url, "SELECT 1") == [(1,)]


def run_module(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "config.embedded", *arguments],
        check=False,
        cwd=ROOT,
        env=without_addresses() | environment,
        capture_output=True,
        text=True,
    )


def without_addresses() -> dict[str, str]:
    names = ("DATABASE", "REDIS")
    return {name: value for name, value in os.environ.items() if not name.startswith(names)}


def test_a_command_runs_with_addresses_and_its_exit_code_is_kept() -> None:
    result = run_module("--scratch", "--", "sh", "-c", 'echo "$DATABASE_URL"; exit 7')
    assert result.stdout.startswith("postgresql://flotilla_app:")
    assert result.returncode == 7


def test_nothing_is_left_of_a_scratch_home() -> None:
    result = run_module("--scratch", "--", "sh", "-c", 'echo "$DATABASE_URL"')
    folder = result.stdout.partition("host=")[2].strip().replace("%2F", "/")
    assert folder.endswith("/run")
    assert not Path(folder).parent.exists()


def test_given_addresses_are_left_alone() -> None:
    given = {"DATABASE_URL": "postgresql://a@b/c", "REDIS_URL": "redis://b/0"}
    result = run_module("--", "sh", "-c", 'echo "$DATABASE_URL $REDIS_URL"', **given)
    assert result.stdout == "postgresql://a@b/c redis://b/0\n"


def test_one_address_without_the_other_is_refused() -> None:
    result = run_module("--", "true", DATABASE_URL="postgresql://a@b/c")
    assert (result.returncode, result.stderr) == (
        3,
        "Set both DATABASE_URL and REDIS_URL, or neither to use the embedded services.\n",
    )


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited 30 seconds in vain"
        time.sleep(0.05)


def test_a_terminated_run_stops_its_command_and_its_services(home: Path, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f'echo "$REDIS_URL" > {ready}.new && mv {ready}.new {ready}; exec sleep 60'
    command = [sys.executable, "-m", "config.embedded", "--", "sh", "-c", script]
    environment = without_addresses() | {"FLOTILLA_HOME": str(home)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as run:
        wait_for(ready.exists)
        port = int(ready.read_text(encoding="utf-8").rpartition(":")[2].partition("/")[0])
        run.terminate()
        assert run.wait(timeout=60) == 128 + signal.SIGTERM
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


KILLED_SCRATCH = """
import os, signal
from config.embedded import start_scratch
with start_scratch() as running:
    pids = [child.process.pid for child in running.children()]
    print(running.home.path, *pids, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_abandoned_scratch_home_is_swept_by_the_next_run(home: Path) -> None:
    # Not among the homes of others, who sweep as well.
    own = {"TMPDIR": str(home)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_SCRATCH],
        check=False,
        cwd=ROOT,
        env=os.environ | own,
        capture_output=True,
        text=True,
    )
    folder, *pids = killed.stdout.split()
    assert all(command_line(int(pid)) for pid in pids)
    os.utime(folder, (0, 0))
    result = run_module("--scratch", "--", "true", **own)
    assert "left behind" in result.stderr
    assert not Path(folder).exists()
    assert not [pid for pid in pids if command_line(int(pid))]


def test_a_scratch_home_that_goes_while_it_is_looked_at_stops_nobody(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def goes(place: Home) -> bool:
        shutil.rmtree(place.path)
        return False

    monkeypatch.setattr(tempfile, "tempdir", str(home))
    monkeypatch.setattr(Home, "is_locked", goes)
    going = home / f"{SCRATCH_PREFIX}{os.geteuid()}-going"
    going.mkdir()
    os.utime(going, (0, 0))
    with start_scratch(tell=say_nothing) as services:
        assert ask(services.services.database_url, "SELECT 1") == [(1,)]
