"""Who the embedded servers run as. PostgreSQL refuses to run as root, and is right to."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.embedded.errors import EmbeddedError

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """A system account; `borrowed` when it is not our own, which only root can do."""

    name: str
    uid: int
    gid: int
    borrowed: bool

    def popen_arguments(self) -> dict[str, Any]:
        if not self.borrowed:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.borrowed:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may pass through `folder`, as the kernel sees it."""
        if not self.borrowed:
            return os.access(folder, os.X_OK)
        return self.can_run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)])

    def can_run(self, command: list[str]) -> bool:
        """Whether `command`, which must only look, succeeds as this account."""
        try:
            result = subprocess.run(
                command, check=False, cwd="/", capture_output=True, **self.popen_arguments()
            )
        except OSError:
            return False
        return result.returncode == 0

    def first_closed(self, folder: Path) -> Path | None:
        """The outermost folder on the way to `folder` that the account may not enter."""
        way = [*reversed(folder.parents), folder]
        return next((step for step in way if not self.can_enter(step)), None)


def service_account() -> Account:
    """Our own account, or `nobody` when we are root."""
    uid = os.geteuid()
    if uid != 0:
        return Account(name=str(uid), uid=uid, gid=os.getegid(), borrowed=False)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise EmbeddedError(
            f"PostgreSQL does not run as root and there is no account {UNPRIVILEGED!r}; "
            "start as an ordinary user or set DATABASE_URL and REDIS_URL."
        ) from None
    return Account(name=UNPRIVILEGED, uid=entry.pw_uid, gid=entry.pw_gid, borrowed=True)
