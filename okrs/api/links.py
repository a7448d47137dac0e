"""Alignment: links that one side asks for and the other answers."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import expected_version
from accounts.permissions import Permission
from okrs.actions import alignments as actions
from okrs.api.base import READ, GoalResource
from okrs.models import Contribution, LinkMove, ObjectiveAlignment, ObjectiveSupport
from okrs.queries.links import alignments_of, contributions_of, supports_of
from okrs.serializers.records import (
    AlignmentSerializer,
    ContributionSerializer,
    LinkMoveSerializer,
    SupportSerializer,
)
from okrs.serializers.requests import (
    AnswerAlignmentSerializer,
    AnswerContributionSerializer,
    AnswerSupportSerializer,
)

BELOW, ABOVE = "0197a000-0000-7000-8000-000000000001", "0197a000-0000-7000-8000-000000000002"


class NegotiatedResource(GoalResource):
    """Propose a link by POST; answer it by POST to `answer/`. `turn` is the side to agree."""

    permissions = {**READ, "create": Permission.OKR_WRITE, "answer_link": Permission.OKR_WRITE}
    answer_serializer: ClassVar[type[Any]]

    def answer_link(self, request: Request, pk: UUID) -> Response:
        """Agree, counter with other terms, decline, withdraw, or propose again."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(self.answer_serializer, request)
        actions.answer_link(self.access, row, expected_version=version, **body)
        return self.answer(pk)


class Alignments(NegotiatedResource):
    """An objective serves an objective above it, in the same cycle."""

    model = ObjectiveAlignment
    serializer_class = AlignmentSerializer
    answer_serializer = AnswerAlignmentSerializer
    bodies = {"answer_link": (AnswerAlignmentSerializer, AlignmentSerializer)}
    filters = {"child": "child_id", "parent": "parent_id", "state": "state"}
    objectives = ("child", "parent")
    examples = {
        "create": {"child": BELOW, "parent": ABOVE, "weight": "2"},
        "answer_link": {"to": "countered", "weight": "1", "note": "Half of it is ours."},
    }

    def perform_create(self, data: dict[str, Any]) -> ObjectiveAlignment:
        return actions.propose_alignment(self.access, **data)


class Supports(NegotiatedResource):
    """An objective supports a key result above it; shown, never counted."""

    model = ObjectiveSupport
    serializer_class = SupportSerializer
    answer_serializer = AnswerSupportSerializer
    bodies = {"answer_link": (AnswerSupportSerializer, SupportSerializer)}
    filters = {"child": "child_id", "key_result": "key_result_id", "state": "state"}
    objectives = ("child",)
    key_results = ("key_result",)
    examples = {"create": {"child": BELOW, "key_result": ABOVE}, "answer_link": {"to": "agreed"}}

    def perform_create(self, data: dict[str, Any]) -> ObjectiveSupport:
        return actions.propose_support(self.access, **data)


class Contributions(NegotiatedResource):
    """A key result adds an amount to another, in the unit of the one above."""

    model = Contribution
    serializer_class = ContributionSerializer
    answer_serializer = AnswerContributionSerializer
    bodies = {"answer_link": (AnswerContributionSerializer, ContributionSerializer)}
    filters = {"child": "child_id", "parent": "parent_id", "state": "state"}
    key_results = ("child", "parent")
    examples = {
        "create": {"child": BELOW, "parent": ABOVE, "amount": "4"},
        "answer_link": {"to": "countered", "amount": "3", "note": "One is ours already."},
    }

    def perform_create(self, data: dict[str, Any]) -> Contribution:
        return actions.propose_contribution(self.access, **data)


class LinkMoves(GoalResource):
    """The steps of a negotiation, each with the terms then on the table."""

    model = LinkMove
    serializer_class = LinkMoveSerializer
    permissions = READ
    filters = {
        "alignment": "alignment_id",
        "support": "support_id",
        "contribution": "contribution_id",
    }

    def visible(self) -> Any:
        """Those of links whose both sides are visible."""
        rows = LinkMove.objects.all()
        if self.access.units.hidden:
            rows = rows.filter(
                Q(alignment__in=alignments_of(self.access).values("id"))
                | Q(support__in=supports_of(self.access).values("id"))
                | Q(contribution__in=contributions_of(self.access).values("id"))
            )
        return rows
