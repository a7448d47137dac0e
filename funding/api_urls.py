"""Addresses of funding in the API."""

from funding import api
from lib.api_routes import resource

urlpatterns = [
    *resource("budgets", api.Budgets),
    *resource("ledger-entries", api.LedgerEntries, reverse={"post": "reverse"}),
]
