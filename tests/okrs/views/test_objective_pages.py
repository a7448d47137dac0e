"""The list of objectives, the page of one, and its forms."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from okrs.actions.check_ins import check_in
from okrs.actions.objectives import assess_objective
from okrs.choices import CycleState, LinkState, ObjectiveState, RollUpMode, Shape
from okrs.models import Objective, ObjectiveAlignment, ObjectiveCoOwner, SharedPlacement
from okrs.queries.objectives import ObjectiveFilters, list_objectives
from portfolio.models import Portfolio
from tests.factories.evidence import CheckInFactory
from tests.factories.links import ObjectiveSupportFactory, SharedPlacementFactory
from tests.factories.okrs import (
    ContributionFactory,
    CycleFactory,
    KeyResultFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
    TierFactory,
)
from tests.factories.portfolio import MetricValueFactory, ProductFactory, ProductPlacementFactory
from tests.okrs.goals import a_commitment, a_key_result, an_objective, product
from tests.okrs.views.conftest import Browser
from tests.personas import World


# --- The list ---------------------------------------------------------------------------------
def titles(world: World, **filters: Any) -> list[str]:
    found = list_objectives(world.access("viewer"), ObjectiveFilters(**filters))
    return [row.title for row in found.rows]


def test_the_list_leaves_closed_cycles_out_until_asked(bound: World) -> None:
    an_objective(bound, title="Now")
    an_objective(bound, title="Then", cycle=CycleFactory.create(state=CycleState.CLOSED))
    assert (titles(bound), titles(bound, cycle="all")) == (["Now"], ["Now", "Then"])


def test_each_filter_narrows_the_list(bound: World) -> None:
    wanted = an_objective(bound, title="Wanted words", state=ObjectiveState.PROPOSED)
    ObjectiveFactory.create(
        title="Other", tier=TierFactory.create(kind="organization"), product=None
    )
    narrowed: list[dict[str, Any]] = [
        {"cycle": str(wanted.cycle_id)},
        {"tier": wanted.tier_id},
        {"unit": wanted.product_id},
        {"owner": wanted.owner_id},
        {"state": "proposed"},
        {"text": "WORDS"},
    ]
    assert [titles(bound, **one) for one in narrowed] == [["Wanted words"]] * 6


PACES = [
    ("at-risk", {"pace": "at-risk"}),
    ("behind", {"pace": "behind"}),
    ("on-track", {"pace": "on-track"}),
    ("outdated", {"pace": "on-track", "outdated_from": "2020-01-01T00:00Z"}),
]


@pytest.mark.parametrize(("wanted", "fields"), PACES)
def test_the_pace_filter_and_the_pace_shown_are_one(
    bound: World, wanted: str, fields: dict[str, str]
) -> None:
    for _, other in PACES:
        a_key_result(bound, **other)
    found = list_objectives(bound.access("viewer"), ObjectiveFilters(pace=wanted))
    assert [row.pace.worst for row in found.rows] == [wanted]


def test_an_outdated_number_is_never_green(bound: World) -> None:
    a_key_result(bound, pace="on-track", outdated_from=timezone.now())
    [row] = list_objectives(bound.access("viewer"), ObjectiveFilters()).rows
    assert (row.pace.worst, row.pace.on_track) == ("outdated", 0)


@pytest.mark.parametrize("sort", ["tier", "title", "score"])
def test_pages_by_key_show_each_objective_once(bound: World, sort: str) -> None:
    for number in range(5):
        an_objective(bound, title="Same title", score=None if number % 2 else Decimal("0.5"))
    access, filters = bound.access("viewer"), ObjectiveFilters(sort=sort)
    seen, after = [], ""
    while True:
        page = list_objectives(access, filters, after=after, limit=2)
        seen += [row.id for row in page.rows]
        if page.after is None:
            break
        after = page.after
    assert (len(seen), len(set(seen))) == (5, 5)


def test_the_filter_is_in_the_address_of_the_next_page(
    bound: World, as_admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(51):
        an_objective(bound, title="Many")
    html = as_admin.get("objectives", q="many").content.decode()
    assert "q=many&amp;after=" in html


def test_a_column_sorts_what_the_filters_left(bound: World, as_admin: Browser) -> None:
    an_objective(bound, title="Wanted words")
    page = as_admin.get("objectives", q="words", theme="").content.decode()
    assert 'href="/o/acme/objectives/?q=words&amp;sort=score"' in page


def test_the_list_names_what_is_outdated(bound: World, as_admin: Browser) -> None:
    now = timezone.now()
    a_key_result(bound, title="Churn", evidence_at=now, outdated_from=now)
    assert "No check-in or sync when due: “Churn”" in as_admin.get("objectives").content.decode()


def test_htmx_gets_the_list_alone(bound: World, as_admin: Browser) -> None:
    an_objective(bound, title="Now")
    html = as_admin.get("objectives", htmx=True).content.decode()
    assert html.strip().startswith('<div id="list"')
    assert "Now" in html


def test_what_is_not_a_valid_filter_counts_as_not_given(bound: World, as_admin: Browser) -> None:
    an_objective(bound, title="Still here")
    html = as_admin.get("objectives", tier="x", unit="y", after="z", sort="q").content.decode()
    assert "Still here" in html


def test_the_list_says_why_it_is_empty(as_admin: Browser) -> None:
    html = as_admin.get("objectives", q="nothing").content.decode()
    assert "Clear filters" in html


def test_the_file_holds_every_row_and_runs_no_formula(bound: World, as_admin: Browser) -> None:
    an_objective(bound, title="=1+1", score=Decimal("0.5"))
    lines = as_admin.get("objectives-csv").content.decode().splitlines()
    assert lines[1].startswith("'=1+1,")
    assert ",0.5000000000," in lines[1]


def private_objective(world: World) -> Objective:
    portfolio = Portfolio.objects.create(name="Secret", slug="secret", is_private=True)
    hidden = ProductFactory.create()
    ProductPlacementFactory.create(product=hidden, portfolio=portfolio)
    return an_objective(world, product=hidden, title="Secret goal")


def test_goals_of_a_private_portfolio_are_not_listed(bound: World) -> None:
    private_objective(bound)
    assert titles(bound) == []


def test_the_page_of_a_private_goal_does_not_exist_for_others(
    bound: World, as_bystander: Browser, as_admin: Browser
) -> None:
    objective = private_objective(bound)
    found = [page.get("objective", objective.pk).status_code for page in (as_bystander, as_admin)]
    assert found == [404, 200]


def test_a_private_goal_is_not_named_on_the_page_of_what_it_serves(
    bound: World, as_bystander: Browser
) -> None:
    hidden = private_objective(bound)
    parent = an_objective(bound, cycle=hidden.cycle)
    ObjectiveAlignmentFactory.create(child=hidden, parent=parent, state="agreed")
    assert "Secret goal" not in as_bystander.get("objective", parent.pk).content.decode()


def test_a_private_product_is_not_named_where_it_answers_for_a_goal_with_others(
    bound: World, as_bystander: Browser, as_admin: Browser
) -> None:
    hidden = private_objective(bound).product
    objective = an_objective(bound)
    ObjectiveCoOwner.objects.create(objective=objective, product=hidden)
    pages = [page.get("objective", objective.pk) for page in (as_bystander, as_admin)]
    assert [str(hidden) in page.content.decode() for page in pages] == [False, True]


# --- One objective ----------------------------------------------------------------------------
def scored(world: World) -> Objective:
    """0.62 of two key results that weigh 2 and 1."""
    objective = an_objective(world)
    for value, weight in ((80, 2), (26, 1)):
        key_result = KeyResultFactory.create(objective=objective, weight=Decimal(weight))
        check_in(world.access("admin"), key_result, value=Decimal(value))
    return Objective.objects.get(pk=objective.pk)


def test_the_page_shows_the_score_with_its_arithmetic(bound: World, as_admin: Browser) -> None:
    html = as_admin.get("objective", scored(bound).pk).content.decode()
    assert "0.62 = (0.8 × 2 + 0.26 × 1) / 3" in html


def test_a_wide_spread_calls_for_a_conversation(bound: World, as_admin: Browser) -> None:
    assert "talk about it" in as_admin.get("objective", scored(bound).pk).content.decode()


def test_computed_and_assessed_stand_side_by_side(bound: World, as_admin: Browser) -> None:
    objective = scored(bound)
    assess_objective(
        bound.access("admin"), objective, score=Decimal("0.4"), assessment="One country"
    )
    html = as_admin.get("objective", objective.pk).content.decode()
    assert all(words in html for words in ("Computed", "Assessed", "One country"))


def test_what_is_not_reported_is_told(bound: World, as_admin: Browser) -> None:
    objective = scored(bound)
    KeyResultFactory.create(objective=objective)
    a_check_in_later = as_admin.get("objective", objective.pk).content.decode()
    assert "2 of 3 reporting" in a_check_in_later


def test_a_goal_without_backing_is_an_aspiration(bound: World, as_admin: Browser) -> None:
    html = as_admin.get("objective", an_objective(bound).pk).content.decode()
    assert "aspiration" in html


def test_money_is_shown_to_those_who_may_see_it(
    bound: World, as_admin: Browser, as_contributor: Browser
) -> None:
    commitment = a_commitment(bound)
    type(commitment).objects.filter(pk=commitment.pk).update(amount=7777, currency="EUR")
    pages = [p.get("objective", commitment.objective_id) for p in (as_admin, as_contributor)]
    assert ["€7,777" in page.content.decode() for page in pages] == [True, False]


def test_a_viewer_is_offered_no_changes(bound: World, as_bystander: Browser) -> None:
    html = as_bystander.get("objective", scored(bound).pk).content.decode()
    assert "Check in" not in html
    assert "Archive" not in html


# --- Looking back -----------------------------------------------------------------------------
def test_the_past_shows_what_was_true_then(bound: World, as_admin: Browser) -> None:
    objective = scored(bound)
    before = timezone.now()
    check_in(bound.access("admin"), objective.key_results.get(weight=1), value=Decimal(80))
    html = as_admin.get("objective", objective.pk, as_of=before.isoformat()).content.decode()
    assert "0.62 = (0.8 × 2 + 0.26 × 1) / 3" in html


def test_the_past_before_any_value_has_no_score(bound: World, as_admin: Browser) -> None:
    html = as_admin.get("objective", scored(bound).pk, as_of="2001-01-01").content.decode()
    assert "The objective was not set yet." in html


def test_a_moment_that_cannot_be_read_shows_now_and_says_why(
    bound: World, as_admin: Browser
) -> None:
    html = as_admin.get("objective", scored(bound).pk, as_of="yesterday-ish").content.decode()
    assert "as-of-banner" not in html
    assert 'id="as-of-error">Give a day such as 2026-09-30' in html


def test_a_day_that_lies_ahead_is_refused_beside_its_field(bound: World, as_admin: Browser) -> None:
    ahead = (timezone.localdate() + timedelta(days=1)).isoformat()
    html = as_admin.get("objective", scored(bound).pk, known_at=ahead).content.decode()
    assert 'id="known-at-error">This lies in the future.' in html


# --- Forms ------------------------------------------------------------------------------------
def entries(world: World, **changes: Any) -> dict[str, Any]:
    TierFactory.create()
    return {
        "title": "Customers come back",
        "unit": str(product().pk),
        "cycle": str(CycleFactory.create().pk),
        "owner": str(world["admin"].pk),
        "roll_up": "own",
        **changes,
    }


def test_a_new_objective_gets_its_tier_from_what_it_belongs_to(
    bound: World, as_contributor: Browser
) -> None:
    answer = as_contributor.post("create-objective", **entries(bound))
    made = Objective.objects.get(title="Customers come back")
    assert (answer.url, made.tier.kind) == (made.get_absolute_url(), "product")


def test_nothing_typed_is_lost_when_an_objective_is_refused(
    bound: World, as_contributor: Browser
) -> None:
    answer = as_contributor.post("create-objective", **entries(bound, cycle="", title="My words"))
    assert answer.status_code == 422
    assert "My words" in answer.content.decode()


def test_units_of_others_are_not_offered(bound: World, as_contributor: Browser) -> None:
    other = ProductFactory.create()
    answer = as_contributor.post("create-objective", **entries(bound, unit=str(other.pk)))
    assert (answer.status_code, Objective.objects.count()) == (422, 0)


def test_a_new_objective_starts_in_the_cycle_that_runs(bound: World, as_admin: Browser) -> None:
    running = CycleFactory.create(name="This quarter")
    html = as_admin.get("create-objective").content.decode()
    assert f'<option value="{running.pk}" selected>This quarter</option>' in html


def test_before_the_first_cycle_there_is_nothing_to_write_in(as_admin: Browser) -> None:
    html = as_admin.get("create-objective").content.decode()
    assert "There is no cycle yet" in html
    assert "Add the first cycle" in html


def test_a_lost_race_shows_both_sides_and_keeps_what_was_typed(
    bound: World, as_admin: Browser
) -> None:
    objective = an_objective(bound, state=ObjectiveState.DRAFT, title="Theirs")
    Objective.objects.filter(pk=objective.pk).update(version=2)
    typed: dict[str, Any] = {
        "title": "Mine",
        "owner": bound["admin"].pk,
        "roll_up": "own",
        "version": 1,
    }
    answer = as_admin.post("edit-objective", objective.pk, **typed)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert all(words in html for words in ("Mine", "Theirs"))


def test_after_a_lost_race_saving_again_replaces_knowingly(bound: World, as_admin: Browser) -> None:
    objective = an_objective(bound, state=ObjectiveState.DRAFT, title="Theirs")
    Objective.objects.filter(pk=objective.pk).update(version=2)
    typed: dict[str, Any] = {"title": "Mine", "owner": bound["admin"].pk, "roll_up": "own"}
    html = as_admin.post("edit-objective", objective.pk, **typed, version=1).content.decode()
    assert 'name="version" value="2"' in html
    as_admin.post("edit-objective", objective.pk, **typed, version=2)
    assert Objective.objects.get(pk=objective.pk).title == "Mine"


def test_a_committed_objective_asks_why_it_changes(bound: World, as_admin: Browser) -> None:
    objective = an_objective(bound)
    typed: dict[str, Any] = {
        "title": "Mine",
        "owner": bound["admin"].pk,
        "roll_up": "own",
        "version": 1,
    }
    answer = as_admin.post("edit-objective", objective.pk, **typed)
    assert answer.status_code == 422
    assert "say why it changes" in answer.content.decode()


def test_a_step_is_taken_and_told(bound: World, as_admin: Browser) -> None:
    objective = an_objective(bound, state=ObjectiveState.PROPOSED)
    answer = as_admin.post("move-objective", objective.pk, to="accepted", condition="Legal agrees")
    stored = Objective.objects.get(pk=objective.pk)
    assert (answer.status_code, stored.state, stored.condition) == (
        302,
        "accepted",
        "Legal agrees",
    )


def test_a_contributor_is_not_offered_decisions(bound: World, as_contributor: Browser) -> None:
    objective = an_objective(bound, state=ObjectiveState.PROPOSED)
    answer = as_contributor.post("move-objective", objective.pk, to="accepted")
    assert (answer.status_code, Objective.objects.get(pk=objective.pk).state) == (422, "proposed")


def test_an_archived_objective_can_be_restored_from_its_page(
    bound: World, as_admin: Browser
) -> None:
    objective = an_objective(bound)
    as_admin.post("archive-objective", objective.pk)
    assert "Restore it" in as_admin.get("objective", objective.pk).content.decode()


def test_restoring_in_a_closed_cycle_is_refused_with_a_sentence(
    bound: World, as_admin: Browser
) -> None:
    cycle = CycleFactory.create(state=CycleState.CLOSED)
    objective = an_objective(bound, cycle=cycle, archived_at=timezone.now())
    as_admin.post("restore-objective", objective.pk)
    page = as_admin.get("objective", objective.pk).content.decode()
    assert "The cycle is closed: its objectives stand." in page


# --- Links ------------------------------------------------------------------------------------
def test_the_chooser_offers_objectives_of_the_cycle_that_match(
    bound: World, as_admin: Browser
) -> None:
    child = an_objective(bound)
    an_objective(bound, title="Grow abroad", cycle=child.cycle)
    an_objective(bound, title="Shrink", cycle=child.cycle)
    an_objective(bound, title="Grow elsewhere")
    html = as_admin.get("align-objective", child.pk, q="grow", htmx=True).content.decode()
    found = [words in html for words in ("Grow abroad", "Shrink", "Grow elsewhere")]
    assert found == [True, False, False]


def test_a_link_is_proposed_from_the_page(bound: World, as_contributor: Browser) -> None:
    child = an_objective(bound)
    parent = ObjectiveFactory.create(cycle=child.cycle)
    terms: dict[str, Any] = {f"kind-{parent.pk}": "contributes", f"weight-{parent.pk}": "2"}
    as_contributor.post("align-objective", child.pk, chosen=str(parent.pk), **terms)
    link = ObjectiveAlignment.objects.get(child=child, parent=parent)
    assert (link.state, link.weight) == ("proposed", Decimal(2))


def test_a_circle_is_told_beside_the_chooser(bound: World, as_admin: Browser) -> None:
    child = an_objective(bound, title="Low")
    parent = an_objective(bound, title="High", cycle=child.cycle)
    ObjectiveAlignmentFactory.create(child=parent, parent=child)
    terms: dict[str, Any] = {f"kind-{parent.pk}": "contributes", f"weight-{parent.pk}": "1"}
    answer = as_admin.post("align-objective", child.pk, chosen=str(parent.pk), **terms)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "“Low” → “High” → “Low”" in html


def test_a_link_is_agreed_with_one_button(bound: World, as_admin: Browser) -> None:
    link = ObjectiveAlignmentFactory.create(child=an_objective(bound))
    as_admin.post("answer-alignment", link.pk, to="agreed", version="1")
    stored = ObjectiveAlignment.objects.get(pk=link.pk)
    assert (stored.state, stored.weight, stored.kind) == ("agreed", link.weight, link.kind)


def test_the_side_below_is_not_offered_to_agree(bound: World, as_contributor: Browser) -> None:
    child = an_objective(bound)
    link = ObjectiveAlignmentFactory.create(
        child=child, parent=ObjectiveFactory.create(cycle=child.cycle)
    )
    answer = as_contributor.post("answer-alignment", link.pk, to="agreed")
    assert answer.status_code == 422


def test_who_speaks_for_neither_side_does_not_answer(bound: World, as_contributor: Browser) -> None:
    link = ObjectiveAlignmentFactory.create()
    assert as_contributor.get("answer-alignment", link.pk).status_code == 403


# --- Costs ------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_list_costs_the_same_however_long(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    cycle, tier, owner = CycleFactory.create(), TierFactory.create(), bound["admin"]
    for _ in range(rows):
        objective = ObjectiveFactory.create(cycle=cycle, tier=tier, owner=owner, product=product())
        KeyResultFactory.create(objective=objective)
    as_admin.get("objectives")
    with django_assert_num_queries(LIST_COST):
        as_admin.get("objectives")


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_page_costs_the_same_however_much_hangs_on_it(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    objective = an_objective(bound)
    for _ in range(rows):
        KeyResultFactory.create(objective=objective)
        child = an_objective(bound, cycle=objective.cycle, tier=objective.tier)
        ObjectiveAlignmentFactory.create(child=child, parent=objective)
        placed = KeyResultFactory.create(objective=child, shape=Shape.YES_NO)
        SharedPlacement.objects.create(key_result=placed, objective=objective)
    as_admin.get("objective", objective.pk)
    with django_assert_num_queries(PAGE_COST):
        as_admin.get("objective", objective.pk)


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_page_of_a_past_moment_costs_the_same_however_much_hung_on_it(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    objective = an_objective(bound, roll_up=RollUpMode.OWN_AND_ALIGNED)
    for _ in range(rows):
        own = KeyResultFactory.create(objective=objective)
        child, parent = ObjectiveFactory.create_batch(2, cycle=objective.cycle)
        for ends in ((child, objective), (objective, parent)):
            ObjectiveAlignmentFactory.create(child=ends[0], parent=ends[1], state=LinkState.AGREED)
        measured = KeyResultFactory.create(objective=child, metric=own.metric)
        ContributionFactory.create(child=measured, parent=own, state=LinkState.AGREED)
        SharedPlacementFactory.create(key_result=measured, objective=objective)
        ObjectiveSupportFactory.create(child=child, key_result=own, state=LinkState.AGREED)
        elsewhere = KeyResultFactory.create(objective=parent)
        ObjectiveSupportFactory.create(
            child=objective, key_result=elsewhere, state=LinkState.AGREED
        )
        CheckInFactory.create(key_result=own)
        MetricValueFactory.create(metric=own.metric)
    then = timezone.now().isoformat()
    as_admin.get("objective", objective.pk, as_of=then)
    with django_assert_num_queries(PAST_PAGE_COST):
        as_admin.get("objective", objective.pk, as_of=then)


# Whoever adds a statement to these pages says so here.
LIST_COST = 21
PAGE_COST = 41
PAST_PAGE_COST = 38
