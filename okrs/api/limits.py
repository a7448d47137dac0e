"""How much an organisation takes on, and where somebody went beyond it."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource
from accounts.permissions import Permission
from okrs.actions import limits as actions
from okrs.api.base import READ, GoalResource
from okrs.models import GoalLimits, LimitOverride
from okrs.queries.limits import stored_limits
from okrs.serializers.limits import LimitOverrideSerializer, LimitsSerializer


class GoalLimitsOfOrganization(Resource):
    """The limits of the organisation; those of the method until somebody changes them."""

    model = GoalLimits
    serializer_class = LimitsSerializer
    permissions = {"retrieve": Permission.ORG_READ, "partial_update": Permission.CYCLE_MANAGE}
    examples = {"partial_update": {"key_results_at_most": 6}}

    def get_row(self, pk: UUID | None) -> GoalLimits:
        return stored_limits()

    def retrieve(self, request: Request, pk: UUID | None = None) -> Response:
        return self.answer(pk)

    def partial_update(self, request: Request, pk: UUID | None = None) -> Response:
        return super().partial_update(request, pk)  # type: ignore[arg-type]  # there is one row

    def answer(self, pk: UUID | None, status: int = 200) -> Response:
        """The one row, which need not be stored yet."""
        row = self.get_row(pk)
        body = {name: getattr(row, name) for name in self._columns()}
        return Response(body, status=status, headers={"ETag": f'"{row.version}"'})

    def perform_edit(self, row: GoalLimits, data: dict[str, Any], version: int) -> GoalLimits:
        return actions.edit_limits(self.access, expected_version=version, **data)


class LimitOverrides(GoalResource):
    """Limits that somebody set aside when an objective was committed: who, when and why."""

    model = LimitOverride
    serializer_class = LimitOverrideSerializer
    permissions = READ
    filters = {
        "objective": "objective_id",
        "cycle": "objective__cycle_id",
        "portfolio": "objective__portfolio_id",
        "rule": "rule",
    }
    objectives = ("objective",)
