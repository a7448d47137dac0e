"""Starting pages: from the last cycle, a template or what was deferred; and their settings."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from okrs.actions.check_ins import check_in
from okrs.choices import ObjectiveState
from okrs.models import Cycle, KeyResultPattern, Objective, ObjectiveMove, ObjectiveTemplate
from tests.factories.method import KeyResultPatternFactory, ObjectiveTemplateFactory
from tests.factories.okrs import CycleFactory, KeyResultFactory, TierFactory
from tests.factories.portfolio import MeasureUnitFactory
from tests.okrs.api.test_goals import Script
from tests.okrs.goals import an_objective, product
from tests.okrs.views.conftest import Browser
from tests.personas import World

S = ObjectiveState
DEFERRED_COST = 12
EARLIER_COST = 10
TEMPLATES_COST = 10


@pytest.fixture
def cycle() -> Cycle:
    return CycleFactory.create(name="Next quarter")


@pytest.fixture
def earlier(bound: World) -> Objective:
    """Of a past cycle: one key result from 14 to 9 of 7, one that was reached."""
    today = timezone.localdate()
    past = CycleFactory.create(
        name="Last quarter",
        starts_on=today - timedelta(days=150),
        ends_on=today - timedelta(days=60),
    )
    objective = an_objective(bound, title="Shops sell sooner", cycle=past)
    for title, target in (("Days to the first sale", 7), ("Shops that sell", 10)):
        row = KeyResultFactory.create(
            objective=objective, title=title, baseline=Decimal(14), target=Decimal(target)
        )
        check_in(bound.access("admin"), row, value=Decimal(9))
    return objective


def entries(world: World, cycle: Cycle) -> dict[str, Any]:
    return {
        "title": "Shops sell at once",
        "unit": str(product().pk),
        "cycle": str(cycle.pk),
        "owner": str(world["admin"].pk),
        "roll_up": "own",
    }


def line(place: int, **fields: str) -> dict[str, Any]:
    return {f"key_results-{place}-{name}": value for name, value in fields.items()}


# --- From the last cycle ------------------------------------------------------------------------
def test_earlier_objectives_are_offered_to_go_on_with(
    bound: World, earlier: Objective, as_contributor: Browser
) -> None:
    html = as_contributor.get("earlier-objectives").content.decode()
    assert as_contributor.address("continue-objective", earlier.pk) in html


def test_the_form_begins_with_where_it_ended(
    bound: World, earlier: Objective, cycle: Cycle, as_contributor: Browser
) -> None:
    html = as_contributor.get("continue-objective", earlier.pk).content.decode()
    assert "Was from 14 to 7" in html
    assert 'name="key_results-0-baseline" value="9"' in html
    assert 'name="key_results-0-target" value="7"' in html
    assert 'name="key_results-1-target" value=' not in html


def test_chosen_key_results_are_carried_over(
    bound: World, earlier: Objective, cycle: Cycle, as_contributor: Browser
) -> None:
    kept = line(0, keep="on", title="Days to the first sale", baseline="9", target="5")
    answer = as_contributor.post(
        "continue-objective", earlier.pk, **entries(bound, cycle), **kept, **line(1, title="x")
    )
    made = Objective.objects.get(continued_from=earlier)
    assert (answer.status_code, made.title, made.cycle) == (302, "Shops sell at once", cycle)
    assert [(k.title, k.baseline, k.target) for k in made.key_results.all()] == [
        ("Days to the first sale", 9, 5)
    ]


def test_a_missing_target_is_told_at_its_key_result_and_nothing_is_lost(
    bound: World, earlier: Objective, cycle: Cycle, as_contributor: Browser
) -> None:
    kept = line(1, keep="on", title="My own words", baseline="9", target="")
    answer = as_contributor.post("continue-objective", earlier.pk, **entries(bound, cycle), **kept)
    html = answer.content.decode()
    assert (answer.status_code, Objective.objects.count()) == (422, 1)
    assert 'id="id_key_results-1-target_error"' in html
    assert "My own words" in html


def test_what_the_engine_refuses_is_told_at_its_key_result(
    bound: World, earlier: Objective, cycle: Cycle, as_contributor: Browser
) -> None:
    kept = line(1, keep="on", title="Same numbers", baseline="9", target="9")
    answer = as_contributor.post("continue-objective", earlier.pk, **entries(bound, cycle), **kept)
    assert answer.status_code == 422
    assert 'id="id_key_results-1-target_error"' in answer.content.decode()


def test_without_earlier_objectives_the_page_says_so(bound: World, as_contributor: Browser) -> None:
    assert "No earlier objectives" in as_contributor.get("earlier-objectives").content.decode()


# --- From a template ------------------------------------------------------------------------------
def test_a_template_is_started_with_numbers(
    bound: World, cycle: Cycle, as_contributor: Browser
) -> None:
    TierFactory.create()
    pattern = KeyResultPatternFactory.create(title="Share of the market")
    kept = line(0, keep="on", title="Share of our market", baseline="18", target="25")
    answer = as_contributor.post(
        "start-from-template", pattern.template_id, **entries(bound, cycle), **kept
    )
    made = Objective.objects.get()
    assert answer.url == made.get_absolute_url()
    assert made.key_results.get().title == "Share of our market"


def test_without_a_cycle_a_template_leads_to_the_cycles(
    bound: World, as_contributor: Browser
) -> None:
    html = as_contributor.get("start-from-template", ObjectiveTemplateFactory.create().pk)
    assert "There is no cycle yet" in html.content.decode()


def test_an_archived_template_starts_nothing(bound: World, as_contributor: Browser) -> None:
    template = ObjectiveTemplateFactory.create(archived_at=timezone.now())
    assert as_contributor.get("start-from-template", template.pk).status_code == 404


def test_the_form_is_read_over_with_its_key_results(
    bound: World, cycle: Cycle, as_contributor: Browser
) -> None:
    pattern = KeyResultPatternFactory.create()
    kept = line(0, keep="on", title="Kept words", baseline="18", target="25")
    answer = as_contributor.post(
        "start-from-template",
        pattern.template_id,
        **{**entries(bound, cycle), "title": "Improve quality", "check": "1"},
        **kept,
    )
    html = answer.content.decode()
    assert (answer.status_code, Objective.objects.count()) == (200, 0)
    assert "It could be an objective of anybody." in html
    assert "Kept words" in html


# --- Keeping templates ----------------------------------------------------------------------------
def test_a_template_is_written_with_a_key_result(bound: World) -> None:
    browser = Browser(bound, bound.client("facilitator"))
    browser.post("create-template", name="Fewer defects", title="Customers stop testing for us")
    template = ObjectiveTemplate.objects.get()
    unit = MeasureUnitFactory.create()
    browser.post(
        "add-pattern", template.pk, title="Defects", unit=str(unit.pk), shape="from-to", weight="1"
    )
    html = browser.get("template", template.pk).content.decode()
    assert all(words in html for words in ("Customers stop testing for us", "Defects"))


def test_a_pattern_is_left_out_and_a_template_restored(bound: World, as_admin: Browser) -> None:
    pattern = KeyResultPatternFactory.create()
    as_admin.post("archive-pattern", pattern.pk)
    as_admin.post("archive-template", pattern.template_id)
    assert "Restore it" in as_admin.get("template", pattern.template_id).content.decode()
    as_admin.post("restore-template", pattern.template_id)
    assert ObjectiveTemplate.objects.get().archived_at is None
    assert KeyResultPattern.objects.get().archived_at is not None


def test_a_reader_is_offered_no_changes(bound: World, as_bystander: Browser) -> None:
    pattern = KeyResultPatternFactory.create()
    html = as_bystander.get("template", pattern.template_id).content.decode()
    assert "Edit" not in html
    assert "Start an objective" not in html


# --- What was deferred ----------------------------------------------------------------------------
def deferred(world: World, title: str, reason: str = "Nobody is free.") -> Objective:
    objective = an_objective(world, title=title, state=S.DEFERRED)
    ObjectiveMove.objects.create(
        objective=objective,
        from_state=S.PROPOSED,
        to_state=S.DEFERRED,
        reason=reason,
        actor=world["lead"],
    )
    return objective


def test_the_list_shows_reason_and_offers_to_propose_again(
    bound: World, as_contributor: Browser
) -> None:
    objective = deferred(bound, "Sell abroad")
    html = as_contributor.get("deferred").content.decode()
    assert all(words in html for words in ("Sell abroad", "Nobody is free.", "Propose again"))
    assert as_contributor.address("continue-objective", objective.pk) in html


def test_a_reader_sees_the_list_without_the_button(bound: World, as_bystander: Browser) -> None:
    deferred(bound, "Sell abroad")
    html = as_bystander.get("deferred").content.decode()
    assert "Sell abroad" in html
    assert "Propose again" not in html


def test_the_file_of_what_was_deferred_is_of_the_choice_just_made(as_admin: Browser) -> None:
    html = as_admin.get("deferred", show="all", cycle="", htmx=True).content.decode()
    address = f"{reverse('okrs:deferred-csv', args=['acme'])}?show=all"
    assert f'id="csv-link" href="{address}" hx-swap-oob="true"' in html


def test_the_file_of_what_was_deferred_runs_no_formula(bound: World, as_admin: Browser) -> None:
    deferred(bound, "Sell abroad", reason="=1+1")
    lines = as_admin.get("deferred-csv").content.decode().splitlines()
    assert lines[1].startswith("Sell abroad,")
    assert ",'=1+1," in lines[1]


# --- Over the API ---------------------------------------------------------------------------------
@pytest.fixture
def script(acme: World) -> Script:
    return Script(acme, "contributor")


def test_a_script_carries_an_objective_over(
    bound: World, earlier: Objective, cycle: Cycle, script: Script
) -> None:
    first = earlier.key_results.get(title="Days to the first sale")
    body = {"cycle": str(cycle.pk), "key_results": [{"key_result": str(first.pk), "target": "5"}]}
    made = script.post(f"objectives/{earlier.pk}/carry-over/", body, status=200)
    assert (made["continued_from"], made["state"]) == (str(earlier.pk), "draft")
    [new] = script.get("key-results/", objective=made["id"])["results"]
    assert (new["baseline"], new["target"], new["metric"]) == ("9", "5", str(first.metric_id))


def test_a_script_is_told_which_key_result_lacks_a_target(
    bound: World, earlier: Objective, cycle: Cycle, script: Script
) -> None:
    problem = script.post(
        f"objectives/{earlier.pk}/carry-over/", {"cycle": str(cycle.pk)}, status=422
    )
    assert list(problem["errors"]) == ["key_results.1.target"]


def test_a_script_carries_over_only_what_belongs_to_the_objective(
    bound: World, earlier: Objective, cycle: Cycle, script: Script
) -> None:
    other = KeyResultFactory.create()
    body = {"cycle": str(cycle.pk), "key_results": [{"key_result": str(other.pk)}]}
    problem = script.post(f"objectives/{earlier.pk}/carry-over/", body, status=422)
    assert list(problem["errors"]) == ["key_results.0.key_result"]


def test_a_script_starts_from_a_template(bound: World, cycle: Cycle, script: Script) -> None:
    an_objective(bound)  # so that there is a tier of products
    pattern = KeyResultPatternFactory.create()
    body = {
        "cycle": str(cycle.pk),
        "product": str(product().pk),
        "key_results": [{"pattern": str(pattern.pk), "baseline": "18", "target": "25"}],
    }
    made = script.post(f"objective-templates/{pattern.template_id}/start/", body, status=200)
    [new] = script.get("key-results/", objective=made["id"])["results"]
    assert (made["title"], new["title"]) == (pattern.template.title, pattern.title)


def test_a_script_reads_what_was_deferred(bound: World, script: Script) -> None:
    objective = deferred(bound, "Sell abroad")
    portfolio = bound.access("lead").units.roles
    [row] = script.get("deferred-objectives/")["results"]
    assert (row["id"], row["reason"]) == (str(objective.pk), "Nobody is free.")
    assert row["steered_by"] in {str(unit) for unit in portfolio}


# --- Costs ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_deferred_list_costs_the_same_however_long(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        deferred(bound, f"Deferred {number}")
    as_admin.get("deferred")
    with django_assert_num_queries(DEFERRED_COST):
        as_admin.get("deferred")


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_earlier_objectives_cost_the_same_however_many(
    rows: int,
    bound: World,
    earlier: Objective,
    as_admin: Browser,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(rows):
        an_objective(bound, cycle=earlier.cycle)
    as_admin.get("earlier-objectives")
    with django_assert_num_queries(EARLIER_COST):
        as_admin.get("earlier-objectives")


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_templates_cost_the_same_however_many(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        KeyResultPatternFactory.create()
    as_admin.get("templates")
    with django_assert_num_queries(TEMPLATES_COST):
        as_admin.get("templates")
