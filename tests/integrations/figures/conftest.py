"""A metric of Acme's, and a service that knows a number for it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from portfolio.choices import Dimension
from portfolio.models import MeasureUnit, Metric, MetricValue
from standins.figures import Figures
from standins.server import Server, serve
from tests.factories.portfolio import MetricFactory
from tests.integrations.conftest import Portal

TOKEN = "token-of-the-tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def metric(portal: Portal) -> Metric:
    unit = MeasureUnit.objects.create(
        name="euro", symbol="€", dimension=Dimension.COUNT, decimals=1
    )
    return MetricFactory.create(name="Revenue", product=portal.world.product, unit=unit)


@pytest.fixture
def service() -> Iterator[Server[Figures]]:
    documents: dict[str, Any] = {"/revenue": {"data": {"revenue": 120.5, "currency": "EUR"}}}
    with serve(Figures(documents, token=TOKEN)) as running:
        yield running


def log(metric: Metric) -> list[tuple[str, str]]:
    """Values and sources of a metric, in the order of recording."""
    rows = MetricValue.objects.filter(metric=metric).order_by("recorded_at", "id")
    return [(f"{row.value:f}".rstrip("0").rstrip("."), row.source) for row in rows if row.value]


def only_value() -> MetricValue:
    """The one row of the log."""
    return MetricValue.objects.get()


def only_number() -> Decimal:
    number = only_value().value
    assert number is not None
    return number
