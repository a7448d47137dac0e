"""Every route of the table, as every persona.

The row that a route names is made once for all who ask; what an answer changes is undone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.choices import TokenScope
from accounts.models import Member
from accounts.permissions import Permission
from accounts.tenancy import tenant
from tests.personas import World
from tests.route_table import EVERYBODY, HOLDERS, Route, methods_of, named_patterns
from tests.routes import PUBLIC, ROUTES
from tests.shared_worlds import undone

PERSONAS = sorted(EVERYBODY)


@dataclass(frozen=True)
class Tokens:
    """Who calls the API without a session."""

    reader: str
    lead: str
    stranger: str


def token_of(world: World, persona: str, scope: TokenScope) -> str:
    with tenant(world.organization.pk):
        expires = timezone.now() + timedelta(days=1)
        return actions.create_token(
            world.access(persona), name="test", scope=scope, expires_at=expires
        )[1]


@pytest.fixture(scope="module")
def tokens(ours: World, theirs: World) -> Tokens:
    return Tokens(
        reader=token_of(ours, "admin", TokenScope.READ),
        lead=token_of(ours, "lead", TokenScope.WRITE),
        stranger=token_of(theirs, "admin", TokenScope.WRITE),
    )


@pytest.fixture(scope="module", params=ROUTES, ids=str)
def route(request: pytest.FixtureRequest) -> Route:
    found: Route = request.param
    return found


@pytest.fixture(scope="module")
def path(route: Route, ours: World, tokens: Tokens) -> Iterator[str]:
    """The address of the route, with a row that stands until everybody has asked for it."""
    with undone():
        yield route.path(ours, route.arguments_in(ours))


def call(client: Client, route: Route, path: str, **headers: str) -> int:
    """The status of an answer whose effect is undone."""
    send = getattr(client, route.method.lower())
    body: dict[str, Any] = {}
    if route.is_api and route.method != "GET":
        body = {"data": "{}", "content_type": "application/json"}
    with undone():
        status: int = send(path, headers=headers, **body).status_code
    return status


def call_with(token: str, route: Route, path: str) -> int:
    return call(Client(), route, path, Authorization=f"Bearer {token}")


def test_every_url_of_the_product_is_in_the_table() -> None:
    listed = {route.name for route in ROUTES} | PUBLIC
    ours = {name for name, path, _ in named_patterns() if not path.startswith("accounts/")}
    assert ours - listed == set()
    assert listed - ours == set()


@pytest.mark.parametrize(
    ("name", "pattern"),
    [(name, p) for name, path, p in named_patterns() if "<slug:org>" in path],
)
def test_the_table_repeats_the_methods_and_permissions_of_the_view(name: str, pattern: Any) -> None:
    listed = {route.method: route.permission for route in ROUTES if route.name == name}
    assert listed == methods_of(pattern)


def test_no_route_changes_something_by_a_read_permission() -> None:
    changing = [route for route in ROUTES if route.method != "GET"]
    assert [route for route in changing if route.permission.is_read] == []


def test_every_permission_is_used_and_has_holders() -> None:
    used = {route.permission for route in ROUTES}
    assert used == set(Permission) == set(HOLDERS)


@pytest.mark.parametrize("persona", PERSONAS)
def test_the_roles_grant_what_the_table_says(persona: str, ours: World) -> None:
    with tenant(ours.organization.pk):
        granted = ours.access(persona).anywhere
    assert granted == {p for p, holders in HOLDERS.items() if persona in holders}


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_member_passes_exactly_with_the_permission(
    route: Route, path: str, persona: str, ours: World
) -> None:
    assert call(ours.client(persona), route, path) == route.answer(persona)


def test_a_person_of_another_organisation_finds_nothing(
    route: Route, path: str, theirs: World
) -> None:
    assert call(theirs.client("admin"), route, path) == 404


def test_a_removed_member_finds_nothing(route: Route, path: str, ours: World) -> None:
    with undone():
        with tenant(ours.organization.pk):
            lead = Member.objects.get(pk=ours["lead"].pk)
            actions.remove_member(ours.access("admin"), lead, expected_version=None)
        assert call(ours.client("lead"), route, path) == 404


def test_the_unknown_are_asked_to_sign_in(route: Route, path: str) -> None:
    assert call(Client(), route, path) == (401 if route.is_api else 302)


def test_a_read_token_only_reads(route: Route, path: str, tokens: Tokens) -> None:
    status = call_with(tokens.reader, route, path)
    if not route.is_api:
        assert status == 302
    else:
        assert status == (route.answer("admin") if route.permission.is_read else 403)


def test_a_write_token_may_what_its_member_may(route: Route, path: str, tokens: Tokens) -> None:
    status = call_with(tokens.lead, route, path)
    assert status == (route.answer("lead") if route.is_api else 302)


def test_a_token_of_another_organisation_finds_nothing(
    route: Route, path: str, tokens: Tokens
) -> None:
    assert call_with(tokens.stranger, route, path) == (404 if route.is_api else 302)
