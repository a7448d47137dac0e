"""Pages and lists of the map read the same number of times however many rows they show."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy import tenant
from lib import panels
from portfolio import actions
from portfolio.models import Metric, Portfolio, Product, Team, TeamCapacity
from tests.factories.portfolio import (
    MeasureUnitFactory,
    MetricFactory,
    PortfolioFactory,
    ProductFactory,
    ProductPlacementFactory,
    ProductRelationFactory,
    RoleFactory,
    TeamFactory,
    TeamMemberFactory,
    TeamProductFactory,
    ThemeFactory,
    ValueStreamFactory,
)
from tests.personas import World

Fill = Callable[[World, int], Any]


def portfolios(world: World, count: int) -> None:
    for _ in range(count):
        portfolio = PortfolioFactory.create()
        ThemeFactory.create(portfolio=portfolio)
        ProductPlacementFactory.create(portfolio=portfolio)
        RoleFactory.create(member=world["admin"], portfolio=portfolio)


def one_portfolio(world: World, count: int) -> None:
    portfolio = Portfolio.objects.get()
    for _ in range(count):
        ProductPlacementFactory.create(portfolio=portfolio, product__lead=world["lead"])
        ThemeFactory.create(portfolio=portfolio)
        RoleFactory.create(
            member=world["bystander"], portfolio=portfolio, until_date=date(2021, 1, 1)
        )


def streams(world: World, count: int) -> None:
    for _ in range(count):
        ProductFactory.create(value_stream=ValueStreamFactory.create(lead=world["lead"]))


def products(world: World, count: int) -> None:
    for _ in range(count):
        product = ProductFactory.create(
            lead=world["lead"], value_stream=ValueStreamFactory.create()
        )
        ProductPlacementFactory.create(product=product)
        TeamProductFactory.create(product=product)


def one_product(world: World, count: int) -> None:
    product = Product.objects.get()
    for number in range(count):
        ProductRelationFactory.create(product=product)
        ProductPlacementFactory.create(product=product, is_home=False)
        TeamProductFactory.create(product=product, team__lead=world["lead"])
        MetricFactory.create(product=product)
        actions.change_stance(
            world.access("admin"),
            product,
            lifecycle_stage="growth",
            posture="grow",
            from_date=timezone.localdate() - timedelta(days=number),
            expected_version=None,
        )


def teams(world: World, count: int) -> None:
    for _ in range(count):
        team = TeamFactory.create(lead=world["lead"])
        TeamMemberFactory.create(team=team, member=world["viewer"])
        TeamProductFactory.create(team=team)


def one_team(world: World, count: int) -> None:
    team = Team.objects.get()
    for number in range(count):
        TeamMemberFactory.create(team=team, member=world["viewer"], until_date=date(2021, 1, 1))
        TeamProductFactory.create(team=team)
        TeamCapacity.objects.create(
            team=team, month=date(2020 + number // 12, number % 12 + 1, 1), people_weeks=1
        )


def metrics(_: World, count: int) -> None:
    for _number in range(count):
        metric = MetricFactory.create(product=ProductFactory.create())
        actions.record_value(metric=metric, value=Decimal(1), source="person")


def one_metric(world: World, count: int) -> None:
    metric = MetricFactory.create(name="Measured")
    for number in range(count):
        actions.record_value(
            metric=metric, value=Decimal(number), source="person", actor=world["lead"]
        )


def measure_units(_: World, count: int) -> None:
    for _number in range(count):
        MetricFactory.create(unit=MeasureUnitFactory.create())


PAGES: list[tuple[str, Fill, int]] = [
    ("portfolios", portfolios, 2),
    ("portfolio", one_portfolio, 4),
    ("value-streams", streams, 1),
    ("products", products, 2),
    ("products-export", products, 1),
    ("product", one_product, 8),
    ("teams", teams, 4),
    ("team", one_team, 5),
    ("metrics", metrics, 3),
    ("metric", one_metric, 3),
    ("measure-units", measure_units, 1),
]


def address(name: str, world: World) -> str:
    arguments: dict[str, dict[str, Any]] = {
        "portfolio": {"slug": "main"},
        "product": {"slug": "product"},
        "team": {"slug": "team"},
    }
    given = arguments.get(name, {})
    if name == "metric":
        with tenant(world.organization.pk):
            given = {"pk": Metric.objects.get().pk}
    return reverse(f"portfolio:{name}", kwargs={"org": world.organization.slug, **given})


@pytest.fixture(autouse=True)
def only_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Panels of higher apps have budgets of their own."""
    monkeypatch.setattr(panels, "_panels", {})


def reads_of_the_map(client: Client, url: str) -> int:
    """Statements that read the map or its people, apart from the one about who asks."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    statements = [query["sql"].strip() for query in captured]
    map_or_people = [s for s in statements if "portfolio_" in s or 'FROM "accounts_member"' in s]
    rights = [s for s in map_or_people if "FROM portfolio_roles_of(" in s]
    return len(map_or_people) - len(rights) - 1


@pytest.mark.parametrize("count", [1, 3, 50])
@pytest.mark.parametrize(("name", "fill", "reads"), PAGES, ids=[row[0] for row in PAGES])
def test_a_page_reads_equally_often_for_any_number_of_rows(
    name: str, fill: Fill, reads: int, count: int, acme: World
) -> None:
    with tenant(acme.organization.pk):
        fill(acme, count)
    assert reads_of_the_map(acme.client("bystander"), address(name, acme)) == reads


RESOURCES = [
    ("portfolios", portfolios),
    ("themes", one_portfolio),
    ("value-streams", streams),
    ("products", products),
    ("product-stances", one_product),
    ("placements", products),
    ("product-relations", one_product),
    ("teams", teams),
    ("team-capacities", one_team),
    ("team-members", teams),
    ("team-products", teams),
    ("roles", portfolios),
    ("units", measure_units),
    ("metrics", metrics),
    ("metric-values", one_metric),
]


@pytest.mark.parametrize("count", [1, 3, 50])
@pytest.mark.parametrize(("name", "fill"), RESOURCES, ids=[row[0] for row in RESOURCES])
def test_a_list_of_the_api_is_read_at_once(name: str, fill: Fill, count: int, acme: World) -> None:
    with tenant(acme.organization.pk):
        fill(acme, count)
    url = reverse(f"api:{name}", args=[acme.organization.slug])
    assert reads_of_the_map(acme.client("bystander"), url) == 1
