"""An organisation of twelve products, the six people who plan it, and the clock they live by."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction
from playwright.sync_api import Browser, BrowserContext
from pytest_django.live_server_helper import LiveServer

from accounts.actions import create_organization
from accounts.choices import UnitRole
from accounts.models import Member, OutboxEntry
from accounts.tenancy import tenant
from okrs.actions.ancestors import recompute_ancestors
from okrs.actions.daily import refresh_pace
from portfolio.models import Portfolio, Product, RoleAssignment, Team
from tests.browser.conftest import DESKTOP, HEIGHT, closing, sign_in, watch
from tests.browser.quarter.clock import Clock, day
from tests.browser.quarter.people import Cast, Someone
from tests.factories.accounts import MemberFactory, PersonFactory
from tests.factories.portfolio import (
    PortfolioFactory,
    ProductFactory,
    ProductPlacementFactory,
    TeamFactory,
    TeamProductFactory,
)
from tests.personas import World

# Milliseconds that a person waits for what should be there.
PATIENCE = 10_000
# An administrator, a portfolio lead, three who own four products each, and the lead of a team.
NAMES = {
    "nora": "Nora Feld",
    "lena": "Lena Brandt",
    "ole": "Ole Winter",
    "pia": "Pia Sommer",
    "quinn": "Quinn Adler",
    "tomas": "Tomas Graf",
}
PRODUCTS = {
    "ole": ("Checkout", "Search", "Catalogue", "Pricing"),
    "pia": ("Payments", "Payouts", "Invoices", "Lending"),
    "quinn": ("Loyalty", "Delivery", "Returns", "Messages"),
}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("django.utils.timezone.now", made.now)
    return made


@pytest.fixture
def world(transactional_db: None, clock: Clock) -> World:
    with transaction.atomic():
        admin = PersonFactory.create(name=NAMES["nora"], email="nora@halden.example")
        organization = create_organization(admin, name="Halden")
        with tenant(organization.pk):
            members = {"nora": Member.objects.get()} | {
                key: MemberFactory.create(person=PersonFactory.create(name=name))
                for key, name in NAMES.items()
                if key != "nora"
            }
            portfolio = PortfolioFactory.create(name="Shops", slug="shops")
            lead(members["lena"], portfolio=portfolio)
            products = [add_product(p, portfolio, members[key]) for key, p in owned()]
            team = add_team("Platform", products[0], members["tomas"])
    return World(organization, portfolio, products[0], team, members)


def owned() -> Iterator[tuple[str, str]]:
    for key, products in PRODUCTS.items():
        for product in products:
            yield key, product


def add_product(name: str, portfolio: Portfolio, member: Member) -> Product:
    product: Product = ProductFactory.create(name=name, slug=name.lower())
    ProductPlacementFactory.create(product=product, portfolio=portfolio)
    lead(member, product=product)
    return product


def add_team(name: str, product: Product, member: Member) -> Team:
    team: Team = TeamFactory.create(name=name, slug=name.lower(), capacity=Decimal(10))
    TeamProductFactory.create(team=team, product=product)
    lead(member, team=team)
    return team


def lead(member: Member, **unit: Portfolio | Product | Team) -> None:
    RoleAssignment.objects.create(member=member, role=UnitRole.LEAD, from_date=day(1, 1), **unit)


@pytest.fixture
def cast(browser: Browser, live_server: LiveServer, world: World, clock: Clock) -> Iterator[Cast]:
    """The six at their browsers. No page may break the policy or raise an error in a script."""
    wrongs: list[str] = []
    contexts: dict[str, BrowserContext] = {}
    places: dict[str, str] = {}
    root = f"{live_server.url}/o/{world.organization.slug}/"

    def turn_to(day: date) -> None:
        """Days pass: scores are judged anew at night, and everybody signs in again."""
        clock.turn_to(day)
        with tenant(world.organization.pk):
            refresh_pace()
        for key, context in contexts.items():
            sign_in(context, world, key, live_server.url)

    def catch_up() -> None:
        work_off(world)

    with closing(live_server) as opened:

        def someone(key: str) -> Someone:
            context = contexts[key] = browser.new_context(
                viewport={"width": DESKTOP, "height": HEIGHT}, reduced_motion="reduce"
            )
            opened.callback(context.close)
            watch(context, wrongs)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.on("pageerror", lambda error: wrongs.append(str(error)))
            return Someone(page, root, places)

        yield Cast(**{key: someone(key) for key in NAMES}, turn_to=turn_to, catch_up=catch_up)
    assert wrongs == []


def work_off(world: World) -> None:
    """What the worker does with the outbox."""
    with transaction.atomic(), tenant(world.organization.pk):
        for entry in OutboxEntry.objects.filter(job="okrs.tasks.recompute_ancestors"):
            given = entry.arguments
            recompute_ancestors(ids(given["key_results"]), ids(given["objectives"]))


def ids(texts: Iterable[str]) -> set[UUID]:
    return {UUID(text) for text in texts}
