"""What people steer: portfolios, value streams, products and teams."""

from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.constraints import AppendOnly
from accounts.fields import TenantForeignKey
from accounts.models import SLUG, Member
from accounts.tenant_models import EditableModel, TenantModel
from portfolio.choices import (
    Cadence,
    CadenceRule,
    LifecycleStage,
    MarketPosition,
    Posture,
)
from portfolio.models.rules import unique_live_name


class Unit(EditableModel):
    """What people steer: a portfolio, product, value stream or team."""

    name = models.CharField(max_length=120)
    slug = models.CharField(
        "short name in addresses", max_length=50, validators=[SLUG], editable=False
    )
    description = models.TextField(blank=True, default="")

    # The URL name of its page.
    page_name: ClassVar[str]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse(self.page_name, args=[self.organization.slug, self.slug])


class Portfolio(Unit):
    """Products that are steered together."""

    page_name = "portfolio:portfolio"

    is_private = models.BooleanField(
        "private", default=False, help_text="Only people with a role here see its goals."
    )
    cadence = models.CharField(
        "check-in cadence",
        max_length=16,
        choices=Cadence,
        blank=True,
        default="",
        db_default="",
        help_text="Left empty, it follows from the organisation.",
    )
    cadence_rule = models.CharField(
        "cadence of its products",
        max_length=12,
        choices=CadenceRule,
        default=CadenceRule.SUGGESTED,
        db_default=CadenceRule.SUGGESTED,
        help_text="Suggested, it holds where a product chooses none.",
    )

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            unique_live_name("portfolio"),
            models.UniqueConstraint(fields=["organization", "slug"], name="portfolio_slug_once"),
            models.CheckConstraint(
                condition=~Q(cadence_rule=CadenceRule.FORCED) | ~Q(cadence=""),
                name="portfolio_sets_a_cadence",
                violation_error_code="cadence",
                violation_error_message="Choose the cadence that all its products shall keep.",
            ),
        ]


class ValueStream(Unit):
    """A lasting flow of value that is funded as such."""

    page_name = "portfolio:value-stream"

    lead = TenantForeignKey(Member, null=True, blank=True, related_name="value_streams_led")

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            unique_live_name("value_stream"),
            models.UniqueConstraint(fields=["organization", "slug"], name="value_stream_slug_once"),
        ]


class Product(Unit):
    """Something that customers use, with a stage in its life and a stance towards it."""

    page_name = "portfolio:product"

    value_stream = TenantForeignKey(ValueStream, null=True, blank=True, related_name="products")
    lifecycle_stage = models.CharField(
        max_length=16, choices=LifecycleStage, default=LifecycleStage.INTRODUCTION
    )
    market_position = models.CharField(
        max_length=16, choices=MarketPosition, default=MarketPosition.NEW
    )
    customer_segment = models.CharField(max_length=120, blank=True, default="")
    posture = models.CharField(
        "investment posture", max_length=16, choices=Posture, default=Posture.GROW
    )
    funding_stage = models.CharField(max_length=80, blank=True, default="")
    cadence = models.CharField(
        "check-in cadence",
        max_length=16,
        choices=Cadence,
        blank=True,
        default="",
        help_text="Left empty, it follows from the portfolio or the lifecycle stage.",
    )
    cadence_rule = models.CharField(
        "cadence of its teams",
        max_length=12,
        choices=CadenceRule,
        default=CadenceRule.SUGGESTED,
        db_default=CadenceRule.SUGGESTED,
        help_text="Suggested, it holds where a team chooses none.",
    )
    lead = TenantForeignKey(Member, null=True, blank=True, related_name="products_led")

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            unique_live_name("product"),
            models.UniqueConstraint(fields=["organization", "slug"], name="product_slug_once"),
        ]


class ProductStance(TenantModel):
    """The stage and posture of a product from a day on; append-only history."""

    audit = None

    product = TenantForeignKey(Product, on_delete=models.CASCADE, related_name="stances")
    lifecycle_stage = models.CharField(max_length=16, choices=LifecycleStage)
    posture = models.CharField(max_length=16, choices=Posture)
    from_date = models.DateField()
    note = models.CharField(max_length=240, blank=True, default="")
    recorded_by = TenantForeignKey(Member, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-from_date", "-id"]
        constraints = [AppendOnly(name="portfolio_productstance_append_only")]


class Theme(EditableModel):
    """A direction of a portfolio for a stretch of time that encloses one or more cycles."""

    portfolio = TenantForeignKey(Portfolio, on_delete=models.CASCADE, related_name="themes")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        ordering: ClassVar = ["starts_on", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="theme_dates_in_order",
                violation_error_code="ends_on",
                violation_error_message="The theme must not end before it starts.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Team(Unit):
    """People who deliver, with the capacity that plans are held against."""

    page_name = "portfolio:team"

    lead = TenantForeignKey(Member, null=True, blank=True, related_name="teams_led")
    capacity = models.DecimalField(
        "capacity (people-weeks a month)",
        max_digits=6,
        decimal_places=1,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )
    cadence = models.CharField(
        "check-in cadence",
        max_length=16,
        choices=Cadence,
        blank=True,
        default="",
        help_text="Left empty, it follows from the product.",
    )

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            unique_live_name("team"),
            models.UniqueConstraint(fields=["organization", "slug"], name="team_slug_once"),
            models.CheckConstraint(condition=Q(capacity__gte=0), name="team_capacity_not_negative"),
        ]


class TeamCapacity(EditableModel):
    """A month in which a team has another capacity than usual."""

    team = TenantForeignKey(Team, on_delete=models.CASCADE, related_name="capacities")
    month = models.DateField(help_text="The first day of the month.")
    people_weeks = models.DecimalField(
        max_digits=6, decimal_places=1, validators=[MinValueValidator(Decimal(0))]
    )

    class Meta:
        ordering: ClassVar = ["month"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "team", "month"],
                condition=Q(archived_at=None),
                name="team_capacity_once_a_month",
            ),
            models.CheckConstraint(
                condition=Q(people_weeks__gte=0), name="team_capacity_month_not_negative"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="team_capacity_first_of_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"

    def clean(self) -> None:
        if self.month is not None and self.month.day != 1:
            raise ValidationError({"month": "Give the first day of the month."})
