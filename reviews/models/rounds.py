"""Planning rounds: a portfolio plans a cycle in steps that everybody can see."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.constraints import AppendOnly
from accounts.fields import TenantForeignKey
from accounts.models import CURRENCY, Member
from accounts.tenant_models import EditableModel, TenantModel
from okrs.models import Cycle
from portfolio.models import Portfolio, Product
from reviews.choices import LAST_DAYS, STEPS, ConstraintKind, RoundStep


class PlanningRound(EditableModel):
    """The planning of one portfolio for one cycle. Each step has a last day, inclusive."""

    portfolio = TenantForeignKey(Portfolio, related_name="rounds")
    cycle = TenantForeignKey(Cycle, related_name="rounds")
    step = models.CharField(
        max_length=12, choices=RoundStep, default=RoundStep.THEMES, editable=False
    )
    note = models.TextField(
        "what matters this time",
        blank=True,
        default="",
        help_text="Direction for everybody who proposes: shown on top of the round.",
    )
    themes_by = models.DateField("themes until")
    goals_by = models.DateField("portfolio OKRs until")
    proposals_by = models.DateField("proposals until")
    negotiation_by = models.DateField("negotiation until")
    commitment_by = models.DateField("commitment until")
    published_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-commitment_by", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "portfolio", "cycle"],
                condition=Q(archived_at=None),
                name="planning_round_once",
                violation_error_message="This portfolio already plans this cycle.",
            ),
            models.CheckConstraint(
                condition=Q(goals_by__gte=F("themes_by"))
                & Q(proposals_by__gte=F("goals_by"))
                & Q(negotiation_by__gte=F("proposals_by"))
                & Q(commitment_by__gte=F("negotiation_by")),
                name="planning_round_steps_in_order",
                violation_error_message="Each step ends on or after the one before it.",
            ),
            models.CheckConstraint(
                condition=Q(step=RoundStep.PUBLISHED, published_at__isnull=False)
                | ~Q(step=RoundStep.PUBLISHED) & Q(published_at=None),
                name="planning_round_published_has_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.portfolio}, {self.cycle}"

    def get_absolute_url(self) -> str:
        return reverse("reviews:round", args=[self.organization.slug, self.pk])

    @property
    def position(self) -> int:
        """The place of the present step, from 0."""
        return STEPS.index(RoundStep(self.step))

    @property
    def next_step(self) -> RoundStep | None:
        return STEPS[self.position + 1] if self.position + 1 < len(STEPS) else None

    @property
    def previous_step(self) -> RoundStep | None:
        return STEPS[self.position - 1] if self.position else None

    @property
    def is_published(self) -> bool:
        return self.step == RoundStep.PUBLISHED

    @property
    def last_day(self) -> date | None:
        """The last day of the present step; None once the plan is published."""
        field = LAST_DAYS.get(RoundStep(self.step))
        return getattr(self, field) if field else None

    @property
    def is_late(self) -> bool:
        """Whether the present step was to end before today."""
        return self.last_day is not None and self.last_day < timezone.localdate()


class RoundMove(TenantModel):
    """A step of a round to the next or back, with its reason. Append-only."""

    audit = None

    round = TenantForeignKey(PlanningRound, on_delete=models.CASCADE, related_name="moves")
    from_step = models.CharField(max_length=12, choices=RoundStep)
    to_step = models.CharField(max_length=12, choices=RoundStep)
    reason = models.TextField(blank=True, default="")
    actor = TenantForeignKey(Member, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints = [AppendOnly(name="reviews_roundmove_append_only")]


class RoundConstraint(EditableModel):
    """Something that leadership holds fixed in a round: money, people, what must be kept."""

    round = TenantForeignKey(PlanningRound, on_delete=models.CASCADE, related_name="constraints")
    kind = models.CharField(max_length=12, choices=ConstraintKind)
    text = models.CharField("what holds", max_length=500)
    product = TenantForeignKey(Product, null=True, blank=True, related_name="+")
    people_weeks = models.DecimalField(
        "people-weeks, at most",
        max_digits=7,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    amount = models.DecimalField(
        "money, at most",
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.CharField(max_length=3, blank=True, default="", validators=[CURRENCY])

    class Meta:
        ordering: ClassVar = ["kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(people_weeks=None) | Q(people_weeks__gte=0, kind=ConstraintKind.PEOPLE),
                name="round_constraint_weeks_of_people",
                violation_error_message="Only a constraint on people has people-weeks.",
            ),
            models.CheckConstraint(
                condition=Q(amount=None, currency="")
                | Q(amount__gte=0, currency__regex="^[A-Z]{3}$", kind=ConstraintKind.MONEY),
                name="round_constraint_amount_of_money",
                violation_error_message="Only a constraint on money has an amount.",
            ),
        ]

    def __str__(self) -> str:
        return self.text
