"""Records of governance as the API gives and takes them."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from accounts.models import Member
from governance.choices import Assessment, Impact, Likelihood, RiskState
from governance.models import Comment, Decision, Risk, RiskMove, Signal
from governance.models.comments import LONGEST_COMMENT
from okrs.models import Commitment, Dependency, Initiative, KeyResult, Objective
from portfolio.models import Portfolio, Product


def many(model: type[Any], words: str) -> Any:
    """Ids of rows that a record names; in answers they come from an annotation of that name."""
    return serializers.PrimaryKeyRelatedField(
        many=True, queryset=model.objects, required=False, help_text=words
    )


class CommentSerializer(TenantSerializer):
    """Words about one record, named by one of the keys. `@` and a name or address mentions.

    Answers name their first comment as `parent`. A deleted comment has no words left.
    """

    text = serializers.CharField(max_length=LONGEST_COMMENT)

    class Meta:
        model = Comment
        fields = (
            "id",
            "portfolio",
            "product",
            "objective",
            "key_result",
            "initiative",
            "dependency",
            "commitment",
            "decision",
            "parent",
            "text",
            "author",
            "created_at",
            "edited_at",
            "archived_at",
            "version",
        )
        read_only_fields = ("author", "edited_at", "archived_at", "version")


class DecisionSerializer(TenantSerializer):
    """A decision and what it touches. A new one is proposed unless `decided_on` is given."""

    portfolios = many(Portfolio, "Portfolios that it touches.")
    products = many(Product, "Products that it touches.")
    objectives = many(Objective, "Objectives that it touches.")
    key_results = many(KeyResult, "Key results that it touches.")
    initiatives = many(Initiative, "Initiatives that it touches.")
    dependencies = many(Dependency, "Dependencies that it touches.")
    commitments = many(Commitment, "Commitments that it touches.")

    class Meta:
        model = Decision
        fields = (
            "id",
            "title",
            "kind",
            "state",
            "context",
            "options",
            "outcome",
            "consequences",
            "proposed_by",
            "decided_on",
            "decided_by",
            "supersedes",
            "review_on",
            "follow_up",
            "portfolios",
            "products",
            "objectives",
            "key_results",
            "initiatives",
            "dependencies",
            "commitments",
            "archived_at",
            "version",
        )
        read_only_fields = ("state", "proposed_by", "archived_at", "version")


class DecideSerializer(serializers.Serializer[Decision]):
    """How a proposal is decided; what is left out is as proposed, today and by you."""

    outcome = serializers.CharField(required=False)
    decided_on = serializers.DateField(required=False)
    decided_by = serializers.PrimaryKeyRelatedField(queryset=Member.objects, required=False)


class RiskSerializer(TenantSerializer):
    """A risk of one portfolio, product or objective; `exposure` is likelihood times impact."""

    likelihood = serializers.ChoiceField(choices=Likelihood.choices)
    impact = serializers.ChoiceField(choices=Impact.choices)
    exposure = serializers.IntegerField(read_only=True, min_value=1, max_value=25)

    class Meta:
        model = Risk
        fields = (
            "id",
            "title",
            "description",
            "portfolio",
            "product",
            "objective",
            "likelihood",
            "impact",
            "exposure",
            "owner",
            "response",
            "response_text",
            "due_on",
            "state",
            "archived_at",
            "version",
        )
        read_only_fields = ("state", "archived_at", "version")
        extra_kwargs: ClassVar = {"owner": {"required": False}}


class MoveRiskSerializer(serializers.Serializer[Risk]):
    to = serializers.ChoiceField(choices=RiskState.choices)
    reason = serializers.CharField()


class RiskMoveSerializer(TenantSerializer):
    """A step of a risk, with how it was judged then."""

    class Meta:
        model = RiskMove
        fields = (
            "id",
            "risk",
            "from_state",
            "to_state",
            "likelihood",
            "impact",
            "reason",
            "actor",
            "at",
        )
        read_only_fields = fields


class SignalSerializer(TenantSerializer):
    """Something that happened outside, and whom of us it concerns."""

    portfolios = many(Portfolio, "Portfolios that it is about.")
    products = many(Product, "Products that it is about.")
    objectives = many(Objective, "Objectives that it affects.")

    class Meta:
        model = Signal
        fields = (
            "id",
            "title",
            "kind",
            "happened_on",
            "description",
            "source",
            "source_url",
            "filed_by",
            "assessment",
            "assessed_by",
            "assessed_at",
            "assessment_note",
            "portfolios",
            "products",
            "objectives",
            "archived_at",
            "version",
        )
        read_only_fields = (
            "filed_by",
            "assessment",
            "assessed_by",
            "assessed_at",
            "assessment_note",
            "archived_at",
            "version",
        )


class AssessSerializer(serializers.Serializer[Signal]):
    assessment = serializers.ChoiceField(choices=Assessment.choices)
    note = serializers.CharField(required=False, allow_blank=True, default="")
