"""Limits and what was set aside, as the API gives and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from okrs.limits import Effect, Finding
from okrs.models import GoalLimits, LimitOverride
from okrs.models.limits import RANGES


class LimitsSerializer(TenantSerializer):
    class Meta:
        model = GoalLimits
        fields = (
            *(f"{name}_at_{end}" for name in RANGES for end in ("least", "most")),
            "overload_from",
            "version",
        )
        read_only_fields = ("version",)


class LimitOverrideSerializer(TenantSerializer):
    class Meta:
        model = LimitOverride
        fields = ("id", "objective", "rule", "count", "at_most", "finding", "reason", "actor", "at")
        read_only_fields = fields


class FindingSerializer(serializers.Serializer[Any]):
    """A count outside its limits."""

    rule = serializers.CharField()
    subject = serializers.CharField(help_text="The unit, theme or objective that was counted.")
    count = serializers.IntegerField()
    at_least = serializers.IntegerField()
    at_most = serializers.IntegerField()
    effect = serializers.ChoiceField(choices=[effect.value for effect in Effect])
    reason = serializers.CharField()


def told_finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.value,
        "subject": finding.subject,
        "count": finding.count,
        "at_least": finding.allowed.least,
        "at_most": finding.allowed.most,
        "effect": finding.effect.value,
        "reason": finding.reason,
    }
