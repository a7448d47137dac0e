"""What is measured: units of measure, metrics and their values."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.constraints import AppendOnly, RecordedNow
from accounts.fields import TenantForeignKey
from accounts.models import CURRENCY, Member
from accounts.tenant_models import EditableModel, TenantModel
from portfolio.choices import Dimension, ValueSource
from portfolio.models.rules import unique_live_name
from portfolio.models.units import Product


class MeasureUnit(EditableModel):
    """What a metric counts in. Values of different dimension are never added."""

    name = models.CharField(max_length=60)
    symbol = models.CharField(max_length=12, blank=True, default="")
    dimension = models.CharField(max_length=12, choices=Dimension)
    currency = models.CharField(
        max_length=3, blank=True, default="", validators=[CURRENCY], help_text="For money only."
    )
    factor = models.DecimalField(
        "base units in one",
        max_digits=18,
        decimal_places=6,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.000001"))],
        help_text="With hours as the base, a day has 24. Leave 1 when nothing is converted.",
    )
    decimals = models.PositiveSmallIntegerField(
        "decimals shown", default=0, validators=[MaxValueValidator(6)]
    )

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            unique_live_name("measure_unit"),
            models.CheckConstraint(
                condition=Q(dimension=Dimension.MONEY, currency__regex=r"^[A-Z]{3}$")
                | (~Q(dimension=Dimension.MONEY) & Q(currency="")),
                name="measure_unit_currency_with_money",
                violation_error_code="currency",
                violation_error_message="Money needs a currency, and nothing else has one.",
            ),
            models.CheckConstraint(condition=Q(factor__gt=0), name="measure_unit_factor_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sign(self) -> str:
        """What stands beside a number: the symbol or, without one, the name."""
        return self.symbol or self.name


class Metric(EditableModel):
    """A named series of values that outlives cycles; key results read it."""

    name = models.CharField(max_length=160)
    description = models.TextField(blank=True, default="")
    unit = TenantForeignKey(MeasureUnit, related_name="metrics")
    product = TenantForeignKey(
        Product, null=True, blank=True, on_delete=models.SET_NULL, related_name="metrics"
    )
    is_silent = models.BooleanField(
        default=False, editable=False, help_text="Made for one key result, not listed."
    )

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("portfolio:metric", args=[self.organization.slug, self.pk])


class MetricValue(TenantModel):
    """One value of a metric: when it was true, when we learned it, and from whom.

    Append-only. A row that voids another withdraws it; without a value it does no more.
    """

    audit = None

    metric = TenantForeignKey(Metric, related_name="values")
    value = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=8, choices=ValueSource)
    actor = TenantForeignKey(Member, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True, default="")
    voids = TenantForeignKey("self", null=True, related_name="voided_by")

    class Meta:
        ordering: ClassVar = ["-effective_at", "-recorded_at", "-id"]
        constraints = [
            AppendOnly(name="portfolio_metricvalue_append_only"),
            RecordedNow(name="portfolio_metricvalue_recorded_now"),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(voids__isnull=False),
                name="metric_value_or_withdrawal",
            ),
            models.UniqueConstraint(
                fields=["organization", "voids"],
                condition=Q(voids__isnull=False),
                name="metric_value_voided_once",
                violation_error_message="This value was already withdrawn.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "metric", "-effective_at", "-recorded_at", "-id"],
                name="metric_value_latest",
            ),
        ]
