"""What the forms offer."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.access import Access
from funding.models import Budget
from funding.queries.entries import goals_in_sight
from okrs.choices import ObjectiveState
from okrs.models import Cycle, Initiative, Objective
from portfolio.models import Product, ProductPlacement, TeamProduct, ValueStream

# Goals that were turned down or given up get no more money.
GIVEN_UP = (
    ObjectiveState.DECLINED,
    ObjectiveState.DEFERRED,
    ObjectiveState.WITHDRAWN,
)


def products_to_fund(access: Access) -> QuerySet[Product]:
    return Product.objects.filter(archived_at=None).exclude(pk__in=access.units.hidden)


def streams_to_fund(access: Access) -> QuerySet[ValueStream]:
    return ValueStream.objects.filter(archived_at=None).exclude(pk__in=access.units.hidden)


def is_anything_to_fund(access: Access) -> bool:
    return products_to_fund(access).exists() or streams_to_fund(access).exists()


def cycles_to_choose() -> QuerySet[Cycle]:
    return Cycle.objects.filter(archived_at=None)


def products_of(budget: Budget) -> QuerySet[Product]:
    """The product of a budget, or the products of its value stream."""
    if budget.product_id:
        return Product.objects.filter(pk=budget.product_id)
    return Product.objects.filter(value_stream=budget.value_stream_id, archived_at=None)


def objectives_to_serve(access: Access, budget: Budget) -> QuerySet[Objective]:
    """Objectives of the budget's period near its products: theirs, and those above and below.

    Any other objective of the organisation may be named by the API.
    """
    products = products_of(budget).values("pk")
    teams = TeamProduct.objects.filter(product__in=products, archived_at=None)
    portfolios = ProductPlacement.objects.filter(product__in=products, archived_at=None)
    near = (
        Q(product__in=products)
        | Q(team__in=teams.values("team"))
        | Q(portfolio__in=portfolios.values("portfolio"))
        | Q(portfolio=None, product=None, team=None)
    )
    return (
        goals_in_sight(access, Objective)
        .filter(near, cycle__starts_on__lte=budget.ends_on, cycle__ends_on__gte=budget.starts_on)
        .exclude(state__in=GIVEN_UP)
        .select_related("cycle")
        .order_by("cycle__starts_on", "title", "id")
    )


def initiatives_to_serve(access: Access, budget: Budget) -> QuerySet[Initiative]:
    rows = goals_in_sight(access, Initiative).filter(product__in=products_of(budget).values("pk"))
    return rows.order_by("title", "id")


def receiver_named(
    access: Access, product: str = "", stream: str = "", **_: str
) -> dict[str, UUID | None]:
    """The product or value stream whose short name an address gives, for a new budget."""
    products = products_to_fund(access).filter(slug=product)
    streams = streams_to_fund(access).filter(slug=stream)
    return {
        "product": products.values_list("pk", flat=True).first() if product else None,
        "value_stream": streams.values_list("pk", flat=True).first() if stream else None,
    }
