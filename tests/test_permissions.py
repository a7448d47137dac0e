"""Every route of the table, as every persona."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.choices import TokenScope
from accounts.permissions import Permission
from accounts.tenancy import tenant
from tests.personas import World
from tests.route_table import EVERYBODY, HOLDERS, Route, methods_of, named_patterns
from tests.routes import PUBLIC, ROUTES

PERSONAS = sorted(EVERYBODY)
by_route = pytest.mark.parametrize("route", ROUTES, ids=str)


def call(client: Client, route: Route, world: World, **extra: Any) -> int:
    path = reverse(route.name, kwargs={"org": world.organization.slug, **arguments(route, world)})
    send = getattr(client, route.method.lower())
    body = {"data": "{}", "content_type": "application/json"} if route.is_api else {}
    if route.method == "GET":
        body = {}
    status: int = send(path, **body, **extra).status_code
    return status


def arguments(route: Route, world: World) -> dict[str, Any]:
    with tenant(world.organization.pk):
        return route.arguments(world)


def token_of(world: World, persona: str, scope: TokenScope) -> str:
    with tenant(world.organization.pk):
        expires = timezone.now() + timedelta(days=1)
        return actions.create_token(
            world.access(persona), name="test", scope=scope, expires_at=expires
        )[1]


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


@by_route
def test_no_route_changes_something_by_a_read_permission(route: Route) -> None:
    assert route.method == "GET" or not route.permission.is_read


def test_every_permission_is_used_and_has_holders() -> None:
    used = {route.permission for route in ROUTES}
    assert used == set(Permission) == set(HOLDERS)


@pytest.mark.parametrize("persona", PERSONAS)
def test_the_roles_grant_what_the_table_says(persona: str, acme: World) -> None:
    with tenant(acme.organization.pk):
        granted = acme.access(persona).anywhere
    assert granted == {p for p, holders in HOLDERS.items() if persona in holders}


@pytest.mark.parametrize("persona", PERSONAS)
@by_route
def test_a_member_passes_exactly_with_the_permission(
    route: Route, persona: str, acme: World
) -> None:
    status = call(acme.client(persona), route, acme)
    assert status == (route.ok if persona in HOLDERS[route.permission] else 403)


@by_route
def test_a_person_of_another_organisation_finds_nothing(
    route: Route, acme: World, rival: World
) -> None:
    assert call(rival.client("admin"), route, acme) == 404


@by_route
def test_a_removed_member_finds_nothing(route: Route, acme: World) -> None:
    client = acme.client("lead")
    with tenant(acme.organization.pk):
        actions.remove_member(acme.access("admin"), acme["lead"], expected_version=None)
    assert call(client, route, acme) == 404


@by_route
def test_the_unknown_are_asked_to_sign_in(route: Route, acme: World) -> None:
    assert call(Client(), route, acme) == (401 if route.is_api else 302)


@by_route
def test_a_read_token_only_reads(route: Route, acme: World) -> None:
    token = token_of(acme, "admin", TokenScope.READ)
    status = call(Client(), route, acme, headers={"Authorization": f"Bearer {token}"})
    if not route.is_api:
        assert status == 302
    else:
        assert status == (route.ok if route.permission.is_read else 403)


@by_route
def test_a_write_token_may_what_its_member_may(route: Route, acme: World) -> None:
    token = token_of(acme, "lead", TokenScope.WRITE)
    status = call(Client(), route, acme, headers={"Authorization": f"Bearer {token}"})
    if not route.is_api:
        assert status == 302
    else:
        assert status == (route.ok if "lead" in HOLDERS[route.permission] else 403)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.is_api], ids=str)
def test_a_token_of_another_organisation_finds_nothing(
    route: Route, acme: World, rival: World
) -> None:
    token = token_of(rival, "admin", TokenScope.WRITE)
    assert call(Client(), route, acme, headers={"Authorization": f"Bearer {token}"}) == 404
