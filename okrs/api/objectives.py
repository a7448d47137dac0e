"""Objectives: set, moved, judged, explained."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import expected_version
from accounts.permissions import Permission
from okrs.actions import objectives as actions
from okrs.api.base import ADD_AND_REMOVE, READ, WRITE, GoalResource, changed
from okrs.models import Objective, ObjectiveCoOwner, ObjectiveMove
from okrs.queries.explain import objective_at, read_moment
from okrs.queries.objectives import objectives_with_place, visible_objectives
from okrs.serializers.explanations import ObjectiveExplanationSerializer, explained_objective
from okrs.serializers.records import (
    CoOwnerSerializer,
    ObjectiveMoveSerializer,
    ObjectiveSerializer,
)
from okrs.serializers.requests import AssessmentSerializer, MoveObjectiveSerializer

PLACE = ("tier", "cycle", "portfolio", "product", "team")


class Objectives(GoalResource):
    """Qualitative goals of one tier, each owned by one unit or by the organisation."""

    model = Objective
    serializer_class = ObjectiveSerializer
    permissions = {
        **WRITE,
        "move": Permission.OKR_WRITE,
        "assess": Permission.OKR_WRITE,
        "explain": Permission.ORG_READ,
    }
    filters = {
        "cycle": "cycle_id",
        "tier": "tier_id",
        "portfolio": "portfolio_id",
        "product": "product_id",
        "team": "team_id",
        "theme": "theme_id",
        "owner": "owner_id",
        "state": "state",
    }
    bodies = {
        "move": (MoveObjectiveSerializer, ObjectiveSerializer),
        "assess": (AssessmentSerializer, ObjectiveSerializer),
        "explain": (None, ObjectiveExplanationSerializer),
    }
    query_parameters = {"explain": ("as_of", "known_at")}
    examples = {
        "create": {
            "title": "Shop owners get paid without thinking about it",
            "tier": "0197a000-0000-7000-8000-000000000001",
            "cycle": "0197a000-0000-7000-8000-000000000002",
            "product": "0197a000-0000-7000-8000-000000000003",
        },
        "partial_update": {"title": "Shop owners are paid the next morning"},
        "move": {"to": "proposed"},
        "assess": {"score": "0.60", "assessment": "Two of three markets; the third moved out."},
    }

    def visible(self) -> Any:
        return visible_objectives(self.access)

    def perform_create(self, data: dict[str, Any]) -> Objective:
        data.pop("reason", None)
        return actions.create_objective(self.access, **data)

    def perform_edit(self, row: Objective, data: dict[str, Any], version: int) -> Objective:
        changes = changed(row, data, never=PLACE)
        return actions.edit_objective(self.access, row, expected_version=version, **changes)

    def perform_archive(self, row: Objective, version: int | None) -> None:
        actions.archive_objective(self.access, row, expected_version=version)

    def move(self, request: Request, pk: UUID) -> Response:
        """Propose, accept, commit, decline, defer, withdraw, close: one step of its state."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(MoveObjectiveSerializer, request)
        actions.move_objective(self.access, row, expected_version=version, **body)
        return self.answer(pk)

    def assess(self, request: Request, pk: UUID) -> Response:
        """Judge it as a whole, beside the computed score."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(AssessmentSerializer, request)
        actions.assess_objective(self.access, row, expected_version=version, **body)
        return self.answer(pk)

    def explain(self, request: Request, pk: UUID) -> Response:
        """The score with its arithmetic, now or `as_of` a moment as `known_at` another."""
        self.get_row(pk)
        objective = objectives_with_place(self.access).get(pk=pk)
        moment = read_moment(
            request.query_params.get("as_of", ""),
            request.query_params.get("known_at", ""),
            self.access.organization.time_zone,
        )
        return Response(explained_objective(objective_at(objective, moment), moment))


class CoOwners(GoalResource):
    """Units that answer for an objective together with its owner."""

    model = ObjectiveCoOwner
    serializer_class = CoOwnerSerializer
    permissions = ADD_AND_REMOVE
    filters = {"objective": "objective_id"}
    objectives = ("objective",)
    examples = {
        "create": {
            "objective": "0197a000-0000-7000-8000-000000000001",
            "team": "0197a000-0000-7000-8000-000000000004",
        }
    }

    def perform_create(self, data: dict[str, Any]) -> ObjectiveCoOwner:
        return actions.add_co_owner(self.access, data.pop("objective"), **data)

    def perform_archive(self, row: ObjectiveCoOwner, version: int | None) -> None:
        actions.remove_co_owner(self.access, row)


class ObjectiveMoves(GoalResource):
    """The history of states, with reasons."""

    model = ObjectiveMove
    serializer_class = ObjectiveMoveSerializer
    permissions = READ
    filters = {"objective": "objective_id"}
    objectives = ("objective",)
