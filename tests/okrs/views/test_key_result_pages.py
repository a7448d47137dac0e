"""The page of a key result, its forms, and checking in."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from okrs.actions.check_ins import check_in
from okrs.actions.key_results import edit_key_result, set_override
from okrs.choices import CycleState, KeyResultSource, LinkState, ObjectiveState, Shape
from okrs.models import (
    CheckIn,
    Contribution,
    Cycle,
    KeyResult,
    Milestone,
    ObjectiveCoOwner,
    Override,
)
from portfolio.actions import record_value
from tests.factories.accounts import MemberFactory
from tests.factories.evidence import CheckInFactory, OverrideFactory
from tests.factories.okrs import (
    ContributionFactory,
    KeyResultFactory,
    MilestoneFactory,
    ObjectiveFactory,
)
from tests.factories.portfolio import (
    MeasureUnitFactory,
    MetricFactory,
    MetricValueFactory,
    ProductFactory,
)
from tests.okrs.goals import (
    a_contribution,
    a_counted_item,
    a_key_result,
    a_milestone,
    a_weighed_key_result,
    an_objective,
)
from tests.okrs.views.conftest import Browser
from tests.personas import World


def html_of(browser: Browser, key_result: KeyResult, **query: Any) -> str:
    page: str = browser.get("key-result", key_result.pk, **query).content.decode()
    return page


# --- What the page explains -------------------------------------------------------------------
def test_a_score_comes_with_its_arithmetic(bound: World, as_admin: Browser) -> None:
    key_result = a_key_result(bound, baseline=Decimal(40), target=Decimal(80))
    check_in(bound.access("admin"), key_result, value=Decimal(64))
    assert "0.60 = (64 − 40) / (80 − 40)" in html_of(as_admin, key_result)


def test_the_definition_is_told_in_words(bound: World, as_admin: Browser) -> None:
    unit = MeasureUnitFactory.create(symbol="min")
    key_result = a_key_result(
        bound, baseline=Decimal(50), target=Decimal(35), metric=MetricFactory.create(unit=unit)
    )
    assert "from 50 to 35\xa0min (−30%) by" in html_of(as_admin, key_result)


def test_why_there_is_no_score_is_told(bound: World, as_admin: Browser) -> None:
    assert "No value has been reported yet." in html_of(as_admin, a_key_result(bound))


def test_what_went_beyond_the_target_keeps_its_raw_number(bound: World, as_admin: Browser) -> None:
    key_result = a_key_result(bound)
    check_in(bound.access("admin"), key_result, value=Decimal(130))
    html = html_of(as_admin, key_result)
    assert "1.30 = " in html
    assert "beyond the target" in html


def test_an_override_stands_beside_the_automatic_value(bound: World, as_admin: Browser) -> None:
    key_result, access = a_key_result(bound), bound.access("admin")
    check_in(access, key_result, value=Decimal(64))
    set_override(access, key_result, value=Decimal(50), reason="Counted twice")
    html = html_of(as_admin, key_result)
    assert all(words in html for words in ("Automatic value", "Counted twice", "0.50 ="))


def test_a_reported_status_that_disagrees_is_shown(bound: World, as_admin: Browser) -> None:
    key_result = a_key_result(bound)
    check_in(bound.access("admin"), key_result, value=Decimal(1), status="on-track")
    assert "The owner reports “on track”" in html_of(as_admin, key_result)


@pytest.mark.parametrize(
    ("source", "words"),
    [("by-hand", "no check-in when one was due"), ("synced", "no complete sync when one was due")],
)
def test_an_outdated_number_says_what_did_not_happen(
    source: str, words: str, bound: World, as_admin: Browser
) -> None:
    now = timezone.now()
    row = a_key_result(bound, source=source, evidence_at=now, outdated_from=now)
    assert words in html_of(as_admin, row)


def test_versions_say_what_they_changed(bound: World, as_admin: Browser) -> None:
    key_result = a_key_result(bound)
    edit_key_result(
        bound.access("admin"),
        key_result,
        expected_version=1,
        target=Decimal(90),
        reason="Too ambitious",
    )
    html = html_of(as_admin, key_result)
    assert "Too ambitious" in html
    assert "Target: <del>100</del> → <ins>90</ins>" in html


def test_contributions_tell_what_is_missing(bound: World, as_admin: Browser) -> None:
    link = a_contribution(bound)
    Contribution.objects.filter(pk=link.pk).update(state="agreed", amount=Decimal(30))
    html = html_of(as_admin, link.parent)
    assert 'Missing</dt><dd class="stat-value">70' in html


def test_an_offer_is_not_counted_before_it_is_agreed(bound: World, as_admin: Browser) -> None:
    link = a_contribution(bound)
    html = html_of(as_admin, link.parent)
    assert 'Missing</dt><dd class="stat-value">100' in html


# --- Looking back -----------------------------------------------------------------------------
@pytest.fixture
def corrected(bound: World) -> KeyResult:
    """A value of ten days ago that we learned of only now."""
    key_result = a_key_result(bound)
    record_value(
        metric=key_result.metric,
        value=Decimal(30),
        source="person",
        effective_at=timezone.now() - timedelta(days=10),
    )
    key_result.versions.model.objects.create(
        key_result=key_result,
        number=2,
        effective_at=timezone.now() - timedelta(days=20),
        definition=key_result.versions.get().definition,
    )
    return key_result


def day(ago: int) -> str:
    return (timezone.localdate() - timedelta(days=ago)).isoformat()


def test_what_was_true_then_counts_what_we_learned_since(
    corrected: KeyResult, as_admin: Browser
) -> None:
    assert "0.30 = (30 − 0) / (100 − 0)" in html_of(as_admin, corrected, as_of=day(5))


def test_before_a_value_was_true_it_does_not_count(corrected: KeyResult, as_admin: Browser) -> None:
    assert "No value has been reported yet." in html_of(as_admin, corrected, as_of=day(12))


def test_what_we_knew_then_leaves_out_what_we_learned_since(
    corrected: KeyResult, as_admin: Browser
) -> None:
    html = html_of(as_admin, corrected, as_of=day(5), known_at=day(5))
    assert "0.30 =" not in html


def test_a_closed_cycle_keeps_the_value_that_it_was_closed_with(
    bound: World, as_admin: Browser
) -> None:
    key_result = a_key_result(bound)
    record_value(metric=key_result.metric, value=Decimal(30), source="person")
    Cycle.objects.update(state=CycleState.CLOSED, closed_at=timezone.now())
    record_value(metric=key_result.metric, value=Decimal(90), source="person")
    assert "0.30 = (30 − 0) / (100 − 0)" in html_of(as_admin, key_result)


def test_of_a_closed_cycle_nobody_disputes_the_pace(bound: World, as_admin: Browser) -> None:
    row = a_key_result(bound, pace="at-risk", reported_status="on-track")
    assert "The owner reports" in html_of(as_admin, row)
    Cycle.objects.update(state=CycleState.CLOSED, closed_at=timezone.now())
    assert "The owner reports" not in html_of(as_admin, row)


def test_a_past_score_uses_the_definition_of_then(bound: World, as_admin: Browser) -> None:
    key_result, access = a_key_result(bound), bound.access("admin")
    check_in(access, key_result, value=Decimal(50))
    before = timezone.now().isoformat()
    key_result.refresh_from_db()
    edit_key_result(
        access,
        key_result,
        expected_version=key_result.version,
        target=Decimal(50),
        reason="Reached early",
    )
    assert "0.50 = (50 − 0) / (100 − 0)" in html_of(as_admin, key_result, as_of=before)


# --- Defining ---------------------------------------------------------------------------------
def entries(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "title": "Minutes to first payment",
        "unit": str(MeasureUnitFactory.create().pk),
        "shape": Shape.FROM_TO,
        "source": KeyResultSource.BY_HAND,
        "baseline": "50",
        "target": "35",
        "weight": "1",
        "owner": str(world["admin"].pk),
        "curve": "linear",
        **changes,
    }


def draft(world: World) -> Any:
    return an_objective(world, state=ObjectiveState.DRAFT)


def test_a_key_result_is_set_from_its_form(bound: World, as_contributor: Browser) -> None:
    answer = as_contributor.post("create-key-result", draft(bound).pk, **entries(bound))
    made = KeyResult.objects.get()
    assert (answer.url, made.target) == (made.get_absolute_url(), Decimal(35))


def test_a_change_in_percent_makes_the_target(bound: World, as_contributor: Browser) -> None:
    typed = entries(bound, target="", change="-30")
    as_contributor.post("create-key-result", draft(bound).pk, **typed)
    assert KeyResult.objects.get().target == Decimal(35)


def test_a_missing_baseline_and_a_missing_target_are_told_at_once(
    bound: World, as_contributor: Browser
) -> None:
    typed = entries(bound, baseline="", target="")
    answer = as_contributor.post("create-key-result", draft(bound).pk, **typed)
    assert set(answer.context["form"].errors) == {"baseline", "target"}


def test_a_change_that_contradicts_the_target_is_refused(
    bound: World, as_contributor: Browser
) -> None:
    answer = as_contributor.post(
        "create-key-result", draft(bound).pk, **entries(bound, target="30", change="-30")
    )
    assert (answer.status_code, "This would be 35." in answer.content.decode()) == (422, True)


def test_what_another_shape_would_need_is_not_stored(bound: World, as_contributor: Browser) -> None:
    typed = entries(bound, shape=Shape.YES_NO, lower="3", condition="x")
    as_contributor.post("create-key-result", draft(bound).pk, **typed)
    made = KeyResult.objects.get()
    assert (made.baseline, made.target, made.lower, made.condition) == (None, None, None, "")


def test_milestones_are_typed_one_a_line(bound: World, as_contributor: Browser) -> None:
    typed = entries(bound, shape=Shape.MILESTONES, milestones="Pilot; 2; 2026-11-30\nLaunch\n")
    as_contributor.post("create-key-result", draft(bound).pk, **typed)
    steps = Milestone.objects.values_list("title", "weight")
    assert list(steps) == [("Pilot", Decimal(2)), ("Launch", Decimal(1))]


def test_a_line_that_cannot_be_read_is_quoted(bound: World, as_contributor: Browser) -> None:
    typed = entries(bound, shape=Shape.MILESTONES, milestones="Pilot; heavy")
    answer = as_contributor.post("create-key-result", draft(bound).pk, **typed)
    assert "“Pilot; heavy” is not a step" in answer.content.decode()


def test_the_points_of_a_curve_are_typed_as_days_and_shares(
    bound: World, as_contributor: Browser
) -> None:
    today = timezone.localdate().isoformat()
    typed = entries(bound, curve="custom", curve_points=f"{today}; 20%")
    as_contributor.post("create-key-result", draft(bound).pk, **typed)
    assert KeyResult.objects.get().curve_points == [[today, "0.2"]]


def test_htmx_fetches_the_fields_of_another_shape_and_keeps_what_was_typed(
    bound: World, as_contributor: Browser
) -> None:
    html = as_contributor.get(
        "create-key-result", draft(bound).pk, htmx=True, shape="count", target="12"
    ).content.decode()
    assert 'value="12"' in html
    assert 'name="condition"' in html
    assert 'name="change"' not in html


def test_without_a_script_the_fields_of_every_shape_are_there(
    bound: World, as_contributor: Browser
) -> None:
    html = as_contributor.get("create-key-result", draft(bound).pk).content.decode()
    names = ("baseline", "change", "lower", "upper", "condition", "milestones")
    assert all(html.count(f'name="{name}"') == 1 for name in names)


def test_an_edit_shows_the_values_without_padding(bound: World, as_admin: Browser) -> None:
    html = as_admin.get("edit-key-result", a_key_result(bound).pk).content.decode()
    assert 'value="100"' in html


# --- Checking in ------------------------------------------------------------------------------
def test_a_check_in_answers_with_the_new_score(bound: World, as_contributor: Browser) -> None:
    key_result = a_key_result(bound)
    answer = as_contributor.post("check-in", key_result.pk, htmx=True, value="40", note="Slow")
    html = answer.content.decode()
    assert (answer.status_code, "<html" in html) == (200, False)
    assert '<span class="band-number">0.40</span>' in html


def test_a_check_in_says_so_in_a_toast(bound: World, as_contributor: Browser) -> None:
    answer = as_contributor.post("check-in", a_key_result(bound).pk, htmx=True, value="40")
    assert "0.40" in answer.headers["HX-Trigger"]


def test_a_check_in_on_an_objectives_page_answers_with_its_whole_table(
    bound: World, as_contributor: Browser
) -> None:
    key_result = a_key_result(bound)
    KeyResultFactory.create(objective=key_result.objective, title="Its neighbour")
    answer = as_contributor.post(
        "check-in", key_result.pk, htmx=True, value="40", **{"in": "results"}
    )
    html = answer.content.decode()
    assert html.strip().startswith('<div id="results"')
    assert "Its neighbour" in html


def test_a_refused_check_in_keeps_what_was_typed(bound: World, as_contributor: Browser) -> None:
    key_result = a_key_result(bound)
    answer = as_contributor.post("check-in", key_result.pk, htmx=True, value="x", note="My line")
    html = answer.content.decode()
    assert (answer.status_code, CheckIn.objects.count()) == (422, 0)
    assert "My line" in html


def test_a_check_in_works_without_a_script(bound: World, as_contributor: Browser) -> None:
    key_result = a_key_result(bound)
    answer = as_contributor.post("check-in", key_result.pk, value="40")
    key_result.refresh_from_db()
    assert (answer.url, key_result.score) == (key_result.get_absolute_url(), Decimal("0.4"))


def test_a_synced_key_result_is_confirmed_without_a_value(
    bound: World, as_contributor: Browser
) -> None:
    key_result = a_key_result(bound, source=KeyResultSource.SYNCED)
    as_contributor.post("check-in", key_result.pk, htmx=True, confidence="0.7")
    assert CheckIn.objects.get().confidence == Decimal("0.7")


def test_the_value_of_an_override_is_not_offered_as_a_reading(
    bound: World, as_contributor: Browser
) -> None:
    key_result, access = a_key_result(bound), bound.access("admin")
    check_in(access, key_result, value=Decimal(48))
    set_override(access, key_result, value=Decimal(42), reason="Counted twice")
    html = as_contributor.get("check-in", key_result.pk, htmx=True).content.decode()
    assert 'value="42"' not in html


def test_nobody_checks_in_for_others(bound: World, as_contributor: Browser) -> None:
    answer = as_contributor.post("check-in", KeyResultFactory.create().pk, htmx=True, value="40")
    assert (answer.status_code, CheckIn.objects.count()) == (403, 0)


# --- What only people set ---------------------------------------------------------------------
def test_an_override_is_set_and_released_from_the_page(bound: World, as_admin: Browser) -> None:
    key_result = a_key_result(bound)
    as_admin.post("set-override", key_result.pk, value="50", reason="Counted twice")
    override = Override.objects.get()
    as_admin.post("release-override", override.pk)
    override.refresh_from_db()
    assert (override.value, override.released_at is not None) == (Decimal(50), True)


def test_a_tick_moves_the_score_and_another_takes_it_back(
    bound: World, as_contributor: Browser
) -> None:
    step = a_milestone(bound)
    scores = []
    for _ in range(2):
        as_contributor.post("tick-milestone", step.pk)
        scores.append(KeyResult.objects.get(pk=step.key_result_id).score)
    assert scores == [Decimal(1), Decimal(0)]


def test_the_page_of_milestones_says_how_much_is_done(bound: World, as_admin: Browser) -> None:
    step = a_milestone(bound)
    as_admin.post("tick-milestone", step.pk)
    assert "1.00 = 1 / 1" in html_of(as_admin, step.key_result)


def test_one_more_thing_is_counted(bound: World, as_contributor: Browser) -> None:
    item = a_counted_item(bound)
    as_contributor.post(
        "add-counted-item", item.key_result_id, name="Second", met_on=timezone.localdate()
    )
    assert KeyResult.objects.get(pk=item.key_result_id).score == Decimal("0.4")


def test_a_contribution_is_offered_from_the_page(bound: World, as_contributor: Browser) -> None:
    child = a_key_result(bound)
    objective = ObjectiveFactory.create(cycle=child.objective.cycle)
    parent = KeyResultFactory.create(
        objective=objective, metric=MetricFactory.create(unit=child.metric.unit)
    )
    terms: dict[str, Any] = {f"amount-{parent.pk}": "15"}
    as_contributor.post("contribute", child.pk, chosen=str(parent.pk), **terms)
    link = Contribution.objects.get()
    assert (link.state, link.amount, link.offered) == ("proposed", Decimal(15), Decimal(15))


def test_the_chooser_offers_only_what_is_measured_alike(bound: World, as_admin: Browser) -> None:
    child = a_key_result(bound)
    KeyResultFactory.create(title="Counted as well")
    percent = MetricFactory.create(unit=MeasureUnitFactory.create(dimension="percent"))
    KeyResultFactory.create(title="A percentage", metric=percent)
    html = as_admin.get("contribute", child.pk, htmx=True).content.decode()
    assert ("Counted as well" in html, "A percentage" in html) == (True, False)


def test_the_page_names_who_answers_for_it_as_well(bound: World, as_admin: Browser) -> None:
    key_result = a_key_result(bound)
    for unit in ({"product": ProductFactory.create(name="Search")}, {"team": bound.team}):
        ObjectiveCoOwner.objects.create(objective=key_result.objective, **unit)
    assert "<dt>Answered for with</dt><dd>Search, Acme team</dd>" in html_of(as_admin, key_result)


# --- Costs ------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_page_costs_the_same_however_much_hangs_on_it(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    key_result = a_key_result(bound)
    for number in range(rows):
        check_in(bound.access("admin"), key_result, value=Decimal(number))
        child = KeyResultFactory.create(metric=key_result.metric, objective=key_result.objective)
        ContributionFactory.create(child=child, parent=key_result)
    as_admin.get("key-result", key_result.pk)
    with django_assert_num_queries(32):
        as_admin.get("key-result", key_result.pk)


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_page_of_a_past_moment_costs_the_same_however_much_hung_on_it(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    key_result = a_key_result(bound)
    for _ in range(rows):
        CheckInFactory.create(key_result=key_result, author=MemberFactory.create())
        MetricValueFactory.create(metric=key_result.metric)
        OverrideFactory.create(key_result=key_result, released_at=timezone.now())
        for ends in (("child", "parent"), ("parent", "child")):
            other = KeyResultFactory.create(metric=key_result.metric)
            given = dict(zip(ends, (other, key_result), strict=True))
            ContributionFactory.create(state=LinkState.AGREED, **given)
        MilestoneFactory.create(key_result=key_result)
    then = timezone.now().isoformat()
    as_admin.get("key-result", key_result.pk, as_of=then)
    with django_assert_num_queries(37):
        as_admin.get("key-result", key_result.pk, as_of=then)


# --- Weighing what it is made of --------------------------------------------------------------
def test_contributions_are_weighed_by_one_button(bound: World, as_admin: Browser) -> None:
    key_result = a_weighed_key_result(bound, 75, 25)
    assert "Weigh by share" in html_of(as_admin, key_result)
    as_admin.post("weigh-contributions", key_result.pk)
    html = html_of(as_admin, key_result)
    assert ("weight 75" in html, "weight 25" in html) == (True, True)


def test_a_sum_offers_no_weighing(bound: World, as_admin: Browser) -> None:
    key_result = a_contribution(bound).parent
    assert "Weigh by share" not in html_of(as_admin, key_result)
