"""Advice on how goals read, as the API gives it, and the drafts that it takes."""

from typing import Any

from rest_framework import serializers

from okrs.choices import Shape
from okrs.models import Cycle, Objective
from okrs.queries.writing import Advice
from okrs.serializers.limits import FindingSerializer, told_finding
from okrs.serializers.records import KeyResultSerializer, ObjectiveSerializer
from okrs.writing import Remark, Tone, Verdict
from portfolio.models import Metric, Portfolio, Product, Team, Theme

NUMBER: dict[str, Any] = {
    "max_digits": 30, "decimal_places": 10, "required": False, "allow_null": True,
}  # fmt: skip


class RemarkSerializer(serializers.Serializer[Any]):
    """One remark: what was seen, why it matters, what to try. It refuses nothing."""

    code = serializers.CharField()
    tone = serializers.ChoiceField(choices=[tone.value for tone in Tone])
    field = serializers.CharField()
    seen = serializers.CharField()
    why = serializers.CharField()
    suggestion = serializers.CharField()
    objective = serializers.UUIDField(allow_null=True, help_text="The one that it resembles.")


class AdviceSerializer(serializers.Serializer[Any]):
    """Remarks on the words and numbers, and counts outside their limits."""

    warnings = RemarkSerializer(many=True)
    limits = FindingSerializer(many=True)
    question = serializers.CharField(help_text="What to ask about a task; empty for an outcome.")


class KeyResultAdviceSerializer(AdviceSerializer):
    verdict = serializers.ChoiceField(choices=[verdict.value for verdict in Verdict])


class ObjectiveDraftSerializer(serializers.Serializer[Any]):
    """An objective that is not stored; an owner and a cycle let it be compared with others."""

    title = serializers.CharField(max_length=240)
    cycle = serializers.PrimaryKeyRelatedField(queryset=Cycle.objects, required=False)
    portfolio = serializers.PrimaryKeyRelatedField(
        queryset=Portfolio.objects, required=False, allow_null=True
    )
    product = serializers.PrimaryKeyRelatedField(
        queryset=Product.objects, required=False, allow_null=True
    )
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects, required=False, allow_null=True
    )
    theme = serializers.PrimaryKeyRelatedField(
        queryset=Theme.objects, required=False, allow_null=True
    )


class KeyResultDraftSerializer(serializers.Serializer[Any]):
    """A key result that is not stored; an objective lets its days be held against the cycle."""

    title = serializers.CharField(max_length=240)
    objective = serializers.PrimaryKeyRelatedField(
        queryset=Objective.objects, required=False, allow_null=True
    )
    shape = serializers.ChoiceField(choices=Shape.choices, required=False)
    unit = serializers.CharField(
        max_length=60, required=False, allow_blank=True, help_text="The name of the unit."
    )
    metric = serializers.PrimaryKeyRelatedField(
        queryset=Metric.objects, required=False, allow_null=True
    )
    baseline = serializers.DecimalField(**NUMBER)
    target = serializers.DecimalField(**NUMBER)
    lower = serializers.DecimalField(**NUMBER)
    upper = serializers.DecimalField(**NUMBER)
    condition = serializers.CharField(max_length=240, required=False, allow_blank=True)
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)


class WrittenObjectiveSerializer(ObjectiveSerializer):
    """An objective with what is said about it after it was written."""

    warnings = RemarkSerializer(many=True, read_only=True)
    limits = FindingSerializer(many=True, read_only=True)
    question = serializers.CharField(read_only=True)

    class Meta(ObjectiveSerializer.Meta):
        fields = (  # type: ignore[assignment]  # three more than its base has
            *ObjectiveSerializer.Meta.fields,
            "warnings",
            "limits",
            "question",
        )


class WrittenKeyResultSerializer(KeyResultSerializer):
    """A key result with what is said about it after it was written."""

    warnings = RemarkSerializer(many=True, read_only=True)
    limits = FindingSerializer(many=True, read_only=True)
    question = serializers.CharField(read_only=True)

    class Meta(KeyResultSerializer.Meta):
        fields = (  # type: ignore[assignment]  # three more than its base has
            *KeyResultSerializer.Meta.fields,
            "warnings",
            "limits",
            "question",
        )


def told_advice(advice: Advice) -> dict[str, Any]:
    return {
        "warnings": [told_remark(remark) for remark in advice.remarks],
        "limits": [told_finding(finding) for finding in advice.findings],
        "question": advice.question,
    }


def told_remark(remark: Remark) -> dict[str, Any]:
    return {
        "code": remark.code.value,
        "tone": remark.tone.value,
        "field": remark.field,
        "seen": remark.seen,
        "why": remark.why,
        "suggestion": remark.suggestion,
        "objective": remark.about or None,
    }
