"""Moving an organisation to the database of another cell, without losing a row.

While it is on, transactions of the organisation wait in its own database: nothing is read or
written there, and nobody else notices. The rows are copied in one transaction, compared, and only
then taken out of the database they came from. Whatever fails before leaves everything as it was;
when it fails after, the same command again finds the same rows on both sides and goes on.

What is copied follows from the database's catalogue, so that a table added tomorrow moves too.
Both ends are connected as the owner, for whom the rules about closed cycles and recorded times do
not stand in the way (`accounts.constraints`).
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg2 import errors, sql

from accounts.tenancy import HOLD_SQL, LET_GO_SQL

# How long the organisation's open transactions may take to end before the move is given up.
PATIENCE = "30s"
ORGANIZATION, PERSON, MEMBER = "accounts_organization", "accounts_person", "accounts_member"
# What belongs to a person and goes along; sessions stay behind, so everybody signs in anew.
OF_PEOPLE = {"account_emailaddress": "user_id", "mfa_authenticator": "user_id"}
# Copied in memory up to here, then on disk.
SPOOLED_BYTES = 16 * 1024 * 1024
# Rows as text must not depend on how a session writes dates.
SAME_TEXT = "SET TIME ZONE 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 3"
TABLES = """
    SELECT c.relname,
           array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = ''
               AND a.attidentity = '')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY c.relname ORDER BY c.relname
"""
MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"
MEMBERS = sql.SQL("SELECT person_id FROM accounts_member WHERE organization_id = {}")
NEWCOMERS = """
    CREATE TEMP TABLE newcomers ON COMMIT DROP AS SELECT p.id FROM moved_accounts_person p
    WHERE NOT EXISTS (SELECT FROM accounts_person there
                      WHERE there.id = p.id OR lower(there.email) = lower(p.email))
"""
KNOWN_THERE = """
    UPDATE moved_accounts_member m SET person_id = there.id
    FROM moved_accounts_person p JOIN accounts_person there ON lower(there.email) = lower(p.email)
    WHERE m.person_id = p.id AND m.person_id <> there.id
"""
EVERYTHING = sql.SQL("")


class CannotMove(Exception):
    """Why the organisation stays where it is, in one sentence; nothing was changed."""


@dataclass(frozen=True)
class Table:
    """A table and its columns, without those that the database fills by itself."""

    name: str
    columns: tuple[str, ...]
    # The column that says whose a row is.
    key: str

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.name)

    @property
    def loaded(self) -> sql.Identifier:
        """The temporary table that holds the rows on their way."""
        return sql.Identifier(f"moved_{self.name}")

    @property
    def listed(self) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))


@dataclass(frozen=True)
class Sum:
    """How many rows, and the sum of a 64-bit hash over each row's text."""

    rows: int
    hashes: int


@dataclass(frozen=True)
class Moved:
    """What went, by table; tables without rows are left out."""

    organization_id: UUID
    sums: Mapping[str, Sum] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.sums.values())


def move(source: Any, target: Any, slug: str) -> Moved:
    """Move the organisation at the address `slug` from one psycopg2 connection to the other.

    Both connect as the owner, with no transaction open. Raises `CannotMove`.
    """
    for connection in (source, target):
        connection.autocommit = True
        run(connection, sql.SQL(SAME_TEXT))
    require_same_tables(source, target)
    organization_id = find(source, slug)
    with held(source, organization_id):
        tables = tables_of(source)
        with snapshot(source):
            sums = sums_of(source, tables, organization_id)
            if not is_there(target, organization_id):
                copy(source, target, tables, organization_id)
            compare(sums, sums_of(target, tables, organization_id))
        forget(source, tables, organization_id)
    return Moved(organization_id, {name: one for name, one in sums.items() if one.rows})


def require_same_tables(source: Any, target: Any) -> None:
    if rows(source, MIGRATIONS) != rows(target, MIGRATIONS):
        raise CannotMove("The databases are not at the same migrations.")


def find(source: Any, slug: str) -> UUID:
    found = rows(source, "SELECT id FROM accounts_organization WHERE slug = %s", [slug])
    if not found:
        raise CannotMove(f"There is no organisation at the address {slug}.")
    return UUID(str(found[0][0]))


def is_there(target: Any, organization_id: UUID) -> bool:
    there = "SELECT id FROM accounts_organization WHERE id = %s"
    return bool(rows(target, there, [str(organization_id)]))


@contextmanager
def held(source: Any, organization_id: UUID) -> Iterator[None]:
    """Nobody works for the organisation inside the block; who wants to, waits."""
    run(
        source,
        sql.SQL("SELECT set_config('lock_timeout', {}, false)").format(sql.Literal(PATIENCE)),
    )
    try:
        run(source, sql.SQL(HOLD_SQL), [str(organization_id)])
    except errors.LockNotAvailable:
        raise CannotMove("Work for the organisation did not end in time; try again.") from None
    try:
        yield
    finally:
        run(source, sql.SQL(LET_GO_SQL), [str(organization_id)])


@contextmanager
def snapshot(source: Any) -> Iterator[None]:
    """One view of the rows, the dispatcher's marks included."""
    run(source, sql.SQL("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    try:
        yield
    finally:
        run(source, sql.SQL("ROLLBACK"))


def tables_of(connection: Any) -> list[Table]:
    """Every table that holds rows of an organisation, and the people's own."""
    found = []
    for name, columns in rows(connection, TABLES):
        key = "id" if name == ORGANIZATION else "organization_id"
        if key in columns and (key != "id" or name == ORGANIZATION):
            found.append(Table(name, tuple(columns), key))
    return found


# --- Copying ----------------------------------------------------------------------------------
def copy(source: Any, target: Any, tables: Sequence[Table], organization_id: UUID) -> None:
    """Everything in one transaction of the target. Raises `CannotMove` when something is taken."""
    run(target, sql.SQL("BEGIN"))
    try:
        run(target, sql.SQL("SET CONSTRAINTS ALL DEFERRED"))
        copy_people(source, target, organization_id)
        for table in tables:
            load(source, target, table, organization_id)
        name_people_as_there(target)
        store(target, tables, organization_id)
        run(target, sql.SQL("COMMIT"))
    except errors.UniqueViolation as error:
        run(target, sql.SQL("ROLLBACK"))
        taken = f"{error.diag.table_name} ({error.diag.constraint_name})"
        raise CannotMove(f"Something of it is taken over there: {taken}.") from None
    except BaseException:
        run(target, sql.SQL("ROLLBACK"))
        raise


def load(source: Any, target: Any, table: Table, organization_id: UUID) -> None:
    """The rows into a temporary table: COPY does not pass row security."""
    where = sql.SQL("{} = {}").format(sql.Identifier(table.key), sql.Literal(str(organization_id)))
    make_temporary(target, table)
    stream(source, target, table, where)


def make_temporary(target: Any, table: Table) -> None:
    run(
        target,
        sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
            table.loaded, table.listed, table.identifier
        ),
    )


def stream(source: Any, target: Any, table: Table, where: sql.Composable) -> None:
    # In the order of their making, so that an answer follows what it answers.
    query = sql.SQL("COPY (SELECT {} FROM {} WHERE {} ORDER BY id) TO STDOUT").format(
        table.listed, table.identifier, where
    )
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(table.loaded, table.listed)
    with tempfile.SpooledTemporaryFile(SPOOLED_BYTES) as rows_on_their_way:
        with source.cursor() as reading:
            reading.copy_expert(query, rows_on_their_way)
        rows_on_their_way.seek(0)
        with target.cursor() as writing:
            writing.copy_expert(into, rows_on_their_way)


def copy_people(source: Any, target: Any, organization_id: UUID) -> None:
    """People whom the target does not know by their address, with addresses and second factors."""
    members = MEMBERS.format(sql.Literal(str(organization_id)))
    columns = dict(rows(source, TABLES))
    for name, key in {PERSON: "id", **OF_PEOPLE}.items():
        table = Table(name, tuple(columns[name]), key)
        make_temporary(target, table)
        of_members = sql.SQL("{} IN ({})").format(sql.Identifier(key), members)
        stream(source, target, table, of_members)
        if name == PERSON:
            run(target, sql.SQL(NEWCOMERS))
        put(target, table, sql.SQL("WHERE {} IN (SELECT id FROM newcomers)").format(
            sql.Identifier(key)
        ))  # fmt: skip


def name_people_as_there(target: Any) -> None:
    """A member is the person of the same address, whose id may be another one over there."""
    run(target, sql.SQL(KNOWN_THERE))


def store(target: Any, tables: Sequence[Table], organization_id: UUID) -> None:
    """From the temporary tables to their places.

    Triggers note what goes in: what they wrote is taken out again, and the rows that were there
    before take its place.
    """
    for table in tables:
        put(target, table)
    for table in tables:
        mine = sql.SQL("{} WHERE {} = {}").format(
            table.identifier, sql.Identifier(table.key), sql.Literal(str(organization_id))
        )
        if count(target, mine) != count(target, table.loaded):
            take_out(target, table, organization_id)
            put(target, table)


def put(target: Any, table: Table, where: sql.Composable = EVERYTHING) -> None:
    insert = sql.SQL("INSERT INTO {0} ({1}) SELECT {1} FROM {2} {3}")
    run(target, insert.format(table.identifier, table.listed, table.loaded, where))


def take_out(connection: Any, table: Table, organization_id: UUID) -> int:
    with connection.cursor() as cursor:
        delete = sql.SQL("DELETE FROM {} WHERE {} = %s")
        query = delete.format(table.identifier, sql.Identifier(table.key))
        cursor.execute(query, [str(organization_id)])
        return int(cursor.rowcount)


# --- Comparing and forgetting -----------------------------------------------------------------
def sums_of(connection: Any, tables: Sequence[Table], organization_id: UUID) -> dict[str, Sum]:
    return {table.name: sum_of(connection, table, organization_id) for table in tables}


def sum_of(connection: Any, table: Table, organization_id: UUID) -> Sum:
    """Over the columns that are copied; a member's person counts by the address."""
    columns = [
        sql.SQL("(SELECT lower(p.email) FROM accounts_person p WHERE p.id = person_id)")
        if (table.name, column) == (MEMBER, "person_id")
        else sql.Identifier(column)
        for column in table.columns
    ]
    query = sql.SQL(
        "SELECT count(*), coalesce(sum(hashtextextended(ROW({})::text, 0)::numeric), 0)"
        " FROM {} WHERE {} = %s"
    ).format(sql.SQL(", ").join(columns), table.identifier, sql.Identifier(table.key))
    [(count, hashes)] = rows(connection, query, [str(organization_id)])
    return Sum(int(count), int(hashes))


def compare(here: Mapping[str, Sum], there: Mapping[str, Sum]) -> None:
    """Raises `CannotMove` with the tables that differ."""
    differing = [name for name in here if here[name] != there.get(name)]
    if differing:
        told = ", ".join(
            f"{name} ({here[name].rows} here, {there[name].rows} there)" for name in differing
        )
        raise CannotMove(f"What is over there is not what is here: {told}.")


def forget(source: Any, tables: Sequence[Table], organization_id: UUID) -> None:
    """Take every row out, and what triggers note about it, until nothing is left."""
    run(source, sql.SQL("BEGIN; SET CONSTRAINTS ALL DEFERRED"))
    try:
        while sum(take_out(source, table, organization_id) for table in tables):
            continue
        run(source, sql.SQL("COMMIT"))
    except BaseException:
        run(source, sql.SQL("ROLLBACK"))
        raise


def count(connection: Any, of: sql.Composable) -> int:
    [(found,)] = rows(connection, sql.SQL("SELECT count(*) FROM {}").format(of))
    return int(found)


def run(connection: Any, query: sql.Composable, parameters: Sequence[object] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)


def rows(
    connection: Any, query: str | sql.Composable, parameters: Sequence[object] = ()
) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        found: list[Any] = cursor.fetchall()
        return found
