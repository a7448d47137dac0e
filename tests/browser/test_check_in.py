"""A check-in from home: two actions, and the new score is on the answer."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from okrs.models import CheckIn, KeyResult
from tests.browser.conftest import PHONE, Bound, OpenPage, axe_violations, overflows
from tests.factories.okrs import CycleFactory
from tests.okrs.overviews.conftest import Goals

TITLE = "Share of self-service changes"


@pytest.fixture(autouse=True)
def due(bound: Bound) -> None:
    """One key result of the product lead, from 0 to 100, whose check-in was due yesterday."""
    with bound() as world:
        goals = Goals(world, CycleFactory.create(name="This quarter"))
        yesterday = timezone.now() - timedelta(days=1)
        goals.key_result(goals.objective(), title=TITLE, outdated_from=yesterday)


def test_a_product_lead_checks_in_with_two_actions(open_page: OpenPage, bound: Bound) -> None:
    page = open_page("")
    row = page.locator("#check-ins li").filter(has_text=TITLE)
    row.get_by_label("Value now").fill("62")
    row.get_by_role("button", name="Check in").click()
    expect(row).to_contain_text("0.62")
    expect(row).to_contain_text("checked in")
    with bound():
        assert KeyResult.objects.get(title=TITLE).score == Decimal("0.62")
        assert CheckIn.objects.get().value == Decimal(62)


def test_the_answer_says_what_is_wrong_and_keeps_what_was_typed(open_page: OpenPage) -> None:
    page = open_page("")
    row = page.locator("#check-ins li").filter(has_text=TITLE)
    row.get_by_label("One line").fill("Waiting for the vendor")
    row.get_by_label("Value now").fill("")
    row.get_by_role("button", name="Check in").click()
    expect(row.locator(".field-error")).to_be_visible()
    assert row.get_by_label("One line").input_value() == "Waiting for the vendor"
    assert axe_violations(page) == []


def test_a_check_in_fits_on_a_phone(open_page: OpenPage) -> None:
    page = open_page("", width=PHONE)
    assert not overflows(page)
    expect(page.locator("#check-ins").get_by_role("button", name="Check in")).to_be_visible()
    assert axe_violations(page) == []
