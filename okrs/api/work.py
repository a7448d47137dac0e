"""Initiatives, dependencies and commitments."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, TenantSerializer, expected_version
from accounts.permissions import Permission
from okrs.actions import commitments, dependencies, initiatives
from okrs.api.base import ADD_AND_REMOVE, READ, WRITE, GoalResource, changed
from okrs.models import (
    Commitment,
    CommitmentMove,
    CommittedTeam,
    Dependency,
    DependencyMove,
    Initiative,
    InitiativeKeyResult,
)
from okrs.serializers.records import (
    CommitmentMoveSerializer,
    CommitmentSerializer,
    CommitmentWithMoneySerializer,
    CommittedTeamSerializer,
    DependencyMoveSerializer,
    DependencySerializer,
    InitiativeKeyResultSerializer,
    InitiativeSerializer,
)
from okrs.serializers.requests import MoveCommitmentSerializer, MoveDependencySerializer

ID = "0197a000-0000-7000-8000-00000000000{}"
DECIDE = dict.fromkeys(("create", "partial_update"), Permission.OKR_DECIDE)


class Initiatives(Resource):
    """The work that is meant to move key results."""

    model = Initiative
    serializer_class = InitiativeSerializer
    permissions = WRITE
    filters = {"product": "product_id", "team": "team_id", "state": "state"}
    examples = {
        "create": {
            "title": "One-page onboarding",
            "product": ID.format(3),
            "ends_on": "2026-12-18",
        },
        "partial_update": {"state": "in-progress"},
    }

    def visible(self) -> Any:
        hidden = self.access.units.hidden
        rows = Initiative.objects.all()
        return rows.exclude(product_id__in=hidden) if hidden else rows

    def perform_create(self, data: dict[str, Any]) -> Initiative:
        return initiatives.create_initiative(self.access, **data)

    def perform_edit(self, row: Initiative, data: dict[str, Any], version: int) -> Initiative:
        return initiatives.edit_initiative(self.access, row, expected_version=version, **data)

    def perform_archive(self, row: Initiative, version: int | None) -> None:
        initiatives.archive_initiative(self.access, row, expected_version=version)


class InitiativeKeyResults(GoalResource):
    """Which initiative drives which key result."""

    model = InitiativeKeyResult
    serializer_class = InitiativeKeyResultSerializer
    permissions = ADD_AND_REMOVE
    filters = {"initiative": "initiative_id", "key_result": "key_result_id"}
    key_results = ("key_result",)
    examples = {"create": {"initiative": ID.format(7), "key_result": ID.format(1)}}

    def perform_create(self, data: dict[str, Any]) -> InitiativeKeyResult:
        return initiatives.drive_key_result(
            self.access, data.pop("initiative"), data.pop("key_result"), **data
        )

    def perform_archive(self, row: InitiativeKeyResult, version: int | None) -> None:
        initiatives.stop_driving(self.access, row)


class Dependencies(Resource):
    """Promises between units: who waits for what, from whom, by when."""

    model = Dependency
    serializer_class = DependencySerializer
    permissions = {
        **READ,
        "create": Permission.OKR_WRITE,
        "partial_update": Permission.OKR_WRITE,
        "move": Permission.OKR_WRITE,
    }
    filters = {
        "state": "state",
        "needer_key_result": "needer_key_result_id",
        "needer_initiative": "needer_initiative_id",
        "provider_product": "provider_product_id",
        "provider_team": "provider_team_id",
    }
    bodies = {"move": (MoveDependencySerializer, DependencySerializer)}
    examples = {
        "create": {
            "title": "Payout API with daily settlement",
            "needer_key_result": ID.format(1),
            "provider_team": ID.format(4),
            "needed_by": "2026-12-01",
            "criticality": "0.8",
        },
        "partial_update": {"needed_by": "2026-12-08"},
        "move": {"to": "accepted", "promised_by": "2026-12-05"},
    }

    def visible(self) -> Any:
        rows, hidden = Dependency.objects.all(), self.access.units.hidden
        if hidden:
            rows = rows.exclude(provider_product_id__in=hidden).exclude(provider_team_id__in=hidden)
        return rows

    def perform_create(self, data: dict[str, Any]) -> Dependency:
        return dependencies.ask_dependency(self.access, **data)

    def perform_edit(self, row: Dependency, data: dict[str, Any], version: int) -> Dependency:
        never = ("needer_key_result", "needer_initiative", "provider_product", "provider_team")
        changes = changed(row, data, never=never)
        return dependencies.edit_dependency(self.access, row, expected_version=version, **changes)

    def move(self, request: Request, pk: UUID) -> Response:
        """Accept, counter, decline, deliver, break or withdraw."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(MoveDependencySerializer, request)
        dependencies.move_dependency(self.access, row, expected_version=version, **body)
        return self.answer(pk)


class DependencyMoves(Resource):
    """The history of a promise."""

    model = DependencyMove
    serializer_class = DependencyMoveSerializer
    permissions = READ
    filters = {"dependency": "dependency_id"}


class Commitments(GoalResource):
    """What objectives are backed by. Money is shown and taken with the money grant only."""

    model = Commitment
    serializer_class = CommitmentSerializer
    permissions = {**READ, **DECIDE, "move": Permission.OKR_DECIDE}
    filters = {"objective": "objective_id", "state": "state"}
    objectives = ("objective",)
    bodies = {
        "create": (CommitmentWithMoneySerializer, CommitmentWithMoneySerializer),
        "partial_update": (CommitmentWithMoneySerializer, CommitmentWithMoneySerializer),
        "retrieve": (None, CommitmentWithMoneySerializer),
        "move": (MoveCommitmentSerializer, CommitmentSerializer),
    }
    examples = {
        "create": {"objective": ID.format(6), "trade_off": "The loyalty pilot waits a quarter."},
        "partial_update": {"trade_off": "The loyalty pilot waits until spring."},
        "move": {"to": "conditional", "condition": "If Platform gives two engineers by week 3"},
    }

    def get_serializer_class(self) -> type[TenantSerializer]:
        sees_money = self.access.allows(Permission.MONEY_READ)
        return CommitmentWithMoneySerializer if sees_money else CommitmentSerializer

    def perform_create(self, data: dict[str, Any]) -> Commitment:
        return commitments.create_commitment(self.access, data.pop("objective"), **data)

    def perform_edit(self, row: Commitment, data: dict[str, Any], version: int) -> Commitment:
        changes = changed(row, data, never=("objective",))
        return commitments.edit_commitment(self.access, row, expected_version=version, **changes)

    def move(self, request: Request, pk: UUID) -> Response:
        """Let it stand, make it conditional, or release it."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(MoveCommitmentSerializer, request)
        commitments.move_commitment(self.access, row, expected_version=version, **body)
        return self.answer(pk)


class CommitmentMoves(GoalResource):
    """The history of a commitment; a step without an actor followed from a dependency."""

    model = CommitmentMove
    serializer_class = CommitmentMoveSerializer
    permissions = READ
    filters = {"commitment": "commitment_id"}
    objectives = ("commitment__objective",)


class CommittedTeams(GoalResource):
    """People-weeks of teams in commitments."""

    model = CommittedTeam
    serializer_class = CommittedTeamSerializer
    permissions = {**READ, **DECIDE, "destroy": Permission.OKR_DECIDE}
    filters = {"commitment": "commitment_id", "team": "team_id"}
    objectives = ("commitment__objective",)
    examples = {
        "create": {"commitment": ID.format(8), "team": ID.format(4), "people_weeks": "12"},
        "partial_update": {"people_weeks": "10"},
    }

    def perform_create(self, data: dict[str, Any]) -> CommittedTeam:
        return commitments.commit_team(self.access, data.pop("commitment"), **data)

    def perform_edit(self, row: CommittedTeam, data: dict[str, Any], version: int) -> CommittedTeam:
        changes = changed(row, data, never=("commitment", "team"))
        return commitments.edit_committed_team(
            self.access, row, expected_version=version, **changes
        )

    def perform_archive(self, row: CommittedTeam, version: int | None) -> None:
        commitments.remove_committed_team(self.access, row)
