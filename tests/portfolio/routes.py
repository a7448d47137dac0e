"""Every page and API route of the map."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.permissions import Permission
from accounts.tenant_models import EditableModel, TenantModel
from portfolio import actions
from portfolio.models import (
    Metric,
    Portfolio,
    Product,
    ProductPlacement,
    ProductStance,
    RoleAssignment,
    Team,
    TeamCapacity,
    TeamProduct,
)
from tests.factories.portfolio import (
    MeasureUnitFactory,
    MetricFactory,
    ProductRelationFactory,
    TeamMemberFactory,
    ThemeFactory,
    ValueStreamFactory,
)
from tests.personas import World
from tests.route_table import Arguments, Route

P = Permission
Make = Callable[[World], TenantModel]


def a_theme(_: World) -> EditableModel:
    return ThemeFactory.create(portfolio=Portfolio.objects.get())


def a_relation(_: World) -> EditableModel:
    return ProductRelationFactory.create(product=Product.objects.get())


def a_team_member(world: World) -> EditableModel:
    return TeamMemberFactory.create(team=Team.objects.get(), member=world["viewer"])


def a_capacity(_: World) -> EditableModel:
    return TeamCapacity.objects.create(
        team=Team.objects.get(), month=date(2026, 1, 1), people_weeks=Decimal(3)
    )


def a_metric(_: World) -> Metric:
    metric: Metric = MetricFactory.create(product=Product.objects.get())
    return metric


def a_value(world: World) -> dict[str, Any]:
    metric = a_metric(world)
    value = actions.record_value(metric=metric, value=Decimal(1), source="person")
    return {"pk": metric.pk, "value": value.pk}


def key_of(make: Make) -> Arguments:
    return lambda world: {"key": make(world).pk}


def key(value: str) -> Arguments:
    return lambda _: {"key": value}


def slug(value: str) -> Arguments:
    return lambda _: {"slug": value}


def stream_key(_: World) -> dict[str, Any]:
    return {"key": ValueStreamFactory.create().slug}


def stream_slug(_: World) -> dict[str, Any]:
    return {"slug": ValueStreamFactory.create().slug}


# Name, where a record is found, who makes one, who writes one.
WRITTEN: list[tuple[str, Arguments, P, P]] = [
    ("portfolio", key("main"), P.MAP_MANAGE, P.MAP_WRITE),
    ("value-stream", stream_key, P.MAP_MANAGE, P.MAP_MANAGE),
    ("product", key("product"), P.MAP_WRITE, P.MAP_WRITE),
    ("team", key("team"), P.MAP_WRITE, P.MAP_WRITE),
    ("metric", key_of(a_metric), P.MAP_WRITE, P.MAP_WRITE),
    ("theme", key_of(a_theme), P.MAP_WRITE, P.MAP_WRITE),
    ("placement", key_of(lambda _: ProductPlacement.objects.get()), P.MAP_WRITE, P.MAP_WRITE),
    ("product-relation", key_of(a_relation), P.MAP_WRITE, P.MAP_WRITE),
    ("team-product", key_of(lambda _: TeamProduct.objects.get()), P.MAP_WRITE, P.MAP_WRITE),
    ("team-member", key_of(a_team_member), P.MAP_WRITE, P.MAP_WRITE),
    ("team-capacity", key_of(a_capacity), P.MAP_WRITE, P.MAP_WRITE),
    (
        "role",
        key_of(lambda world: RoleAssignment.objects.get(member=world["viewer"])),
        P.MAP_WRITE,
        P.MAP_WRITE,
    ),
    ("measure-unit", key_of(lambda _: MeasureUnitFactory.create()), P.MAP_MANAGE, P.MAP_MANAGE),
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


def metric_pk(world: World) -> dict[str, Any]:
    return {"pk": a_metric(world).pk}


PAGES = [
    Route("portfolio:portfolios", "GET", P.ORG_READ),
    Route("portfolio:portfolio", "GET", P.ORG_READ, arguments=slug("main")),
    Route("portfolio:value-streams", "GET", P.ORG_READ),
    Route("portfolio:value-stream", "GET", P.ORG_READ, arguments=stream_slug),
    Route("portfolio:products", "GET", P.ORG_READ),
    Route("portfolio:products-export", "GET", P.ORG_READ),
    Route("portfolio:product", "GET", P.ORG_READ, arguments=slug("product")),
    Route("portfolio:product-stance", "GET", P.MAP_WRITE, arguments=slug("product")),
    Route("portfolio:product-stance", "POST", P.MAP_WRITE, 422, slug("product")),
    Route("portfolio:product-home", "GET", P.MAP_WRITE, arguments=slug("product")),
    Route("portfolio:product-home", "POST", P.MAP_WRITE, 422, slug("product")),
    Route("portfolio:teams", "GET", P.ORG_READ),
    Route("portfolio:team", "GET", P.ORG_READ, arguments=slug("team")),
    Route("portfolio:metrics", "GET", P.ORG_READ),
    Route("portfolio:metric", "GET", P.ORG_READ, arguments=metric_pk),
    Route("portfolio:metric", "POST", P.CHECK_IN_WRITE, 422, metric_pk),
    Route("portfolio:value-withdraw", "POST", P.CHECK_IN_WRITE, 302, a_value),
    Route("portfolio:value-correct", "GET", P.CHECK_IN_WRITE, arguments=a_value),
    Route("portfolio:value-correct", "POST", P.CHECK_IN_WRITE, 422, a_value),
    Route("portfolio:measure-units", "GET", P.ORG_READ),
]


def pk_of(make: Make) -> Arguments:
    return lambda world: {"pk": make(world).pk}


def a_stance(_: World) -> ProductStance:
    return ProductStance.objects.create(
        product=Product.objects.get(),
        lifecycle_stage="growth",
        posture="grow",
        from_date=date(2026, 1, 1),
    )


def a_role(world: World) -> EditableModel:
    return RoleAssignment.objects.get(member=world["viewer"])


RESOURCES: list[tuple[str, Arguments, P, P]] = [
    ("portfolios", pk_of(lambda _: Portfolio.objects.get()), P.MAP_MANAGE, P.MAP_WRITE),
    ("themes", pk_of(a_theme), P.MAP_WRITE, P.MAP_WRITE),
    ("value-streams", pk_of(lambda _: ValueStreamFactory.create()), P.MAP_MANAGE, P.MAP_MANAGE),
    ("products", pk_of(lambda _: Product.objects.get()), P.MAP_WRITE, P.MAP_WRITE),
    ("placements", pk_of(lambda _: ProductPlacement.objects.get()), P.MAP_WRITE, P.MAP_WRITE),
    ("product-relations", pk_of(a_relation), P.MAP_WRITE, P.MAP_WRITE),
    ("teams", pk_of(lambda _: Team.objects.get()), P.MAP_WRITE, P.MAP_WRITE),
    ("team-capacities", pk_of(a_capacity), P.MAP_WRITE, P.MAP_WRITE),
    ("team-members", pk_of(a_team_member), P.MAP_WRITE, P.MAP_WRITE),
    ("team-products", pk_of(lambda _: TeamProduct.objects.get()), P.MAP_WRITE, P.MAP_WRITE),
    ("roles", pk_of(a_role), P.MAP_WRITE, P.MAP_WRITE),
    ("units", pk_of(lambda _: MeasureUnitFactory.create()), P.MAP_MANAGE, P.MAP_MANAGE),
    ("metrics", pk_of(a_metric), P.MAP_WRITE, P.MAP_WRITE),
]


def resource(name: str, record: Arguments, create: P, write: P) -> list[Route]:
    return [
        Route(f"api:{name}", "GET", P.ORG_READ),
        Route(f"api:{name}", "POST", create, 422),
        Route(f"api:{name}-record", "GET", P.ORG_READ, arguments=record),
        Route(f"api:{name}-record", "PATCH", write, 428, record),
        Route(f"api:{name}-record", "DELETE", write, 428, record),
        Route(f"api:{name}-restore", "POST", write, 428, record),
    ]


def value_pk(world: World) -> dict[str, Any]:
    return {"pk": a_value(world)["value"]}


API = [
    *(route for row in RESOURCES for route in resource(*row)),
    Route("api:products-move-home", "POST", P.MAP_WRITE, 428, RESOURCES[3][1]),
    Route("api:product-stances", "GET", P.ORG_READ),
    Route("api:product-stances", "POST", P.MAP_WRITE, 422),
    Route("api:product-stances-record", "GET", P.ORG_READ, arguments=pk_of(a_stance)),
    Route("api:metrics-value", "GET", P.ORG_READ, arguments=metric_pk),
    Route("api:metric-values", "GET", P.ORG_READ),
    Route("api:metric-values", "POST", P.CHECK_IN_WRITE, 422),
    Route("api:metric-values-record", "GET", P.ORG_READ, arguments=value_pk),
    Route("api:metric-values-void", "POST", P.CHECK_IN_WRITE, 200, value_pk),
]
ROUTES: list[Route] = [*(route for row in WRITTEN for route in pages_of(*row)), *PAGES, *API]
