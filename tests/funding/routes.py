"""Every route of funding."""

from typing import Any

from accounts.permissions import Permission
from funding.models import Budget, LedgerEntry
from tests.factories.funding import BudgetFactory, LedgerEntryFactory
from tests.personas import World
from tests.route_table import Route, of

P = Permission


def a_budget(world: World) -> Budget:
    return BudgetFactory.create(product=world.product)


def an_entry(world: World) -> LedgerEntry:
    return LedgerEntryFactory.create(budget=a_budget(world), actor=world["admin"])


def entry_of_a_budget(world: World) -> dict[str, Any]:
    entry = an_entry(world)
    return {"pk": entry.budget_id, "entry": entry.pk}


READ, WRITE = P.MONEY_READ, P.MONEY_WRITE
budget, entry = of(a_budget), of(an_entry)
PAGES = [
    Route("funding:budgets", "GET", READ),
    Route("funding:budgets-export", "GET", READ),
    Route("funding:budget-create", "GET", WRITE),
    Route("funding:budget-create", "POST", WRITE, 422),
    Route("funding:budget", "GET", READ, arguments=budget),
    Route("funding:budget", "POST", WRITE, 422, arguments=budget),
    Route("funding:budget-edit", "GET", WRITE, arguments=budget),
    Route("funding:budget-edit", "POST", WRITE, 422, arguments=budget),
    Route("funding:budget-archive", "POST", WRITE, 302, arguments=budget),
    Route("funding:budget-restore", "POST", WRITE, 302, arguments=budget),
    Route("funding:entry-reverse", "GET", WRITE, arguments=entry_of_a_budget),
    Route("funding:entry-reverse", "POST", WRITE, 422, arguments=entry_of_a_budget),
]
API = [
    Route("api:budgets", "GET", READ),
    Route("api:budgets", "POST", WRITE, 422),
    Route("api:budgets-record", "GET", READ, arguments=budget),
    Route("api:budgets-record", "PATCH", WRITE, 428, arguments=budget),
    Route("api:budgets-record", "DELETE", WRITE, 428, arguments=budget),
    Route("api:ledger-entries", "GET", READ),
    Route("api:ledger-entries", "POST", WRITE, 422),
    Route("api:ledger-entries-record", "GET", READ, arguments=entry),
    Route("api:ledger-entries-reverse", "POST", WRITE, 422, arguments=entry),
]
ROUTES = [*PAGES, *API]
