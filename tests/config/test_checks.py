"""What stops the start, in a sentence that names the variable."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.checks import run_checks

from tests.authority import Authority


def found(settings: LazySettings, path: Path | str) -> list[str]:
    settings.OUTBOUND_CA_FILE = str(path)
    return [error.msg for error in run_checks() if error.id == "flotilla.E002"]


def test_a_file_of_authorities_is_taken(settings: LazySettings, tmp_path: Path) -> None:
    assert found(settings, Authority(tmp_path).file) == []


def test_no_file_of_authorities_is_needed(settings: LazySettings) -> None:
    assert found(settings, "") == []


@pytest.mark.parametrize("name", ["missing.pem", "."])
def test_a_file_of_authorities_that_cannot_be_read_stops_the_start(
    settings: LazySettings, tmp_path: Path, name: str
) -> None:
    assert found(settings, tmp_path / name) == [
        "OUTBOUND_CA_FILE names a file that cannot be read."
    ]


@pytest.mark.parametrize("body", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nx\n"])
def test_a_file_without_a_certificate_stops_the_start(
    settings: LazySettings, tmp_path: Path, body: str
) -> None:
    file = tmp_path / "company.pem"
    file.write_text(body)
    assert found(settings, file) == ["OUTBOUND_CA_FILE names a file that holds no certificate."]
