"""Bodies of requests that do something to a record."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounts.models import Member
from okrs.choices import (
    AlignmentKind,
    CommitmentState,
    CycleState,
    DependencyState,
    LinkState,
    ObjectiveState,
)
from okrs.models import Initiative, KeyResult


class MoveObjectiveSerializer(serializers.Serializer[Any]):
    to = serializers.ChoiceField(choices=ObjectiveState.choices)
    reason = serializers.CharField(required=False, allow_blank=True, default="")
    condition = serializers.CharField(required=False, allow_blank=True, default="")
    override_reason = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=500,
        help_text="Why a limit does not hold; for those who decide above the owner.",
    )


class AssessmentSerializer(serializers.Serializer[Any]):
    score = serializers.DecimalField(
        max_digits=3, decimal_places=2, min_value=0, max_value=1, allow_null=True
    )
    assessment = serializers.CharField(required=False, allow_blank=True, default="")


class FinalScoreSerializer(serializers.Serializer[Any]):
    final_score = serializers.DecimalField(
        max_digits=3, decimal_places=2, min_value=0, max_value=1, allow_null=True
    )


class JudgementSerializer(FinalScoreSerializer):
    judgement = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=500, help_text="Why it counts so."
    )


class CorrectionSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, help_text="It stands beside the score.")


class KeyResultCorrectionSerializer(FinalScoreSerializer, CorrectionSerializer):
    """`final_score` null lets the computed score count."""


class ObjectiveCorrectionSerializer(CorrectionSerializer):
    assessed_score = serializers.DecimalField(
        max_digits=3,
        decimal_places=2,
        min_value=0,
        max_value=1,
        allow_null=True,
        help_text="Null takes the judgement back.",
    )


class MoveCycleSerializer(serializers.Serializer[Any]):
    to = serializers.ChoiceField(choices=CycleState.choices)


class AnswerSerializer(serializers.Serializer[Any]):
    to = serializers.ChoiceField(choices=LinkState.choices)
    weight = serializers.DecimalField(max_digits=9, decimal_places=3, required=False)
    note = serializers.CharField(required=False, max_length=500)


class AnswerAlignmentSerializer(AnswerSerializer):
    kind = serializers.ChoiceField(choices=AlignmentKind.choices, required=False)


class AnswerContributionSerializer(AnswerSerializer):
    amount = serializers.DecimalField(max_digits=30, decimal_places=10, required=False)


class AnswerSupportSerializer(serializers.Serializer[Any]):
    to = serializers.ChoiceField(choices=LinkState.choices)
    note = serializers.CharField(required=False, max_length=500)


class MoveDependencySerializer(serializers.Serializer[Any]):
    to = serializers.ChoiceField(choices=DependencyState.choices)
    note = serializers.CharField(required=False, allow_blank=True, default="")
    promised_by = serializers.DateField(required=False)
    promised_weeks = serializers.DecimalField(
        max_digits=7,
        decimal_places=1,
        min_value=Decimal("0.1"),
        required=False,
        allow_null=True,
        help_text="Of the team that is asked; those that were asked for, unless others are named.",
    )
    provider_key_result = serializers.PrimaryKeyRelatedField(
        queryset=KeyResult.objects, required=False, allow_null=True
    )
    provider_initiative = serializers.PrimaryKeyRelatedField(
        queryset=Initiative.objects, required=False, allow_null=True
    )
    provider_owner = serializers.PrimaryKeyRelatedField(queryset=Member.objects, required=False)


class MoveCommitmentSerializer(serializers.Serializer[Any]):
    to = serializers.ChoiceField(choices=CommitmentState.choices)
    condition = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        default="",
        help_text="What a conditional one hangs on.",
    )
