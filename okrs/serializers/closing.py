"""What closes fixed, as the API tells it."""

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from okrs.models import (
    ClosedKeyResult,
    ClosedObjective,
    ClosedUnit,
    ClosingRevision,
    Cycle,
    Objective,
    ObjectiveRetrospective,
    PortfolioRetrospective,
)
from okrs.serializers.records import STAMPS
from portfolio.models import Portfolio

LEARNED = ("drivers", "keep", "change")


class ClosingRevisionSerializer(TenantSerializer):
    class Meta:
        model = ClosingRevision
        fields = (
            "id", "cycle", "number", "key_result", "objective", "reason", "actor", "recorded_at",
        )  # fmt: skip
        read_only_fields = fields


class ClosedKeyResultSerializer(TenantSerializer):
    class Meta:
        model = ClosedKeyResult
        fields = (
            "id", "revision", "key_result", "definition", "weight", "value", "computed", "raw",
            "judged", "score", "band", "confidence",
        )  # fmt: skip
        read_only_fields = fields


class ClosedObjectiveSerializer(TenantSerializer):
    class Meta:
        model = ClosedObjective
        fields = (
            "id", "revision", "objective", "state", "computed", "assessed", "score", "band",
            "lowest", "highest", "reporting", "counted", "confidence",
        )  # fmt: skip
        read_only_fields = fields


class ClosedUnitSerializer(TenantSerializer):
    class Meta:
        model = ClosedUnit
        fields = (
            "id", "revision", "tier", "portfolio", "product", "team", "score", "band",
            "objectives", "scored", "kept", "significant_miss", "fell_short", "strong", "full",
            "key_results", "reporting",
        )  # fmt: skip
        read_only_fields = fields


class ObjectiveRetrospectiveSerializer(TenantSerializer):
    objective = serializers.PrimaryKeyRelatedField(queryset=Objective.objects)

    class Meta:
        model = ObjectiveRetrospective
        fields = ("id", "objective", *LEARNED, "outcome", "reason", "author", *STAMPS)
        read_only_fields = ("author", *STAMPS)


class PortfolioRetrospectiveSerializer(TenantSerializer):
    portfolio = serializers.PrimaryKeyRelatedField(queryset=Portfolio.objects)
    cycle = serializers.PrimaryKeyRelatedField(queryset=Cycle.objects)

    class Meta:
        model = PortfolioRetrospective
        fields = ("id", "portfolio", "cycle", *LEARNED, "author", *STAMPS)
        read_only_fields = ("author", *STAMPS)
