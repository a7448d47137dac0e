"""Reading the environment: every odd value is refused at boot, in one sentence."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})


class ConfigurationError(Exception):
    """The product cannot start as configured; the message is one sentence for the operator."""


def env_text(name: str, default: str | None = None) -> str:
    """The trimmed value of `name`, or `default` when it is unset or blank.

    Raises ConfigurationError when there is neither.
    """
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ConfigurationError(f"{name} is not set, and the product cannot start without it.")
    return default


def env_bool(name: str, default: bool) -> bool:  # noqa: FBT001 (the default, as in its siblings)
    """True for 1, true, yes, on; False for 0, false, no, off, in any case of letters."""
    value = env_text(name, "").lower()
    if not value:
        return default
    if value not in YES | NO:
        raise ConfigurationError(f"{name} must be one of 1, true, yes, on, 0, false, no, off.")
    return value in YES


def env_int(name: str, default: int, *, minimum: int = 0) -> int:
    """A whole number of at least `minimum`."""
    value = env_text(name, "")
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ConfigurationError(f"{name} must be a whole number.") from None
    if number < minimum:
        raise ConfigurationError(f"{name} must be {minimum} or more.")
    return number


def env_ports(name: str, default: list[int]) -> list[int]:
    """The comma-separated numbers of ports, each from 1 to 65535."""
    given = env_list(name)
    if not given:
        return default
    ports = [int(port) for port in given if port.isascii() and port.isdigit() and len(port) < 6]
    if len(ports) != len(given) or not all(1 <= port <= 65535 for port in ports):
        raise ConfigurationError(f"{name} must be numbers from 1 to 65535, separated by commas.")
    return ports


def env_list(name: str, default: list[str] | None = None) -> list[str]:
    """The comma-separated values of `name`, trimmed, without empty ones."""
    value = env_text(name, "")
    if not value:
        return list(default or [])
    return [part.strip() for part in value.split(",") if part.strip()]


def env_secret(name: str, default: str | None = None) -> str:
    """A secret, given as `name` or as a file named by `name`_FILE, never both.

    Raises ConfigurationError when it is missing and there is no default.
    """
    file_name = f"{name}_FILE"
    path = env_text(file_name, "")
    if not path:
        return env_text(name, default)
    if env_text(name, ""):
        raise ConfigurationError(f"{name} and {file_name} are both set; keep one of them.")
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{file_name} names a file that cannot be read.") from None
    if not secret:
        raise ConfigurationError(f"{file_name} names an empty file.")
    return secret


def parse_database_url(url: str) -> dict[str, Any]:
    """Django's NAME, USER, PASSWORD, HOST, PORT and OPTIONS of a PostgreSQL URL.

    A socket folder is given as `?host=/run/x`; any other parameter reaches libpq through
    OPTIONS. Messages never repeat the URL, which holds a password.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ConfigurationError("A database URL must begin with postgresql://.")
    name = unquote(parts.path.removeprefix("/"))
    if not name or "/" in name:
        raise ConfigurationError("A database URL must end with /<database name>.")
    try:
        port = parts.port
    except ValueError:
        raise ConfigurationError("The port of a database URL must be 1 to 65535.") from None
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or parts.hostname or ""
    return {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "OPTIONS": options,
    }
