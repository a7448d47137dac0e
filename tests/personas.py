"""The people of the tests: who they are, where they belong, and what they may."""

import time
from dataclasses import dataclass, field

import pytest
from django.test import Client

from accounts.access import Access, access_of
from accounts.choices import MoneyAccess, OrgRole, UnitRole
from accounts.models import Member, Organization, Person
from accounts.tenancy import tenant
from portfolio.models import RoleAssignment
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
    members: dict[str, Member] = field(default_factory=dict)

    def __getitem__(self, persona: str) -> Member:
        return self.members[persona]

    def access(self, persona: str) -> Access:
        return access_of(self.members[persona])

    def client(self, persona: str) -> Client:
        client = Client()
        person = self.members[persona].person
        assert person is not None
        client.force_login(person)
        note_password(client, person)
        return client


def note_password(client: Client, person: Person, *, age: float = 0) -> None:
    """As if the password was given `age` seconds ago: some changes ask for it again."""
    session = client.session
    session["account_authentication_methods_user"] = str(person.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - age}]
    session.save()


def make_world(name: str) -> World:
    world = World(make_organization(name))
    with tenant(world.organization.pk):
        portfolio = PortfolioFactory.create(name=f"{name} portfolio", slug="main")
        product = ProductFactory.create(name=f"{name} product", slug="product")
        ProductPlacementFactory.create(product=product, portfolio=portfolio, is_home=True)
        team = TeamFactory.create(name=f"{name} team", slug="team")
        TeamProductFactory.create(team=team, product=product)
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
        grant(member=world["lead"], role=UnitRole.LEAD, portfolio=portfolio)
        grant(member=world["contributor"], role=UnitRole.CONTRIBUTOR, product=product)
        grant(member=world["viewer"], role=UnitRole.VIEWER, portfolio=portfolio)
    return world


@pytest.fixture
def acme(db: None) -> World:
    return make_world("Acme")


@pytest.fixture
def rival(db: None) -> World:
    return make_world("Rival")
