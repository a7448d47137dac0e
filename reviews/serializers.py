"""Records of planning as the API gives and takes them."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from okrs.models import KeyResult
from reviews.choices import RoundStep, TermField
from reviews.models import (
    AgendaItem,
    CounteredTerm,
    CounterProposal,
    FollowUp,
    PlanningRound,
    Review,
    ReviewDecision,
    RoundConstraint,
    RoundMove,
    TeamUpdate,
)
from reviews.models.reviews import LONGEST_NOTE

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


# --- Reviews ----------------------------------------------------------------------------------
class ReviewSerializer(TenantSerializer):
    """The review of one portfolio, product or team; the facilitator is oneself by default."""

    class Meta:
        model = Review
        fields = (
            "id", "portfolio", "product", "team", "cycle", "agenda", "held_on", "facilitator",
            "summary", "state", "started_at", "closed_at", "closed_by", *STAMPS,
        )  # fmt: skip
        read_only_fields = ("state", "started_at", "closed_at", "closed_by", *STAMPS)
        extra_kwargs: ClassVar = {"facilitator": {"required": False}}


class EvidenceSerializer(serializers.Serializer[Any]):
    """What a review shows, section by section. Scores are shares of 0..1, written as text.

    Of a closed review it is what stood when it was closed. `money` is null without the grant. With
    `as_of` or `known_at` it is what was true of the unit and its cycle then; people, money and the
    meeting keep no such history and are null.
    """

    at = serializers.DateTimeField()
    known_at = serializers.DateTimeField(allow_null=True)
    is_past = serializers.BooleanField()
    links_assumed = serializers.IntegerField(
        help_text="Links whose history begins later, shown as they were when it began."
    )
    on_track = serializers.DictField()
    dependencies = serializers.DictField()
    reallocate = serializers.DictField(allow_null=True)
    strategy = serializers.DictField()
    meeting = serializers.DictField(allow_null=True)
    money = serializers.DictField(allow_null=True)


class AgendaItemSerializer(TenantSerializer):
    """A point of a meeting; a new one comes last, `position` 1 is the first."""

    position = serializers.IntegerField(min_value=1, max_value=999, required=False)
    is_done = serializers.BooleanField(required=False)

    class Meta:
        model = AgendaItem
        fields = ("id", "review", "position", "title", "question", "note", "is_done", *STAMPS)
        read_only_fields = STAMPS


class FollowUpSerializer(TenantSerializer):
    """What somebody does after a review."""

    class Meta:
        model = FollowUp
        fields = ("id", "review", "text", "owner", "due_on", "done_at", "done_by", *STAMPS)
        read_only_fields = ("done_at", "done_by", *STAMPS)


class FinishFollowUpSerializer(serializers.Serializer[Any]):
    done = serializers.BooleanField(default=True)


class ReviewDecisionSerializer(TenantSerializer):
    """A decision that a review lists."""

    class Meta:
        model = ReviewDecision
        fields = ("id", "review", "decision")


class TeamUpdateSerializer(TenantSerializer):
    """An update of one unit from `first` to `last`; without a text it is drafted."""

    text = serializers.CharField(required=False, max_length=LONGEST_NOTE)

    class Meta:
        model = TeamUpdate
        fields = (
            "id", "portfolio", "product", "team", "first", "last", "text", "author", "sent_at",
            "sent_to", *STAMPS,
        )  # fmt: skip
        read_only_fields = ("first", "last", "author", "sent_at", "sent_to", *STAMPS)
