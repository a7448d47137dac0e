"""Portfolios, their products and their themes; value streams."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.access import Access
from accounts.choices import UnitRole
from portfolio.models import (
    Portfolio,
    Product,
    ProductPlacement,
    RoleAssignment,
    Theme,
    Unit,
    ValueStream,
    holding,
)
from portfolio.queries.access import live, visible


@dataclass(frozen=True)
class PortfolioRow:
    portfolio: Portfolio
    leads: Sequence[str]


def counted(rows: QuerySet[Any], by: str) -> Coalesce:
    """How many of `rows` refer to the outer row by their column `by`."""
    groups = rows.filter(**{by: OuterRef("pk")}).order_by().values(by)
    count = Subquery(groups.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return Coalesce(count, Value(0))


def active_themes() -> QuerySet[Theme]:
    today = timezone.localdate()
    return Theme.objects.filter(archived_at=None, starts_on__lte=today, ends_on__gte=today)


def portfolio_rows(access: Access, *, archived: bool = False) -> list[PortfolioRow]:
    """Portfolios by name, with `products_at_home`, `active_themes` and who leads them."""
    at_home = ProductPlacement.objects.filter(
        holding(timezone.localdate()), is_home=True, product__archived_at=None
    )
    rows = visible(Portfolio, access).filter(archived_at__isnull=not archived)
    found = list(
        rows.annotate(
            products_at_home=counted(at_home, "portfolio"),
            active_themes=counted(active_themes(), "portfolio"),
        )
    )
    leads = leads_of("portfolio", [row.pk for row in found])
    return [PortfolioRow(row, leads.get(row.pk, [])) for row in found]


def leads_of(kind: str, units: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Names of those who hold the lead's role today on units of one kind, by unit."""
    rows = (
        RoleAssignment.objects.filter(
            holding(timezone.localdate()), role=UnitRole.LEAD, **{f"{kind}__in": list(units)}
        )
        .order_by("member__name")
        .values_list(f"{kind}_id", "member__name")
    )
    names: dict[UUID, list[str]] = {}
    for unit, name in rows:
        names.setdefault(unit, []).append(name)
    return names


def placements_in(access: Access, portfolio: Portfolio) -> list[ProductPlacement]:
    """Products placed in a portfolio, at home first; those that ended last."""
    rows = (
        live(ProductPlacement, access)
        .filter(portfolio=portfolio, product__archived_at=None)
        .select_related("product__lead")
        .order_by("-is_home", "product__name")
    )
    return sorted(rows, key=lambda row: row.state == "ended")


def themes_of(portfolio: Portfolio) -> list[Theme]:
    return list(portfolio.themes.filter(archived_at=None).order_by("-ends_on", "name"))


def roles_on(access: Access, unit: Unit) -> list[RoleAssignment]:
    """Roles on a unit, past ones last."""
    kind = type(unit).__name__.lower()
    rows = (
        live(RoleAssignment, access)
        .filter(**{kind: unit})
        .select_related("member")
        .order_by("member__name")
    )
    return sorted(rows, key=lambda row: row.state == "ended")


def value_streams(access: Access, *, archived: bool = False) -> QuerySet[ValueStream]:
    """Value streams by name, with `product_count`."""
    products = live(Product, access)
    return (
        ValueStream.objects.filter(archived_at__isnull=not archived)
        .select_related("lead")
        .annotate(product_count=counted(products, "value_stream"))
    )


def products_in_stream(access: Access, stream: ValueStream) -> QuerySet[Product]:
    return live(Product, access).filter(value_stream=stream).select_related("lead")
