"""The negotiation board in a browser: two people at once, in both themes and on a phone."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from okrs.choices import CycleState, ObjectiveState, TierKind
from okrs.models import Objective
from portfolio.models import Portfolio
from tests.browser.conftest import Bound, OpenPage, barriers_of
from tests.factories.okrs import (
    CycleFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
    TierFactory,
)
from tests.factories.portfolio import TeamFactory
from tests.factories.promises import CommittedTeamFactory
from tests.factories.reviews import PlanningRoundFactory
from tests.okrs.goals import an_objective
from tests.personas import World

GOAL, OFFER = "Shops stay", "Quick checkout"
FIVE_SECONDS = 5_000


@pytest.fixture
def address(bound: Bound) -> str:
    """A round in which one product offers to serve one goal and asks for too many people."""
    with bound() as world:
        cycle = CycleFactory.create(state=CycleState.PLANNED)
        portfolio = Portfolio.objects.get(slug="main")
        planning = PlanningRoundFactory.create(portfolio=portfolio, cycle=cycle)
        goal = ObjectiveFactory.create(
            title=GOAL,
            tier=TierFactory.create(kind=TierKind.PORTFOLIO),
            product=None,
            portfolio=portfolio,
            cycle=cycle,
            state=ObjectiveState.ACCEPTED,
        )
        offer = proposed(world, cycle=cycle)
        ObjectiveAlignmentFactory.create(child=offer, parent=goal)
        team = TeamFactory.create(name="Platform", capacity=Decimal(1))
        CommittedTeamFactory.create(
            commitment__objective=offer, team=team, people_weeks=Decimal(90)
        )
        return f"rounds/{planning.pk}/board/"


def proposed(world: World, **fields: object) -> Objective:
    return an_objective(
        world, title=OFFER, owner=world["contributor"], state=ObjectiveState.PROPOSED, **fields
    )


def test_what_one_person_decides_another_sees_within_five_seconds(
    open_page: OpenPage, address: str
) -> None:
    watching = open_page(address, own_clock=True)
    deciding = open_page(address, persona="facilitator")
    offer = watching.locator(".offer", has_text=OFFER)
    expect(offer).to_contain_text("proposed")
    deciding.get_by_role("link", name=OFFER).first.click()
    deciding.get_by_role("link", name="Accept", exact=True).click()
    deciding.get_by_role("button", name="Move", exact=True).click()
    expect(deciding.locator(".page-head")).to_contain_text("accepted")
    watching.clock.run_for(FIVE_SECONDS)
    expect(offer.locator(".offer-foot")).to_contain_text("accepted")


def test_what_is_wrong_leads_to_the_rows_that_prove_it(open_page: OpenPage, address: str) -> None:
    page = open_page(address)
    page.get_by_role("link", name="Over-asked teams").click()
    expect(page.locator(".finding-list")).to_contain_text("Platform: ")
    expect(page.locator(".offer.is-marked")).to_contain_text(OFFER)


def test_the_board_has_no_barrier_in_any_look(open_page: OpenPage, address: str) -> None:
    queries = ("", "?by=product", "?found=over-asked")
    assert barriers_of(open_page(""), [address + query for query in queries]) == {}


def test_every_cell_stands_under_its_product(open_page: OpenPage, address: str) -> None:
    page = open_page(address)
    heads = page.locator(".proposals thead th").evaluate_all(LEFT_EDGES)
    cells = page.locator(".proposals tbody tr:first-child > *").evaluate_all(LEFT_EDGES)
    assert heads == cells


LEFT_EDGES = "rows => rows.map(row => Math.round(row.getBoundingClientRect().left))"
