"""Rows that are taken away, with the keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Bound, OpenPage
from tests.factories.portfolio import ThemeFactory


@pytest.fixture(autouse=True)
def two_themes(bound: Bound) -> None:
    with bound() as world:
        for name in ("First", "Second"):
            ThemeFactory.create(portfolio=world.portfolio, name=name)


def test_the_next_row_has_the_focus_once_one_is_removed(open_page: OpenPage) -> None:
    page = open_page("portfolios/main/")
    page.get_by_role("button", name="Remove First").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Edit Second")).to_be_focused()


def test_a_removed_row_is_brought_back_where_it_was(open_page: OpenPage) -> None:
    page = open_page("portfolios/main/")
    page.get_by_role("button", name="Remove First").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Remove First")).to_be_visible()
    assert page.url.endswith("/portfolios/main/")
