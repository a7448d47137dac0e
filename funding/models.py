"""Money against outcomes: budgets, and an append-only ledger."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.constraints import AppendOnly, RecordedNow
from accounts.fields import TenantForeignKey
from accounts.models import CURRENCY, Member
from accounts.tenant_models import EditableModel, TenantModel
from funding.choices import EntryKind
from funding.constraints import ReversesExactly
from okrs.models import Initiative, Objective
from portfolio.models import Product, ValueStream, exactly_one


class Budget(EditableModel):
    """Money planned for a product or value stream over a period, both days inclusive."""

    name = models.CharField(max_length=120)
    product = TenantForeignKey(Product, null=True, blank=True, related_name="budgets")
    value_stream = TenantForeignKey(ValueStream, null=True, blank=True, related_name="budgets")
    starts_on = models.DateField()
    ends_on = models.DateField()
    amount = models.DecimalField(
        "planned amount",
        max_digits=16,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.CharField(max_length=3, validators=[CURRENCY])
    note = models.TextField(blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-starts_on", "name"]
        constraints = [
            models.CheckConstraint(
                condition=exactly_one("product", "value_stream"),
                name="budget_one_receiver",
                violation_error_message="Choose one product or value stream.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="budget_dates_in_order",
                violation_error_code="ends_on",
                violation_error_message="The period must not end before it starts.",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="budget_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("funding:budget", args=[self.organization.slug, self.pk])

    @property
    def receiver(self) -> Product | ValueStream:
        """The product or value stream that the money is for."""
        receiver: Product | ValueStream | None = self.product or self.value_stream
        if receiver is None:
            raise ValueError("a budget is for one product or value stream")
        return receiver

    def covers(self, day: date) -> bool:
        return bool(self.starts_on <= day <= self.ends_on)


class LedgerEntry(TenantModel):
    """A movement of money. Never edited: a mistake is reversed by another entry."""

    audit = None

    budget = TenantForeignKey(Budget, related_name="entries")
    kind = models.CharField(max_length=12, choices=EntryKind)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    on_date = models.DateField("date", default=timezone.localdate)
    objective = TenantForeignKey(Objective, null=True, blank=True, related_name="ledger_entries")
    initiative = TenantForeignKey(Initiative, null=True, blank=True, related_name="ledger_entries")
    reverses = TenantForeignKey("self", null=True, blank=True, related_name="reversed_by")
    note = models.CharField(max_length=240, blank=True, default="")
    actor = TenantForeignKey(Member, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["-on_date", "-id"]
        constraints = [
            AppendOnly(name="funding_ledgerentry_append_only"),
            RecordedNow(name="funding_ledgerentry_recorded_now"),
            ReversesExactly(name="funding_ledgerentry_reverses_exactly"),
            models.CheckConstraint(
                condition=Q(objective=None) | Q(initiative=None),
                name="ledger_entry_one_purpose",
                violation_error_message="Name one objective or one initiative.",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="ledger_entry_sign",
                violation_error_message="An amount is greater than 0; only a reversal is below it.",
            ),
            models.UniqueConstraint(
                fields=["organization", "reverses"],
                condition=Q(reverses__isnull=False),
                name="ledger_entry_reversed_once",
                violation_error_message="This entry was already reversed.",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "budget", "on_date"], name="ledger_by_budget"),
        ]
