"""Who waits for whom, gaps, and proposing to several goals, as people meet them."""

import pytest
from playwright.sync_api import expect

from okrs.choices import DependencyState
from tests.browser.conftest import Bound, OpenPage, axe_violations, barriers_of
from tests.factories.okrs import ContributionFactory, CycleFactory, DependencyFactory
from tests.okrs.overviews.conftest import Goals

PAGES = ["dependencies/", "dependencies/graph/", "alignment/?gaps=1", "alignment/?gap=coverage"]


@pytest.fixture(autouse=True)
def grown(bound: Bound) -> str:
    """Goals with gaps, an offer, and promises in every kind of trouble; a key result to offer."""
    with bound() as world:
        goals = Goals(world, CycleFactory.create(name="This quarter"))
        goals.grow(2)
        target = goals.key_result(goals.top(title="Above"), source="contributions")
        child = goals.key_result(goals.objective(title="Below"), title="What we add")
        ContributionFactory.create(child=child, parent=target)
        for state in (DependencyState.BROKEN, DependencyState.ASKED, DependencyState.ACCEPTED):
            DependencyFactory.create(
                needer_key_result=child, provider_product=goals.product, state=state
            )
        return str(child.pk)


def test_no_page_has_a_barrier_in_any_look(open_page: OpenPage) -> None:
    assert barriers_of(open_page(""), PAGES) == {}


def test_what_was_ticked_stays_while_another_goal_is_searched_for(
    grown: str, open_page: OpenPage
) -> None:
    page = open_page(f"key-results/{grown}/contribute/")
    first = page.locator('input[name="chosen"]').first
    ticked = first.get_attribute("value")
    first.check()
    page.locator(f'input[name="amount-{ticked}"]').fill("7")
    page.get_by_label("Words in the title").fill("nothing like it")
    expect(page.locator('input[name="chosen"]')).to_have_count(1)
    expect(page.locator(f'input[name="amount-{ticked}"]')).to_have_value("7")
    assert axe_violations(page) == []
