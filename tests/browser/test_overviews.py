"""Home, dashboard, alignment and road map as people meet them."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import FloatRect, Locator, Page, expect

from okrs.models import Cycle
from tests.browser.conftest import (
    PHONE,
    Bound,
    OpenPage,
    axe_violations,
    barriers_of,
    overflows,
)
from tests.factories.okrs import CycleFactory
from tests.okrs.overviews.conftest import Goals

PAGES = ["", "dashboard/", "alignment/", "alignment/?view=map", "alignment/?view=table", "roadmap/"]
POLL_MS = 16_000
YESTERDAY = (timezone.localdate() - timedelta(days=1)).isoformat()


@pytest.fixture(autouse=True)
def grown(bound: Bound) -> None:
    """Three products with goals, work, a link to answer and a promise that comes too late."""
    with bound() as world:
        goals = Goals(world, CycleFactory.create(name="This quarter"))
        goals.grow(3)
        row = goals.key_result(
            goals.objective(title="Payments never stop", score=Decimal("0.31")),
            title="Share of self-service changes in every market where we operate",
            outdated_from=goals.cycle.created_at,
        )
        assert row.owner == world["lead"]
        goals.rolled_up()


def test_no_page_has_a_barrier_in_any_look(open_page: OpenPage) -> None:
    assert barriers_of(open_page(""), PAGES) == {}


def place_of(part: Locator) -> FloatRect:
    place = part.bounding_box()
    assert place is not None
    return place


def test_a_title_shares_its_line_with_the_link_on_a_phone(open_page: OpenPage) -> None:
    head = open_page("dashboard/", width=PHONE).locator("#board .card-head")
    parts = ("h2", ".card-link", ".card-note", ".segmented")
    title, link, note, order = [place_of(head.locator(part)) for part in parts]
    assert title["y"] < link["y"] + link["height"] / 2 < title["y"] + title["height"]
    assert link["y"] + link["height"] <= note["y"] < order["y"]
    assert order["x"] == note["x"] == title["x"]


def filtered(page: Page) -> Page:
    page.get_by_label("Product name contains").fill("acme")
    page.wait_for_url("**/dashboard/?*product=acme")
    return page


def test_a_filter_is_in_the_address_and_survives_a_reload(open_page: OpenPage) -> None:
    page = filtered(open_page("dashboard/"))
    products = page.locator("#board .product-row")
    expect(products).to_have_count(1)
    page.reload()
    expect(products).to_have_count(1)
    assert page.get_by_label("Product name contains").input_value() == "acme"


@pytest.mark.parametrize(
    ("path", "name", "query"),
    [
        ("objectives/", "pace", "?pace=behind"),
        ("initiatives/", "state", "?state=done"),
        ("dependencies/", "state", "?state=late"),
    ],
)
def test_an_address_leaves_out_filters_that_are_not_set(
    path: str, name: str, query: str, open_page: OpenPage
) -> None:
    page = open_page(path)
    page.locator(f"select[name={name}]").select_option(query.partition("=")[2])
    page.wait_for_url(f"**/{path}{query}")


def test_a_form_without_htmx_leaves_out_filters_that_are_not_set(open_page: OpenPage) -> None:
    page = open_page("products/")
    page.locator("select[name=stage]").select_option("growth")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.wait_for_url("**/products/?stage=growth")


def test_a_download_follows_the_filters(open_page: OpenPage) -> None:
    page = open_page("objectives/")
    page.locator("select[name=pace]").select_option("behind")
    expect(page.get_by_role("link", name="CSV")).to_have_attribute(
        "href", "/o/acme/objectives/export.csv?pace=behind"
    )


def test_the_filters_of_a_phone_are_a_sheet_that_gives_the_focus_back(open_page: OpenPage) -> None:
    page = open_page("dashboard/", width=PHONE)
    status = page.get_by_label("Status")
    expect(status).to_be_hidden()
    opener = page.get_by_role("button", name="Filters")
    opener.focus()
    page.keyboard.press("Enter")
    expect(status).to_be_visible()
    assert axe_violations(page) == []
    status.select_option("behind")
    page.wait_for_url("**/dashboard/?*status=behind")
    page.keyboard.press("Escape")
    expect(status).to_be_hidden()
    expect(opener).to_be_focused()


@pytest.mark.parametrize("path", ["dashboard/", "alignment/"])
def test_a_past_day_is_unfolded_and_chosen_by_keyboard(path: str, open_page: OpenPage) -> None:
    page = open_page(path)
    day = page.get_by_label("As of", exact=True)
    expect(day).to_be_hidden()
    page.locator(".moment summary").focus()
    page.keyboard.press("Enter")
    day.fill(YESTERDAY)
    page.wait_for_url(f"**/{path}?*as_of={YESTERDAY}*")
    expect(page.locator("#as-of-banner")).to_be_visible()
    page.reload()
    expect(page.get_by_label("known on")).to_be_visible()
    assert axe_violations(page) == []


def test_a_past_day_is_chosen_in_the_sheet_of_a_phone(open_page: OpenPage) -> None:
    page = open_page("dashboard/", width=PHONE)
    page.get_by_role("button", name="Filters").click()
    page.get_by_text("As of a past day").click()
    assert axe_violations(page) == []
    page.get_by_label("As of", exact=True).fill(YESTERDAY)
    page.wait_for_url(f"**/dashboard/?*as_of={YESTERDAY}*")
    assert not overflows(page)


def test_back_undoes_a_filter_on_a_whole_page(open_page: OpenPage) -> None:
    page = open_page("dashboard/")
    filtered(page)
    page.go_back()
    expect(page.locator("#board .product-row")).to_have_count(4)
    expect(page.locator("nav.nav")).to_be_visible()


def test_clear_filters_shows_everything_again(open_page: OpenPage) -> None:
    page = filtered(open_page("dashboard/"))
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("#board .product-row")).to_have_count(4)
    assert "product=" not in page.url


def test_a_product_unfolds_and_stays_so_after_a_reload(open_page: OpenPage) -> None:
    page = open_page("dashboard/")
    twist = page.get_by_role("button", name="Objectives of Acme product")
    twist.click()
    goal = page.get_by_role("link", name="Payments never stop")
    expect(goal).to_be_visible()
    expect(twist).to_be_focused()
    page.reload()
    expect(goal).to_be_visible()


@pytest.fixture
def tree(open_page: OpenPage) -> Callable[[str], Page]:
    def opened(path: str) -> Page:
        page = open_page(path)
        expect(page.get_by_role("tree")).to_be_visible()
        return page

    return opened


def test_the_tree_is_walked_with_arrow_keys(tree: Callable[[str], Page]) -> None:
    page = tree("alignment/")
    page.locator("[role=treeitem][tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    focused = page.locator("[role=treeitem]:focus")
    expect(focused).to_have_attribute("aria-level", "2")
    page.keyboard.press("ArrowLeft")
    expect(focused).to_have_attribute("aria-level", "1")
    page.keyboard.press("ArrowLeft")
    expect(focused).to_have_attribute("aria-expanded", "false")


def test_a_branch_is_read_when_it_is_opened(tree: Callable[[str], Page]) -> None:
    page = tree("alignment/")
    page.locator("[role=treeitem][tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    focused = page.locator("[role=treeitem]:focus")
    expect(focused).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_attribute("aria-expanded", "true")
    expect(focused.locator("[role=group] [role=treeitem]")).to_have_count(1)
    assert axe_violations(page) == []


def test_more_goals_are_read_and_the_focus_goes_on_with_them(
    tree: Callable[[str], Page], bound: Bound
) -> None:
    with bound() as world:
        goals = Goals(world, Cycle.objects.get())
        for number in range(60):
            goals.top(title=f"Top {number:02}")
    page = tree("alignment/")
    page.get_by_role("treeitem", name="Show 11 more").focus()
    page.keyboard.press("Enter")
    focused = page.locator("[role=treeitem]:focus")
    expect(focused).to_contain_text("Top 49")
    expect(focused).to_have_attribute("aria-posinset", "51")
    expect(focused).to_have_attribute("aria-setsize", "61")
    assert axe_violations(page) == []


def test_a_goal_is_found_by_words_of_its_title(tree: Callable[[str], Page]) -> None:
    page = tree("alignment/")
    page.get_by_label("Title of the goal contains").fill("stop payments")
    expect(page.get_by_role("treeitem")).to_have_count(1)
    expect(page.get_by_role("treeitem")).to_contain_text("Payments never stop")


def test_a_goal_is_followed_up_and_down(tree: Callable[[str], Page]) -> None:
    page = tree("alignment/")
    page.get_by_role("link", name="Follow Above all").click()
    expect(page.get_by_text("Following one goal.")).to_be_visible()
    expect(page.locator(".node-followed")).to_have_count(1)


def test_the_road_map_zooms_in_the_address(open_page: OpenPage) -> None:
    page = open_page("roadmap/")
    page.get_by_role("link", name="Year", exact=True).click()
    page.wait_for_url("**/roadmap/?*zoom=year")
    expect(page.get_by_role("link", name="Year", exact=True)).to_have_attribute(
        "aria-current", "true"
    )


def test_a_score_moves_on_the_dashboard_without_a_reload(open_page: OpenPage, bound: Bound) -> None:
    page = open_page("dashboard/", own_clock=True)
    expect(page.locator("#board")).not_to_contain_text("0.97")
    with bound() as world:
        goals = Goals(world, Cycle.objects.get())
        goals.top(score=Decimal("0.97"))
        goals.rolled_up()
    page.clock.run_for(POLL_MS)
    expect(page.locator("#board")).to_contain_text("0.97")
