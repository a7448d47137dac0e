"""Every route of funding."""

from typing import Any

from accounts.permissions import Permission
from funding.models import Budget, LedgerEntry
from portfolio.models import Product
from tests.factories.funding import BudgetFactory, LedgerEntryFactory
from tests.personas import World
from tests.route_table import Route

P = Permission


def a_budget(world: World) -> dict[str, Any]:
    budget = Budget.objects.first() or BudgetFactory.create(product=Product.objects.first())
    return {"pk": budget.pk}


def an_entry(world: World) -> dict[str, Any]:
    return {"pk": stored_entry(world).pk}


def an_entry_of_a_budget(world: World) -> dict[str, Any]:
    entry = stored_entry(world)
    return {"pk": entry.budget_id, "entry": entry.pk}


def stored_entry(world: World) -> LedgerEntry:
    return LedgerEntry.objects.first() or LedgerEntryFactory.create(
        budget=BudgetFactory.create(product=Product.objects.first()), actor=world["admin"]
    )


READ, WRITE = P.MONEY_READ, P.MONEY_WRITE
PAGES = [
    Route("funding:budgets", "GET", READ),
    Route("funding:budgets-export", "GET", READ),
    Route("funding:budget-create", "GET", WRITE),
    Route("funding:budget-create", "POST", WRITE, 422),
    Route("funding:budget", "GET", READ, arguments=a_budget),
    Route("funding:budget", "POST", WRITE, 422, arguments=a_budget),
    Route("funding:budget-edit", "GET", WRITE, arguments=a_budget),
    Route("funding:budget-edit", "POST", WRITE, 422, arguments=a_budget),
    Route("funding:budget-archive", "POST", WRITE, 302, arguments=a_budget),
    Route("funding:budget-restore", "POST", WRITE, 302, arguments=a_budget),
    Route("funding:entry-reverse", "GET", WRITE, arguments=an_entry_of_a_budget),
    Route("funding:entry-reverse", "POST", WRITE, 422, arguments=an_entry_of_a_budget),
]
API = [
    Route("api:budgets", "GET", READ),
    Route("api:budgets", "POST", WRITE, 422),
    Route("api:budgets-record", "GET", READ, arguments=a_budget),
    Route("api:budgets-record", "PATCH", WRITE, 428, arguments=a_budget),
    Route("api:budgets-record", "DELETE", WRITE, 428, arguments=a_budget),
    Route("api:ledger-entries", "GET", READ),
    Route("api:ledger-entries", "POST", WRITE, 422),
    Route("api:ledger-entries-record", "GET", READ, arguments=an_entry),
    Route("api:ledger-entries-reverse", "POST", WRITE, 422, arguments=an_entry),
]
ROUTES = [*PAGES, *API]
