"""Reads of the map."""

from portfolio.queries.access import UnitChoices, live, unit_access, units_where, visible
from portfolio.queries.metrics import MetricRow, measure_units, metric_queryset, metric_rows
from portfolio.queries.portfolios import (
    PortfolioRow,
    leads_of,
    placements_in,
    portfolio_rows,
    products_in_stream,
    roles_on,
    themes_of,
    value_streams,
)
from portfolio.queries.products import (
    ProductFilters,
    ProductPage,
    product_page,
    product_rows,
)
from portfolio.queries.teams import (
    MonthCapacity,
    TeamRow,
    capacity_by_month,
    members_of,
    months_from,
    products_of,
    team_queryset,
    team_rows,
)
from portfolio.queries.values import (
    LogEntry,
    RecordedValue,
    Wanted,
    latest_values,
    standing_values,
    values_at,
    values_of,
)

__all__ = [
    "LogEntry",
    "MetricRow",
    "MonthCapacity",
    "PortfolioRow",
    "ProductFilters",
    "ProductPage",
    "RecordedValue",
    "TeamRow",
    "UnitChoices",
    "Wanted",
    "capacity_by_month",
    "latest_values",
    "leads_of",
    "live",
    "measure_units",
    "members_of",
    "metric_queryset",
    "metric_rows",
    "months_from",
    "placements_in",
    "portfolio_rows",
    "product_page",
    "product_rows",
    "products_in_stream",
    "products_of",
    "roles_on",
    "standing_values",
    "team_queryset",
    "team_rows",
    "themes_of",
    "unit_access",
    "units_where",
    "value_streams",
    "values_at",
    "values_of",
    "visible",
]
