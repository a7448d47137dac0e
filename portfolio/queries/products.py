"""Products as lists and as one page."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.access import Access
from portfolio.models import (
    Product,
    ProductPlacement,
    ProductRelation,
    ProductStance,
    TeamProduct,
    holding,
)
from portfolio.queries.access import live, visible
from portfolio.queries.metrics import MetricRow, metric_queryset, metric_rows
from portfolio.queries.portfolios import counted


@dataclass(frozen=True, kw_only=True)
class ProductFilters:
    """What the list of products is narrowed to; empty means all."""

    text: str = ""
    portfolio: UUID | None = None
    lifecycle_stage: str = ""
    posture: str = ""
    archived: bool = False

    @property
    def narrows(self) -> bool:
        return bool(self.text or self.portfolio or self.lifecycle_stage or self.posture)


def product_rows(access: Access, filters: ProductFilters) -> QuerySet[Product]:
    """Products by name, with lead, value stream, `home_name`, `home_slug` and `team_count`."""
    today = timezone.localdate()
    home = live(ProductPlacement, access).filter(
        holding(today), product=OuterRef("pk"), is_home=True, portfolio__archived_at=None
    )
    teams = live(TeamProduct, access).filter(holding(today), team__archived_at=None)
    rows = visible(Product, access).filter(archived_at__isnull=not filters.archived)
    return (
        narrowed(rows, access, filters)
        .select_related("lead", "value_stream")
        .annotate(
            home_name=Subquery(home.values("portfolio__name")[:1]),
            home_slug=Subquery(home.values("portfolio__slug")[:1]),
            team_count=counted(teams, "product"),
        )
        .order_by("name", "pk")
    )


def narrowed(rows: QuerySet[Product], access: Access, filters: ProductFilters) -> QuerySet[Product]:
    if filters.text:
        rows = rows.filter(
            Q(name__icontains=filters.text)
            | Q(description__icontains=filters.text)
            | Q(customer_segment__icontains=filters.text)
        )
    if filters.lifecycle_stage:
        rows = rows.filter(lifecycle_stage=filters.lifecycle_stage)
    if filters.posture:
        rows = rows.filter(posture=filters.posture)
    if filters.portfolio:
        placed = live(ProductPlacement, access).filter(
            holding(timezone.localdate()), portfolio=filters.portfolio
        )
        rows = rows.filter(pk__in=placed.values("product"))
    return rows


@dataclass(frozen=True)
class ProductPage:
    """Everything the map knows about one product."""

    placements: list[ProductPlacement]
    stances: list[ProductStance]
    teams: list[TeamProduct]
    relations: list[tuple[ProductRelation, Product]]
    metrics: list[MetricRow]

    @property
    def home(self) -> ProductPlacement | None:
        return next((p for p in self.placements if p.is_home and p.state == "current"), None)


def product_page(access: Access, product: Product) -> ProductPage:
    placements = (
        live(ProductPlacement, access)
        .filter(product=product)
        .select_related("portfolio")
        .order_by("-is_home", "portfolio__name")
    )
    return ProductPage(
        placements=sorted(placements, key=lambda row: row.state == "ended"),
        stances=list(product.stances.select_related("recorded_by")[:20]),
        teams=teams_on(access, product),
        relations=relations_of(access, product),
        metrics=metric_rows(list(metric_queryset(access, product=product.pk))),
    )


def teams_on(access: Access, product: Product) -> list[TeamProduct]:
    rows = (
        live(TeamProduct, access)
        .filter(product=product, team__archived_at=None)
        .select_related("team__lead")
        .order_by("tie", "team__name")
    )
    return sorted(rows, key=lambda row: row.state == "ended")


def relations_of(access: Access, product: Product) -> list[tuple[ProductRelation, Product]]:
    """Relations of a product with the product at the far end, by its name."""
    rows = (
        live(ProductRelation, access)
        .filter(Q(product=product) | Q(other=product))
        .select_related("product", "other")
    )
    ends = [(row, row.other_than(product)) for row in rows]
    shown = [(row, end) for row, end in ends if end.archived_at is None]
    return sorted(shown, key=lambda pair: (pair[1].name, pair[0].kind))
