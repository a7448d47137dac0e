"""The bench's own way to PostgreSQL: raw, as the owner, whom no row security holds back."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connections

FEW_TENANTS = "few_tenants"
FACTS = (
    "server_version", "shared_buffers", "fsync", "synchronous_commit", "full_page_writes", "jit",
)  # fmt: skip
FLOORS = Path(__file__).with_name("floors")


def connect(alias: str, database: str | None = None) -> Any:
    """A plain psycopg2 connection in autocommit, as the role of a Django connection."""
    parameters = connections[alias].get_connection_params()
    parameters.pop("cursor_factory", None)
    parameters["dbname"] = database or connections["default"].settings_dict["NAME"]
    raw = psycopg2.connect(**parameters)
    raw.autocommit = True
    return raw


def floor_sql(name: str) -> str:
    """A statement of the folder `floors`."""
    return (FLOORS / f"{name}.sql").read_text()


def setting(name: str) -> str:
    """A setting of the server."""
    with closing(connect("owner")) as raw, raw.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def server_facts() -> str:
    """What of the server moves its times; scratch servers run without waiting for a disk."""
    version, *switches = [(name, setting(name)) for name in FACTS]
    told = ", ".join(f"{name} {value}" for name, value in switches)
    return f"PostgreSQL {version[1]} with {told}"


def copy_empty() -> None:
    """A second database as the migrated one is now, for the smaller of two worlds."""
    usual = connections["default"].settings_dict["NAME"]
    connections.close_all()
    with closing(connect("owner", "postgres")) as raw, raw.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {FEW_TENANTS} TEMPLATE {usual}")


@contextmanager
def few_tenants() -> Iterator[None]:
    """The default connection on the second database, until the end of the block."""
    settings = connections["default"].settings_dict
    usual = settings["NAME"]
    connections["default"].close()
    settings["NAME"] = FEW_TENANTS
    try:
        yield
    finally:
        connections["default"].close()
        settings["NAME"] = usual
