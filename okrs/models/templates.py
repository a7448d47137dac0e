"""Patterns that new objectives may start from."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from accounts.fields import TenantForeignKey
from accounts.tenant_models import EditableModel
from okrs.choices import Shape, TierKind
from okrs.fields import AmountField, WeightField
from okrs.models.key_results import weight_positive
from portfolio.models import MeasureUnit


class ObjectiveTemplate(EditableModel):
    """An objective to start from: its words, and key results without their numbers."""

    name = models.CharField(max_length=120)
    title = models.CharField("objective", max_length=240)
    description = models.TextField(blank=True, default="")
    tier_kind = models.CharField(
        "meant for", max_length=16, choices=TierKind, blank=True, default=""
    )

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("name"),
                condition=Q(archived_at=None),
                name="objective_template_name_once",
                violation_error_code="name",
                violation_error_message="There is already a template of this name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("okrs:template", args=[self.organization.slug, self.pk])


class KeyResultPattern(EditableModel):
    """A key result of a template: what is measured, and the numbers that are always the same."""

    template = TenantForeignKey(
        ObjectiveTemplate, on_delete=models.CASCADE, related_name="patterns"
    )
    title = models.CharField(max_length=240)
    unit = TenantForeignKey(MeasureUnit, verbose_name="measured in", related_name="+")
    shape = models.CharField(max_length=12, choices=Shape, default=Shape.FROM_TO)
    baseline = AmountField(null=True, blank=True)
    target = AmountField(null=True, blank=True)
    lower = AmountField("lower edge", null=True, blank=True)
    upper = AmountField("upper edge", null=True, blank=True)
    condition = models.CharField(
        max_length=240, blank=True, default="", help_text="What a thing must meet to be counted."
    )
    weight = WeightField()
    advice = models.CharField(
        max_length=240, blank=True, default="", help_text="Where the numbers come from."
    )

    class Meta:
        ordering: ClassVar = ["id"]
        constraints = [
            weight_positive("key_result_pattern"),
            models.CheckConstraint(
                condition=Q(baseline=None) | Q(target=None) | ~Q(baseline=F("target")),
                name="key_result_pattern_baseline_is_not_target",
                violation_error_message="The baseline must differ from the target.",
            ),
            models.CheckConstraint(
                condition=Q(lower=None) | Q(upper=None) | Q(lower__lte=F("upper")),
                name="key_result_pattern_band",
                violation_error_message="The lower edge must not lie above the upper one.",
            ),
        ]

    def __str__(self) -> str:
        return self.title
