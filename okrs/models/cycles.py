"""When goals are set, and on which tier."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.fields import TenantForeignKey
from accounts.tenant_models import EditableModel
from okrs.choices import CycleState, TierKind
from okrs.constraints import ClosedWithCycle


class Tier(EditableModel):
    """A level of goals that the organisation may name as it likes; 1 is the highest."""

    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=16, choices=TierKind)
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "rank"], name="tier_rank_once"),
            models.UniqueConstraint(
                fields=["organization", "kind"],
                name="tier_kind_once",
                violation_error_code="kind",
                violation_error_message="There is already a tier for this kind of owner.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Cycle(EditableModel):
    """A named period for goals, both days inclusive. Cycles nest: a year holds its quarters."""

    name = models.CharField(max_length=60)
    starts_on = models.DateField()
    ends_on = models.DateField()
    parent = TenantForeignKey("self", null=True, blank=True, related_name="children")
    state = models.CharField(max_length=8, choices=CycleState, default=CycleState.PLANNED)
    closed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-starts_on", "ends_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="cycle_dates_in_order",
                violation_error_code="ends_on",
                violation_error_message="The cycle must end after it starts.",
            ),
            models.UniqueConstraint(
                "organization",
                models.functions.Lower("name"),
                condition=Q(archived_at=None),
                name="cycle_name_once",
                violation_error_code="name",
                violation_error_message="There is already a cycle of this name.",
            ),
            ClosedWithCycle(
                name="okrs_cycle_closed",
                cycle="{row}.id",
                columns=["state", "starts_on", "ends_on", "closed_at"],
                adds="false",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_closed(self) -> bool:
        return self.state == CycleState.CLOSED
