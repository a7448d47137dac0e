"""PostgreSQL from a wheel: passwords for everybody, a private socket, no network."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import quote

from config.embedded.child import BARE_ENVIRONMENT, Child, Tell, command_line, spawn, wait_until
from config.embedded.errors import EmbeddedError
from config.embedded.home import Home, Secrets, write_private
from config.embedded.programs import POSTGRES_MAJOR, Programs

SUPERUSER, DATABASE, PORT = "flotilla_bootstrap", "flotilla", 5432
ROLES_SQL = Path(__file__).resolve().parent.parent / "sql" / "roles.sql"
# Recovery after a crash replays the log, which may take minutes; a dead child ends the wait.
START_SECONDS = 300
TELL_EVERY_SECONDS = 5
# Fast shutdown, then immediate: the next start recovers from the log.
STOP_STEPS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
HBA = "local all all scram-sha-256\n"
# A scratch cluster is thrown away, so it need not survive a power cut.
SCRATCH_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
HELD_MEMORY = "pre-existing shared memory block"


@dataclass
class Postgres:
    """The server of one home."""

    home: Home
    programs: Programs
    secrets: Secrets
    tell: Tell
    scratch: bool = False
    socket_folder: Path = field(init=False)
    child: Child | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.socket_folder = self.home.socket_folder()

    @property
    def data(self) -> Path:
        return self.home.path / "postgres"

    @property
    def log(self) -> Path:
        return self.home.path / "postgres.log"

    def start(self) -> None:
        """Make the cluster if there is none, start it, wait for it, make roles and database."""
        if self.data.exists():
            self._check_version()
            self.stop_leftover()
        else:
            self._make_cluster()
        self.child = self._spawn_and_wait()
        self._make_roles()

    def stop(self) -> None:
        if self.child:
            self.child.stop(STOP_STEPS)
            self.child = None
        if not self.socket_folder.is_relative_to(self.home.path):
            with contextlib.suppress(OSError):
                self.socket_folder.rmdir()

    def url(self, role: str, password: str) -> str:
        # The port is given because a PGPORT in somebody's environment would count otherwise.
        folder = quote(str(self.socket_folder), safe="")
        return f"postgresql://{role}:{password}@:{PORT}/{DATABASE}?host={folder}"

    def stop_leftover(self) -> None:
        """Stop the server that a killed starter left on this very data folder, if one runs."""
        pid = self._leftover_pid()
        if pid is None:
            return
        self.tell(f"Stopping a PostgreSQL that an earlier run left behind (process {pid}).")
        for sent, seconds in STOP_STEPS:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sent)
            if wait_until(lambda: self._leftover_pid() is None, seconds):
                return
        raise EmbeddedError(f"The PostgreSQL of an earlier run (process {pid}) does not stop.")

    def _leftover_pid(self) -> int | None:
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        except (OSError, ValueError, IndexError):
            return None
        # The number may belong to another process by now.
        return pid if str(self.data) in " ".join(command_line(pid)) else None

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        if found != str(POSTGRES_MAJOR):
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {found} and this is {POSTGRES_MAJOR}; move "
                "the folder away to start afresh, or set DATABASE_URL."
            )

    def _make_cluster(self) -> None:
        """Into a folder beside, renamed when complete: half a cluster is never taken for one."""
        draft, password = self.home.path / "postgres.new", self.home.path / "bootstrap-password"
        shutil.rmtree(draft, ignore_errors=True)
        self.home.private_folder(draft.name)
        write_private(password, self.secrets.superuser)
        self.home.account.own(password)
        try:
            self._initdb(draft, password)
        finally:
            password.unlink()
        hba = draft / "pg_hba.conf"
        hba.write_text(HBA, encoding="utf-8")
        draft.rename(self.data)

    def _initdb(self, folder: Path, password: Path) -> None:
        # One collation wherever it runs: characters by Unicode, order by code point.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        flags = ["-A", "scram-sha-256", "-E", "UTF8", *locale, *(["-N"] if self.scratch else [])]
        target = ["-D", str(folder), "-U", SUPERUSER, f"--pwfile={password}"]
        result = subprocess.run(
            [self.programs.postgres("initdb"), *target, *flags],
            check=False,
            cwd="/",
            env=BARE_ENVIRONMENT,
            capture_output=True,
            text=True,
            **self.home.account.popen_arguments(),
        )
        if result.returncode:
            lines = result.stderr.strip().splitlines() or ["no reason given"]
            raise EmbeddedError(f"PostgreSQL could not make {folder}: {lines[-1]}")

    def _spawn_and_wait(self) -> Child:
        deadline = time.monotonic() + START_SECONDS
        while True:
            child = self._spawn()
            try:
                if self._becomes_ready(child, deadline):
                    return child
            except BaseException:
                child.stop(STOP_STEPS)
                raise
            # Sessions of a killed server hold its memory for a moment after it.
            if HELD_MEMORY not in child.log.read_text(errors="replace"):
                raise EmbeddedError(
                    f"PostgreSQL stopped while starting ({child.last_line()}); see {self.log}."
                )
            time.sleep(1)

    def _spawn(self) -> Child:
        settings = [
            "listen_addresses=",
            f"port={PORT}",
            f"unix_socket_directories={_quoted_path(self.socket_folder)}",
            "unix_socket_permissions=0700",
            "log_timezone=UTC",
            *(SCRATCH_SETTINGS if self.scratch else ()),
        ]
        flags = [part for setting in settings for part in ("-c", setting)]
        command = [self.programs.postgres("postgres"), "-D", str(self.data), *flags]
        account = self.home.account
        return spawn("PostgreSQL", command, account=account, folder=self.data, log=self.log)

    def _becomes_ready(self, child: Child, deadline: float) -> bool:
        """True when it answers; False when it died; an error when time is up."""
        began = told = time.monotonic()
        while child.is_running():
            if self._answers():
                return True
            now = time.monotonic()
            if now > deadline:
                raise EmbeddedError(f"PostgreSQL was not ready in time; see {self.log}.")
            if now - told >= TELL_EVERY_SECONDS:
                told = now
                self.tell(f"PostgreSQL is starting ({now - began:.0f} s): {child.last_line()}")
            time.sleep(0.05)
        return False

    def _answers(self) -> bool:
        return self._client("pg_isready", "-t", "5").returncode == 0

    def _make_roles(self) -> None:
        passwords = {
            "PGPASSWORD": self.secrets.superuser,
            "FLOTILLA_OWNER_PASSWORD": self.secrets.owner,
            "FLOTILLA_APP_PASSWORD": self.secrets.app,
            "FLOTILLA_DISPATCH_PASSWORD": self.secrets.dispatch,
        }
        result = self._client("psql", "-X", "-q", "-w", "-f", str(ROLES_SQL), **passwords)
        if "password authentication failed" in result.stderr:
            raise EmbeddedError(
                f"{self.home.path / 'secrets.json'} does not hold the password of {self.data}; "
                "restore that file, or move both away to start afresh."
            )
        if result.returncode:
            raise EmbeddedError(f"The database roles could not be made: {result.stderr.strip()}")

    def _client(self, program: str, *flags: str, **environment: str) -> CompletedProcess[str]:
        target = ["-h", str(self.socket_folder), "-p", str(PORT), "-U", SUPERUSER, "-d", "postgres"]
        return subprocess.run(
            [self.programs.postgres(program), *target, *flags],
            check=False,
            env=BARE_ENVIRONMENT | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )


def _quoted_path(path: Path) -> str:
    """A path as one item of a PostgreSQL list setting, where blanks would end it."""
    escaped = str(path).replace('"', '""')
    return f'"{escaped}"'
