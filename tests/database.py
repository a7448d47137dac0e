"""The tests' database: made and emptied by the owner, used as the application role.

Row security means nothing to an owner or a superuser, so a suite that connected as one would
prove nothing.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg2 import sql

from tests.migrating import constraints_noted_in_place

ROOT = Path(__file__).resolve().parent.parent
MIGRATED_BY = (
    "*/migrations/*.py", "*/constraints.py", "*/fields.py", "config/sql/*.sql", "tests/database.py",
    "tests/migrating.py",
)  # fmt: skip
ALIASES = ("default", "owner", "dispatch")
# Tests roll back what they write. An autovacuum that meets it in between tells the planner that
# the fullest tables are empty, and statements get plans that no database in use has.
LEFT_ALONE = ("integrations_synceditem", "integrations_sourceitem")
LEAVE_ALONE = "ALTER TABLE {} SET (autovacuum_enabled = false)"
KEPT = ("django_migrations", "django_content_type", "auth_permission")
# The owner's own patience is a migration's, which stalls nobody. Here nobody is stalled: what a
# process was at that a test has killed ends as soon as the server notices.
EMPTY = "SET lock_timeout = '60s'; TRUNCATE {} CASCADE"


def database_name() -> str:
    return f"test_flotilla_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def parameters_of(alias: str, database: str) -> dict[str, Any]:
    parameters: dict[str, Any] = connections[alias].get_connection_params() | {"dbname": database}
    parameters.pop("cursor_factory", None)
    return parameters


def run_as(alias: str, statement: sql.Composable, database: str) -> None:
    with closing(psycopg2.connect(**parameters_of(alias, database))) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


def run_as_owner(statement: sql.Composable, database: str) -> None:
    run_as("owner", statement, database)


def point_at(name: str) -> None:
    for alias in ALIASES:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Inside the block every connection leads to another database."""
    usual = connections["default"].settings_dict["NAME"]
    point_at(name)
    try:
        yield
    finally:
        point_at(usual)


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
    """Copy this worker's database from the migrated one, and finally drop it."""
    usual, name = connections["default"].settings_dict["NAME"], database_name()
    drop(name)
    copy(migrated_database(), name)
    point_at(name)
    yield
    point_at(usual)
    drop(name)


def migrated_database() -> str:
    """A database with every migration applied, made once for each state of the migrations."""
    name = f"test_flotilla_{migrations_digest()}"
    usual = connections["owner"].settings_dict["NAME"]
    with closing(psycopg2.connect(**parameters_of("owner", "postgres"))) as connection:
        cursor = connection.cursor()
        # Workers start together: one migrates, the others wait for it, however long it takes.
        cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", ["migrated database"])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            unfinished = f"{name}_unfinished"
            drop(unfinished)
            copy("template0", unfinished)
            point_at(unfinished)
            with constraints_noted_in_place():
                call_command("migrate", database="owner", verbosity=0, interactive=False)
            point_at(usual)
            for table in LEFT_ALONE:
                run_as_owner(sql.SQL(LEAVE_ALONE).format(sql.Identifier(table)), unfinished)
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            names = sql.Identifier(unfinished), sql.Identifier(name)
            run_as_owner(rename.format(*names), "postgres")
    return name


def migrations_digest() -> str:
    """Stands for everything that a migrated database depends on."""
    files = [path for pattern in MIGRATED_BY for path in ROOT.glob(pattern)]
    found = hashlib.sha256()
    for path in sorted(files):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def copy(template: str, name: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    names = sql.Identifier(name), sql.Identifier(template)
    run_as_owner(statement.format(*names), "postgres")


def empty_tables() -> None:
    """Empty every table as the owner: the application may not truncate."""
    with connections["default"].cursor() as cursor:
        tables = connections["default"].introspection.table_names(cursor)
    names = sql.SQL(", ").join(sql.Identifier(t) for t in tables if t not in KEPT)
    run_as_owner(sql.SQL(EMPTY).format(names), database_name())


def empty_tables_after_transactional_tests() -> None:
    setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty_tables())  # noqa: B010
