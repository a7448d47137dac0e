"""Templates, continuations and what was deferred, as the API gives and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from accounts.models import Member
from okrs.choices import Shape
from okrs.models import Cycle, KeyResult, KeyResultPattern, Objective, ObjectiveTemplate
from okrs.serializers.records import STAMPS
from okrs.serializers.writing import NUMBER
from portfolio.models import Portfolio, Product, Team, Theme


class TemplateSerializer(TenantSerializer):
    class Meta:
        model = ObjectiveTemplate
        fields = ("id", "name", "title", "description", "tier_kind", *STAMPS)
        read_only_fields = STAMPS
        validators: tuple[object, ...] = ()


class PatternSerializer(TenantSerializer):
    class Meta:
        model = KeyResultPattern
        fields = (
            "id", "template", "title", "unit", "shape", "baseline", "target", "lower", "upper",
            "condition", "weight", "advice", *STAMPS,
        )  # fmt: skip
        read_only_fields = STAMPS


class DeferredSerializer(TenantSerializer):
    """An objective that was put off, with the reason and what took it up again."""

    reason = serializers.CharField(read_only=True, allow_null=True)
    deferred_at = serializers.DateTimeField(read_only=True, allow_null=True)
    deferred_by = serializers.UUIDField(read_only=True, allow_null=True)
    steered_by = serializers.UUIDField(
        read_only=True, allow_null=True, help_text="The portfolio that it falls to."
    )
    taken_up_by = serializers.UUIDField(
        source="followed_by", read_only=True, allow_null=True, help_text="The newer objective."
    )

    class Meta:
        model = Objective
        fields = (
            "id", "title", "tier", "cycle", "portfolio", "product", "team", "owner", "reason",
            "deferred_at", "deferred_by", "steered_by", "taken_up_by", "version",
        )  # fmt: skip
        read_only_fields = fields


class StartedResultSerializer(serializers.Serializer[Any]):
    """What is set anew of a key result; anything left out is taken over."""

    title = serializers.CharField(max_length=240, required=False)
    shape = serializers.ChoiceField(choices=Shape.choices, required=False)
    baseline = serializers.DecimalField(**NUMBER)
    target = serializers.DecimalField(**NUMBER)
    lower = serializers.DecimalField(**NUMBER)
    upper = serializers.DecimalField(**NUMBER)
    condition = serializers.CharField(max_length=240, required=False, allow_blank=True)


class CarriedResultSerializer(StartedResultSerializer):
    key_result = serializers.PrimaryKeyRelatedField(queryset=KeyResult.objects)


class PatternedResultSerializer(StartedResultSerializer):
    pattern = serializers.PrimaryKeyRelatedField(queryset=KeyResultPattern.objects)


class CarryOverSerializer(serializers.Serializer[Any]):
    """Where an earlier objective goes on; without `key_results` all of them are carried over."""

    cycle = serializers.PrimaryKeyRelatedField(queryset=Cycle.objects)
    title = serializers.CharField(max_length=240, required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    owner = serializers.PrimaryKeyRelatedField(queryset=Member.objects, required=False)
    theme = serializers.PrimaryKeyRelatedField(
        queryset=Theme.objects, required=False, allow_null=True
    )
    key_results = CarriedResultSerializer(many=True, required=False)


class StartFromTemplateSerializer(serializers.Serializer[Any]):
    """Whose objective it becomes, with the numbers of the key results that are taken over."""

    cycle = serializers.PrimaryKeyRelatedField(queryset=Cycle.objects)
    portfolio = serializers.PrimaryKeyRelatedField(
        queryset=Portfolio.objects, required=False, allow_null=True
    )
    product = serializers.PrimaryKeyRelatedField(
        queryset=Product.objects, required=False, allow_null=True
    )
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects, required=False, allow_null=True
    )
    title = serializers.CharField(max_length=240, required=False)
    owner = serializers.PrimaryKeyRelatedField(queryset=Member.objects, required=False)
    theme = serializers.PrimaryKeyRelatedField(
        queryset=Theme.objects, required=False, allow_null=True
    )
    key_results = PatternedResultSerializer(many=True, required=False, default=list)
