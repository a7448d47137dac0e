"""Initiatives: the work that is meant to move key results."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel
from okrs.choices import ENDED_WORK, InitiativeState
from okrs.models.key_results import KeyResult
from portfolio.models import Product, Team


class Initiative(EditableModel):
    """An epic: planned work of a product, with stories synced below it."""

    audit = {"silent": ["items_done", "items_total"]}

    title = models.CharField(max_length=240)
    description = models.TextField(blank=True, default="")
    product = TenantForeignKey(Product, related_name="initiatives")
    team = TenantForeignKey(Team, null=True, blank=True, related_name="initiatives")
    owner = TenantForeignKey(Member, related_name="initiatives_owned")
    state = models.CharField(
        max_length=12, choices=InitiativeState, default=InitiativeState.PROPOSED
    )
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    items_done = models.PositiveIntegerField(null=True, editable=False)
    items_total = models.PositiveIntegerField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["starts_on", "title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="initiative_dates_in_order",
                violation_error_code="ends_on",
                violation_error_message="The last day must not come before the first.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("okrs:initiative", args=[self.organization.slug, self.pk])

    @property
    def is_late(self) -> bool:
        """Its last day is over and it is not."""
        if self.ends_on is None or self.state in ENDED_WORK:
            return False
        return self.ends_on < timezone.localdate()


class InitiativeKeyResult(EditableModel):
    """An initiative drives a key result."""

    initiative = TenantForeignKey(Initiative, on_delete=models.CASCADE, related_name="drives")
    key_result = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="driven_by")
    note = models.CharField(max_length=240, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "initiative", "key_result"],
                name="drives_once",
                violation_error_code="key_result",
                violation_error_message="The initiative already drives this key result.",
            ),
        ]
