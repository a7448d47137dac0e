"""Small things that many tests bind to."""

from collections.abc import Iterator

import pytest

from accounts.tenancy import tenant
from tests.personas import World


@pytest.fixture
def in_acme(acme: World) -> Iterator[World]:
    """Acme, with the test's own queries bound to it."""
    with tenant(acme.organization.pk, actor_id=acme["admin"].pk, request_id="test"):
        yield acme
