"""Money on the pages of products, value streams and objectives, for those who may see it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.access import Access
from accounts.permissions import Permission
from funding.ledger import Position
from funding.models import Budget
from funding.queries import budgets as queries
from funding.queries.goals import money_for
from lib.panels import Load, Panel, register
from okrs.models import Objective
from portfolio.models import Product, ValueStream

Record = TypeVar("Record")
Shown = Mapping[str, object] | None


def with_money_grant(load: Callable[[Access, Record], Shown]) -> Load:
    """`load` for members who may see money; a page without the panel for the others."""

    def checked(request: HttpRequest, record: Record) -> Shown:
        access: Access = request.access  # type: ignore[attr-defined]
        return load(access, record) if access.allows(Permission.MONEY_READ) else None

    return checked


def present(access: Access, budgets: QuerySet[Budget]) -> dict[str, Any]:
    """The budgets of today, with their sums when there are several."""
    rows = queries.present_rows(budgets)
    sums: list[Position] = queries.sums_of(access, rows) if len(rows) > 1 else []
    return {"rows": rows, "sums": sums}


@with_money_grant
def of_product(access: Access, product: Product) -> Shown:
    budgets = queries.budgets_of_product(access, product)
    return {"product": product, "own": present(access, budgets)}


@with_money_grant
def of_stream(access: Access, stream: ValueStream) -> Shown:
    below = queries.budgets_of_products_in(access, stream)
    return {
        "stream": stream,
        "own": present(access, queries.budgets_of_stream(access, stream)),
        "below": present(access, below),
    }


@with_money_grant
def of_objective(access: Access, objective: Objective) -> Shown:
    money = money_for(access, objective)
    return {"money": money} if money.any else None


def register_panels() -> None:
    register(
        "portfolio.product",
        Panel(
            name="budgets",
            title="Budgets",
            template="funding/panels/product.html",
            load=of_product,
            order=60,
        ),
    )
    register(
        "portfolio.value_stream",
        Panel(
            name="budgets",
            title="Budgets",
            template="funding/panels/value_stream.html",
            load=of_stream,
            order=60,
        ),
    )
    register(
        "okrs.objective",
        Panel(
            name="money",
            title="Money",
            template="funding/panels/objective.html",
            load=of_objective,
            order=60,
        ),
    )
