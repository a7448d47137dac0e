"""The dashboard: what it shows, to whom, for which moment, and at what price."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.fields import new_id
from okrs.choices import CycleState, ObjectiveState
from okrs.models import Cycle, KeyResult, Objective, ScorePoint, UnitScore
from portfolio.models import Portfolio, Team
from tests.factories.evidence import CheckInFactory
from tests.factories.okrs import CycleFactory
from tests.factories.portfolio import (
    PortfolioFactory,
    ProductFactory,
    ProductPlacementFactory,
    ThemeFactory,
)
from tests.okrs.overviews.conftest import Goals, reads
from tests.personas import World

Look = Callable[..., str]


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_page_reads_as_often_for_one_product_as_for_fifty(rows: int, goals: Goals) -> None:
    goals.grow(rows)
    # Cycles, choices and version; then the seven statements of the data.
    assert reads(goals.world.client("viewer"), "dashboard/") == 10


def test_a_product_shows_its_stored_roll_up(goals: Goals, look: Look) -> None:
    goal = goals.objective(score=Decimal("0.62"))
    goals.key_result(goal)
    goals.rolled_up()
    text = look("dashboard/")
    assert "Acme product" in text
    assert "0.62" in text


def test_an_outdated_key_result_is_counted_as_nothing_else(goals: Goals) -> None:
    goal = goals.objective()
    goals.key_result(goal, pace="on-track")
    goals.key_result(goal, pace="on-track", outdated_from=timezone.now() - timedelta(days=1))
    goals.rolled_up()
    stored = UnitScore.objects.get(product=goals.product)
    assert (stored.key_results, stored.on_track, stored.outdated) == (2, 1, 1)


def outdated(goals: Goals, *titles: str, **fields: object) -> Objective:
    goal = goals.objective(**fields)
    now = timezone.now()
    for title in titles:
        goals.key_result(goal, title=title, evidence_at=now, outdated_from=now)
    goals.key_result(goal, title="Fresh number", evidence_at=now)
    goals.rolled_up()
    return goal


def test_the_warning_beside_an_objective_names_what_is_outdated(goals: Goals, look: Look) -> None:
    outdated(goals, "Churn", product=None, portfolio=goals.portfolio)
    words = "No check-in or sync when due: “Churn”"
    assert f'<span class="freshness freshness-stale" title="{words}">' in look("dashboard/")


def test_an_objective_is_drawn_anew_once_it_has_another_title(goals: Goals, look: Look) -> None:
    goal = outdated(goals, "Churn", product=None, portfolio=goals.portfolio, title="Keep clients")
    look("dashboard/")
    Objective.objects.filter(pk=goal.pk).update(title="Keep all clients")
    assert "Keep all clients" in look("dashboard/")


def test_the_warning_names_three_and_counts_the_rest(goals: Goals, look: Look) -> None:
    outdated(goals, "A", "B", "C", "D", "E", product=None, portfolio=goals.portfolio)
    assert "due: “A”, “B”, “C” and 2 more" in look("dashboard/")


def test_the_warning_beside_a_product_counts_what_is_outdated(goals: Goals, look: Look) -> None:
    outdated(goals, "Churn")
    assert "1 of 2 key results had no check-in or sync when due" in look("dashboard/")


def test_objectives_of_a_product_are_listed_once_it_is_opened(goals: Goals, look: Look) -> None:
    goal = goals.objective(title="Payments never stop")
    assert goal.title not in look("dashboard/")
    assert goal.title in look("dashboard/", open=goals.product.pk)


def test_objectives_of_a_portfolio_are_always_listed(goals: Goals, look: Look) -> None:
    goals.top(title="Be recommended")
    assert "Be recommended" in look("dashboard/")


def test_an_opened_product_lists_what_its_own_teams_want(goals: Goals, look: Look) -> None:
    goals.objective(title="Crew goal", product=None, team=Team.objects.get(slug="team"))
    assert "Crew goal" in look("dashboard/", open=goals.product.pk)


def test_a_theme_leaves_only_its_objectives_and_their_products(goals: Goals, look: Look) -> None:
    theme = ThemeFactory.create(portfolio=goals.portfolio, name="Self-service")
    other = ProductFactory.create(name="Unrelated product")
    goals.objective(title="With the theme", theme=theme)
    goals.objective(title="Without it", product=other)
    text = look("dashboard/", theme=theme.pk)
    assert "With the theme" in text
    assert "Without it" not in text
    assert "Unrelated product" not in text


def test_a_portfolio_filter_leaves_out_products_of_others(goals: Goals, look: Look) -> None:
    other = PortfolioFactory.create(name="Growth bets")
    elsewhere = ProductFactory.create(name="Elsewhere")
    ProductPlacementFactory.create(product=elsewhere, portfolio=other)
    text = look("dashboard/", portfolio=goals.portfolio.pk)
    assert "Acme product" in text
    assert "Elsewhere" not in text


def test_a_status_filter_goes_by_the_worst_key_result(goals: Goals, look: Look) -> None:
    fine = ProductFactory.create(name="Fine product")
    goals.key_result(goals.objective(product=fine), pace="on-track")
    goals.key_result(goals.objective(), pace="at-risk", pace_gap=Decimal(40))
    goals.rolled_up()
    text = look("dashboard/", status="at-risk")
    assert "Acme product" in text
    assert "Fine product" not in text


def test_a_status_filter_chooses_whose_key_results_are_furthest_behind(
    goals: Goals, look: Look
) -> None:
    late, worse = goals.objective(), goals.objective()
    goals.key_result(late, title="A bit late", pace="behind", pace_gap=Decimal(10))
    goals.key_result(worse, title="Much too late", pace="at-risk", pace_gap=Decimal(40))
    goals.rolled_up()
    text = look("dashboard/", status="behind")
    assert "A bit late" in text
    assert "Much too late" not in text


def test_a_product_with_drafts_alone_has_nothing_to_report(goals: Goals, look: Look) -> None:
    goals.objective(state=ObjectiveState.DRAFT)
    goals.rolled_up()
    assert "no agreed objectives in this cycle" in look("dashboard/")


def test_an_unreadable_filter_counts_as_not_given(goals: Goals, look: Look) -> None:
    assert "Acme product" in look("dashboard/", theme="not-an-id", status="odd", since="x")


def test_the_lowest_score_comes_first_when_asked(goals: Goals, look: Look) -> None:
    for name, score in (("Alpha", "0.9"), ("Beta", "0.1")):
        product = ProductFactory.create(name=name)
        ProductPlacementFactory.create(product=product, portfolio=goals.portfolio)
        goals.objective(product=product, score=Decimal(score))
    goals.rolled_up()
    text = look("dashboard/", sort="score")
    assert text.index("Beta") < text.index("Alpha")


def test_key_results_with_the_largest_gap_come_first(goals: Goals, look: Look) -> None:
    goal = goals.objective()
    goals.key_result(goal, title="A little late", pace="behind", pace_gap=Decimal(5))
    goals.key_result(goal, title="Far behind", pace="at-risk", pace_gap=Decimal(60))
    text = look("dashboard/")
    assert text.index("Far behind") < text.index("A little late")


def test_a_private_portfolio_stays_hidden_from_those_without_a_role(
    goals: Goals, look: Look
) -> None:
    Portfolio.objects.filter(pk=goals.portfolio.pk).update(is_private=True, name="Secret bets")
    goals.top(title="A secret goal", score=Decimal("0.5"))
    goals.key_result(goals.objective(), title="A secret number", pace="at-risk", pace_gap=50)
    goals.rolled_up()
    text = look("dashboard/", persona="bystander", open=goals.product.pk)
    for hidden in ("Secret bets", "A secret goal", "Acme product", "A secret number"):
        assert hidden not in text
    assert "A secret goal" in look("dashboard/", persona="viewer")


def score_a_week_ago(goal: Objective, score: str) -> None:
    ScorePoint.objects.create(
        objective=goal, at=timezone.now() - timedelta(days=8), score=Decimal(score)
    )


def test_what_moved_most_is_named_with_its_change(goals: Goals, look: Look) -> None:
    goal = goals.objective(title="Moving goal", score=Decimal("0.6"), scored_at=timezone.now())
    score_a_week_ago(goal, "0.35")
    text = look("dashboard/")
    assert "Moving goal" in text
    assert "+0.25" in text


def test_rises_and_falls_stand_together_the_largest_first(goals: Goals, look: Look) -> None:
    moves = {"Rose a little": ("0.50", "0.55"), "Fell": ("0.80", "0.50"), "Rose": ("0.2", "0.4")}
    for title, (before, after) in moves.items():
        goal = goals.objective(title=title, score=Decimal(after), scored_at=timezone.now())
        score_a_week_ago(goal, before)
    listed = look("dashboard/").partition('id="movers"')[2].partition("</section>")[0]
    assert re.findall("(?s)moved-(up|down).*?([+\N{MINUS SIGN}]0\\.[0-9]{2})", listed) == [
        ("down", "\N{MINUS SIGN}0.30"),
        ("up", "+0.20"),
        ("up", "+0.05"),
    ]


def test_many_rises_do_not_hide_a_fall(goals: Goals, look: Look) -> None:
    for number in range(9):
        goal = goals.objective(score=Decimal("0.60"), scored_at=timezone.now())
        score_a_week_ago(goal, f"0.{number + 10}")
    fallen = goals.objective(title="Slipping", score=Decimal("0.50"), scored_at=timezone.now())
    score_a_week_ago(fallen, "0.52")
    listed = look("dashboard/").partition('id="movers"')[2].partition("</section>")[0]
    assert (listed.count("moved-up"), listed.count("moved-down")) == (4, 1)
    assert "Slipping" in listed


def poll(world: World, tag: str) -> Any:
    headers = {"HX-Request": "true", "If-None-Match": tag}
    return world.client("viewer").get("/o/acme/dashboard/", headers=headers)


def test_a_poll_gets_an_empty_answer_while_nothing_changed(goals: Goals) -> None:
    goals.grow(1)
    first = poll(goals.world, "")
    assert first.status_code == 200
    second = poll(goals.world, first["ETag"])
    assert (second.status_code, second.content) == (304, b"")


def test_a_poll_through_a_proxy_that_compresses_gets_an_empty_answer_too(goals: Goals) -> None:
    goals.grow(1)
    tag = poll(goals.world, "")["ETag"]
    assert poll(goals.world, f"W/{tag}").status_code == 304


def test_a_poll_gets_the_new_score_once_it_changed(goals: Goals) -> None:
    goals.grow(1)
    tag = poll(goals.world, "")["ETag"]
    goal = goals.objective(title="Newly scored", score=Decimal("0.77"))
    Objective.objects.filter(pk=goal.pk).update(scored_at=timezone.now())
    goals.rolled_up()
    changed = poll(goals.world, tag)
    assert changed.status_code == 200
    assert "0.77" in changed.content.decode()


def test_a_poll_notices_a_word_that_moved_no_score(goals: Goals) -> None:
    key_result = goals.key_result(goals.objective())
    tag = poll(goals.world, "")["ETag"]
    CheckInFactory.create(key_result=key_result, note="The supplier is late")
    assert poll(goals.world, tag).status_code == 200


def test_a_poll_notices_what_was_begun_earlier_and_stored_later(goals: Goals) -> None:
    key_result, began = goals.key_result(goals.objective()), new_id()
    CheckInFactory.create(key_result=key_result)
    tag = poll(goals.world, "")["ETag"]
    CheckInFactory.create(key_result=key_result, id=began)
    assert poll(goals.world, tag).status_code == 200


def test_a_poll_notices_other_counts_of_a_unit(goals: Goals) -> None:
    goals.key_result(goals.objective())
    goals.rolled_up()
    tag = poll(goals.world, "")["ETag"]
    UnitScore.objects.update(behind=1, scored_at=timezone.now())
    assert poll(goals.world, tag).status_code == 200


def test_a_page_further_on_has_a_tag_of_its_own(goals: Goals) -> None:
    goals.grow(1)
    viewer = goals.world.client("viewer")
    address, headers = "/o/acme/dashboard/", {"HX-Request": "true"}
    further = viewer.get(address, {"after": str(goals.product.pk)}, headers=headers)
    assert further["ETag"] != viewer.get(address, headers=headers)["ETag"]


def test_the_page_and_its_fragment_tell_caches_apart(goals: Goals) -> None:
    response = poll(goals.world, "")
    assert "HX-Request" in response["Vary"]
    assert "<html" not in response.content.decode()


def test_the_file_lists_every_objective_and_defuses_formulas(goals: Goals, look: Look) -> None:
    goals.objective(title='=HYPERLINK("evil")', score=Decimal("0.5"))
    lines = look("dashboard/export.csv").splitlines()
    assert lines[0].startswith("Portfolio,Product,Team,Objective")
    assert any("'=HYPERLINK" in line and "0.50,fell-short" in line for line in lines)


def test_the_file_tells_changes_as_exactly_as_scores(goals: Goals, look: Look) -> None:
    now, score = timezone.now(), Decimal("0.6")
    goal = goals.objective(title="Moving", score=score, scored_at=now)
    score_a_week_ago(goal, "0.3333333333")
    ScorePoint.objects.create(objective=goal, at=now, score=score)
    [line] = [row for row in look("dashboard/export.csv").splitlines() if "Moving" in row]
    assert "0.60,fell-short,0.27," in line


def test_a_closed_cycle_shows_final_scores_and_no_pace(goals: Goals, look: Look) -> None:
    goal = outdated(goals, "Churn", product=None, portfolio=goals.portfolio, score=Decimal("0.2"))
    goals.key_result(goal, title="Missed", pace="at-risk", pace_gap=80, score=Decimal("0.2"))
    goals.rolled_up()
    Cycle.objects.update(state=CycleState.CLOSED, closed_at=timezone.now())
    page = look("dashboard/").partition("<main")[2]
    assert "Furthest from their targets" in page
    assert "significant miss" in page
    shown = [words in page for words in ("What moved", "freshness-stale", 'class="pace ')]
    assert shown == [False, False, False]


def test_before_the_first_cycle_the_page_says_what_to_do(in_acme: World) -> None:
    text = in_acme.client("viewer").get("/o/acme/dashboard/").content.decode()
    assert "There is no cycle yet" in text


def test_nothing_that_matches_is_told_apart_from_nothing_at_all(goals: Goals, look: Look) -> None:
    assert "Nothing matches these filters" in look("dashboard/", product="no such product")


def test_goals_of_another_cycle_do_not_show(goals: Goals, look: Look) -> None:
    goals.top(title="Of the next quarter", cycle=CycleFactory.create(name="Next quarter"))
    text = look("dashboard/", cycle=goals.cycle.pk)
    assert "Of the next quarter" not in text


def test_an_archived_key_result_is_behind_nobody(goals: Goals, look: Look) -> None:
    row = goals.key_result(goals.objective(), title="Given up", pace="at-risk", pace_gap=50)
    KeyResult.objects.filter(pk=row.pk).update(archived_at=timezone.now())
    assert "Given up" not in look("dashboard/")
