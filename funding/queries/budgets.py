"""Budgets with their sums: every sum is made by the database, for all rows at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.access import Access
from funding import ledger
from funding.ledger import Kind, Movement, Position
from funding.models import Budget, LedgerEntry
from okrs.models import Cycle
from portfolio.models import Product, ValueStream

MONEY = DecimalField(max_digits=20, decimal_places=2)
NEWEST_FIRST = ("-starts_on", "-id")


@dataclass(frozen=True, kw_only=True)
class BudgetFilters:
    """What a list of budgets is narrowed to; `cycle` takes every budget that overlaps it."""

    product: Product | None = None
    value_stream: ValueStream | None = None
    cycle: Cycle | None = None
    archived: bool = False

    @property
    def any(self) -> bool:
        return bool(self.product or self.value_stream or self.cycle or self.archived)


@dataclass(frozen=True)
class BudgetRow:
    budget: Budget
    position: Position


def visible_budgets(access: Access) -> QuerySet[Budget]:
    """Budgets that the member may see, archived ones included."""
    return Budget.objects.exclude(product__in=access.units.hidden)


def live_budgets(access: Access) -> QuerySet[Budget]:
    return visible_budgets(access).filter(archived_at=None)


def get_budget(access: Access, pk: UUID) -> Budget:
    """A visible budget with its product or value stream. Raises `Http404`."""
    return get_object_or_404(
        visible_budgets(access).select_related("product", "value_stream"), pk=pk
    )


def chosen_budgets(access: Access, filters: BudgetFilters) -> QuerySet[Budget]:
    """Budgets that the filters name, with their product or value stream."""
    rows = visible_budgets(access).filter(archived_at__isnull=not filters.archived)
    if filters.product:
        rows = rows.filter(product=filters.product)
    if filters.value_stream:
        rows = rows.filter(value_stream=filters.value_stream)
    if filters.cycle:
        rows = rows.filter(
            starts_on__lte=filters.cycle.ends_on, ends_on__gte=filters.cycle.starts_on
        )
    return rows.select_related("product", "value_stream").order_by(*NEWEST_FIRST)


# --- Sums -----------------------------------------------------------------------------------
def movements(entries: QuerySet[LedgerEntry]) -> dict[UUID, list[Movement]]:
    """Entries summed by budget, kind and purpose, under the budget's id. One query."""
    rows = (
        entries.order_by()
        .values_list("budget_id", "kind", "objective_id", "initiative_id")
        .annotate(Sum("amount"))
    )
    found: dict[UUID, list[Movement]] = defaultdict(list)
    for budget_id, kind, objective_id, initiative_id, amount in rows:
        found[budget_id].append(Movement(Kind(kind), amount, objective_id or initiative_id))
    return found


def movements_of(budgets: QuerySet[Budget]) -> dict[UUID, list[Movement]]:
    return movements(LedgerEntry.objects.filter(budget__in=budgets.order_by().values("pk")))


def movements_in(budget: Budget) -> list[Movement]:
    return movements(LedgerEntry.objects.filter(budget=budget)).get(budget.pk, [])


def position_of(budget: Budget, moved: Iterable[Movement]) -> Position:
    return ledger.position(budget.currency, budget.amount, moved)


def rows_of(budgets: Iterable[Budget], moved: Mapping[UUID, list[Movement]]) -> list[BudgetRow]:
    return [BudgetRow(budget, position_of(budget, moved.get(budget.pk, []))) for budget in budgets]


def sums_by_currency(
    access: Access, budgets: QuerySet[Budget], moved: Mapping[UUID, list[Movement]]
) -> list[Position]:
    """All of `budgets` together, one sum a currency, the reporting currency first. One query."""
    planned = budgets.order_by().values_list("pk", "currency", "amount")
    positions = (
        ledger.position(currency, amount, moved.get(pk, [])) for pk, currency, amount in planned
    )
    return ledger.by_currency(positions, first=access.organization.currency)


def sums_of(access: Access, rows: Iterable[BudgetRow]) -> list[Position]:
    """As `sums_by_currency`, of rows in hand."""
    positions = (row.position for row in rows)
    return ledger.by_currency(positions, first=access.organization.currency)


def with_sums(budgets: QuerySet[Budget]) -> QuerySet[Budget]:
    """Budgets with `allocated`, `released`, `spent` and `remaining`, for rows of the API."""
    return budgets.annotate(
        allocated=sum_of(Kind.ALLOCATION), released=sum_of(Kind.RELEASE), spent=sum_of(Kind.SPEND)
    ).annotate(remaining=F("amount") - F("spent"))


def sum_of(kind: Kind) -> Coalesce:
    """The entries of one kind; a sub-query, so that only the rows of a page are summed."""
    entries = LedgerEntry.objects.filter(budget=OuterRef("pk"), kind=kind).order_by()
    summed = entries.values("budget").annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(summed), Decimal(0), output_field=MONEY)


# --- On the page of a product or value stream -----------------------------------------------
def present_rows(budgets: QuerySet[Budget]) -> list[BudgetRow]:
    """The budgets whose period holds today, or the newest one if none does. Two queries."""
    found = list(budgets.select_related("product", "value_stream").order_by(*NEWEST_FIRST))
    today = timezone.localdate()
    present = [budget for budget in found if budget.covers(today)] or found[:1]
    return rows_of(present, movements_of(budgets.filter(pk__in=[each.pk for each in present])))


def budgets_of_product(access: Access, product: Product) -> QuerySet[Budget]:
    return live_budgets(access).filter(product=product)


def budgets_of_stream(access: Access, stream: ValueStream) -> QuerySet[Budget]:
    """The stream's own budgets; those of its products are apart, lest money counts twice."""
    return live_budgets(access).filter(value_stream=stream)


def budgets_of_products_in(access: Access, stream: ValueStream) -> QuerySet[Budget]:
    return live_budgets(access).filter(product__value_stream=stream)
