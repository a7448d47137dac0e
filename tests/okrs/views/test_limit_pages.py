"""Limits on pages and over the API: adjusted, warned about, set aside."""

from typing import Any

import pytest

from okrs.choices import ObjectiveState
from okrs.models import GoalLimits, LimitOverride, Objective
from okrs.queries.limits import findings_of_listed
from portfolio.models import Portfolio
from tests.factories.okrs import CycleFactory, KeyResultFactory, TierFactory
from tests.factories.portfolio import ProductFactory, ThemeFactory
from tests.okrs.api.test_goals import Script
from tests.okrs.goals import an_objective
from tests.okrs.views.conftest import Browser
from tests.personas import World

S = ObjectiveState
METHOD: dict[str, Any] = {
    "themes_at_least": 3, "themes_at_most": 5, "theme_objectives_at_least": 1,
    "theme_objectives_at_most": 2, "portfolio_objectives_at_least": 3,
    "portfolio_objectives_at_most": 5, "level_objectives_at_least": 3,
    "level_objectives_at_most": 5, "key_results_at_least": 2, "key_results_at_most": 5,
    "overload_from": 12, "version": 1,
}  # fmt: skip


@pytest.fixture
def as_lead(bound: World) -> Browser:
    return Browser(bound, bound.client("lead"))


def crowded(world: World, **fields: Any) -> Objective:
    """Accepted, where five are committed already."""
    cycle = CycleFactory.create()
    for _ in range(5):
        an_objective(world, cycle=cycle)
    objective = an_objective(world, cycle=cycle, state=S.ACCEPTED, **fields)
    for _ in range(2):
        KeyResultFactory.create(objective=objective)
    return objective


def too_many(objective: Objective) -> str:
    return f"Acme product has 6 objectives in {objective.cycle}; 3 to 5 keep the focus."


# --- The settings -------------------------------------------------------------------------------
def test_the_page_shows_the_numbers_of_the_method(as_admin: Browser) -> None:
    html = as_admin.get("limits").content.decode()
    assert 'name="key_results_at_most" value="5"' in html


def test_a_reader_sees_the_limits_without_a_form(as_bystander: Browser) -> None:
    html = as_bystander.get("limits").content.decode()
    assert "Key results of an objective" in html
    assert 'name="key_results_at_most"' not in html


def test_a_facilitator_adjusts_them(bound: World) -> None:
    browser = Browser(bound, bound.client("facilitator"))
    answer = browser.post("limits", **{**METHOD, "key_results_at_most": 7})
    assert (answer.status_code, GoalLimits.objects.get().key_results_at_most) == (302, 7)


def test_a_refused_limit_is_told_beside_its_field(as_admin: Browser) -> None:
    answer = as_admin.post("limits", **{**METHOD, "key_results_at_most": 0})
    assert answer.status_code == 422
    assert 'id="id_key_results_at_most_error"' in answer.content.decode()


def test_two_who_adjust_at_once_do_not_overwrite_each_other(as_admin: Browser) -> None:
    as_admin.post("limits", **{**METHOD, "key_results_at_most": 7})
    answer = as_admin.post("limits", **{**METHOD, "key_results_at_most": 8})
    assert (answer.status_code, GoalLimits.objects.get().key_results_at_most) == (409, 7)


# --- The commitment -----------------------------------------------------------------------------
def test_the_page_of_a_step_says_what_stands_against_it(bound: World, as_lead: Browser) -> None:
    objective = crowded(bound)
    html = as_lead.get("move-objective", objective.pk).content.decode()
    assert too_many(objective) in html
    assert 'name="override_reason"' in html


def test_without_a_breach_no_reason_is_asked_for(bound: World, as_lead: Browser) -> None:
    objective = an_objective(bound, state=S.ACCEPTED)
    html = as_lead.get("move-objective", objective.pk).content.decode()
    assert "override_reason" not in html


def test_a_blocked_commitment_stays_on_its_page(bound: World, as_lead: Browser) -> None:
    objective = crowded(bound)
    answer = as_lead.post("move-objective", objective.pk, to="committed")
    assert answer.status_code == 422
    assert Objective.objects.get(pk=objective.pk).state == S.ACCEPTED


def test_a_reason_commits_it_and_is_shown_on_its_page(bound: World, as_lead: Browser) -> None:
    objective = crowded(bound)
    as_lead.post(
        "move-objective", objective.pk, to="committed", override_reason="Two of them end in May."
    )
    html = as_lead.get("objective", objective.pk).content.decode()
    assert Objective.objects.get(pk=objective.pk).state == S.COMMITTED
    assert all(words in html for words in ("Limits set aside", "Two of them end in May.", "6, at"))


# --- Over the API ---------------------------------------------------------------------------------
@pytest.fixture
def script(acme: World) -> Script:
    return Script(acme, "lead")


def test_a_script_reads_the_limits_before_anybody_changed_them(script: Script) -> None:
    limits = script.get("limits/")
    assert limits == METHOD


def test_a_script_adjusts_one_limit(acme: World) -> None:
    script = Script(acme, "facilitator")
    changed = script.patch("limits/", {"key_results_at_most": 7}, etag='"1"')
    assert (changed["key_results_at_most"], changed["version"]) == (7, 2)


def test_a_script_cannot_lower_a_limit_to_nothing(acme: World) -> None:
    script = Script(acme, "facilitator")
    problem = script.patch("limits/", {"key_results_at_most": 0}, etag='"1"', status=422)
    assert "key_results_at_most" in problem["errors"]


def test_a_script_without_the_right_does_not_adjust_them(script: Script) -> None:
    script.patch("limits/", {"key_results_at_most": 7}, etag='"1"', status=403)


def test_a_script_is_told_what_blocks_a_commitment(bound: World, script: Script) -> None:
    objective = crowded(bound)
    problem = script.post(
        f"objectives/{objective.pk}/move/",
        {"to": "committed"},
        status=422,
        headers={"If-Match": f'"{objective.version}"'},
    )
    assert problem["errors"]["state"] == [too_many(objective)]


def test_a_script_sets_a_limit_aside_with_a_reason(bound: World, script: Script) -> None:
    objective = crowded(bound)
    script.post(
        f"objectives/{objective.pk}/move/",
        {"to": "committed", "override_reason": "Two end in May."},
        status=200,
        headers={"If-Match": f'"{objective.version}"'},
    )
    [kept] = script.get("limit-overrides/", objective=str(objective.pk))["results"]
    assert (kept["rule"], kept["count"], kept["at_most"], kept["reason"]) == (
        "level-objectives",
        6,
        5,
        "Two end in May.",
    )


def test_overrides_are_not_written_directly(bound: World, script: Script) -> None:
    assert script.client.post(f"{script.base}/limit-overrides/").status_code == 405
    assert not LimitOverride.objects.exists()


# --- Lists and pages of units ---------------------------------------------------------------------
def six_drafts(world: World) -> Objective:
    cycle = CycleFactory.create()
    return [an_objective(world, cycle=cycle, state=S.DRAFT) for _ in range(6)][-1]


def test_the_list_says_whose_objectives_are_too_many(bound: World, as_admin: Browser) -> None:
    objective = six_drafts(bound)
    html = as_admin.get("objectives").content.decode()
    assert "Limits on goals: 1 exceeded" in html
    assert html.count(too_many(objective)) == 1
    assert "defer or merge some" in html


def test_too_few_are_told_while_a_cycle_is_planned(bound: World, as_admin: Browser) -> None:
    an_objective(bound, cycle=CycleFactory.create(name="Running"))
    an_objective(bound, cycle=CycleFactory.create(name="Planned", state="planned"))
    html = as_admin.get("objectives").content.decode()
    told = [f"Acme product has 1 objective in {name};" in html for name in ("Running", "Planned")]
    assert told == [False, True]


def test_what_is_too_much_and_what_is_too_little_are_counted_apart(
    bound: World, as_admin: Browser
) -> None:
    six_drafts(bound)
    an_objective(bound, team=bound.team, product=None, cycle=CycleFactory.create(state="planned"))
    html = as_admin.get("objectives", cycle="all").content.decode()
    assert "Limits on goals: 1 exceeded, 2 not reached" in html
    assert "add what is missing" in html


def test_a_row_says_that_it_has_too_many_key_results(bound: World, as_admin: Browser) -> None:
    objective = an_objective(bound)
    for _ in range(6):
        KeyResultFactory.create(objective=objective)
    html = as_admin.get("objectives").content.decode()
    assert 'cell-warn">at most 5<' in html
    assert f"“{objective.title}”: It has 6 key results" in html


def test_the_file_says_it_beside_each_objective(bound: World, as_admin: Browser) -> None:
    objective = six_drafts(bound)
    lines = as_admin.get("objectives-csv").content.decode().splitlines()
    assert lines[0].endswith(",Limits")
    assert [too_many(objective) in line for line in lines[1:]] == [True] * 6


def test_the_page_of_a_product_says_what_it_has_too_much_of(
    bound: World, as_admin: Browser
) -> None:
    objective = six_drafts(bound)
    address = f"/o/{bound.organization.slug}/products/product/"
    assert too_many(objective) in as_admin.client.get(address).content.decode()


def test_a_portfolio_with_too_many_themes_is_told_on_its_page(
    bound: World, as_admin: Browser
) -> None:
    cycle = CycleFactory.create()
    portfolio = Portfolio.objects.get(slug="main")
    for _ in range(6):
        ThemeFactory.create(portfolio=portfolio, starts_on=cycle.starts_on, ends_on=cycle.ends_on)
    address = f"/o/{bound.organization.slug}/portfolios/main/"
    assert "Acme portfolio has 6 active themes" in as_admin.client.get(address).content.decode()


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_what_is_found_about_a_list_costs_the_same_however_long(
    rows: int, bound: World, django_assert_num_queries: Any
) -> None:
    cycle, portfolio = CycleFactory.create(), Portfolio.objects.get(slug="main")
    tier = TierFactory.create(kind="portfolio")
    own: dict[str, Any] = {"product": None, "portfolio": portfolio, "tier": tier}
    ids = [an_objective(bound, cycle=cycle, **own).pk for _ in range(rows)]
    ids += [an_objective(bound, cycle=cycle, product=ProductFactory.create()).pk for _ in ids]
    access = bound.access("admin")
    with django_assert_num_queries(5):
        findings_of_listed(access, ids)
