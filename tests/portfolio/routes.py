"""Every page and API route of the map."""

from collections.abc import Callable
from typing import Any

from accounts.permissions import Permission
from accounts.tenant_models import TenantModel
from portfolio.models import (
    Metric,
    MetricValue,
    Portfolio,
    Product,
    ProductPlacement,
    ProductRelation,
    ProductStance,
    RoleAssignment,
    Team,
    TeamCapacity,
    TeamMember,
    TeamProduct,
    Theme,
    Unit,
    ValueStream,
)
from tests.factories.portfolio import (
    MeasureUnitFactory,
    MetricFactory,
    MetricValueFactory,
    ProductRelationFactory,
    ProductStanceFactory,
    TeamCapacityFactory,
    TeamMemberFactory,
    ThemeFactory,
    ValueStreamFactory,
)
from tests.personas import World
from tests.route_table import Arguments, Route, of

P = Permission
Make = Callable[[World], TenantModel]


def the_portfolio(world: World) -> Portfolio:
    return world.portfolio


def the_product(world: World) -> Product:
    return world.product


def the_team(world: World) -> Team:
    return world.team


def a_theme(world: World) -> Theme:
    return ThemeFactory.create(portfolio=world.portfolio)


def a_stream(_: World) -> ValueStream:
    return ValueStreamFactory.create()


def a_placement(world: World) -> ProductPlacement:
    return world.product.placements.get()


def a_stance(world: World) -> ProductStance:
    return ProductStanceFactory.create(product=world.product)


def a_relation(world: World) -> ProductRelation:
    return ProductRelationFactory.create(product=world.product)


def a_tie(world: World) -> TeamProduct:
    return world.team.product_links.get()


def a_team_member(world: World) -> TeamMember:
    return TeamMemberFactory.create(team=world.team, member=world["viewer"])


def a_capacity(world: World) -> TeamCapacity:
    return TeamCapacityFactory.create(team=world.team)


def a_role(world: World) -> RoleAssignment:
    return world["viewer"].roles.get()


def a_unit_of_measure(_: World) -> TenantModel:
    return MeasureUnitFactory.create()


def a_metric(world: World) -> Metric:
    return MetricFactory.create(product=world.product)


def a_value(world: World) -> MetricValue:
    return MetricValueFactory.create(metric=a_metric(world), actor=world["admin"])


def value_of_a_metric(world: World) -> dict[str, Any]:
    value = a_value(world)
    return {"pk": value.metric_id, "value": value.pk}


def key_of(make: Make) -> Arguments:
    return lambda world: {"key": make(world).pk}


def slug_of(make: Callable[[World], Unit], *, name: str = "slug") -> Arguments:
    return lambda world: {name: make(world).slug}


# Name, where a record is found, who makes one, who writes one.
WRITTEN: list[tuple[str, Arguments, P, P]] = [
    ("portfolio", slug_of(the_portfolio, name="key"), P.MAP_MANAGE, P.MAP_WRITE),
    ("value-stream", slug_of(a_stream, name="key"), P.MAP_MANAGE, P.MAP_MANAGE),
    ("product", slug_of(the_product, name="key"), P.MAP_WRITE, P.MAP_WRITE),
    ("team", slug_of(the_team, name="key"), P.MAP_WRITE, P.MAP_WRITE),
    ("metric", key_of(a_metric), P.MAP_WRITE, P.MAP_WRITE),
    ("theme", key_of(a_theme), P.MAP_WRITE, P.MAP_WRITE),
    ("placement", key_of(a_placement), P.MAP_WRITE, P.MAP_WRITE),
    ("product-relation", key_of(a_relation), P.MAP_WRITE, P.MAP_WRITE),
    ("team-product", key_of(a_tie), P.MAP_WRITE, P.MAP_WRITE),
    ("team-member", key_of(a_team_member), P.MAP_WRITE, P.MAP_WRITE),
    ("team-capacity", key_of(a_capacity), P.MAP_WRITE, P.MAP_WRITE),
    ("role", key_of(a_role), P.MAP_WRITE, P.MAP_WRITE),
    ("measure-unit", key_of(a_unit_of_measure), P.MAP_MANAGE, P.MAP_MANAGE),
]


def pages_of(name: str, record: Arguments, create: P, write: P) -> list[Route]:
    return [
        Route(f"portfolio:{name}-create", "GET", create),
        Route(f"portfolio:{name}-create", "POST", create, 422),
        Route(f"portfolio:{name}-edit", "GET", write, arguments=record),
        Route(f"portfolio:{name}-edit", "POST", write, 422, record),
        Route(f"portfolio:{name}-archive", "POST", write, 302, record),
        Route(f"portfolio:{name}-restore", "POST", write, 302, record),
    ]


PAGES = [
    Route("portfolio:portfolios", "GET", P.ORG_READ),
    Route("portfolio:portfolio", "GET", P.ORG_READ, arguments=slug_of(the_portfolio)),
    Route("portfolio:value-streams", "GET", P.ORG_READ),
    Route("portfolio:value-stream", "GET", P.ORG_READ, arguments=slug_of(a_stream)),
    Route("portfolio:products", "GET", P.ORG_READ),
    Route("portfolio:products-export", "GET", P.ORG_READ),
    Route("portfolio:product", "GET", P.ORG_READ, arguments=slug_of(the_product)),
    Route("portfolio:product-stance", "GET", P.MAP_WRITE, arguments=slug_of(the_product)),
    Route("portfolio:product-stance", "POST", P.MAP_WRITE, 422, slug_of(the_product)),
    Route("portfolio:product-home", "GET", P.MAP_WRITE, arguments=slug_of(the_product)),
    Route("portfolio:product-home", "POST", P.MAP_WRITE, 422, slug_of(the_product)),
    Route("portfolio:teams", "GET", P.ORG_READ),
    Route("portfolio:team", "GET", P.ORG_READ, arguments=slug_of(the_team)),
    Route("portfolio:metrics", "GET", P.ORG_READ),
    Route("portfolio:metric", "GET", P.ORG_READ, arguments=of(a_metric)),
    Route("portfolio:metric", "POST", P.CHECK_IN_WRITE, 422, of(a_metric)),
    Route("portfolio:value-withdraw", "POST", P.CHECK_IN_WRITE, 302, value_of_a_metric),
    Route("portfolio:value-correct", "GET", P.CHECK_IN_WRITE, arguments=value_of_a_metric),
    Route("portfolio:value-correct", "POST", P.CHECK_IN_WRITE, 422, value_of_a_metric),
    Route("portfolio:measure-units", "GET", P.ORG_READ),
]


RESOURCES: list[tuple[str, Make, P, P]] = [
    ("portfolios", the_portfolio, P.MAP_MANAGE, P.MAP_WRITE),
    ("themes", a_theme, P.MAP_WRITE, P.MAP_WRITE),
    ("value-streams", a_stream, P.MAP_MANAGE, P.MAP_MANAGE),
    ("products", the_product, P.MAP_WRITE, P.MAP_WRITE),
    ("placements", a_placement, P.MAP_WRITE, P.MAP_WRITE),
    ("product-relations", a_relation, P.MAP_WRITE, P.MAP_WRITE),
    ("teams", the_team, P.MAP_WRITE, P.MAP_WRITE),
    ("team-capacities", a_capacity, P.MAP_WRITE, P.MAP_WRITE),
    ("team-members", a_team_member, P.MAP_WRITE, P.MAP_WRITE),
    ("team-products", a_tie, P.MAP_WRITE, P.MAP_WRITE),
    ("roles", a_role, P.MAP_WRITE, P.MAP_WRITE),
    ("units", a_unit_of_measure, P.MAP_MANAGE, P.MAP_MANAGE),
    ("metrics", a_metric, P.MAP_WRITE, P.MAP_WRITE),
]


def resource(name: str, make: Make, create: P, write: P) -> list[Route]:
    record = of(make)
    return [
        Route(f"api:{name}", "GET", P.ORG_READ),
        Route(f"api:{name}", "POST", create, 422),
        Route(f"api:{name}-record", "GET", P.ORG_READ, arguments=record),
        Route(f"api:{name}-record", "PATCH", write, 428, record),
        Route(f"api:{name}-record", "DELETE", write, 428, record),
        Route(f"api:{name}-restore", "POST", write, 428, record),
    ]


API = [
    *(route for row in RESOURCES for route in resource(*row)),
    Route("api:products-move-home", "POST", P.MAP_WRITE, 428, of(the_product)),
    Route("api:product-stances", "GET", P.ORG_READ),
    Route("api:product-stances", "POST", P.MAP_WRITE, 422),
    Route("api:product-stances-record", "GET", P.ORG_READ, arguments=of(a_stance)),
    Route("api:metrics-value", "GET", P.ORG_READ, arguments=of(a_metric)),
    Route("api:metric-values", "GET", P.ORG_READ),
    Route("api:metric-values", "POST", P.CHECK_IN_WRITE, 422),
    Route("api:metric-values-record", "GET", P.ORG_READ, arguments=of(a_value)),
    Route("api:metric-values-void", "POST", P.CHECK_IN_WRITE, 200, of(a_value)),
]
ROUTES: list[Route] = [*(route for row in WRITTEN for route in pages_of(*row)), *PAGES, *API]
