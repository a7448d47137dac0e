"""Starting, finding and stopping the pair of embedded services."""

import contextlib
import json
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from config.embedded.account import Account, service_account
from config.embedded.child import Child, Tell
from config.embedded.errors import EmbeddedError
from config.embedded.home import Home, default_home, write_private
from config.embedded.postgres import Postgres
from config.embedded.programs import programs_for
from config.embedded.valkey import Valkey
from config.env import ConfigurationError, env_text

SCRATCH_PREFIX = "flotilla-scratch-"
ABANDONED_AFTER_SECONDS = 60


@dataclass(frozen=True)
class Services:
    """Addresses of the running services; each database URL is one role's."""

    database_url: str
    owner_database_url: str
    dispatch_database_url: str
    redis_url: str

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.owner_database_url,
            "DATABASE_DISPATCH_URL": self.dispatch_database_url,
            "REDIS_URL": self.redis_url,
        }


@dataclass
class RunningServices:
    """Both servers, held until `stop` or the end of the `with` block."""

    home: Home
    postgres: Postgres
    valkey: Valkey
    lock: IO[str]
    services: Services

    def children(self) -> list[Child]:
        return [child for child in (self.postgres.child, self.valkey.child) if child]

    def stop(self) -> None:
        """Stop both and give the home up. May be called twice."""
        self.home.state_file.unlink(missing_ok=True)
        self.postgres.stop()
        self.valkey.stop()
        self.lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def start(home: Path, *, scratch: bool = False, tell: Tell = say) -> RunningServices:
    """Start both services on the data in `home`, which is made if need be.

    `scratch` trades durability for speed. Raises EmbeddedError with one sentence.
    """
    place = Home(home, service_account())
    place.prepare()
    lock = place.lock()
    try:
        return _start_locked(place, lock, scratch=scratch, tell=tell)
    except BaseException:
        lock.close()
        raise


def _start_locked(place: Home, lock: IO[str], *, scratch: bool, tell: Tell) -> RunningServices:
    place.state_file.unlink(missing_ok=True)
    programs, secrets = programs_for(place), place.secrets()
    if place.account.borrowed and not scratch:
        tell(f"PostgreSQL and Valkey run as {place.account.name}, with data in {place.path}.")
    with contextlib.ExitStack() as undo:
        postgres = Postgres(place, programs, secrets, tell, scratch)
        valkey = Valkey(place, programs, secrets, tell, scratch)
        undo.callback(postgres.stop)
        undo.callback(valkey.stop)
        postgres.start()
        valkey.start()
        services = Services(
            database_url=postgres.url("flotilla_app", secrets.app),
            owner_database_url=postgres.url("flotilla_owner", secrets.owner),
            dispatch_database_url=postgres.url("flotilla_dispatch", secrets.dispatch),
            redis_url=valkey.url,
        )
        write_private(place.state_file, json.dumps(asdict(services)))
        undo.pop_all()
    return RunningServices(place, postgres, valkey, lock, services)


@contextlib.contextmanager
def start_scratch(*, durable: bool = False, tell: Tell = say) -> Iterator[RunningServices]:
    """Both services on an empty throw-away home, deleted at the end.

    `durable` ones wait for the disk as those in use do, so that writes cost what they cost there.
    """
    _sweep_abandoned(tell)
    home = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{os.geteuid()}-")).resolve()
    try:
        with start(home, scratch=not durable, tell=tell) as running:
            yield running
    finally:
        shutil.rmtree(home, ignore_errors=True)


def find_running(home: Path) -> Services | None:
    """The services that another process runs in `home`, or None."""
    place = Home(home, service_account())
    if not place.is_locked():
        return None
    try:
        return Services(**json.loads(place.state_file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def services_are_given() -> bool:
    """Whether the environment names both services, so that nothing embedded has to start.

    Raises ConfigurationError when it names one of them only.
    """
    database, broker = bool(env_text("DATABASE_URL", "")), bool(env_text("REDIS_URL", ""))
    if database != broker:
        raise ConfigurationError(
            "Set both DATABASE_URL and REDIS_URL, or neither to use the embedded services."
        )
    return database


def use_running_services() -> bool:
    """Point this process at the services of a running demo, unless it has its own addresses.

    Returns whether addresses are known now.
    """
    if services_are_given():
        return True
    try:
        services = find_running(default_home(service_account()))
    except EmbeddedError:
        return False
    if services:
        os.environ.update(services.environment())
    return services is not None


def _sweep_abandoned(tell: Tell) -> None:
    """Stop and delete scratch homes whose starter was killed before it could."""
    account = service_account()
    for path in Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}{os.geteuid()}-*"):
        # Its starter at its end, or another that sweeps, may delete it under our hands.
        with contextlib.suppress(FileNotFoundError):
            if _is_abandoned(path, account):
                _sweep(path, account, tell)


def _is_abandoned(path: Path, account: Account) -> bool:
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
        return False
    is_old = time.time() - found.st_mtime >= ABANDONED_AFTER_SECONDS
    return is_old and not Home(path.resolve(), account).is_locked()


def _sweep(path: Path, account: Account, tell: Tell) -> None:
    place = Home(path.resolve(), account)
    with contextlib.suppress(EmbeddedError), place.lock():
        programs, secrets = programs_for(place), place.secrets()
        Postgres(place, programs, secrets, tell).stop_leftover()
        Valkey(place, programs, secrets, tell).stop_leftover()
    shutil.rmtree(path, ignore_errors=True)
