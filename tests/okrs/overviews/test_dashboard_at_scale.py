"""The dashboard of a large organisation: 50 products, 2,500 objectives, 12,500 key results."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections, models, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tenancy import tenant
from okrs.actions.unit_scores import recompute_unit_scores
from okrs.models import KeyResult, Objective, UnitScore
from okrs.queries import dashboard
from okrs.queries.dashboard import BoardWish
from okrs.queries.scope import CycleChoice, Scope
from portfolio.models import Portfolio, Product, ProductPlacement
from tests.factories.okrs import CycleFactory, KeyResultFactory, ObjectiveFactory
from tests.personas import World, make_world

PRODUCTS, OBJECTIVES, KEY_RESULTS = 50, 2_500, 12_500


def copies(model: type[models.Model], source: UUID, count: int, **columns: str) -> None:
    """`count` copies of a row in one statement, as the owner; `columns` are SQL over copy `i`."""
    names = [str(field.column) for field in model._meta.local_fields]
    given = {"id": "gen_random_uuid()", **columns}
    values = ", ".join(given.get(name, f't."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    table = model._meta.db_table
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({listed}) SELECT {values} FROM "{table}" t,'  # noqa: S608
            f" generate_series(1, {count}) i WHERE t.id = %s",
            [source],
        )


def nth(table: str, place: str, condition: str = "true") -> str:
    """The id of one of the rows of a table, by its place from 1 on."""
    return f"(SELECT array_agg(id ORDER BY id) FROM {table} WHERE {condition})[{place}]"  # noqa: S608


def planted(world: World) -> Scope:
    """Everything that a large organisation holds, made from one row of each kind."""
    organization = world.organization.pk
    with transaction.atomic(), tenant(organization, actor_id=world["lead"].pk):
        product = Product.objects.get()
        cycle = CycleFactory.create()
        goal = ObjectiveFactory.create(cycle=cycle, product=product, owner=world["lead"])
        row = KeyResultFactory.create(
            objective=goal, pace="behind", pace_gap=1, score="0.4", outdated_from=timezone.now()
        )
        placement = ProductPlacement.objects.get()
    tenant_settings = f"SELECT set_config('app.org_id', '{organization}', false)"
    with connections["owner"].cursor() as cursor:
        cursor.execute(tenant_settings)
    copies(Product, product.pk, PRODUCTS - 1, name="'Product ' || i", slug="'product-' || i")
    copies(
        ProductPlacement,
        placement.pk,
        PRODUCTS - 1,
        product_id=nth("portfolio_product", "i", "slug <> 'product'"),
    )
    copies(
        Objective,
        goal.pk,
        OBJECTIVES - 1,
        product_id=nth("portfolio_product", f"1 + mod(i, {PRODUCTS})"),
        score="mod(i, 100) / 100.0",
        title="'Objective ' || i",
    )
    copies(
        KeyResult,
        row.pk,
        KEY_RESULTS - 1,
        objective_id=nth("okrs_objective", f"1 + mod(i, {OBJECTIVES})"),
        pace="(ARRAY['on-track', 'behind', 'at-risk'])[1 + mod(i, 3)]",
        pace_gap="mod(i, 80)",
        outdated_from="now() + interval '5 days'",
        title="'Key result ' || i",
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    connections["owner"].close()
    return scope_of(world, cycle)


def scope_of(world: World, cycle: Any) -> Scope:
    now = timezone.now()
    with transaction.atomic(), tenant(world.organization.pk):
        recompute_unit_scores(Q(cycle=cycle), now=now)
        access = world.access("lead")
        assert access.organization.pk == world.organization.pk
    shown = CycleChoice(cycle.pk, cycle.name, cycle.starts_on, cycle.ends_on, cycle.state)
    later = timezone.now()
    return Scope(access=access, cycle=shown, now=later, at=later)


@pytest.fixture
def large(transactional_db: None) -> Iterator[Scope]:
    with transaction.atomic():
        world = make_world("Acme")
    scope = planted(world)
    with transaction.atomic(), tenant(world.organization.pk):
        yield scope


def rows_read(plan: dict[str, Any], table: str) -> int:
    """Rows of `table` that a plan touched, whether it kept them or not."""
    touched = 0
    if plan.get("Relation Name") == table:
        each = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        touched = int(each * plan["Actual Loops"])
    return touched + sum(rows_read(child, table) for child in plan.get("Plans", ()))


def plan_of(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        found = cursor.fetchone()[0]
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_dashboard_of_a_large_organisation_reads_roll_ups_and_no_key_result_in_passing(
    large: Scope,
) -> None:
    portfolio = Portfolio.objects.get()
    since = large.now - timedelta(days=7)
    opened = Product.objects.get(slug="product-1")
    wish = BoardWish(
        since=since, opened=frozenset({opened.pk}), portfolios=[(portfolio.pk, portfolio.name)]
    )
    with CaptureQueriesContext(connection) as captured:
        board = dashboard.board(large, wish)
        behind = dashboard.furthest_behind(large)
        dashboard.movers(large, since)
    statements = [query["sql"] for query in captured]
    assert KeyResult.objects.count() == KEY_RESULTS
    assert len(board.products) == PRODUCTS
    listed = sum(len(line.objectives) for line in board.products)
    assert listed == opened.objectives.count() >= OBJECTIVES // PRODUCTS - 1
    assert sum(score.key_results for score in UnitScore.objects.all()) == KEY_RESULTS
    assert [line.gap for line in behind] == sorted((line.gap for line in behind), reverse=True)
    assert len(behind) == 20
    assert len(statements) == 7
    touched = [rows_read(plan_of(sql), "okrs_keyresult") for sql in statements]
    # The opened product's own 250 and the twenty furthest behind, of 12,500.
    assert sum(touched) < 600
