"""A signed-in browser for the pages of goals."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.personas import World

HTMX = {"HX-Request": "true"}


@dataclass
class Browser:
    """What one persona sees of Acme."""

    world: World
    client: Client

    def address(self, name: str, *args: object) -> str:
        return reverse(f"okrs:{name}", args=[self.world.organization.slug, *args])

    def get(self, name: str, /, *args: object, htmx: bool = False, **query: Any) -> Any:
        headers = HTMX if htmx else {}
        return self.client.get(self.address(name, *args), query, headers=headers)

    def post(self, name: str, /, *args: object, htmx: bool = False, **data: Any) -> Any:
        headers = HTMX if htmx else {}
        return self.client.post(self.address(name, *args), data, headers=headers)


@pytest.fixture
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def as_admin(bound: World) -> Browser:
    return Browser(bound, bound.client("admin"))


@pytest.fixture
def as_contributor(bound: World) -> Browser:
    return Browser(bound, bound.client("contributor"))


@pytest.fixture
def as_bystander(bound: World) -> Browser:
    return Browser(bound, bound.client("bystander"))
