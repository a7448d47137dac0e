"""The frame of every page: the palette, the colours, the way around on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, Bound, OpenPage, axe_violations
from tests.factories.okrs import CycleFactory
from tests.okrs.overviews.conftest import Goals


@pytest.fixture(autouse=True)
def one_goal(bound: Bound) -> None:
    with bound() as world:
        goals = Goals(world, CycleFactory.create(name="This quarter"))
        goals.objective(title="Payments never stop")


def test_the_palette_opens_by_keyboard_and_leads_to_an_objective(open_page: OpenPage) -> None:
    page = open_page("")
    page.keyboard.press("Control+k")
    with page.expect_response("**/palette/?q=never%20stop"):
        page.keyboard.type("never stop")
    expect(page.get_by_role("option", name="Payments never stop")).to_be_visible()
    assert axe_violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Payments never stop")).to_be_visible()


def test_enter_waits_for_what_the_typed_words_find(open_page: OpenPage) -> None:
    page = open_page("")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.type("never stop")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Payments never stop")).to_be_visible()


# Read between any two tasks of the page, as an assistive tool may.
NOTE_LOST_OPTIONS = """
(field) => {
  window.lost = [];
  const note = () => {
    const id = field.getAttribute("aria-activedescendant");
    if (id && !document.getElementById(id)) window.lost.push(id);
  };
  const results = document.getElementById("palette-results");
  new MutationObserver(note).observe(results, { childList: true });
}"""


def test_the_palette_never_names_an_option_that_is_gone(open_page: OpenPage) -> None:
    page = open_page("")
    field = page.locator("#palette-input")
    field.evaluate(NOTE_LOST_OPTIONS)
    page.keyboard.press("Control+k")
    for words, option in (("never stop", "Payments never stop"), ("portf", "Acme portfolio")):
        field.fill(words)
        expect(page.get_by_role("option", name=option)).to_be_visible()
    field.fill("nothing is called that")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    assert page.evaluate("window.lost") == []


def test_a_shortcut_leads_to_the_dashboard(open_page: OpenPage) -> None:
    page = open_page("", own_clock=True)
    # The second key counts for a moment only, which passes on a machine in use.
    page.clock.pause_at(timezone.now() + timedelta(minutes=1))
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/o/acme/dashboard/")


def test_the_theme_is_switched_and_remembered(open_page: OpenPage) -> None:
    page = open_page("")
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "system")
    page.get_by_role("button", name="Acme lead").click()
    page.get_by_role("button", name="Dark").click()
    expect(html).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(html).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_the_main_pages_are_one_click_away(width: int, open_page: OpenPage) -> None:
    page = open_page("", width=width)
    page.get_by_role("link", name="Dashboard").filter(visible=True).first.click()
    expect(page.get_by_role("heading", level=1, name="Dashboard")).to_be_visible()


OVER_THE_FOOT = """
(entry) => entry.getBoundingClientRect().bottom
  <= document.querySelector(".sidebar-foot").getBoundingClientRect().top"""


def test_the_current_entry_of_a_long_navigation_is_in_sight(open_page: OpenPage) -> None:
    page = open_page("settings/")
    page.set_viewport_size({"width": DESKTOP, "height": 600})
    page.reload()
    entry = page.get_by_label("Main").get_by_role("link", name="Settings")
    assert (entry.evaluate(OVER_THE_FOOT), page.evaluate("scrollY")) == (True, 0)


def test_the_current_tab_is_in_sight_on_a_phone(open_page: OpenPage) -> None:
    page = open_page("settings/connections/", width=PHONE)
    tab = page.locator(".tabs").get_by_role("link", name="Connections")
    expect(tab).to_be_in_viewport(ratio=0.9)
