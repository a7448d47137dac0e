"""The tests' database: made and emptied by the owner, used as the application role.

Row security means nothing to an owner or a superuser, so a suite that connected as one would
prove nothing.
"""

import os
from collections.abc import Iterator
from contextlib import closing

import psycopg2
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg2 import sql

ALIASES = ("default", "owner", "dispatch")
KEPT = ("django_migrations", "django_content_type", "auth_permission")


def database_name() -> str:
    return f"test_flotilla_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def run_as(alias: str, statement: sql.Composable, database: str) -> None:
    parameters = connections[alias].get_connection_params() | {"dbname": database}
    parameters.pop("cursor_factory", None)
    with closing(psycopg2.connect(**parameters)) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


def run_as_owner(statement: sql.Composable, database: str) -> None:
    run_as("owner", statement, database)


def point_at(name: str) -> None:
    for alias in ALIASES:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def drop(name: str) -> None:
    """Drop a database under whatever is still connected to it, such as a thread that hangs.

    FORCE needs a superuser: each role may end its own connections only, and nobody autovacuum's,
    which a plain DROP sends away by itself.
    """
    mine = sql.SQL(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = {} AND usename = current_user"
    )
    for alias in ALIASES:
        run_as(alias, mine.format(sql.Literal(name)), "postgres")
    run_as_owner(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)), "postgres")


def scratch_database() -> Iterator[None]:
    """Create, migrate and finally drop this worker's database."""
    usual, name = connections["default"].settings_dict["NAME"], database_name()
    drop(name)
    run_as_owner(
        sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)), "postgres"
    )
    point_at(name)
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    connections["owner"].close()
    yield
    point_at(usual)
    drop(name)


def empty_tables() -> None:
    """Empty every table as the owner: the application may not truncate."""
    with connections["default"].cursor() as cursor:
        tables = connections["default"].introspection.table_names(cursor)
    names = sql.SQL(", ").join(sql.Identifier(t) for t in tables if t not in KEPT)
    run_as_owner(sql.SQL("TRUNCATE {} CASCADE").format(names), database_name())


def empty_tables_after_transactional_tests() -> None:
    setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty_tables())  # noqa: B010
