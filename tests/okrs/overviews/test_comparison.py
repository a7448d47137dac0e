"""Closed cycles beside each other."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from okrs.choices import CycleState, TierKind
from okrs.models import Cycle
from okrs.queries.comparison import ComparedUnit, Comparison, comparison_of
from portfolio.models import Portfolio, Product, ProductPlacement
from tests.factories.closing import ClosedUnitFactory, ClosingRevisionFactory
from tests.factories.okrs import CycleFactory, TierFactory
from tests.factories.portfolio import PortfolioFactory, ProductFactory, ProductPlacementFactory
from tests.okrs.goals import an_objective
from tests.personas import World

D = Decimal
QUERIES = 5


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def quarter(number: int, year: int = 2025) -> Cycle:
    first = date(year, 3 * number - 2, 1)
    made: Cycle = CycleFactory.create(
        name=f"Q{number} {year}",
        starts_on=first,
        ends_on=date(year, 3 * number, 28),
        state=CycleState.CLOSED,
    )
    ClosingRevisionFactory.create(cycle=made)
    return made


def own() -> Product:
    return Product.objects.get(slug="product")


def scored(cycle: Cycle, score: str | None, product: Product | None = None) -> None:
    revision = cycle.revisions.get(number=0)
    value = None if score is None else D(score)
    ClosedUnitFactory.create(revision=revision, product=product or own(), score=value)


def compared(world: World, persona: str = "lead") -> Comparison:
    return comparison_of(world.access(persona))


def line_of(found: Comparison, unit: Product | Portfolio) -> ComparedUnit:
    [line] = [line for line in found.units if line.unit == unit]
    return line


def test_scores_stand_in_the_order_of_the_cycles(bound: World) -> None:
    later, earlier = quarter(2), quarter(1)
    scored(later, "0.7")
    scored(earlier, "0.4")
    found = compared(bound)
    assert found.cycles == [earlier, later]
    line = line_of(found, own())
    assert (line.scores, line.change) == ([D("0.4"), D("0.7")], D("0.3"))


def test_a_cycle_without_objectives_leaves_a_gap(bound: World) -> None:
    for number, score in ((1, "0.4"), (2, None), (3, "0.5")):
        cycle = quarter(number)
        if score:
            scored(cycle, score)
    line = line_of(compared(bound), own())
    assert (line.scores, line.change) == ([D("0.4"), None, D("0.5")], None)


def test_the_last_correction_counts(bound: World) -> None:
    cycle = quarter(1)
    scored(cycle, "0.4")
    revision = ClosingRevisionFactory.create(
        cycle=cycle,
        number=1,
        reason="Late figures",
        objective=an_objective(bound, cycle=CycleFactory.create()),
    )
    ClosedUnitFactory.create(revision=revision, product=own(), score=D("0.6"))
    assert line_of(compared(bound), own()).scores == [D("0.6")]


def test_of_two_tiers_of_a_unit_the_higher_one_counts(bound: World) -> None:
    cycle = quarter(1)
    revision = cycle.revisions.get()
    for kind, score in ((TierKind.TEAM, "0.9"), (TierKind.PRODUCT, "0.2")):
        tier = TierFactory.create(kind=kind)
        ClosedUnitFactory.create(revision=revision, product=own(), tier=tier, score=D(score))
    assert line_of(compared(bound), own()).scores == [D("0.2")]


def test_a_year_is_not_set_beside_its_quarters(bound: World) -> None:
    year = CycleFactory.create(
        starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31), state=CycleState.CLOSED
    )
    ClosingRevisionFactory.create(cycle=year)
    cycle = quarter(1)
    Cycle.objects.filter(pk=cycle.pk).update(parent=year)
    assert compared(bound).cycles == [cycle]


def test_a_running_cycle_is_not_compared(bound: World) -> None:
    CycleFactory.create()
    assert compared(bound).cycles == []


def test_the_last_eight_are_compared(bound: World) -> None:
    every = [quarter(number, year) for year in (2023, 2024, 2025) for number in (1, 2, 3, 4)]
    assert compared(bound).cycles == every[-8:]


def test_a_portfolio_stands_before_the_products_at_home_in_it(bound: World) -> None:
    cycle, portfolio = quarter(1), Portfolio.objects.get(slug="main")
    scored(cycle, "0.4")
    stray = ProductFactory.create(name="Aardvark")
    scored(cycle, "0.5", stray)
    ClosedUnitFactory.create(revision=cycle.revisions.get(), portfolio=portfolio, score=D("0.8"))
    assert [line.unit for line in compared(bound).units] == [portfolio, own(), stray]


def test_what_is_hidden_is_left_out(bound: World) -> None:
    hidden = ProductFactory.create()
    secret = PortfolioFactory.create(is_private=True)
    ProductPlacement.objects.filter(product=hidden).delete()
    ProductPlacementFactory.create(product=hidden, portfolio=secret, is_home=True)
    cycle = quarter(1)
    scored(cycle, "0.4", hidden)
    ClosedUnitFactory.create(revision=cycle.revisions.get(), portfolio=secret, score=D("0.8"))
    assert compared(bound, "bystander").units == []
    assert [line.unit for line in compared(bound, "admin").units] == [secret, hidden]


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_comparison_costs_the_same_however_many_products(
    bound: World, rows: int, django_assert_num_queries: Any
) -> None:
    cycle = quarter(1)
    for _ in range(rows):
        scored(cycle, "0.4", ProductFactory.create())
    access = bound.access("lead")
    with django_assert_num_queries(QUERIES):
        comparison_of(access)


def test_the_page_shows_scores_and_their_change(bound: World) -> None:
    for number, score in ((1, "0.4"), (2, "0.7")):
        scored(quarter(number), score)
    page = bound.client("viewer").get(reverse("okrs:compare-cycles", args=["acme"]))
    text = page.content.decode()
    assert all(words in text for words in ("Q1 2025", "Q2 2025", "0.40", "0.70", "+0.30"))


def test_without_a_closed_cycle_the_page_says_when_there_will_be_something(bound: World) -> None:
    page = bound.client("viewer").get(reverse("okrs:compare-cycles", args=["acme"]))
    assert "No cycle was closed yet" in page.content.decode()


def test_the_table_is_exported(bound: World) -> None:
    for number, score in ((1, "0.4"), (2, "0.7")):
        scored(quarter(number), score)
    answer = bound.client("viewer").get(reverse("okrs:compare-cycles-csv", args=["acme"]))
    head, line = answer.content.decode("utf-8-sig").splitlines()
    assert head == "Kind,Unit,Q1 2025,Q2 2025,Change"
    assert line.startswith("Product,Acme product,0.4")


def test_a_script_reads_the_scores_by_cycle(bound: World) -> None:
    cycle = quarter(1)
    scored(cycle, "0.4")
    address = reverse("api:cycle-comparison", args=["acme"])
    [line] = bound.client("viewer").get(address).json()["results"]
    assert (line["name"], line["product"], line["portfolio"]) == (
        "Acme product", str(own().pk), None,
    )  # fmt: skip
    assert line["scores"] == [{"cycle": str(cycle.pk), "score": "0.4"}]
