"""Risks of objectives, products and portfolios."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.constraints import AppendOnly
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from governance.choices import Impact, Likelihood, RiskResponse, RiskState
from okrs.models import Objective
from portfolio.models import Portfolio, Product, exactly_one

RISK_KEYS = ("portfolio", "product", "objective")


def from_one_to_five(field: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__gte": 1, f"{field}__lte": 5}), name=f"risk_{field}_range"
    )


class Risk(EditableModel):
    """Something that may happen and would hurt; `exposure` is likelihood times impact, 1..25."""

    title = models.CharField(max_length=240)
    description = models.TextField(
        blank=True, default="", help_text="What would happen, and what would set it off."
    )
    portfolio = TenantForeignKey(
        Portfolio, null=True, blank=True, on_delete=models.CASCADE, related_name="risks"
    )
    product = TenantForeignKey(
        Product, null=True, blank=True, on_delete=models.CASCADE, related_name="risks"
    )
    objective = TenantForeignKey(
        Objective, null=True, blank=True, on_delete=models.CASCADE, related_name="risks"
    )
    likelihood = models.PositiveSmallIntegerField(choices=Likelihood)
    impact = models.PositiveSmallIntegerField(choices=Impact)
    exposure = models.GeneratedField(
        expression=F("likelihood") * F("impact"),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    owner = TenantForeignKey(Member, related_name="risks_owned")
    response = models.CharField(max_length=8, choices=RiskResponse, default=RiskResponse.REDUCE)
    response_text = models.TextField(
        "what is done about it", blank=True, default="", help_text="By whom, and how one sees it."
    )
    due_on = models.DateField("done by", null=True, blank=True)
    state = models.CharField(
        max_length=12, choices=RiskState, default=RiskState.OPEN, editable=False
    )

    class Meta:
        ordering: ClassVar = ["-exposure", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=exactly_one(*RISK_KEYS),
                name="risk_one_record",
                violation_error_message="Choose one portfolio, product or objective.",
            ),
            from_one_to_five("likelihood"),
            from_one_to_five("impact"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "exposure", "id"],
                condition=Q(archived_at=None),
                name="risk_by_exposure",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("governance:risk", args=[self.organization.slug, self.pk])


class RiskMove(TenantModel):
    """A step of a risk, with how it was judged then. Append-only."""

    audit = None

    risk = TenantForeignKey(Risk, on_delete=models.CASCADE, related_name="moves")
    from_state = models.CharField(max_length=12, choices=RiskState)
    to_state = models.CharField(max_length=12, choices=RiskState)
    likelihood = models.PositiveSmallIntegerField(choices=Likelihood)
    impact = models.PositiveSmallIntegerField(choices=Impact)
    reason = models.TextField(blank=True, default="")
    actor = TenantForeignKey(Member, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints = [AppendOnly(name="governance_riskmove_append_only")]

    @property
    def exposure(self) -> int:
        return self.likelihood * self.impact
