"""Small things that many tests bind to."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from accounts.tenancy import tenant
from tests.personas import World, make_world


@pytest.fixture
def in_acme(acme: World) -> Iterator[World]:
    """Acme, with the test's own queries bound to it."""
    with tenant(acme.organization.pk, actor_id=acme["admin"].pk, request_id="test"):
        yield acme


@pytest.fixture
def world(transactional_db: None) -> World:
    """Acme with its personas, committed: other connections see it."""
    with transaction.atomic():
        return make_world("Acme")
