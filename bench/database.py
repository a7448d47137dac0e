"""The bench's own way to PostgreSQL: raw, as the owner, whom no row security holds back."""

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connections

FLOORS = Path(__file__).with_name("floors")


def connect(alias: str) -> Any:
    """A plain psycopg2 connection in autocommit, as the role of a Django connection."""
    parameters = connections[alias].get_connection_params()
    parameters.pop("cursor_factory", None)
    parameters["dbname"] = connections["default"].settings_dict["NAME"]
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
