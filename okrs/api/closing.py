"""Closed cycles: what each revision fixed."""

from typing import Any

from django.db.models import QuerySet

from accounts.api_base import Resource
from accounts.permissions import Permission
from okrs.actions import learning
from okrs.api.base import READ, GoalResource, changed
from okrs.models import (
    ClosedKeyResult,
    ClosedObjective,
    ClosedUnit,
    ClosingRevision,
    ObjectiveRetrospective,
    PortfolioRetrospective,
)
from okrs.serializers.closing import (
    ClosedKeyResultSerializer,
    ClosedObjectiveSerializer,
    ClosedUnitSerializer,
    ClosingRevisionSerializer,
    ObjectiveRetrospectiveSerializer,
    PortfolioRetrospectiveSerializer,
)

OBJECTIVE = "0197a000-0000-7000-8000-000000000001"
PORTFOLIO = "0197a000-0000-7000-8000-000000000002"
UNITS = ("portfolio", "product", "team")


class ClosingRevisions(Resource):
    """Closes (number 0) and late corrections, each with who, when and why."""

    model = ClosingRevision
    serializer_class = ClosingRevisionSerializer
    permissions = READ
    filters = {
        "cycle": "cycle_id",
        "key_result": "key_result_id",
        "objective": "objective_id",
    }

    def visible(self) -> QuerySet[Any]:
        rows = ClosingRevision.objects.all()
        hidden = self.access.units.hidden
        for unit in UNITS if hidden else ():
            for owner in ("objective", "key_result__objective"):
                rows = rows.exclude(**{f"{owner}__{unit}_id__in": hidden})
        return rows


class ClosedKeyResults(GoalResource):
    """Key results as a revision fixed them; the latest revision counts."""

    model = ClosedKeyResult
    serializer_class = ClosedKeyResultSerializer
    permissions = READ
    filters = {
        "revision": "revision_id",
        "cycle": "revision__cycle_id",
        "key_result": "key_result_id",
    }
    key_results = ("key_result",)


class ClosedObjectives(GoalResource):
    """Objectives as a revision fixed them; the latest revision counts."""

    model = ClosedObjective
    serializer_class = ClosedObjectiveSerializer
    permissions = READ
    filters = {
        "revision": "revision_id",
        "cycle": "revision__cycle_id",
        "objective": "objective_id",
    }
    objectives = ("objective",)


class ClosedUnits(Resource):
    """Portfolios, products and teams as a revision fixed them; the latest revision counts."""

    model = ClosedUnit
    serializer_class = ClosedUnitSerializer
    permissions = READ
    filters = {
        "revision": "revision_id",
        "cycle": "revision__cycle_id",
        "portfolio": "portfolio_id",
        "product": "product_id",
        "team": "team_id",
    }

    def visible(self) -> QuerySet[Any]:
        rows = ClosedUnit.objects.all()
        for unit in UNITS if self.access.units.hidden else ():
            rows = rows.exclude(**{f"{unit}_id__in": self.access.units.hidden})
        return rows


class ObjectiveRetrospectives(GoalResource):
    """What an objective taught, and what becomes of it; one an objective."""

    model = ObjectiveRetrospective
    serializer_class = ObjectiveRetrospectiveSerializer
    permissions = {
        **READ,
        "create": Permission.OKR_WRITE,
        "partial_update": Permission.OKR_WRITE,
    }
    filters = {
        "objective": "objective_id",
        "cycle": "objective__cycle_id",
        "outcome": "outcome",
    }
    objectives = ("objective",)
    examples = {
        "create": {
            "objective": OBJECTIVE,
            "drivers": "The second market opened a month late.",
            "change": "Ask the lawyers before the quarter starts.",
            "outcome": "carry-over",
        },
        "partial_update": {"outcome": "drop", "reason": "The market is served by a partner."},
    }

    def perform_create(self, data: dict[str, Any]) -> ObjectiveRetrospective:
        return learning.look_back_on_objective(self.access, data.pop("objective"), **data)

    def perform_edit(
        self, row: ObjectiveRetrospective, data: dict[str, Any], version: int
    ) -> ObjectiveRetrospective:
        changes = changed(row, data, never=("objective",))
        return learning.edit_retrospective(self.access, row, expected_version=version, **changes)


class PortfolioRetrospectives(Resource):
    """What a cycle taught a portfolio; one for each of the two."""

    model = PortfolioRetrospective
    serializer_class = PortfolioRetrospectiveSerializer
    permissions = {
        **READ,
        "create": Permission.OKR_DECIDE,
        "partial_update": Permission.OKR_DECIDE,
    }
    filters = {"portfolio": "portfolio_id", "cycle": "cycle_id"}
    examples = {
        "create": {
            "portfolio": PORTFOLIO,
            "cycle": OBJECTIVE,
            "keep": "One review a month, with the numbers sent before.",
        },
        "partial_update": {"change": "Fewer themes."},
    }

    def visible(self) -> QuerySet[Any]:
        rows = PortfolioRetrospective.objects.all()
        return rows.exclude(portfolio__in=self.access.units.hidden)

    def perform_create(self, data: dict[str, Any]) -> PortfolioRetrospective:
        place = data.pop("portfolio"), data.pop("cycle")
        return learning.look_back_on_portfolio(self.access, *place, **data)

    def perform_edit(
        self, row: PortfolioRetrospective, data: dict[str, Any], version: int
    ) -> PortfolioRetrospective:
        changes = changed(row, data, never=("portfolio", "cycle"))
        return learning.edit_retrospective(self.access, row, expected_version=version, **changes)
