"""A database of its own, seeded once: what these tests plant in it is taken out again."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from bench.database import connect
from bench.report import Line
from bench.run import measured
from bench.seed import SIZES, seed
from bench.targets import read_targets
from bench.world import World, world_of
from tests.database import copy, database_name, drop, migrated_database, pointed_at


@pytest.fixture(scope="session")
def seeded(django_db_setup: None) -> Iterator[str]:
    """The name of a database of size s."""
    name = f"{database_name()}_bench"
    drop(name)
    copy(migrated_database(), name)
    with pointed_at(name):
        seed(SIZES["s"])
    yield name
    drop(name)


@pytest.fixture
def bench(seeded: str, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    with django_db_blocker.unblock(), pointed_at(seeded):  # type: ignore[attr-defined]
        yield world_of(SIZES["s"])


@pytest.fixture(scope="module")
def worn_name(seeded: str) -> Iterator[str]:
    """The name of a copy that jobs may write to."""
    name = f"{seeded}_worn"
    drop(name)
    copy(seeded, name)
    yield name
    drop(name)


@pytest.fixture
def worn(worn_name: str, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    with django_db_blocker.unblock(), pointed_at(worn_name):  # type: ignore[attr-defined]
        yield world_of(SIZES["s"])


def quick(world: World, *names: str) -> list[Line]:
    """The lines of a quick run about some names."""
    return list(measured(world, read_targets(), quick=True, only=names))


@contextmanager
def planted(statement: str, undo: str) -> Iterator[None]:
    """A change of the database that the owner makes, and takes back."""
    with closing(connect("owner")) as owner, owner.cursor() as cursor:
        cursor.execute(statement)
        try:
            yield
        finally:
            cursor.execute(undo)
