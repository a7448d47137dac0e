"""Templates of objectives, and what was deferred."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource
from accounts.permissions import Permission
from okrs.actions import starting
from okrs.actions import templates as actions
from okrs.actions.starting import Start
from okrs.api.base import READ, GoalResource, changed
from okrs.api.objectives import answer_with_objective, tier_of
from okrs.models import KeyResultPattern, Objective, ObjectiveTemplate
from okrs.queries.starting import deferred_objectives
from okrs.serializers.templates import (
    DeferredSerializer,
    PatternSerializer,
    StartFromTemplateSerializer,
    TemplateSerializer,
)
from okrs.serializers.writing import WrittenObjectiveSerializer

TEMPLATE = "0197a000-0000-7000-8000-000000000001"
MANAGED = {
    **READ,
    "create": Permission.CYCLE_MANAGE,
    "partial_update": Permission.CYCLE_MANAGE,
    "destroy": Permission.CYCLE_MANAGE,
}


class ObjectiveTemplates(Resource):
    """Objectives to start from: their words, with key results that lack their numbers."""

    model = ObjectiveTemplate
    serializer_class = TemplateSerializer
    permissions = {**MANAGED, "start": Permission.OKR_WRITE}
    filters = {"tier_kind": "tier_kind"}
    bodies = {"start": (StartFromTemplateSerializer, WrittenObjectiveSerializer)}
    unguarded = ("start",)
    examples = {
        "create": {
            "name": "Lead a market",
            "title": "Customers in our market choose us first",
            "tier_kind": "product",
        },
        "partial_update": {"description": "For a product that has found its market."},
        "start": {
            "cycle": "0197a000-0000-7000-8000-000000000002",
            "product": "0197a000-0000-7000-8000-000000000003",
            "key_results": [
                {
                    "pattern": "0197a000-0000-7000-8000-000000000004",
                    "baseline": "18",
                    "target": "25",
                }
            ],
        },
    }

    def perform_create(self, data: dict[str, Any]) -> ObjectiveTemplate:
        return actions.create_template(self.access, **data)

    def perform_edit(
        self, row: ObjectiveTemplate, data: dict[str, Any], version: int
    ) -> ObjectiveTemplate:
        return actions.edit_template(self.access, row, expected_version=version, **data)

    def perform_archive(self, row: ObjectiveTemplate, version: int | None) -> None:
        actions.archive_template(self.access, row, expected_version=version)

    def start(self, request: Request, pk: UUID) -> Response:
        """Begin an objective with it: a draft with the key results that are named."""
        template = self.get_row(pk)
        body = self.checked(StartFromTemplateSerializer, request)
        results = [
            Start(given.pop("pattern"), given) for given in map(dict, body.pop("key_results"))
        ]
        fields = {"title": template.title, **body, "tier": tier_of(body)}
        made = starting.start_from_template(self.access, results=results, **fields)
        return answer_with_objective(self.access, made)


class KeyResultPatterns(Resource):
    """Key results of templates."""

    model = KeyResultPattern
    serializer_class = PatternSerializer
    permissions = MANAGED
    filters = {"template": "template_id"}
    examples = {
        "create": {
            "template": TEMPLATE,
            "title": "Customers who use two products or more",
            "unit": "0197a000-0000-7000-8000-000000000005",
            "advice": "Active in both within the last 30 days.",
        },
        "partial_update": {"shape": "at-least", "target": "60"},
    }

    def perform_create(self, data: dict[str, Any]) -> KeyResultPattern:
        return actions.add_pattern(self.access, data.pop("template"), **data)

    def perform_edit(
        self, row: KeyResultPattern, data: dict[str, Any], version: int
    ) -> KeyResultPattern:
        changes = changed(row, data, never=("template",))
        return actions.edit_pattern(self.access, row, expected_version=version, **changes)

    def perform_archive(self, row: KeyResultPattern, version: int | None) -> None:
        actions.archive_pattern(self.access, row, expected_version=version)


class DeferredObjectives(GoalResource):
    """Objectives that were put off, with the reason: where the next round starts from.

    `objectives/{id}/carry-over/` proposes one again.
    """

    model = Objective
    serializer_class = DeferredSerializer
    permissions = READ
    filters = {
        "cycle": "cycle_id",
        "portfolio": "steered_by",
        "product": "product_id",
        "team": "team_id",
    }

    def visible(self) -> Any:
        return deferred_objectives(self.access)
