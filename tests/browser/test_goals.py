"""Goals in a browser: checking in beside the score, forms that follow the shape, and access."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from okrs.models import KeyResult
from tests.browser.conftest import Bound, OpenPage, barriers_of
from tests.factories.okrs import MilestoneFactory, ObjectiveAlignmentFactory
from tests.okrs import goals

TITLE = "Share of self-service changes"


@pytest.fixture(autouse=True)
def addresses(bound: Bound) -> dict[str, str]:
    """An objective with a key result, a link, a dependency, work and a commitment behind it."""
    with bound() as world:
        key_result = goals.a_key_result(world, title=TITLE)
        objective = key_result.objective
        parent = goals.an_objective(world, cycle=objective.cycle)
        ObjectiveAlignmentFactory.create(child=objective, parent=parent)
        dependency = goals.a_dependency(world, needer_key_result=key_result)
        initiative = goals.an_initiative(world)
        goals.a_committed_team(world)
        steps = goals.a_milestone(world)
        MilestoneFactory.create(key_result=steps.key_result, title="Second step")
        return {
            "list": "objectives/",
            "objective": f"objectives/{objective.pk}/",
            "key result": f"key-results/{key_result.pk}/",
            "milestones": f"key-results/{steps.key_result_id}/",
            "form": f"objectives/{objective.pk}/key-results/new/",
            "chooser": f"objectives/{objective.pk}/align/",
            "dependencies": "dependencies/",
            "dependency": f"dependencies/{dependency.pk}/",
            "initiatives": "initiatives/",
            "initiative": f"initiatives/{initiative.pk}/",
            "cycles": "cycles/",
            "closing": f"cycles/{objective.cycle_id}/close/",
        }


def test_a_check_in_beside_the_score_moves_it(
    open_page: OpenPage, bound: Bound, addresses: dict[str, str]
) -> None:
    page = open_page(addresses["objective"])
    page.get_by_role("link", name=f"Check in for {TITLE}").click()
    page.get_by_label("Value now").fill("62")
    page.get_by_role("button", name="Check in", exact=True).click()
    expect(page.locator("#results .goal-score")).to_contain_text("0.62")
    with bound():
        assert KeyResult.objects.get(title=TITLE).score == Decimal("0.62")


def test_an_entry_that_is_called_off_leaves_the_table_as_it_was(
    open_page: OpenPage, addresses: dict[str, str]
) -> None:
    page = open_page(addresses["objective"])
    page.get_by_role("link", name=f"Check in for {TITLE}").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_label("Value now")).to_have_count(0)


def test_the_form_shows_what_the_shape_needs_and_keeps_the_rest(
    open_page: OpenPage, addresses: dict[str, str]
) -> None:
    page = open_page(addresses["form"])
    page.get_by_label("Title").fill("Reference customers")
    page.get_by_label("Target").fill("12")
    page.get_by_label("Shape").select_option("count")
    expect(page.get_by_label("Condition")).to_be_visible()
    expect(page.get_by_label("or change by (%)")).to_have_count(0)
    assert page.get_by_label("Target").input_value() == "12"
    assert page.get_by_label("Title").input_value() == "Reference customers"


def test_the_filter_is_in_the_address(open_page: OpenPage, addresses: dict[str, str]) -> None:
    page = open_page(addresses["list"])
    page.get_by_label("Search", exact=True).fill("no such goal")
    expect(page.get_by_text("No objective matches")).to_be_visible()
    assert "q=no%20such%20goal" in page.url


def test_a_chooser_finds_by_typing(open_page: OpenPage, addresses: dict[str, str]) -> None:
    page = open_page(addresses["chooser"])
    page.get_by_label("Words in the title").fill("nothing like it")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_no_page_of_goals_has_a_barrier_in_any_look(
    open_page: OpenPage, addresses: dict[str, str]
) -> None:
    assert barriers_of(open_page(""), addresses.values()) == {}
