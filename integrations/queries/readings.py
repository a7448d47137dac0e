"""What observations of links amount to together, in the measure of what they feed."""

from collections.abc import Sequence
from decimal import Decimal

from integrations.choices import Measure
from integrations.models import Link, Observation
from lib.decimals import rounded
from okrs import scoring
from portfolio.choices import Dimension


def pooled(
    links: Sequence[Link], readings: Sequence[scoring.LinkReading], dimension: str
) -> Decimal | None:
    """The links of a key result as one value of its metric; None when that has no number."""
    linked = scoring.combine_links(readings)
    if linked.value is None:
        return None
    is_share = scoring.Measure(links[0].measure).is_share
    factor = 100 if is_share and dimension == Dimension.PERCENT else 1
    return rounded(linked.value * factor, 10)


def reading(link: Link, last: Observation | None) -> scoring.LinkReading:
    """An observation of a link, as the arithmetic takes it. A sum covers what is done."""
    items = 0
    if last is not None:
        items = last.items_done if link.measure == Measure.SUM else last.items_total
    return scoring.LinkReading(
        link=link.pk,
        measure=scoring.Measure(link.measure),
        amount=last.done if last else None,
        total=(last.total if last else None) or Decimal(0),
        items=items,
        measured=items - last.unestimated if last else 0,
    )
