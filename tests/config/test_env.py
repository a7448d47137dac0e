from pathlib import Path

import pytest

from config.env import (
    ConfigurationError,
    env_bool,
    env_int,
    env_list,
    env_ports,
    env_secret,
    env_text,
    parse_database_url,
)


def test_a_blank_value_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACE", "  ")
    assert env_text("PLACE", "here") == "here"


def test_a_missing_value_without_default_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="NO_SUCH_SETTING is not set"):
        env_text("NO_SUCH_SETTING")


@pytest.mark.parametrize("word", ["1", "true", "YES", "On"])
def test_these_words_mean_yes(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("SWITCH", word)
    assert env_bool("SWITCH", False) is True


@pytest.mark.parametrize("word", ["0", "false", "NO", "Off"])
def test_these_words_mean_no(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("SWITCH", word)
    assert env_bool("SWITCH", True) is False


def test_a_word_that_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCH", "maybe")
    with pytest.raises(ConfigurationError, match="SWITCH must be one of"):
        env_bool("SWITCH", True)


def test_a_whole_number_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", " 8123 ")
    assert env_int("PORT", 1) == 8123


def test_ports_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTS", "443, 8443")
    assert env_ports("PORTS", [80]) == [443, 8443]


def test_ports_that_are_not_given_are_the_usual_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTS", " ")
    assert env_ports("PORTS", [443]) == [443]


@pytest.mark.parametrize("odd", ["0", "65536", "8443 443", "https", "-1", "443,x", "٤٤٣"])
def test_odd_ports_are_refused(monkeypatch: pytest.MonkeyPatch, odd: str) -> None:
    monkeypatch.setenv("PORTS", odd)
    with pytest.raises(ConfigurationError, match="PORTS must be numbers from 1 to 65535"):
        env_ports("PORTS", [443])


@pytest.mark.parametrize("odd", ["1.5", "ten", "-1"])
def test_an_odd_number_is_refused(monkeypatch: pytest.MonkeyPatch, odd: str) -> None:
    monkeypatch.setenv("PORT", odd)
    with pytest.raises(ConfigurationError, match="PORT must be"):
        env_int("PORT", 1)


def test_a_list_is_trimmed_and_has_no_empty_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", "a.example, b.example,,")
    assert env_list("HOSTS") == ["a.example", "b.example"]


def test_a_default_list_is_a_copy() -> None:
    default = ["a"]
    env_list("NO_SUCH_SETTING", default).append("b")
    assert default == ["a"]


def test_a_secret_is_read_from_the_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text("hush\n", encoding="utf-8")
    monkeypatch.setenv("KEY_FILE", str(file))
    assert env_secret("KEY") == "hush"


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEY", "hush")
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(ConfigurationError, match="both set"):
        env_secret("KEY")


def test_a_secret_file_that_cannot_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(ConfigurationError, match="KEY_FILE names a file that cannot be read"):
        env_secret("KEY", "default")


def test_an_empty_secret_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch()
    monkeypatch.setenv("KEY_FILE", str(file))
    with pytest.raises(ConfigurationError, match="empty file"):
        env_secret("KEY", "default")


def test_a_database_on_the_network_is_read_from_its_url() -> None:
    url = "postgresql://app:p%40ss@db.example:6432/okr?sslmode=verify-full"
    assert parse_database_url(url) == {
        "NAME": "okr",
        "USER": "app",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "verify-full"},
    }


def test_a_database_behind_a_socket_is_read_from_its_url() -> None:
    parsed = parse_database_url("postgresql://app:pw@:5432/okr?host=%2Frun%2Fmy%20place")
    assert (parsed["HOST"], parsed["PORT"], parsed["OPTIONS"]) == ("/run/my place", "5432", {})


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("mysql://app:hidden@db/okr", "begin with postgresql"),
        ("postgresql://app:hidden@db", "database name"),
        ("postgresql://app:hidden@db:99999/okr", "port"),
    ],
)
def test_an_odd_database_url_is_refused_without_repeating_it(url: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as refusal:
        parse_database_url(url)
    assert "hidden" not in str(refusal.value)
