"""What happened outside, and what it means for the strategy."""

from typing import ClassVar

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from governance.choices import Assessment, SignalKind
from okrs.models import Objective
from portfolio.models import Portfolio, Product, exactly_one

SIGNAL_KEYS = ("portfolio", "product", "objective")
WEB_ADDRESS = URLValidator(
    schemes=["http", "https"], message="Give an address that begins with https:// or http://."
)


class Signal(EditableModel):
    """Something that a competitor, the market, a regulator or customers did, with its source."""

    title = models.CharField("what happened", max_length=240)
    kind = models.CharField("about", max_length=12, choices=SignalKind)
    happened_on = models.DateField("happened on")
    description = models.TextField(blank=True, default="")
    source = models.CharField(
        max_length=160, help_text="Who says so: a paper, a customer, a colleague who was there."
    )
    source_url = models.CharField(
        "address of the source", max_length=500, blank=True, default="", validators=[WEB_ADDRESS]
    )
    filed_by = TenantForeignKey(Member, related_name="signals_filed", editable=False)
    assessment = models.CharField(
        max_length=12, choices=Assessment, blank=True, default="", editable=False
    )
    assessed_by = TenantForeignKey(Member, null=True, editable=False, related_name="+")
    assessed_at = models.DateTimeField(null=True, editable=False)
    assessment_note = models.TextField(blank=True, default="", editable=False)

    class Meta:
        ordering: ClassVar = ["-happened_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(assessment="", assessed_by=None, assessed_at=None)
                | Q(assessed_by__isnull=False, assessed_at__isnull=False) & ~Q(assessment=""),
                name="signal_says_who_assessed_it",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "happened_on", "id"], name="signal_by_day"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("governance:signal", args=[self.organization.slug, self.pk])


class SignalTouch(TenantModel):
    """A portfolio or product that a signal is about, or an objective that it affects."""

    signal = TenantForeignKey(Signal, on_delete=models.CASCADE, related_name="touches")
    portfolio = TenantForeignKey(
        Portfolio, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    product = TenantForeignKey(
        Product, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    objective = TenantForeignKey(
        Objective, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=exactly_one(*SIGNAL_KEYS),
                name="signal_touch_one_record",
                violation_error_message="Choose one portfolio, product or objective.",
            ),
            models.UniqueConstraint(
                fields=["organization", "signal", *SIGNAL_KEYS],
                nulls_distinct=False,
                name="signal_touch_once",
                violation_error_message="The signal names this already.",
            ),
        ]
