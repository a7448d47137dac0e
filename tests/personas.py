"""The people of the tests: who they are, where they belong, and what they may."""

import time
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.access import Access, access_of
from accounts.choices import MoneyAccess, OrgRole, UnitRole
from accounts.models import Member, Organization, Person
from accounts.tenancy import tenant
from portfolio.models import Portfolio, Product, RoleAssignment, Team
from tests.factories.accounts import MemberFactory, PersonFactory, make_organization
from tests.factories.portfolio import (
    PortfolioFactory,
    ProductFactory,
    ProductPlacementFactory,
    TeamFactory,
    TeamProductFactory,
)


@dataclass
class World:
    """An organisation with one portfolio, one product at home in it, and the product's team."""

    organization: Organization
    portfolio: Portfolio
    product: Product
    team: Team
    members: dict[str, Member] = field(default_factory=dict)
    # Keys of the sessions of those who stay signed in, by persona.
    sessions: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, persona: str) -> Member:
        return self.members[persona]

    def access(self, persona: str) -> Access:
        return access_of(self.members[persona])

    def client(self, persona: str) -> Client:
        """A browser in which the persona is signed in."""
        client = Client()
        if persona in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[persona]
            return client
        person = self.members[persona].person
        assert person is not None
        client.force_login(person)
        note_password(client, person)
        return client

    def sign_everybody_in(self) -> None:
        """From here on, clients of a persona share one session instead of making their own."""
        for persona in self.members:
            client = self.client(persona)
            # The first page that a session asks for writes to it.
            client.get(reverse("accounts:palette", args=[self.organization.slug]))
            self.sessions[persona] = str(client.session.session_key)


def note_password(client: Client, person: Person, *, age: float = 0) -> None:
    """As if the password was given `age` seconds ago: some changes ask for it again."""
    session = client.session
    session["account_authentication_methods_user"] = str(person.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - age}]
    session.save()


def make_world(name: str, *, prefix: str = "") -> World:
    """A world; `prefix` sets the slugs of its units apart from those of another world."""
    organization = make_organization(name)
    with tenant(organization.pk):
        world = World(
            organization,
            PortfolioFactory.create(name=f"{name} portfolio", slug=f"{prefix}main"),
            ProductFactory.create(name=f"{name} product", slug=f"{prefix}product"),
            TeamFactory.create(name=f"{name} team", slug=f"{prefix}team"),
        )
        ProductPlacementFactory.create(product=world.product, portfolio=world.portfolio)
        TeamProductFactory.create(team=world.team, product=world.product)
        roles = {"admin": OrgRole.ADMIN, "facilitator": OrgRole.FACILITATOR}
        for persona in ("admin", "facilitator", "lead", "contributor", "viewer", "bystander"):
            world.members[persona] = MemberFactory.create(
                person=PersonFactory.create(
                    name=f"{name} {persona}", email=f"{persona}@{name.lower()}.example"
                ),
                role=roles.get(persona, OrgRole.MEMBER),
                money=MoneyAccess.CHANGE if persona == "admin" else MoneyAccess.NONE,
            )
        grant = RoleAssignment.objects.create
        grant(member=world["lead"], role=UnitRole.LEAD, portfolio=world.portfolio)
        grant(member=world["contributor"], role=UnitRole.CONTRIBUTOR, product=world.product)
        grant(member=world["viewer"], role=UnitRole.VIEWER, portfolio=world.portfolio)
    return world


@pytest.fixture
def acme(db: None) -> World:
    return make_world("Acme")


@pytest.fixture
def rival(db: None) -> World:
    return make_world("Rival", prefix="rival-")
