"""Records of planning as the API gives and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from okrs.models import KeyResult
from reviews.choices import RoundStep, TermField
from reviews.models import (
    CounteredTerm,
    CounterProposal,
    PlanningRound,
    RoundConstraint,
    RoundMove,
)

STAMPS = ("archived_at", "version")
DAYS = ("themes_by", "goals_by", "proposals_by", "negotiation_by", "commitment_by")


class PlanningRoundSerializer(TenantSerializer):
    """The planning of one portfolio for one cycle; each day is the last one of its step."""

    class Meta:
        model = PlanningRound
        fields = ("id", "portfolio", "cycle", "step", "note", *DAYS, "published_at", *STAMPS)
        read_only_fields = ("step", "published_at", *STAMPS)
        validators: tuple[object, ...] = ()


class RoundMoveSerializer(TenantSerializer):
    class Meta:
        model = RoundMove
        fields = ("id", "round", "from_step", "to_step", "reason", "actor", "at")
        read_only_fields = fields


class RoundConstraintSerializer(TenantSerializer):
    """What holds in a round; the amount of money shows with the money grant only."""

    class Meta:
        model = RoundConstraint
        fields = ("id", "round", "kind", "text", "product", "people_weeks", *STAMPS)
        read_only_fields = STAMPS


class RoundConstraintWithMoneySerializer(RoundConstraintSerializer):
    """For those with the money grant."""

    class Meta(RoundConstraintSerializer.Meta):
        fields = (  # type: ignore[assignment]  # two more than its base has
            *RoundConstraintSerializer.Meta.fields,
            "amount",
            "currency",
        )


class CounterProposalSerializer(TenantSerializer):
    """Other terms for a proposed objective."""

    class Meta:
        model = CounterProposal
        fields = (
            "id",
            "objective",
            "note",
            "made_by",
            "state",
            "answer",
            "answered_by",
            "answered_at",
            "version",
        )
        read_only_fields = ("made_by", "state", "answer", "answered_by", "answered_at", "version")
        validators: tuple[object, ...] = ()


class CounteredTermSerializer(TenantSerializer):
    """One changed term, as text: a number in plain digits, a day as 2026-12-31."""

    class Meta:
        model = CounteredTerm
        fields = ("id", "counter", "key_result", "field", "old", "new")
        read_only_fields = fields


class WantedTermSerializer(serializers.Serializer[Any]):
    field = serializers.ChoiceField(choices=TermField.choices)
    new = serializers.CharField(max_length=240)
    key_result = serializers.PrimaryKeyRelatedField(
        queryset=KeyResult.objects, required=False, allow_null=True
    )


class NewCounterProposalSerializer(CounterProposalSerializer):
    """A counter-proposal with its terms; a term without a key result is the objective's title."""

    terms = WantedTermSerializer(many=True, required=False, write_only=True)

    class Meta(CounterProposalSerializer.Meta):
        fields = (*CounterProposalSerializer.Meta.fields, "terms")  # type: ignore[assignment]


class MoveRoundSerializer(serializers.Serializer[Any]):
    to = serializers.ChoiceField(choices=RoundStep.choices)
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class AnswerCounterSerializer(serializers.Serializer[Any]):
    """`accept` takes the terms over; a reason is needed to decline them."""

    accept = serializers.BooleanField()
    answer = serializers.CharField(required=False, allow_blank=True, default="")
