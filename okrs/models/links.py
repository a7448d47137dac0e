"""How goals serve goals. Ownership is elsewhere: a goal may serve many, or none."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.constraints import AppendOnly
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from okrs.choices import AlignmentKind, LinkState, Side
from okrs.constraints import ClosedWithCycle, Remembered
from okrs.fields import AmountField, WeightField
from okrs.models.key_results import KeyResult, cycle_of_key_result, weight_positive
from okrs.models.objectives import Objective, cycle_of_objective
from portfolio.models import exactly_one


class NegotiatedLink(EditableModel):
    """A link whose terms one side puts to the other, which agrees, declines, or counters.

    `turn` is the side that may agree while the link is open; otherwise it says nothing.
    """

    state = models.CharField(
        max_length=12, choices=LinkState, default=LinkState.PROPOSED, editable=False
    )
    turn = models.CharField(
        max_length=5, choices=Side, default=Side.ABOVE, db_default=Side.ABOVE, editable=False
    )
    asked_by = TenantForeignKey(Member, editable=False, related_name="+")
    answered_by = TenantForeignKey(Member, null=True, editable=False, related_name="+")
    answered_at = models.DateTimeField(null=True, editable=False)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        abstract = True


class ObjectiveAlignment(NegotiatedLink):
    """An objective serves an objective above it, in the same cycle."""

    child = TenantForeignKey(Objective, on_delete=models.CASCADE, related_name="aligned_to")
    parent = TenantForeignKey(Objective, on_delete=models.CASCADE, related_name="aligned_from")
    kind = models.CharField(max_length=12, choices=AlignmentKind, default=AlignmentKind.CONTRIBUTES)
    weight = WeightField()

    class Meta:
        constraints = [
            weight_positive("alignment"),
            Remembered(
                name="okrs_objectivealignment_remembered",
                history="okrs_alignmentpast",
                columns=["child_id", "parent_id", "kind", "state", "weight"],
            ),
            ClosedWithCycle(
                name="okrs_objectivealignment_closed",
                cycle=cycle_of_objective("parent_id"),
            ),
            models.CheckConstraint(
                condition=~Q(child=F("parent")),
                name="alignment_between_two",
                violation_error_message="An objective cannot serve itself.",
            ),
            models.UniqueConstraint(
                fields=["organization", "child", "parent"],
                name="alignment_once",
                violation_error_message="These objectives are already linked.",
            ),
        ]


class ObjectiveSupport(NegotiatedLink):
    """An objective supports one key result above it; shown, never counted."""

    child = TenantForeignKey(Objective, on_delete=models.CASCADE, related_name="supports")
    key_result = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="supported_by")

    class Meta:
        constraints = [
            Remembered(
                name="okrs_objectivesupport_remembered",
                history="okrs_supportpast",
                columns=["child_id", "key_result_id", "state"],
            ),
            ClosedWithCycle(
                name="okrs_objectivesupport_closed",
                cycle=cycle_of_objective("child_id"),
            ),
            models.UniqueConstraint(
                fields=["organization", "child", "key_result"],
                name="support_once",
                violation_error_message="This support is already recorded.",
            ),
        ]


class Contribution(NegotiatedLink):
    """A key result adds to another of the same dimension, in the same or an enclosing cycle.

    `amount` is the change from the child's baseline that was offered or agreed, in the
    parent's unit; `offered` keeps what was asked for before a counter.
    """

    child = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="contributes_to")
    parent = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="contributions")
    amount = AmountField(null=True, blank=True)
    offered = AmountField(null=True, blank=True, editable=False)
    weight = WeightField()

    class Meta:
        constraints = [
            weight_positive("contribution"),
            Remembered(
                name="okrs_contribution_remembered",
                history="okrs_contributionpast",
                columns=["child_id", "parent_id", "state", "weight", "amount"],
            ),
            ClosedWithCycle(
                name="okrs_contribution_closed",
                cycle=cycle_of_key_result("parent_id"),
            ),
            models.CheckConstraint(
                condition=~Q(child=F("parent")),
                name="contribution_between_two",
                violation_error_message="A key result cannot contribute to itself.",
            ),
            models.UniqueConstraint(
                fields=["organization", "child", "parent"],
                name="contribution_once",
                violation_error_message="These key results are already linked.",
            ),
        ]


class LinkMove(TenantModel):
    """A step in the negotiation of a link, with the terms then on the table. Append-only."""

    audit = None

    alignment = TenantForeignKey(
        ObjectiveAlignment, null=True, on_delete=models.CASCADE, related_name="moves"
    )
    support = TenantForeignKey(
        ObjectiveSupport, null=True, on_delete=models.CASCADE, related_name="moves"
    )
    contribution = TenantForeignKey(
        Contribution, null=True, on_delete=models.CASCADE, related_name="moves"
    )
    from_state = models.CharField(max_length=12, choices=LinkState)
    to_state = models.CharField(max_length=12, choices=LinkState)
    # Who spoke, and for which side.
    actor = TenantForeignKey(Member, related_name="+")
    side = models.CharField(max_length=5, choices=Side)
    kind = models.CharField(max_length=12, choices=AlignmentKind, blank=True, default="")
    amount = AmountField(null=True)
    weight = WeightField(null=True, default=None)
    note = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        constraints = [
            AppendOnly(name="okrs_linkmove_append_only"),
            models.CheckConstraint(
                condition=exactly_one("alignment", "support", "contribution"),
                name="link_move_of_one_link",
            ),
        ]


class SharedPlacement(EditableModel):
    """A key result shown, with a weight of its own, under an objective that is not its home."""

    key_result = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="placements")
    objective = TenantForeignKey(Objective, on_delete=models.CASCADE, related_name="shared_results")
    weight = WeightField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints = [
            weight_positive("shared_placement"),
            Remembered(
                name="okrs_sharedplacement_remembered",
                history="okrs_placementpast",
                columns=["key_result_id", "objective_id", "weight"],
            ),
            ClosedWithCycle(name="okrs_sharedplacement_closed", cycle=cycle_of_objective()),
            models.UniqueConstraint(
                fields=["organization", "key_result", "objective"],
                name="shared_placement_once",
                violation_error_message="The key result is already shared with this objective.",
            ),
        ]
