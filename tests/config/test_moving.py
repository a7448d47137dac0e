"""An organisation moves between two real databases, and no row is lost."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import StringIO
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from psycopg2 import errors, sql

from accounts import moving
from accounts.models import Member, Person
from accounts.moving import CannotMove, Table, held, move, tables_of
from accounts.principal import organizations_of
from accounts.tenancy import BIND_SQL, tenant
from config.demo.loading import load
from okrs.actions.daily import verify_scores
from okrs.queries.remembered import history_begins
from tests.database import copy, database_name, drop, migrated_database, parameters_of, pointed_at
from tests.factories.accounts import MemberFactory, PersonFactory, make_organization
from tests.factories.closing import HistoryStartFactory

HALDEN = "halden-group"
ADMIN = "maren.solberg@halden.example"
# The audit log numbers its entries by itself, so they get other numbers over there.
ROWS = "SELECT ROW({})::text FROM {} WHERE {} = %s"
Contents = dict[str, list[str]]


@contextmanager
def inside(name: str) -> Iterator[None]:
    """A transaction in the database of that name."""
    with pointed_at(name), transaction.atomic():
        yield


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database with the demo's organisation and a small one beside it."""
    name = f"{database_name()}_loaded"
    drop(name)
    copy(migrated_database(), name)
    with django_db_blocker.unblock(), pointed_at(name):
        load(addresses={})
        with transaction.atomic():
            make_organization("Neighbour")
    yield name
    drop(name)


@pytest.fixture
def cells(loaded: str, django_db_blocker: Any) -> Iterator[tuple[str, str]]:
    """The names of two databases: one with the organisations, one without any."""
    names = f"{database_name()}_one", f"{database_name()}_other"
    with django_db_blocker.unblock():
        for name, template in zip(names, (loaded, migrated_database()), strict=True):
            drop(name)
            copy(template, name)
        yield names
        for name in names:
            drop(name)


@pytest.fixture
def ends(cells: tuple[str, str]) -> Iterator[tuple[Any, Any]]:
    """Connections to both as the owner."""
    one, other = (psycopg2.connect(**parameters_of("owner", name)) for name in cells)
    with closing(one), closing(other):
        one.autocommit = other.autocommit = True
        yield one, other


@pytest.fixture
def halden(ends: tuple[Any, Any]) -> UUID:
    return moving.find(ends[0], HALDEN)


def contents(connection: Any, organization_id: UUID) -> Contents:
    """Every row of an organisation as text, by table."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables_of(connection):
            cursor.execute(query_of(table), [str(organization_id)])
            found[table.name] = sorted(text for (text,) in cursor.fetchall())
    return found


def query_of(table: Table) -> sql.Composed:
    return sql.SQL(ROWS).format(table.listed, table.identifier, sql.Identifier(table.key))


def is_empty(found: Contents) -> bool:
    return not any(found.values())


def test_every_row_arrives_and_none_stays(ends: tuple[Any, Any], halden: UUID) -> None:
    before = contents(ends[0], halden)
    moved = move(*ends, HALDEN)
    assert contents(ends[1], halden) == before
    assert is_empty(contents(ends[0], halden))
    assert moved.rows == sum(map(len, before.values())) > 10_000


def test_since_when_its_past_is_known_goes_along(
    ends: tuple[Any, Any], cells: tuple[str, str], halden: UUID
) -> None:
    with inside(cells[0]), tenant(halden):
        begun = HistoryStartFactory.create().begins_at
    move(*ends, HALDEN)
    with inside(cells[1]), tenant(halden):
        assert history_begins() == begun


def test_the_organisation_beside_it_stays_as_it_was(ends: tuple[Any, Any]) -> None:
    neighbour = moving.find(ends[0], "neighbour")
    before = contents(ends[0], neighbour)
    move(*ends, HALDEN)
    assert contents(ends[0], neighbour) == before
    assert is_empty(contents(ends[1], neighbour))


def test_people_go_on_working_over_there(
    ends: tuple[Any, Any], cells: tuple[str, str], halden: UUID
) -> None:
    move(*ends, HALDEN)
    with pointed_at(cells[1]):
        client = Client()
        client.force_login(Person.objects.get(email=ADMIN))
        assert client.get(f"/o/{HALDEN}/dashboard/").status_code == 200
        with tenant(halden):
            assert verify_scores() == 0


def test_nobody_finds_it_where_it_was(ends: tuple[Any, Any], cells: tuple[str, str]) -> None:
    move(*ends, HALDEN)
    with inside(cells[0]):
        assert organizations_of(Person.objects.get(email=ADMIN).pk) == []


def test_who_is_known_over_there_stays_one_person(
    ends: tuple[Any, Any], cells: tuple[str, str], halden: UUID
) -> None:
    with inside(cells[1]):
        known = PersonFactory.create(email=ADMIN.title())
    move(*ends, HALDEN)
    with inside(cells[1]), tenant(halden):
        assert Member.objects.get(role="admin", name="Maren Solberg").person == known
        assert Person.objects.filter(email__iexact=ADMIN).count() == 1


class Crash(Exception):
    """Somebody pulled the plug."""


def crash(*_: Any) -> None:
    raise Crash


@pytest.fixture
def interrupted(
    ends: tuple[Any, Any], halden: UUID, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Contents]:
    """Break a move off at a step; what there was before."""

    def broken_off(step: str) -> Contents:
        before = contents(ends[0], halden)
        with monkeypatch.context() as patch:
            patch.setattr(moving, step, crash)
            with pytest.raises(Crash):
                move(*ends, HALDEN)
        return before

    return broken_off


@pytest.mark.parametrize("step", ["load", "store"])
def test_a_copy_that_is_broken_off_leaves_all_as_it_was(
    ends: tuple[Any, Any], halden: UUID, interrupted: Callable[[str], Contents], step: str
) -> None:
    before = interrupted(step)
    assert contents(ends[0], halden) == before
    assert is_empty(contents(ends[1], halden))


def test_a_move_that_is_broken_off_after_the_copy_goes_on(
    ends: tuple[Any, Any], halden: UUID, interrupted: Callable[[str], Contents]
) -> None:
    before = interrupted("forget")
    assert contents(ends[0], halden) == contents(ends[1], halden) == before
    move(*ends, HALDEN)
    assert contents(ends[1], halden) == before
    assert is_empty(contents(ends[0], halden))


def test_what_differs_over_there_is_never_taken_for_the_same(
    ends: tuple[Any, Any], halden: UUID, interrupted: Callable[[str], Contents]
) -> None:
    before = interrupted("forget")
    with ends[1].cursor() as cursor:
        cursor.execute("UPDATE okrs_objective SET title = title || '.'")
    with pytest.raises(CannotMove, match="okrs_objective"):
        move(*ends, HALDEN)
    assert contents(ends[0], halden) == before


def test_an_address_that_is_taken_over_there_is_refused(
    ends: tuple[Any, Any], cells: tuple[str, str], halden: UUID
) -> None:
    before = contents(ends[0], halden)
    with inside(cells[1]):
        make_organization("Halden-Group")
    with pytest.raises(CannotMove, match="accounts_organization_slug"):
        move(*ends, HALDEN)
    assert contents(ends[0], halden) == before
    assert is_empty(contents(ends[1], halden))


def test_a_row_that_is_there_already_is_refused(
    ends: tuple[Any, Any], cells: tuple[str, str], halden: UUID
) -> None:
    with inside(cells[0]), tenant(halden):
        taken = Member.objects.get(name="Maren Solberg").pk
    with inside(cells[1]):
        other = make_organization("Other")
        with tenant(other.pk):
            MemberFactory.create(id=taken)
    with pytest.raises(CannotMove, match="accounts_member_pkey"):
        move(*ends, HALDEN)
    assert is_empty(contents(ends[1], halden))


def test_other_migrations_over_there_are_refused(ends: tuple[Any, Any]) -> None:
    with ends[1].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'reviews'")
    with pytest.raises(CannotMove, match="migrations"):
        move(*ends, HALDEN)


# --- While it moves -----------------------------------------------------------------------------
@contextmanager
def bound(database: str, organization_id: UUID) -> Iterator[None]:
    """A transaction of the application, which waits for a fifth of a second."""
    parameters = parameters_of("default", database)
    with closing(psycopg2.connect(**parameters)) as application, application.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '200ms'")
        cursor.execute(BIND_SQL, [str(organization_id), "", "", str(organization_id)])
        yield


def test_work_for_it_waits(ends: tuple[Any, Any], cells: tuple[str, str], halden: UUID) -> None:
    with held(ends[0], halden), pytest.raises(errors.QueryCanceled), bound(cells[0], halden):
        pass


def test_work_for_others_goes_on(
    ends: tuple[Any, Any], cells: tuple[str, str], halden: UUID
) -> None:
    neighbour = moving.find(ends[0], "neighbour")
    with held(ends[0], halden), bound(cells[0], neighbour):
        pass


def test_work_for_it_goes_on_after_a_move_that_failed(
    cells: tuple[str, str], halden: UUID, interrupted: Callable[[str], Contents]
) -> None:
    interrupted("store")
    with bound(cells[0], halden):
        pass


def test_a_move_gives_up_when_work_does_not_end(
    ends: tuple[Any, Any], cells: tuple[str, str], halden: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "PATIENCE", "200ms")
    with bound(cells[0], halden), pytest.raises(CannotMove, match="did not end in time"):
        move(*ends, HALDEN)


# --- The command --------------------------------------------------------------------------------
def test_the_command_says_what_went(cells: tuple[str, str], settings: Any) -> None:
    settings.TARGET_DATABASE_OWNER_URL = psycopg2.extensions.make_dsn(
        **parameters_of("owner", cells[1])
    )
    told = StringIO()
    with pointed_at(cells[0]):
        call_command("move_organization", HALDEN, stdout=told)
    assert told.getvalue().startswith("Moved 1")


def test_the_command_asks_where_to(settings: Any) -> None:
    settings.TARGET_DATABASE_OWNER_URL = ""
    with pytest.raises(CommandError, match="where to"):
        call_command("move_organization", HALDEN)


def test_an_address_that_nobody_has_is_refused(cells: tuple[str, str], settings: Any) -> None:
    settings.TARGET_DATABASE_OWNER_URL = psycopg2.extensions.make_dsn(
        **parameters_of("owner", cells[1])
    )
    with pointed_at(cells[0]), pytest.raises(CommandError, match="no organisation"):
        call_command("move_organization", "nobody")
