"""Records of funding as the API gives and takes them."""

from typing import ClassVar

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from funding.models import Budget, LedgerEntry


class SumField(serializers.DecimalField):
    """A sum over the ledger, net of reversals."""

    def __init__(self, **options: object) -> None:
        super().__init__(max_digits=20, decimal_places=2, read_only=True, **options)  # type: ignore[arg-type]


class BudgetSerializer(TenantSerializer):
    """Money planned for one product or value stream, and the sums of its ledger.

    `currency` is the reporting currency when left out.
    """

    allocated = SumField()
    released = SumField()
    spent = SumField()
    remaining = SumField(help_text="Planned less spent; below 0 when overspent.")

    class Meta:
        model = Budget
        fields = (
            "id",
            "name",
            "product",
            "value_stream",
            "starts_on",
            "ends_on",
            "amount",
            "currency",
            "allocated",
            "released",
            "spent",
            "remaining",
            "note",
            "archived_at",
            "version",
        )
        read_only_fields = ("archived_at", "version")
        extra_kwargs: ClassVar = {"currency": {"required": False}}


class LedgerEntrySerializer(TenantSerializer):
    """A movement of money, in the currency of its budget. A reversal has an amount below 0."""

    class Meta:
        model = LedgerEntry
        fields = (
            "id",
            "budget",
            "kind",
            "amount",
            "on_date",
            "objective",
            "initiative",
            "note",
            "reverses",
            "reversed_by",
            "actor",
            "recorded_at",
        )
        read_only_fields = ("reverses", "actor", "recorded_at")

    reversed_by = serializers.UUIDField(
        source="reversal_id",
        read_only=True,
        allow_null=True,
        help_text="The entry that took it back.",
    )


class ReversalSerializer(serializers.Serializer[LedgerEntry]):
    """Why an entry is taken back."""

    reason = serializers.CharField(max_length=240)
