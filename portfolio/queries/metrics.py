"""Metrics as lists; their values are read in `portfolio.queries.values`."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.access import Access
from portfolio.models import MeasureUnit, Metric
from portfolio.queries.access import visible
from portfolio.queries.portfolios import counted
from portfolio.queries.values import RecordedValue, latest_values


@dataclass(frozen=True)
class MetricRow:
    metric: Metric
    latest: RecordedValue | None


def metric_queryset(
    access: Access, *, text: str = "", product: UUID | None = None, archived: bool = False
) -> QuerySet[Metric]:
    """Metrics by name that people made, with unit and product."""
    rows = visible(Metric, access).filter(is_silent=False, archived_at__isnull=not archived)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(description__icontains=text))
    if product:
        rows = rows.filter(product=product)
    return rows.select_related("unit", "product").order_by("name", "pk")


def metric_rows(metrics: Collection[Metric]) -> list[MetricRow]:
    """The present value of each of `metrics`, in one statement."""
    latest = latest_values([metric.pk for metric in metrics])
    return [MetricRow(metric, latest.get(metric.pk)) for metric in metrics]


def measure_units(*, archived: bool = False) -> QuerySet[MeasureUnit]:
    """Units of measure by name, with `metric_count` (metrics that people made)."""
    metrics = Metric.objects.filter(archived_at=None, is_silent=False)
    return MeasureUnit.objects.filter(archived_at__isnull=not archived).annotate(
        metric_count=counted(metrics, "unit")
    )
