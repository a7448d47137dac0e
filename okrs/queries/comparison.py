"""How the scores of portfolios and products came out, cycle after cycle."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.access import Access
from okrs.choices import CycleState
from okrs.models import ClosedUnit, ClosingRevision, Cycle
from portfolio.models import Portfolio, Product, ProductPlacement, holding
from portfolio.queries import live

MOST_CYCLES = 8


@dataclass(frozen=True)
class ComparedUnit:
    """A portfolio, or a product at home in it; `scores` are one a cycle, the oldest first.

    None where the unit had no objective in the cycle.
    """

    unit: Portfolio | Product
    scores: Sequence[Decimal | None]

    @property
    def is_portfolio(self) -> bool:
        return isinstance(self.unit, Portfolio)

    @property
    def known(self) -> list[Decimal]:
        return [score for score in self.scores if score is not None]

    @property
    def change(self) -> Decimal | None:
        """From the cycle before to the last one, if both have a score."""
        last = self.scores[-2:]
        if len(last) < 2 or last[0] is None or last[1] is None:
            return None
        return last[1] - last[0]


@dataclass(frozen=True)
class Comparison:
    cycles: Sequence[Cycle]
    units: Sequence[ComparedUnit]


def compared_cycles() -> list[Cycle]:
    """The last closed cycles that hold no others, the oldest first."""
    inner = Cycle.objects.filter(parent=OuterRef("pk"))
    closes = ClosingRevision.objects.filter(cycle=OuterRef("pk"))
    closed = Cycle.objects.filter(Exists(closes), ~Exists(inner), state=CycleState.CLOSED)
    return list(closed.order_by("-ends_on", "-starts_on", "id")[:MOST_CYCLES])[::-1]


def comparison_of(access: Access) -> Comparison:
    """Visible portfolios by name, each before the products at home in it; five statements."""
    cycles = compared_cycles()
    scores = scores_of(cycles)
    units = [
        ComparedUnit(unit, [scores.get((cycle.pk, unit.pk)) for cycle in cycles])
        for unit in in_order(access)
    ]
    return Comparison(cycles, [line for line in units if line.known])


def scores_of(cycles: Sequence[Cycle]) -> Mapping[tuple[UUID, UUID], Decimal | None]:
    """What counts by (cycle, unit): as closed, or as last corrected; of the highest tier."""
    place = ("revision__cycle_id", "portfolio_id", "product_id")
    rows = (
        ClosedUnit.objects.filter(revision__cycle__in=cycles, team=None)
        .exclude(portfolio=None, product=None)
        .order_by(*place, "tier__rank", "-revision__number")
        .distinct(*place)
    )
    found = rows.values_list("revision__cycle_id", "portfolio_id", "product_id", "score")
    return {(cycle, portfolio or product): score for cycle, portfolio, product, score in found}


def in_order(access: Access) -> Iterator[Portfolio | Product]:
    homes = dict(
        ProductPlacement.objects.filter(holding(timezone.localdate()), is_home=True).values_list(
            "product_id", "portfolio_id"
        )
    )
    products = list(live(Product, access).select_related("organization").order_by("name"))
    portfolios = list(live(Portfolio, access).select_related("organization").order_by("name"))
    for portfolio in portfolios:
        yield portfolio
        yield from (product for product in products if homes.get(product.pk) == portfolio.pk)
    shown = {portfolio.pk for portfolio in portfolios}
    yield from (product for product in products if homes.get(product.pk) not in shown)
