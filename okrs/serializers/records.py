"""Records as the API gives and takes them. What is computed or decided elsewhere is read-only."""

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from okrs.models import (
    CheckIn,
    Commitment,
    CommitmentMove,
    CommittedTeam,
    Contribution,
    CountedItem,
    Cycle,
    Dependency,
    DependencyMove,
    Initiative,
    InitiativeKeyResult,
    KeyResult,
    KeyResultVersion,
    LinkMove,
    Milestone,
    Objective,
    ObjectiveAlignment,
    ObjectiveCoOwner,
    ObjectiveMove,
    ObjectiveSupport,
    Override,
    ScorePoint,
    SharedPlacement,
    Tier,
    UnitScore,
)
from portfolio.models import MeasureUnit, Metric

STAMPS = ("version", "created_at", "updated_at", "archived_at")
ANSWERED = ("state", "turn", "asked_by", "answered_by", "answered_at")


class TierSerializer(TenantSerializer):
    class Meta:
        model = Tier
        fields = ("id", "name", "kind", "rank", *STAMPS)
        read_only_fields = ("kind", "rank", *STAMPS)


class CycleSerializer(TenantSerializer):
    class Meta:
        model = Cycle
        fields = ("id", "name", "starts_on", "ends_on", "parent", "state", "closed_at", *STAMPS)
        read_only_fields = ("state", "closed_at", *STAMPS)


class ObjectiveSerializer(TenantSerializer):
    reason = serializers.CharField(
        write_only=True, required=False, help_text="Why a committed objective changes."
    )

    class Meta:
        model = Objective
        fields = (
            "id", "title", "description", "tier", "cycle", "portfolio", "product", "team",
            "theme", "owner", "state", "condition", "roll_up", "continued_from", "score",
            "lowest", "highest", "confidence", "reporting", "counted", "assessed_score",
            "assessed_by", "assessed_at", "assessment", "scored_at", "reason", *STAMPS,
        )  # fmt: skip
        read_only_fields = (
            "state", "condition", "score", "lowest", "highest", "confidence", "reporting",
            "counted", "assessed_score", "assessed_by", "assessed_at", "assessment", "scored_at",
            *STAMPS,
        )  # fmt: skip
        extra_kwargs = {"owner": {"required": False}}


class KeyResultSerializer(TenantSerializer):
    unit = serializers.PrimaryKeyRelatedField(
        queryset=MeasureUnit.objects,
        write_only=True,
        required=False,
        help_text="For a key result without a metric of its own.",
    )
    metric = serializers.PrimaryKeyRelatedField(queryset=Metric.objects, required=False)
    reason = serializers.CharField(
        write_only=True, required=False, help_text="Why a committed definition changes."
    )
    pace = serializers.CharField(source="shown_pace", read_only=True)

    class Meta:
        model = KeyResult
        fields = (
            "id", "objective", "title", "description", "metric", "unit", "owner", "shape",
            "source", "contribution_mode", "baseline", "target", "lower", "upper", "condition",
            "weight", "starts_on", "ends_on", "curve", "curve_points", "definition_version",
            "current_value", "current_at", "current_source", "is_overridden", "score", "raw",
            "expected", "pace", "pace_gap", "confidence", "reported_status", "last_note",
            "checked_in_at", "checked_in_by", "postponed_until", "evidence_at", "outdated_from",
            "final_score", "judgement", "scored_at", "reason", *STAMPS,
        )  # fmt: skip
        read_only_fields = (
            "definition_version", "current_value", "current_at", "current_source",
            "is_overridden", "score", "raw", "expected", "pace", "pace_gap", "confidence",
            "reported_status", "last_note", "checked_in_at", "checked_in_by", "postponed_until",
            "evidence_at", "outdated_from", "final_score", "judgement", "scored_at", *STAMPS,
        )  # fmt: skip
        extra_kwargs = {"owner": {"required": False}}


class KeyResultVersionSerializer(TenantSerializer):
    class Meta:
        model = KeyResultVersion
        fields = ("id", "key_result", "number", "recorded_at", "definition", "reason", "actor")
        read_only_fields = fields


class MilestoneSerializer(TenantSerializer):
    class Meta:
        model = Milestone
        fields = ("id", "key_result", "title", "weight", "due_on", "done_on", "position", *STAMPS)
        read_only_fields = ("position", *STAMPS)


class CountedItemSerializer(TenantSerializer):
    class Meta:
        model = CountedItem
        fields = ("id", "key_result", "name", "met_on", "note", *STAMPS)
        read_only_fields = STAMPS
        validators: tuple[object, ...] = ()


class OverrideSerializer(TenantSerializer):
    class Meta:
        model = Override
        fields = (
            "id", "key_result", "value", "reason", "author", "from_at", "until_at",
            "released_at", "recorded_at",
        )  # fmt: skip
        read_only_fields = ("author", "from_at", "released_at", "recorded_at")


class CheckInSerializer(TenantSerializer):
    class Meta:
        model = CheckIn
        fields = (
            "id", "key_result", "author", "at", "value", "confidence", "status", "note", "due_on",
            "missed", "score", "raw",
        )  # fmt: skip
        read_only_fields = ("author", "at", "due_on", "missed", "score", "raw")


class AlignmentSerializer(TenantSerializer):
    class Meta:
        model = ObjectiveAlignment
        fields = ("id", "child", "parent", "kind", "weight", "note", *ANSWERED, *STAMPS)
        read_only_fields = (*ANSWERED, *STAMPS)
        validators: tuple[object, ...] = ()


class SupportSerializer(TenantSerializer):
    class Meta:
        model = ObjectiveSupport
        fields = ("id", "child", "key_result", "note", *ANSWERED, *STAMPS)
        read_only_fields = (*ANSWERED, *STAMPS)
        validators: tuple[object, ...] = ()


class ContributionSerializer(TenantSerializer):
    class Meta:
        model = Contribution
        fields = (
            "id", "child", "parent", "amount", "offered", "weight", "note", *ANSWERED, *STAMPS,
        )  # fmt: skip
        read_only_fields = ("offered", *ANSWERED, *STAMPS)
        validators: tuple[object, ...] = ()


class LinkMoveSerializer(TenantSerializer):
    class Meta:
        model = LinkMove
        fields = (
            "id", "alignment", "support", "contribution", "from_state", "to_state", "side", "actor",
            "kind", "amount", "weight", "note", "at",
        )  # fmt: skip
        read_only_fields = fields


class SharedPlacementSerializer(TenantSerializer):
    class Meta:
        model = SharedPlacement
        fields = ("id", "key_result", "objective", "weight", *STAMPS)
        read_only_fields = STAMPS
        validators: tuple[object, ...] = ()


class CoOwnerSerializer(TenantSerializer):
    class Meta:
        model = ObjectiveCoOwner
        fields = ("id", "objective", "product", "team", "created_at")
        read_only_fields = ("created_at",)
        validators: tuple[object, ...] = ()


class ObjectiveMoveSerializer(TenantSerializer):
    class Meta:
        model = ObjectiveMove
        fields = ("id", "objective", "from_state", "to_state", "reason", "actor", "at")
        read_only_fields = fields


class InitiativeSerializer(TenantSerializer):
    class Meta:
        model = Initiative
        fields = (
            "id", "title", "description", "product", "team", "owner", "state", "starts_on",
            "ends_on", "items_done", "items_total", *STAMPS,
        )  # fmt: skip
        read_only_fields = ("items_done", "items_total", *STAMPS)
        extra_kwargs = {"owner": {"required": False}}


class InitiativeKeyResultSerializer(TenantSerializer):
    class Meta:
        model = InitiativeKeyResult
        fields = ("id", "initiative", "key_result", "note", *STAMPS)
        read_only_fields = STAMPS
        validators: tuple[object, ...] = ()


class DependencySerializer(TenantSerializer):
    class Meta:
        model = Dependency
        fields = (
            "id", "title", "description", "needer_key_result", "needer_initiative",
            "provider_product", "provider_team", "provider_key_result", "provider_initiative",
            "needer_owner", "provider_owner", "needed_by", "promised_by", "people_weeks",
            "promised_weeks", "criticality", "state", *STAMPS,
        )  # fmt: skip
        read_only_fields = (
            "provider_key_result", "provider_initiative", "promised_by", "promised_weeks", "state",
            *STAMPS,
        )  # fmt: skip
        extra_kwargs = {"needer_owner": {"required": False}}


class DependencyMoveSerializer(TenantSerializer):
    class Meta:
        model = DependencyMove
        fields = (
            "id", "dependency", "from_state", "to_state", "needed_by", "promised_by",
            "people_weeks", "promised_weeks", "note", "actor", "at",
        )  # fmt: skip
        read_only_fields = fields


class CommitmentSerializer(TenantSerializer):
    class Meta:
        model = Commitment
        fields = (
            "id", "objective", "state", "condition", "conditional_at", "trade_off", "made_by",
            *STAMPS,
        )  # fmt: skip
        read_only_fields = ("state", "condition", "conditional_at", "made_by", *STAMPS)
        validators: tuple[object, ...] = ()


class CommitmentWithMoneySerializer(CommitmentSerializer):
    """For those with the money grant."""

    class Meta(CommitmentSerializer.Meta):
        fields = (  # type: ignore[assignment]  # two more than its base has
            *CommitmentSerializer.Meta.fields,
            "amount",
            "currency",
        )


class CommitmentMoveSerializer(TenantSerializer):
    class Meta:
        model = CommitmentMove
        fields = (
            "id", "commitment", "from_state", "to_state", "reason", "dependency", "actor", "at",
        )  # fmt: skip
        read_only_fields = fields


class CommittedTeamSerializer(TenantSerializer):
    class Meta:
        model = CommittedTeam
        fields = ("id", "commitment", "team", "people_weeks", "starts_on", "ends_on", *STAMPS)
        read_only_fields = STAMPS
        validators: tuple[object, ...] = ()


class ScorePointSerializer(TenantSerializer):
    class Meta:
        model = ScorePoint
        fields = (
            "id", "key_result", "objective", "unit_score", "at", "score", "raw", "value", "cause",
        )  # fmt: skip
        read_only_fields = fields


class UnitScoreSerializer(TenantSerializer):
    class Meta:
        model = UnitScore
        fields = (
            "id", "cycle", "tier", "portfolio", "product", "team", "score", "objectives",
            "objectives_reporting", "key_results", "reporting", "on_track", "behind", "at_risk",
            "confidence", "evidence_at", "outdated_from", "scored_at",
        )  # fmt: skip
        read_only_fields = fields
