"""What goals and links said from a moment on, written by the database (`Remembered`).

A decision is true from when it was made, so one time is enough here: what held at a moment is the
latest row recorded by then. The values behind scores have two times, and tables of their own.
"""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.constraints import AppendOnly, RecordedNow
from accounts.tenant_models import TenantModel
from okrs.choices import AlignmentKind, LinkState, ObjectiveState, RollUpMode
from okrs.fields import AmountField, WeightField


class Past(TenantModel):
    """One row of a history. `row_id` is the row that was remembered, which may be gone by now.

    Other ids are kept as they were, without keys: the past refers to what was there then.
    """

    audit = None

    row_id = models.UUIDField()
    recorded_at = models.DateTimeField(default=timezone.now)
    # False once it was archived or deleted.
    is_there = models.BooleanField(default=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["recorded_at", "created_at"]


class HistoryStart(TenantModel):
    """Since when histories are kept in an organisation that is older than they are. Append-only.

    Without a row they are as old as the organisation.
    """

    audit = None

    begins_at = models.DateTimeField()

    class Meta:
        constraints = [
            AppendOnly(name="okrs_historystart_append_only"),
            models.UniqueConstraint(fields=["organization"], name="history_start_once"),
        ]


def past_rules(table: str) -> list[models.BaseConstraint]:
    return [
        AppendOnly(name=f"okrs_{table}_append_only"),
        RecordedNow(name=f"okrs_{table}_recorded_now"),
    ]


def past_index(table: str, column: str = "row_id") -> models.Index:
    return models.Index(fields=["organization", column, "-recorded_at"], name=f"{table}_{column}")


class ObjectivePast(Past):
    title = models.CharField(max_length=240)
    state = models.CharField(max_length=20, choices=ObjectiveState)
    condition = models.CharField(max_length=500, blank=True, default="")
    roll_up = models.CharField(max_length=16, choices=RollUpMode)
    theme_id = models.UUIDField(null=True)
    owner_id = models.UUIDField()
    assessed_score = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    assessed_by_id = models.UUIDField(null=True)
    assessment = models.TextField(blank=True, default="")

    class Meta(Past.Meta):
        constraints = past_rules("objectivepast")
        indexes = [past_index("objectivepast")]


class KeyResultPast(Past):
    """Definitions have versions of their own (`KeyResultVersion`)."""

    title = models.CharField(max_length=240)
    owner_id = models.UUIDField()
    final_score = models.DecimalField(max_digits=3, decimal_places=2, null=True)

    class Meta(Past.Meta):
        constraints = past_rules("keyresultpast")
        indexes = [past_index("keyresultpast")]


class LinkPast(Past):
    """`child_id` lies below, `parent_id` above."""

    child_id = models.UUIDField()
    parent_id = models.UUIDField()
    state = models.CharField(max_length=12, choices=LinkState)
    weight = WeightField()

    class Meta(Past.Meta):
        abstract = True


class AlignmentPast(LinkPast):
    """Between objectives."""

    kind = models.CharField(max_length=12, choices=AlignmentKind)

    class Meta(LinkPast.Meta):
        constraints = past_rules("alignmentpast")
        indexes = [
            past_index("alignmentpast", "parent_id"),
            past_index("alignmentpast", "child_id"),
        ]


class ContributionPast(LinkPast):
    """Between key results."""

    amount = AmountField(null=True)

    class Meta(LinkPast.Meta):
        constraints = past_rules("contributionpast")
        indexes = [
            past_index("contributionpast", "parent_id"),
            past_index("contributionpast", "child_id"),
        ]


class SupportPast(Past):
    """Of a key result by an objective."""

    child_id = models.UUIDField()
    key_result_id = models.UUIDField()
    state = models.CharField(max_length=12, choices=LinkState)

    class Meta(Past.Meta):
        constraints = past_rules("supportpast")
        indexes = [
            past_index("supportpast", "key_result_id"),
            past_index("supportpast", "child_id"),
        ]


class PlacementPast(Past):
    """Of a shared key result under an objective."""

    key_result_id = models.UUIDField()
    objective_id = models.UUIDField()
    weight = WeightField()

    class Meta(Past.Meta):
        constraints = past_rules("placementpast")
        indexes = [
            past_index("placementpast", "objective_id"),
            past_index("placementpast", "key_result_id"),
        ]
