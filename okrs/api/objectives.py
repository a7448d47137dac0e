"""Objectives: set, moved, judged, explained."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from accounts.api_base import expected_version
from accounts.permissions import Permission
from okrs.actions import closing, starting
from okrs.actions import objectives as actions
from okrs.actions.starting import Start
from okrs.api.base import ADD_AND_REMOVE, MOMENT, READ, WRITE, GoalResource, changed, moment_in
from okrs.api.writing import (
    WrittenResource,
    advice_on_objective_draft,
    advice_on_stored_objective,
)
from okrs.choices import TierKind
from okrs.models import Objective, ObjectiveCoOwner, ObjectiveMove, Tier
from okrs.queries.explain import objective_now
from okrs.queries.objectives import objectives_with_place, visible_objectives
from okrs.queries.replay import objective_at
from okrs.queries.starting import results_to_continue
from okrs.queries.writing import Advice
from okrs.serializers.explanations import ObjectiveExplanationSerializer, explained_objective
from okrs.serializers.records import (
    CoOwnerSerializer,
    ObjectiveMoveSerializer,
    ObjectiveSerializer,
)
from okrs.serializers.requests import (
    AssessmentSerializer,
    MoveObjectiveSerializer,
    ObjectiveCorrectionSerializer,
)
from okrs.serializers.templates import CarryOverSerializer
from okrs.serializers.writing import (
    AdviceSerializer,
    ObjectiveDraftSerializer,
    WrittenObjectiveSerializer,
    told_advice,
)

PLACE = ("tier", "cycle", "portfolio", "product", "team")


class Objectives(WrittenResource):
    """Qualitative goals of one tier, each owned by one unit or by the organisation."""

    model = Objective
    serializer_class = ObjectiveSerializer
    permissions = {
        **WRITE,
        "move": Permission.OKR_WRITE,
        "assess": Permission.OKR_WRITE,
        "correct": Permission.CYCLE_MANAGE,
        "explain": Permission.ORG_READ,
        "check": Permission.OKR_WRITE,
        "carry_over": Permission.OKR_WRITE,
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
        "create": (ObjectiveSerializer, WrittenObjectiveSerializer),
        "partial_update": (ObjectiveSerializer, WrittenObjectiveSerializer),
        "check": (ObjectiveDraftSerializer, AdviceSerializer),
        "carry_over": (CarryOverSerializer, WrittenObjectiveSerializer),
        "move": (MoveObjectiveSerializer, ObjectiveSerializer),
        "assess": (AssessmentSerializer, ObjectiveSerializer),
        "correct": (ObjectiveCorrectionSerializer, ObjectiveSerializer),
        "explain": (None, ObjectiveExplanationSerializer),
    }
    query_parameters = {"explain": MOMENT}
    # Neither changes the record that it is asked of.
    unguarded = ("check", "carry_over")
    examples = {
        "check": {
            "title": "Improve quality",
            "cycle": "0197a000-0000-7000-8000-000000000002",
            "product": "0197a000-0000-7000-8000-000000000003",
        },
        "carry_over": {
            "cycle": "0197a000-0000-7000-8000-000000000002",
            "key_results": [{"key_result": "0197a000-0000-7000-8000-000000000005", "target": "25"}],
        },
        "create": {
            "title": "Shop owners get paid without thinking about it",
            "tier": "0197a000-0000-7000-8000-000000000001",
            "cycle": "0197a000-0000-7000-8000-000000000002",
            "product": "0197a000-0000-7000-8000-000000000003",
        },
        "partial_update": {"title": "Shop owners are paid the next morning"},
        "move": {"to": "proposed"},
        "correct": {"assessed_score": "0.50", "reason": "The audit of March counts as well."},
        "assess": {"score": "0.60", "assessment": "Two of three markets; the third moved out."},
    }

    def visible(self) -> Any:
        return visible_objectives(self.access)

    def advice(self, pk: UUID) -> Advice:
        return advice_on_stored_objective(self.access, pk)

    def check(self, request: Request) -> Response:
        """Have a draft read over: nothing is stored, and nothing is refused for its words."""
        draft = self.checked(ObjectiveDraftSerializer, request)
        return Response(told_advice(advice_on_objective_draft(self.access, draft)))

    def carry_over(self, request: Request, pk: UUID) -> Response:
        """Go on with it in another cycle, from its end values: what was deferred as well."""
        self.get_row(pk)
        earlier = objectives_with_place(self.access).get(pk=pk)
        body = self.checked(CarryOverSerializer, request)
        results = carried(earlier, body.pop("key_results", None))
        fields = {**carried_fields(self.access, earlier), **body}
        made = starting.continue_objective(self.access, earlier, results=results, **fields)
        return answer_with_objective(self.access, made)

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

    def correct(self, request: Request, pk: UUID) -> Response:
        """Correct the assessment after the cycle was closed; a revision keeps both."""
        row = self.get_row(pk)
        expected_version(request, row)
        body = self.checked(ObjectiveCorrectionSerializer, request)
        closing.correct_objective(self.access, row, **body)
        return self.answer(pk)

    def explain(self, request: Request, pk: UUID) -> Response:
        """The score with its arithmetic, now or `as_of` a moment as `known_at` another."""
        self.get_row(pk)
        objective = objectives_with_place(self.access).get(pk=pk)
        moment = moment_in(request, self.access)
        then = objective_at(objective, moment) if moment.is_past else objective_now(objective)
        return Response(explained_objective(then, moment))


def answer_with_objective(access: Access, made: Objective) -> Response:
    """A new objective as its own resource shows it, with advice."""
    resource = Objectives()
    resource.access = access
    return resource.with_advice(resource.answer(made.pk))


def tier_of(place: dict[str, Any]) -> Tier:
    """The tier of whoever owns a new objective. 422 when the organisation has none of it."""
    kinds = [kind for kind in ("portfolio", "product", "team") if place.get(kind)]
    kind = TierKind(kinds[0]) if kinds else TierKind.ORGANIZATION
    tier = Tier.objects.filter(kind=kind, archived_at=None).first()
    if tier is None:
        raise ValidationError({"tier": f"There is no tier for: {kind.label.lower()}."})
    return tier


def carried_fields(access: Access, earlier: Objective) -> dict[str, Any]:
    """What a continuation keeps of the objective itself."""
    kept = ("title", "description", "tier", "portfolio", "product", "team", "roll_up")
    owner = access.member if earlier.owner.left_at else earlier.owner
    return {**{name: getattr(earlier, name) for name in kept}, "owner": owner}


def carried(earlier: Objective, given: list[Any] | None) -> list[Start]:
    """The key results to go on with; all of them when none is named."""
    own = {row.pk: row for row in results_to_continue(earlier)}
    if given is None:
        return [Start(row) for row in own.values()]
    starts = []
    for place, changes in enumerate(map(dict, given)):
        source = own.get(changes.pop("key_result").pk)
        if source is None:
            message = "This is no key result of the objective."
            raise ValidationError({f"key_results.{place}.key_result": message})
        starts.append(Start(source, changes))
    return starts


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
