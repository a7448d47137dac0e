"""Make .venv and install the locked requirements: bootstrap.py app|dev

Kept to what Python 3.6 understands, so that old Pythons too end with one clear sentence.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
CANDIDATES = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python"]
ROOT = Path(__file__).resolve().parent.parent
# Both files pin the same versions of what they share, so whoever has dev has app.
FILES = {"app": ["app.txt"], "dev": ["app.txt", "dev.txt"]}
IS_NEW_ENOUGH = f"import sys; sys.exit(sys.version_info[:2] < {OLDEST})"


class SetUpError(Exception):
    """Set-up cannot go on; the message is one sentence for the person."""


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def succeeds(command: "list[str]") -> bool:
    nowhere = subprocess.DEVNULL
    try:
        return subprocess.call(command, stdin=nowhere, stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False


def suitable_python() -> str:
    """The path of this Python if it is new enough, else of the newest that really runs."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    for name in CANDIDATES:
        path = shutil.which(name)
        # A version switcher may offer a command that then refuses to run.
        if path and succeeds([path, "-c", IS_NEW_ENOUGH]):
            return path
    wanted, found = (".".join(map(str, pair)) for pair in (OLDEST, sys.version_info[:2]))
    raise SetUpError(f"Flotilla needs Python {wanted} or newer, and this is Python {found}.")


def demand_writable(folder: Path) -> None:
    if not os.access(str(folder), os.W_OK | os.X_OK):
        raise SetUpError(
            f"{folder} cannot be written, and .venv is made there; use a copy of your own."
        )


def demand_venv(python: str) -> None:
    # Debian keeps these two in a package of their own.
    if not succeeds([python, "-c", "import venv, ensurepip"]):
        raise SetUpError(
            f"{python} has no venv module; on Debian or Ubuntu run: apt-get install python3-venv"
        )


def made_venv(folder: Path) -> str:
    """The path of the Python in `folder`, which is made anew unless it holds one that works."""
    inside = str(folder / "bin" / "python")
    if succeeds([inside, "-c", f"import pip; {IS_NEW_ENOUGH}"]):
        return inside
    python = suitable_python()
    demand_venv(python)
    say(f"Making {folder}")
    if subprocess.call([python, "-m", "venv", "--clear", str(folder)]):
        raise SetUpError(f"{python} could not make {folder}; the reason is above.")
    return inside


def digests(kind: str) -> "dict[str, str]":
    """What is to be installed, by the content of the lock files."""
    folder = ROOT / "requirements"
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES[kind]}


def is_installed(stamp: Path, wanted: "dict[str, str]") -> bool:
    try:
        found = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return all(found.get(name) == value for name, value in wanted.items())


def install(python: str, kind: str) -> None:
    file = ROOT / "requirements" / FILES[kind][-1]
    say(f"Installing {file.relative_to(ROOT)}")
    command = [python, "-m", "pip", "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--require-hashes", "-r", str(file)]
    if subprocess.call(command):
        raise SetUpError("The requirements could not be installed; the reason is above.")


def set_up(kind: str) -> None:
    """Bring .venv up to date; done at once when nothing has changed."""
    folder = ROOT / ".venv"
    stamp, wanted = folder / "installed.json", digests(kind)
    if is_installed(stamp, wanted):
        return
    demand_writable(ROOT)
    python = made_venv(folder)
    install(python, kind)
    stamp.write_text(json.dumps(wanted), encoding="utf-8")


def main(arguments: "list[str]") -> int:
    if len(arguments) != 1 or arguments[0] not in FILES:
        say("usage: bootstrap.py app|dev")
        return 2
    try:
        set_up(arguments[0])
    except SetUpError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
