"""What goals add to the pages of portfolios, products and teams."""

from collections.abc import Callable
from decimal import Decimal

from tests.factories.okrs import CycleFactory
from tests.okrs.overviews.conftest import Goals

Look = Callable[..., str]


def panel_of(page: str) -> str:
    return page.partition('id="panel-objectives"')[2].partition("</section>")[0]


def test_a_product_shows_how_it_stands_above_its_objectives(goals: Goals, look: Look) -> None:
    goal = goals.objective(title="Payments never stop", score=Decimal("0.72"))
    goals.key_result(goal, pace="at-risk", score=Decimal("0.72"))
    goals.rolled_up()
    panel = panel_of(look("products/product/"))
    standing = panel.partition('class="standing"')[2].partition("<table")[0]
    assert "0.72" in standing
    assert '<span class="visually-hidden"> at risk</span>' in standing
    assert "This quarter, " in standing
    assert "Payments never stop" in panel


def test_of_two_running_cycles_the_shorter_one_stands(goals: Goals, look: Look) -> None:
    year = CycleFactory.create(name="The year", starts_on=goals.cycle.starts_on.replace(day=1))
    goals.objective(cycle=year, score=Decimal("0.11"))
    goals.objective(score=Decimal("0.72"))
    goals.rolled_up()
    standing = panel_of(look("products/product/")).partition("<table")[0]
    assert ["0.72" in standing, "0.11" in standing] == [True, False]


def test_a_unit_without_goals_shows_no_standing(goals: Goals, look: Look) -> None:
    panel = panel_of(look("products/product/"))
    assert "No objectives yet" in panel
    assert "standing" not in panel
