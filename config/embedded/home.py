"""The folder that holds the embedded services: data, sockets, passwords, and who has it now."""

import fcntl
import hashlib
import json
import os
import secrets
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO

from config.embedded.account import Account
from config.embedded.errors import EmbeddedError
from config.env import env_text

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SOCKET_NAME = ".s.PGSQL.5432"
# What the kernel's sockaddr_un holds, less the closing zero byte.
SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107
LOCK_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True)
class Secrets:
    """Passwords of one home, made once; URL-safe, so they need no quoting anywhere."""

    superuser: str
    owner: str
    app: str
    dispatch: str
    valkey: str


def default_home(account: Account) -> Path:
    """FLOTILLA_HOME, else `.flotilla` in the checkout, else (as root, when the checkout lies
    in a folder closed to the servers' account) a folder of this checkout's own in /var/lib."""
    chosen = env_text("FLOTILLA_HOME", "")
    if chosen:
        return Path(chosen).expanduser().resolve()
    if account.can_enter(CHECKOUT):
        return CHECKOUT / ".flotilla"
    return Path("/var/lib") / f"flotilla-{_digest(CHECKOUT)}"


@dataclass(frozen=True)
class Home:
    """A prepared folder. `path` is entered by the servers' account but not listed by others."""

    path: Path
    account: Account

    @property
    def state_file(self) -> Path:
        return self.path / "state.json"

    @property
    def lock_file(self) -> Path:
        return self.path / "lock"

    def prepare(self) -> None:
        """Make the folder, or say in one sentence why it will not do."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            owner = self.path.stat().st_uid
            if owner != os.geteuid():
                raise EmbeddedError(
                    f"{self.path} belongs to another user (uid {owner}); start as that user or "
                    "set FLOTILLA_HOME to a folder of your own."
                )
            self.path.chmod(0o711 if self.account.borrowed else 0o700)
        except OSError as error:
            raise EmbeddedError(
                f"Cannot write in {self.path} ({error.strerror}); set FLOTILLA_HOME to a folder "
                "that you may write."
            ) from None
        closed = self.account.first_closed(self.path)
        if closed:
            raise EmbeddedError(
                f"The servers run as {self.account.name}, for whom {closed} would have to be "
                "opened; set FLOTILLA_HOME to a folder that this account can reach instead."
            )

    def lock(self) -> IO[str]:
        """Hold the home until the returned file is closed; only one starter can."""
        file = self.lock_file.open("a", encoding="utf-8")
        self.lock_file.chmod(0o600)
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        # A second process that only looks holds the lock for an instant, hence the patience.
        while not _try_lock(file):
            if time.monotonic() > deadline:
                file.close()
                raise EmbeddedError(
                    f"The services in {self.path} are already running; stop the other one first "
                    "or set FLOTILLA_HOME to another folder."
                )
            time.sleep(0.05)
        return file

    def is_locked(self) -> bool:
        try:
            with self.lock_file.open("r", encoding="utf-8") as file:
                return not _try_lock(file)
        except OSError:
            return False

    def secrets(self) -> Secrets:
        path = self.path / "secrets.json"
        if not path.exists():
            made = Secrets(*(secrets.token_urlsafe(24) for _ in fields(Secrets)))
            write_private(path, json.dumps(asdict(made)))
        return Secrets(**json.loads(path.read_text(encoding="utf-8")))

    def private_folder(self, name: str) -> Path:
        """A folder in the home that only the servers' account can use."""
        return make_private(self.path / name, self.account)

    def socket_folder(self) -> Path:
        """A private folder whose socket path the kernel accepts and libpq does not split."""
        short = Path(tempfile.gettempdir()) / f"flotilla-{os.geteuid()}-{_digest(self.path)}"
        for folder in (self.path / "run", short):
            fits = len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_LIMIT
            if fits and "," not in str(folder):
                return make_private(folder, self.account)
        raise EmbeddedError(
            f"{self.path} is too long for a socket or has a comma, and so has the folder for "
            "temporary files; set FLOTILLA_HOME to a path without commas and of at most "
            f"{SOCKET_PATH_LIMIT - len('/run/') - len(SOCKET_NAME)} bytes."
        )


def make_private(folder: Path, account: Account) -> Path:
    """Make `folder` for the account alone; one that somebody else made there is refused."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in {os.geteuid(), account.uid}:
        raise EmbeddedError(f"{folder} was made by somebody else; remove it and start again.")
    folder.chmod(0o700)
    account.own(folder)
    return folder


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step by a file that only we can read."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
