"""People of Acme at their browsers, and what they talk about."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from okrs.models import Objective
from portfolio.models import Portfolio, Product
from tests.okrs.goals import an_objective
from tests.personas import World

HTMX = {"HX-Request": "true"}


@dataclass
class Browser:
    """What one persona sees of Acme."""

    client: Client

    def address(self, name: str, *args: object) -> str:
        return reverse(f"governance:{name}", args=["acme", *args])

    def get(self, name: str, /, *args: object, htmx: bool = False, **query: Any) -> Any:
        return self.client.get(self.address(name, *args), query, headers=HTMX if htmx else {})

    def post(self, name: str, /, *args: object, htmx: bool = False, **data: Any) -> Any:
        return self.client.post(self.address(name, *args), data, headers=HTMX if htmx else {})

    def text(self, name: str, /, *args: object, **query: Any) -> str:
        return str(self.get(name, *args, **query).content.decode())


@dataclass
class Script:
    """The API with the session of one persona."""

    client: Client
    base: str = "/api/v1/orgs/acme/"

    def get(self, path: str, **query: str) -> Any:
        return self.client.get(self.base + path, query)

    def post(self, path: str, body: Any, etag: str = "") -> Any:
        headers = {"If-Match": etag} if etag else {}
        return self.client.post(
            self.base + path, body, content_type="application/json", headers=headers
        )

    def patch(self, path: str, body: Any, etag: str = '"1"') -> Any:
        return self.client.patch(
            self.base + path, body, content_type="application/json", headers={"If-Match": etag}
        )

    def delete(self, path: str, etag: str = '"1"') -> int:
        return self.client.delete(self.base + path, headers={"If-Match": etag}).status_code


@pytest.fixture
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def admin(bound: World) -> Browser:
    return Browser(bound.client("admin"))


@pytest.fixture
def lead(bound: World) -> Browser:
    return Browser(bound.client("lead"))


@pytest.fixture
def viewer(bound: World) -> Browser:
    return Browser(bound.client("viewer"))


@pytest.fixture
def bystander(bound: World) -> Browser:
    """A member without a role anywhere."""
    return Browser(bound.client("bystander"))


@pytest.fixture
def script(bound: World) -> Script:
    return Script(bound.client("admin"))


@pytest.fixture
def objective(bound: World) -> Objective:
    """One of the product, answered for by the lead."""
    return an_objective(bound, title="Shops sell sooner", owner=bound["lead"])


@pytest.fixture
def product(bound: World) -> Product:
    return Product.objects.get(slug="product")


@pytest.fixture
def portfolio(bound: World) -> Portfolio:
    return Portfolio.objects.get(slug="main")


def make_private() -> None:
    """From now on only those with a role in the portfolio see it and its goals."""
    Portfolio.objects.update(is_private=True)
