"""No page offers anybody what is then refused.

All rows of the route table stand side by side. Each persona begins at every page that the table
has, follows every link, and sends every form as it stands; what that changes is undone.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from accounts.choices import UnitRole
from accounts.tenancy import tenant
from portfolio.models import RoleAssignment
from tests.factories.accounts import MemberFactory, PersonFactory
from tests.factories.portfolio import PortfolioFactory
from tests.offered import Offer, PageReader
from tests.personas import World
from tests.routes import ROUTES
from tests.shared_worlds import undone

PAGES = [route for route in ROUTES if route.method == "GET" and not route.is_api]
# Leads a portfolio of their own, and so holds permissions, but none on the rows of the table.
NEIGHBOUR = "neighbour"
# Who sees pages differently: an admin may do all that is offered, a viewer as little as anybody.
PERSONAS = ("facilitator", "lead", "contributor", "bystander", NEIGHBOUR)
# More pages of one kind, and more offers of one kind on a page, show nothing else.
OF_A_KIND = 2
REFUSED = {403, 404}


@pytest.fixture(scope="module")
def crowded(ours: World) -> Iterator[tuple[World, list[Offer]]]:
    """Ours with all rows of the table and a neighbour, and the pages to begin at."""
    with undone():
        starts = [Offer("GET", route.path(ours, route.arguments_in(ours))) for route in PAGES]
        with tenant(ours.organization.pk):
            person = PersonFactory.create(name="Acme neighbour", email="neighbour@acme.example")
            ours.members[NEIGHBOUR] = MemberFactory.create(person=person)
            RoleAssignment.objects.create(
                member=ours[NEIGHBOUR],
                role=UnitRole.LEAD,
                portfolio=PortfolioFactory.create(name="Next door", slug="next-door"),
            )
        yield ours, starts
        del ours.members[NEIGHBOUR]


class Walk:
    """What a browser meets that goes wherever pages lead it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.refused: list[str] = []
        # The status of the answer to each method and path.
        self.answered: dict[tuple[str, str], int] = {}
        self.opened: Counter[str] = Counter()

    def begin_at(self, starts: list[Offer]) -> None:
        """The starts may be out of reach, what a page offers may not."""
        ahead: list[tuple[Offer | None, Offer]] = [(None, start) for start in starts]
        while ahead:
            page, offer = ahead.pop()
            pressed = (offer.method, offer.path)
            if pressed not in self.answered:
                answer = self.answer(offer)
                self.answered[pressed] = answer.status_code
                ahead += [(offer, further) for further in self.offered_by(answer, offer)]
            if page and self.answered[pressed] in REFUSED:
                self.refused.append(f"{page} offers {offer}: {self.answered[pressed]}")

    def answer(self, offer: Offer) -> Any:
        with undone():
            return offer.press(self.client)

    def offered_by(self, answer: Any, page: Offer) -> list[Offer]:
        """What a page offers inside the organisation, unless enough of its kind were read."""
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if page.method != "GET" or answer.status_code != 200 or not is_page:
            return []
        if not is_among_first(self.opened, view_of(page)):
            return []
        kinds: Counter[str] = Counter()
        found = PageReader(page.address, answer.content.decode()).offers
        inside = [offer for offer in found if offer.path.startswith("/o/")]
        return [it for it in inside if is_among_first(kinds, f"{it.method} {view_of(it)}")]


def view_of(offer: Offer) -> str:
    return resolve(offer.path).view_name


def is_among_first(met: Counter[str], kind: str) -> bool:
    met[kind] += 1
    return met[kind] <= OF_A_KIND


@pytest.mark.parametrize("persona", PERSONAS)
def test_what_a_page_offers_is_not_refused(
    persona: str, crowded: tuple[World, list[Offer]]
) -> None:
    world, starts = crowded
    walk = Walk(world.client(persona))
    walk.begin_at(starts)
    assert walk.refused == []
