import ast
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts import bootstrap


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that needs nothing but the standard library."""
    (tmp_path / "requirements").mkdir()
    for name in ("app.txt", "dev.txt"):
        (tmp_path / "requirements" / name).touch()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds that were installed, instead of installing them."""
    kinds: list[str] = []
    monkeypatch.setattr(bootstrap, "made_venv", lambda folder: folder.mkdir(exist_ok=True))
    monkeypatch.setattr(bootstrap, "install", lambda _python, kind: kinds.append(kind))
    return kinds


def pretend_old(monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int]) -> None:
    old = SimpleNamespace(version_info=version, executable="/old/python", stderr=sys.stderr)
    monkeypatch.setattr(bootstrap, "sys", old)


def test_the_set_up_is_understood_by_python_3_6() -> None:
    source = Path(bootstrap.__file__).read_text(encoding="utf-8")
    assert ast.parse(source, feature_version=(3, 6)).body


def test_an_old_python_alone_gets_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], checkout: Path
) -> None:
    pretend_old(monkeypatch, (3, 6, 15))
    monkeypatch.setattr(bootstrap, "CANDIDATES", [])
    assert bootstrap.main(["app"]) == 1
    said = capsys.readouterr().err
    assert said == "Flotilla needs Python 3.11 or newer, and this is Python 3.6.\n"


def test_an_old_python_finds_a_new_one_that_really_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken, good = tmp_path / "python3.14", tmp_path / "python3.13"
    broken.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    good.symlink_to(sys.executable)
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    pretend_old(monkeypatch, (3, 8, 0))
    assert bootstrap.suitable_python() == str(good)


def test_a_python_without_venv_gets_one_sentence(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    bare.chmod(0o755)
    with pytest.raises(bootstrap.SetUpError, match=r"has no venv module.*python3-venv"):
        bootstrap.demand_venv(str(bare))


def test_a_folder_that_cannot_be_written_gets_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(bootstrap.SetUpError, match="cannot be written"):
        bootstrap.demand_writable(tmp_path)


def test_a_second_run_installs_nothing(checkout: Path, installs: list[str]) -> None:
    assert (bootstrap.main(["app"]), bootstrap.main(["app"])) == (0, 0)
    assert installs == ["app"]


def test_a_changed_lock_file_is_installed(checkout: Path, installs: list[str]) -> None:
    bootstrap.main(["app"])
    (checkout / "requirements" / "app.txt").write_text("# newer\n", encoding="utf-8")
    bootstrap.main(["app"])
    assert installs == ["app", "app"]


def test_whoever_has_dev_has_app(checkout: Path, installs: list[str]) -> None:
    bootstrap.main(["dev"])
    bootstrap.main(["app"])
    assert installs == ["dev"]


def test_whoever_has_app_has_not_dev(checkout: Path, installs: list[str]) -> None:
    bootstrap.main(["app"])
    bootstrap.main(["dev"])
    assert installs == ["app", "dev"]


def test_a_failed_installation_is_tried_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "made_venv", lambda _folder: "/bin/false")
    assert (bootstrap.main(["app"]), bootstrap.main(["app"])) == (1, 1)
    assert capsys.readouterr().err.count("could not be installed") == 2


def test_the_set_up_makes_a_python_with_pip(checkout: Path) -> None:
    assert bootstrap.main(["app"]) == 0
    python = checkout / ".venv" / "bin" / "python"
    assert subprocess.run([python, "-c", "import pip"], check=False).returncode == 0


def test_half_a_venv_is_made_anew(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").touch(mode=0o755)
    assert bootstrap.main(["app"]) == 0


def test_no_lock_file_names_an_index() -> None:
    files = list((Path(bootstrap.__file__).parents[1] / "requirements").glob("*.txt"))
    assert len(files) == 2
    assert not [file for file in files if "index-url" in file.read_text(encoding="utf-8")]
