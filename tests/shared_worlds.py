"""Two organisations made once a module, for sweeps that call every route.

Making them for each case would take most of its time. All is undone in the end, and cases undo
what they wrote. A module with these asks for no `db`, which closes the connection under them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from tests.personas import World, make_world


@contextmanager
def undone() -> Iterator[None]:
    """Undo what the block writes, after a look at the rules that a commit would have enforced."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[World]]:
    with django_db_blocker.unblock(), undone():
        made = [make_world("Acme"), make_world("Rival", prefix="rival-")]
        for world in made:
            world.sign_everybody_in()
        yield made


@pytest.fixture(scope="module")
def ours(worlds: list[World]) -> World:
    """The organisation that is asked."""
    return worlds[0]


@pytest.fixture(scope="module")
def theirs(worlds: list[World]) -> World:
    """Another one, of which nothing may show."""
    return worlds[1]


@pytest.fixture
def undone_after(worlds: list[World]) -> Iterator[None]:
    with undone():
        yield
