"""Writing a goal in a browser: advice as people type, in both themes and on a phone."""

import pytest
from playwright.sync_api import expect

from okrs.choices import ObjectiveState
from okrs.models import Objective
from okrs.writing import PROMPT
from tests.browser.conftest import Bound, OpenPage, barriers, barriers_of
from tests.factories.limits import LimitOverrideFactory
from tests.factories.method import KeyResultPatternFactory
from tests.factories.okrs import CycleFactory, KeyResultFactory, TierFactory
from tests.okrs import goals

TASK = "Launch the new pricing page"


@pytest.fixture(autouse=True)
def addresses(bound: Bound) -> dict[str, str]:
    """A draft that reads badly, an override, a template, something deferred, and the forms."""
    with bound() as world:
        TierFactory.create()
        cycle = CycleFactory.create()
        draft = goals.an_objective(
            world, cycle=cycle, title="Improve quality", state=ObjectiveState.DRAFT
        )
        KeyResultFactory.create(objective=draft, title=TASK)
        LimitOverrideFactory.create(objective=draft)
        goals.an_objective(world, cycle=cycle, state=ObjectiveState.DEFERRED)
        past = goals.an_objective(world, title="Shops sell sooner")
        KeyResultFactory.create(objective=past, title="Days to the first sale")
        pattern = KeyResultPatternFactory.create()
        return {
            "new objective": "objectives/new/",
            "new key result": f"objectives/{draft.pk}/key-results/new/",
            "draft": f"objectives/{draft.pk}/",
            "list": "objectives/",
            "earlier": "objectives/new/earlier/",
            "choice": "objectives/new/templates/",
            "continue": f"objectives/{past.pk}/continue/",
            "start": f"templates/{pattern.template_id}/start/",
            "template": f"templates/{pattern.template_id}/",
            "templates": "templates/",
            "deferred": "objectives/deferred/",
            "limits": "limits/",
        }


def test_a_task_is_told_while_it_is_typed(open_page: OpenPage, addresses: dict[str, str]) -> None:
    page = open_page(addresses["new key result"])
    page.get_by_label("Title").press_sequentially(TASK)
    hints = page.locator("#hints")
    expect(hints).to_contain_text("reads like a task")
    expect(hints).to_contain_text(PROMPT)
    expect(hints).to_have_attribute("aria-live", "polite")
    assert barriers(page) == []


def test_the_advice_goes_when_the_words_are_right(
    open_page: OpenPage, addresses: dict[str, str]
) -> None:
    page = open_page(addresses["new key result"])
    page.get_by_label("Title").fill(TASK)
    expect(page.locator("#hints")).to_contain_text("reads like a task")
    page.get_by_label("Title").fill("Visitors who choose a paid plan, from 2% to 3%")
    expect(page.locator("#hints .remark-warning")).to_have_count(0)


def test_typing_goes_on_where_it_was(open_page: OpenPage, addresses: dict[str, str]) -> None:
    page = open_page(addresses["new objective"], persona="contributor")
    title = page.get_by_label("Title")
    title.press_sequentially("Improve quality")
    expect(page.locator("#hints")).to_contain_text("could be an objective of anybody")
    expect(title).to_be_focused()
    title.press_sequentially(" of our maps")
    expect(page.locator("#hints .remark")).to_have_count(0)
    assert title.input_value() == "Improve quality of our maps"


def test_nothing_of_it_stands_in_the_way(
    open_page: OpenPage, bound: Bound, addresses: dict[str, str]
) -> None:
    page = open_page(addresses["new objective"], persona="contributor")
    page.get_by_label("Title").fill("Improve everything")
    page.get_by_label("Belongs to").select_option(label="Acme product")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_role("heading", name="How it reads")).to_be_visible()
    with bound():
        assert Objective.objects.filter(title="Improve everything").exists()


def test_a_key_result_that_is_left_behind_is_folded(
    open_page: OpenPage, addresses: dict[str, str]
) -> None:
    page = open_page(addresses["continue"], persona="contributor")
    expect(page.get_by_label("Baseline")).to_be_visible()
    page.get_by_label("Take over: Days to the first sale").uncheck()
    expect(page.get_by_label("Baseline")).to_be_hidden()


def test_no_page_of_the_method_has_a_barrier_in_any_look(
    open_page: OpenPage, addresses: dict[str, str]
) -> None:
    assert barriers_of(open_page("", persona="admin"), addresses.values()) == {}
