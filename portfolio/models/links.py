"""Links of the map: who and what belongs together, from one day to another."""

from datetime import date
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone

from accounts.choices import UnitRole
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel
from lib.display import show_percent
from portfolio.choices import RelationKind, TeamTie
from portfolio.models.rules import exactly_one
from portfolio.models.units import Portfolio, Product, Team, Unit

# Neither ended nor taken back.
OPEN = Q(until_date=None, archived_at=None)
SHARE = [MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(1))]


class DatedLink(EditableModel):
    """A link that holds from one day to another, both inclusive; open at the end if None."""

    share = models.DecimalField(
        max_digits=3, decimal_places=2, default=Decimal(1), validators=SHARE
    )
    from_date = models.DateField("from", default=timezone.localdate)
    until_date = models.DateField("until", null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def share_percent(self) -> str:
        return show_percent(self.share, places=0)

    @property
    def state(self) -> str:
        """Where today stands: "planned", "current" or "ended"."""
        today = timezone.localdate()
        if self.from_date > today:
            return "planned"
        return "ended" if self.until_date is not None and self.until_date < today else "current"


def holding(day: date, link: str = "") -> Q:
    """A condition on links that hold on `day`; `link` is the way to them, such as "roles__"."""
    until = Q(**{f"{link}until_date": None}) | Q(**{f"{link}until_date__gte": day})
    return until & Q(**{f"{link}from_date__lte": day, f"{link}archived_at": None})


def dated(table: str) -> list[models.BaseConstraint]:
    """The rules of a dated link."""
    return [
        models.CheckConstraint(
            condition=Q(until_date=None) | Q(until_date__gte=F("from_date")),
            name=f"{table}_dates_in_order",
            violation_error_code="until_date",
            violation_error_message="The last day must not come before the first.",
        ),
        models.CheckConstraint(
            condition=Q(share__gt=0, share__lte=1),
            name=f"{table}_share_range",
            violation_error_code="share",
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
                condition=OPEN & Q(is_home=True),
                name="placement_one_home",
                violation_error_code="is_home",
                violation_error_message="The product already has a home portfolio.",
            ),
            models.UniqueConstraint(
                fields=["organization", "product", "portfolio"],
                condition=OPEN,
                name="placement_once",
                violation_error_code="portfolio",
                violation_error_message="The product is already in this portfolio.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} in {self.portfolio}"


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
                condition=OPEN,
                name="team_product_once",
                violation_error_code="product",
                violation_error_message="The team already works on this product.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} on {self.product}"


class TeamMember(DatedLink):
    """A person in a team, with the share of their time."""

    team = TenantForeignKey(Team, on_delete=models.CASCADE, related_name="member_links")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="team_links")

    class Meta:
        constraints = [
            *dated("team_member"),
            models.UniqueConstraint(
                fields=["organization", "team", "member"],
                condition=OPEN,
                name="team_member_once",
                violation_error_code="member",
                violation_error_message="This person is already in the team.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} in {self.team}"


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
                violation_error_code="until_date",
                violation_error_message="The last day must not come before the first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.unit}"

    @property
    def unit(self) -> Unit:
        """The portfolio, product or team that the role is on."""
        units: tuple[Unit | None, ...] = (self.portfolio, self.product, self.team)
        for unit in units:
            if unit is not None:
                return unit
        raise ValueError("a role is on one unit")


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
                violation_error_code="other",
                violation_error_message="Choose another product.",
            ),
            models.UniqueConstraint(
                "organization",
                Least("product", "other"),
                Greatest("product", "other"),
                "kind",
                condition=Q(archived_at=None),
                name="relation_once",
                violation_error_code="other",
                violation_error_message="This relation is already recorded.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} and {self.other}: {self.get_kind_display()}"

    def other_than(self, product: Product) -> Product:
        """The product at the far end, seen from `product`."""
        far_end: Product = self.product if self.other_id == product.pk else self.other
        return far_end
