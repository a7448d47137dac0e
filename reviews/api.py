"""Planning over the API."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, TenantSerializer, expected_version
from accounts.permissions import Permission
from okrs.api.base import READ, GoalResource, changed
from reviews.actions import counters, rounds
from reviews.choices import TermField
from reviews.models import (
    CounteredTerm,
    CounterProposal,
    PlanningRound,
    RoundConstraint,
    RoundMove,
)
from reviews.queries.rounds import visible_rounds
from reviews.serializers import (
    AnswerCounterSerializer,
    CounteredTermSerializer,
    CounterProposalSerializer,
    MoveRoundSerializer,
    NewCounterProposalSerializer,
    PlanningRoundSerializer,
    RoundConstraintSerializer,
    RoundConstraintWithMoneySerializer,
    RoundMoveSerializer,
)

ID = "0197a000-0000-7000-8000-00000000000{}"
DECIDE = Permission.OKR_DECIDE
RUN = {**READ, **dict.fromkeys(("create", "partial_update", "destroy"), DECIDE)}


class PlanningRounds(Resource):
    """Planning rounds: which portfolio plans which cycle, and how far it has come."""

    model = PlanningRound
    serializer_class = PlanningRoundSerializer
    permissions = {**RUN, "move": DECIDE}
    filters = {"portfolio": "portfolio_id", "cycle": "cycle_id", "step": "step"}
    bodies = {"move": (MoveRoundSerializer, PlanningRoundSerializer)}
    examples = {
        "create": {
            "portfolio": ID.format(1),
            "cycle": ID.format(2),
            "note": "Fewer things, finished.",
            "themes_by": "2026-11-27",
            "goals_by": "2026-12-04",
            "proposals_by": "2026-12-18",
            "negotiation_by": "2026-12-28",
            "commitment_by": "2026-12-31",
        },
        "partial_update": {"proposals_by": "2026-12-21"},
        "move": {"to": "goals"},
    }

    def visible(self) -> Any:
        return visible_rounds(self.access)

    def perform_create(self, data: dict[str, Any]) -> PlanningRound:
        return rounds.open_round(self.access, **data)

    def perform_edit(self, row: PlanningRound, data: dict[str, Any], version: int) -> PlanningRound:
        changes = changed(row, data, never=("portfolio", "cycle"))
        return rounds.edit_round(self.access, row, expected_version=version, **changes)

    def perform_archive(self, row: PlanningRound, version: int | None) -> None:
        rounds.archive_round(self.access, row, expected_version=version)

    def move(self, request: Request, pk: UUID) -> Response:
        """One step on, or one step back with a reason."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(MoveRoundSerializer, request)
        rounds.move_round(self.access, row, expected_version=version, **body)
        return self.answer(pk)


class RoundMoves(Resource):
    """The history of a round."""

    model = RoundMove
    serializer_class = RoundMoveSerializer
    permissions = READ
    filters = {"round": "round_id"}

    def visible(self) -> Any:
        return RoundMove.objects.filter(round__in=visible_rounds(self.access))


class RoundConstraints(Resource):
    """What leadership holds fixed in a round."""

    model = RoundConstraint
    serializer_class = RoundConstraintSerializer
    permissions = RUN
    filters = {"round": "round_id", "kind": "kind", "product": "product_id"}
    bodies = {
        "create": (RoundConstraintWithMoneySerializer, RoundConstraintWithMoneySerializer),
        "partial_update": (RoundConstraintWithMoneySerializer, RoundConstraintWithMoneySerializer),
        "retrieve": (None, RoundConstraintWithMoneySerializer),
    }
    examples = {
        "create": {
            "round": ID.format(1),
            "kind": "people",
            "text": "The platform team keeps a fifth of its time for repairs.",
            "people_weeks": "42.0",
        },
        "partial_update": {"people_weeks": "40.0"},
    }

    def visible(self) -> Any:
        return RoundConstraint.objects.filter(round__in=visible_rounds(self.access))

    def get_serializer_class(self) -> type[TenantSerializer]:
        sees_money = self.access.allows(Permission.MONEY_READ)
        return RoundConstraintWithMoneySerializer if sees_money else RoundConstraintSerializer

    def perform_create(self, data: dict[str, Any]) -> RoundConstraint:
        return rounds.add_constraint(self.access, data.pop("round"), **data)

    def perform_edit(
        self, row: RoundConstraint, data: dict[str, Any], version: int
    ) -> RoundConstraint:
        changes = changed(row, data, never=("round",))
        return rounds.edit_constraint(self.access, row, expected_version=version, **changes)

    def perform_archive(self, row: RoundConstraint, version: int | None) -> None:
        rounds.archive_constraint(self.access, row, expected_version=version)


class CounterProposals(GoalResource):
    """Other terms that the side above asks for, and the answers."""

    model = CounterProposal
    serializer_class = CounterProposalSerializer
    permissions = {**READ, "create": DECIDE, "answer_to": Permission.OKR_WRITE, "withdraw": DECIDE}
    filters = {"objective": "objective_id", "state": "state"}
    objectives = ("objective",)
    bodies = {
        "create": (NewCounterProposalSerializer, CounterProposalSerializer),
        "answer_to": (AnswerCounterSerializer, CounterProposalSerializer),
        "withdraw": (None, CounterProposalSerializer),
    }
    examples = {
        "create": {
            "objective": ID.format(1),
            "note": "The theme needs twice of this.",
            "terms": [{"key_result": ID.format(2), "field": "target", "new": "80"}],
        },
        "answer_to": {"accept": True},
    }

    def perform_create(self, data: dict[str, Any]) -> CounterProposal:
        wanted = data.pop("terms", [])
        terms = [
            counters.Term(
                TermField(term["field"]),
                counters.from_text(term["field"], term["new"]),
                term.get("key_result"),
            )
            for term in wanted
        ]
        objective = data.pop("objective")
        return counters.counter_proposal(self.access, objective, terms=terms, **data)

    def answer_to(self, request: Request, pk: UUID) -> Response:
        """Take the terms over, or decline them with a reason."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(AnswerCounterSerializer, request)
        act = counters.accept_counter if body["accept"] else counters.decline_counter
        act(self.access, row, answer=body["answer"], expected_version=version)
        return self.answer(pk)

    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take the counter-proposal back before it is answered."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        counters.withdraw_counter(self.access, row, expected_version=version)
        return self.answer(pk)


class CounteredTerms(GoalResource):
    """The changed terms of counter-proposals: old and new."""

    model = CounteredTerm
    serializer_class = CounteredTermSerializer
    permissions = READ
    filters = {"counter": "counter_id", "key_result": "key_result_id"}
    objectives = ("counter__objective",)
