"""The map: portfolios, products, teams, how they hang together, and what is measured."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.choices import UnitRole
from accounts.constraints import AppendOnly, RecordedNow
from accounts.fields import TenantForeignKey
from accounts.models import CURRENCY, SLUG, Member
from accounts.tenant_models import EditableModel, TenantModel
from portfolio.choices import (
    CADENCE_BY_STAGE,
    Cadence,
    Dimension,
    LifecycleStage,
    MarketPosition,
    Posture,
    RelationKind,
    TeamTie,
    ValueSource,
)

SHARE = [MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(1))]


def exactly_one(*names: str) -> Q:
    """A condition that holds when exactly one of the nullable columns is set."""
    condition = Q()
    for chosen in names:
        condition |= Q(**{f"{name}__isnull": name != chosen for name in names})
    return condition


def unique_live_name(table: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        "organization",
        models.functions.Lower("name"),
        condition=Q(archived_at=None),
        name=f"{table}_name_once",
        violation_error_message="This name is taken.",
    )


class Unit(EditableModel):
    """What people steer: a portfolio, product, value stream or team."""

    name = models.CharField(max_length=120)
    slug = models.CharField(
        "short name in addresses", max_length=50, validators=[SLUG], editable=False
    )
    description = models.TextField(blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Portfolio(Unit):
    """Products that are steered together."""

    is_private = models.BooleanField(
        "private", default=False, help_text="Only people with a role here see its goals."
    )

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            unique_live_name("portfolio"),
            models.UniqueConstraint(fields=["organization", "slug"], name="portfolio_slug_once"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("portfolio:portfolio", args=[self.organization.slug, self.slug])


class ValueStream(Unit):
    """A lasting flow of value that is funded as such."""

    lead = TenantForeignKey(Member, null=True, blank=True, related_name="value_streams_led")

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            unique_live_name("value_stream"),
            models.UniqueConstraint(fields=["organization", "slug"], name="value_stream_slug_once"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("portfolio:value-stream", args=[self.organization.slug, self.slug])


class Product(Unit):
    """Something that customers use, with a stage in its life and a stance towards it."""

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
        help_text="Left empty, it follows from the lifecycle stage.",
    )
    lead = TenantForeignKey(Member, null=True, blank=True, related_name="products_led")

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            unique_live_name("product"),
            models.UniqueConstraint(fields=["organization", "slug"], name="product_slug_once"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("portfolio:product", args=[self.organization.slug, self.slug])

    @property
    def effective_cadence(self) -> Cadence:
        return Cadence(self.cadence) if self.cadence else CADENCE_BY_STAGE[self.lifecycle_stage]


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
                violation_error_message="The theme must not end before it starts.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Team(Unit):
    """People who deliver, with the capacity that plans are held against."""

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

    def get_absolute_url(self) -> str:
        return reverse("portfolio:team", args=[self.organization.slug, self.slug])


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
                fields=["organization", "team", "month"], name="team_capacity_once_a_month"
            ),
            models.CheckConstraint(
                condition=Q(people_weeks__gte=0), name="team_capacity_month_not_negative"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="team_capacity_first_of_month"),
        ]


class DatedLink(EditableModel):
    """A link that holds from one day to another, both inclusive; open at the end if None."""

    share = models.DecimalField(
        max_digits=3, decimal_places=2, default=Decimal(1), validators=SHARE
    )
    from_date = models.DateField("from", default=timezone.localdate)
    until_date = models.DateField("until", null=True, blank=True)

    class Meta:
        abstract = True


def dated(table: str) -> list[models.BaseConstraint]:
    """The rules of a dated link."""
    return [
        models.CheckConstraint(
            condition=Q(until_date=None) | Q(until_date__gte=F("from_date")),
            name=f"{table}_dates_in_order",
            violation_error_message="The last day must not come before the first.",
        ),
        models.CheckConstraint(
            condition=Q(share__gt=0, share__lte=1),
            name=f"{table}_share_range",
            violation_error_message="A share lies between 0.01 and 1.",
        ),
    ]


class ProductPlacement(DatedLink):
    """A product in a portfolio. Roles and privacy come from its one home."""

    product = TenantForeignKey(Product, on_delete=models.CASCADE, related_name="placements")
    portfolio = TenantForeignKey(Portfolio, on_delete=models.CASCADE, related_name="placements")
    is_home = models.BooleanField("home portfolio", default=False)

    class Meta:
        constraints = [
            *dated("placement"),
            models.UniqueConstraint(
                fields=["organization", "product"],
                condition=Q(is_home=True, until_date=None),
                name="placement_one_home",
                violation_error_message="The product already has a home portfolio.",
            ),
            models.UniqueConstraint(
                fields=["organization", "product", "portfolio"],
                condition=Q(until_date=None),
                name="placement_once",
                violation_error_message="The product is already in this portfolio.",
            ),
        ]


class TeamProduct(DatedLink):
    """A team that works on a product, as its own or shared with others."""

    team = TenantForeignKey(Team, on_delete=models.CASCADE, related_name="product_links")
    product = TenantForeignKey(Product, on_delete=models.CASCADE, related_name="team_links")
    tie = models.CharField(max_length=8, choices=TeamTie, default=TeamTie.OWNED)

    class Meta:
        constraints = [
            *dated("team_product"),
            models.UniqueConstraint(
                fields=["organization", "team", "product"],
                condition=Q(until_date=None),
                name="team_product_once",
                violation_error_message="The team already works on this product.",
            ),
        ]


class TeamMember(DatedLink):
    """A person in a team, with the share of their time."""

    team = TenantForeignKey(Team, on_delete=models.CASCADE, related_name="member_links")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="team_links")

    class Meta:
        constraints = [
            *dated("team_member"),
            models.UniqueConstraint(
                fields=["organization", "team", "member"],
                condition=Q(until_date=None),
                name="team_member_once",
                violation_error_message="This person is already in the team.",
            ),
        ]


class RoleAssignment(DatedLink):
    """A member's role on one portfolio, product or team; it reaches downwards."""

    share = None  # type: ignore[assignment]

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=16, choices=UnitRole)
    portfolio = TenantForeignKey(
        Portfolio, null=True, blank=True, on_delete=models.CASCADE, related_name="roles"
    )
    product = TenantForeignKey(
        Product, null=True, blank=True, on_delete=models.CASCADE, related_name="roles"
    )
    team = TenantForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="roles"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=exactly_one("portfolio", "product", "team"),
                name="role_on_one_unit",
                violation_error_message="Choose one portfolio, product or team.",
            ),
            models.CheckConstraint(
                condition=Q(until_date=None) | Q(until_date__gte=F("from_date")),
                name="role_dates_in_order",
                violation_error_message="The last day must not come before the first.",
            ),
        ]


class ProductRelation(EditableModel):
    """Something that two products share, so that a change in one reaches the other."""

    product = TenantForeignKey(Product, on_delete=models.CASCADE, related_name="relations_from")
    other = TenantForeignKey(Product, on_delete=models.CASCADE, related_name="relations_to")
    kind = models.CharField(max_length=16, choices=RelationKind)
    note = models.CharField(max_length=240, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(product=F("other")),
                name="relation_between_two",
                violation_error_message="Choose another product.",
            ),
            models.UniqueConstraint(
                "organization",
                models.functions.Least("product", "other"),
                models.functions.Greatest("product", "other"),
                "kind",
                name="relation_once",
                violation_error_message="This relation is already recorded.",
            ),
        ]


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
                violation_error_message="Money needs a currency, and nothing else has one.",
            ),
            models.CheckConstraint(
                condition=Q(factor__gt=0), name="measure_unit_factor_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name


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
