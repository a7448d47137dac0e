"""What the map of a new organisation starts with."""

from accounts.models import Member, Organization
from portfolio.choices import Dimension
from portfolio.models import MeasureUnit, Metric, Product


def add_measure_units(organization: Organization, _first_member: Member) -> None:
    """Units of measure that nearly every organisation needs."""
    for name, symbol, dimension, decimals in (
        ("percent", "%", Dimension.PERCENT, 1),
        ("items", "", Dimension.COUNT, 0),
        ("days", "d", Dimension.DURATION, 1),
        ("points", "pts", Dimension.SCORE, 1),
    ):
        MeasureUnit.objects.create(name=name, symbol=symbol, dimension=dimension, decimals=decimals)
    MeasureUnit.objects.create(
        name=organization.currency,
        symbol=organization.currency,
        dimension=Dimension.MONEY,
        currency=organization.currency,
    )


def create_silent_metric(*, name: str, unit: MeasureUnit, product: Product | None = None) -> Metric:
    """A series for one key result that chose none; lists leave it out."""
    metric = Metric(name=name[:160], unit=unit, product=product, is_silent=True)
    metric.full_clean()
    metric.save(force_insert=True)
    return metric
