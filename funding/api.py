"""The API of money; without the money grant every operation answers 403."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource
from accounts.permissions import Permission
from funding import actions
from funding.models import Budget, LedgerEntry
from funding.queries.budgets import visible_budgets, with_sums
from funding.queries.entries import visible_entries, with_reversal
from funding.serializers import BudgetSerializer, LedgerEntrySerializer, ReversalSerializer

P = Permission
SOME_ID = "0190c2a4-7a5e-7d3c-9c2f-3f0d5b6a7c81"


class Budgets(Resource):
    """Budgets, each with the sums of its ledger."""

    model = Budget
    serializer_class = BudgetSerializer
    permissions: ClassVar = {
        "list": P.MONEY_READ,
        "retrieve": P.MONEY_READ,
        "create": P.MONEY_WRITE,
        "partial_update": P.MONEY_WRITE,
        "destroy": P.MONEY_WRITE,
    }
    filters: ClassVar = {
        "product": "product",
        "value_stream": "value_stream",
        "currency": "currency",
        "from": "ends_on__gte",
        "until": "starts_on__lte",
    }
    examples: ClassVar = {
        "create": {
            "name": "Wallet 2026",
            "product": SOME_ID,
            "starts_on": "2026-01-01",
            "ends_on": "2026-12-31",
            "amount": "1200000.00",
            "currency": "EUR",
        },
        "partial_update": {"amount": "1350000.00"},
    }

    def visible(self) -> models.QuerySet[Budget]:
        return with_sums(visible_budgets(self.access))

    def perform_create(self, data: dict[str, Any]) -> Budget:
        return actions.create_budget(self.access, **data)

    def perform_edit(self, row: Budget, data: dict[str, Any], version: int) -> Budget:
        return actions.edit_budget(self.access, row, expected_version=version, **data)

    def perform_archive(self, row: Budget, version: int | None) -> None:
        actions.archive_budget(self.access, row, expected_version=version)


class LedgerEntries(Resource):
    """Entries of the ledgers. They are never edited or deleted: a mistake is reversed."""

    model = LedgerEntry
    serializer_class = LedgerEntrySerializer
    permissions: ClassVar = {
        "list": P.MONEY_READ,
        "retrieve": P.MONEY_READ,
        "create": P.MONEY_WRITE,
        "reverse": P.MONEY_WRITE,
    }
    filters: ClassVar = {
        "budget": "budget",
        "kind": "kind",
        "objective": "objective",
        "initiative": "initiative",
        "from": "on_date__gte",
        "until": "on_date__lte",
    }
    bodies: ClassVar = {"reverse": (ReversalSerializer, LedgerEntrySerializer)}
    examples: ClassVar = {
        "create": {
            "budget": SOME_ID,
            "kind": "spend",
            "amount": "18500.00",
            "on_date": "2026-03-31",
            "objective": SOME_ID,
            "note": "Invoice 2026-117",
        },
        "reverse": {"reason": "Booked twice"},
    }

    def visible(self) -> models.QuerySet[LedgerEntry]:
        return with_reversal(visible_entries(self.access))

    def perform_create(self, data: dict[str, Any]) -> LedgerEntry:
        budget = data.pop("budget")
        if budget.product_id in self.access.units.hidden:
            raise exceptions.ValidationError({"budget": [actions.NO_SUCH]})
        return actions.add_entry(self.access, budget, **data)

    def reverse(self, request: Request, pk: UUID) -> Response:
        """Take an entry back; the answer is the entry that does so."""
        entry = self.get_row(pk)
        given = self.checked(ReversalSerializer, request)
        reversal = actions.reverse_entry(self.access, entry, reason=given["reason"])
        return self.answer(reversal.pk)
