"""What the resources of goals say about how a goal is written."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Access
from okrs.api.base import GoalResource
from okrs.choices import TierKind
from okrs.limits import check_key_results
from okrs.models import Cycle, KeyResult, Objective
from okrs.queries.limits import (
    Place,
    findings_of_draft,
    findings_of_objective,
    number_of_key_results,
    present_limits,
)
from okrs.queries.objectives import visible_objectives
from okrs.queries.writing import Advice, advice_on_key_result, period_of, remarks_on_objective
from okrs.scoring import Shape
from okrs.serializers.writing import told_advice
from okrs.writing import KeyResultDraft, check_key_result

UNITS = {
    "portfolio": TierKind.PORTFOLIO,
    "product": TierKind.PRODUCT,
    "team": TierKind.TEAM,
}
NUMBERS = ("baseline", "target", "lower", "upper", "starts_on", "ends_on")


class WrittenResource(GoalResource):
    """A resource whose answers to a creation or an edit say how the record reads."""

    def advice(self, pk: UUID) -> Advice:
        raise NotImplementedError

    def create(self, request: Request) -> Response:
        return self.with_advice(super().create(request))

    def partial_update(self, request: Request, pk: UUID) -> Response:
        return self.with_advice(super().partial_update(request, pk))

    def with_advice(self, response: Response) -> Response:
        body: dict[str, Any] = response.data
        response.data = {**body, **told_advice(self.advice(body["id"]))}
        return response


# --- Objectives -------------------------------------------------------------------------------
def advice_on_stored_objective(access: Access, pk: UUID) -> Advice:
    rows = Objective.objects.select_related("cycle", "organization", "portfolio", "product", "team")
    row = rows.get(pk=pk)
    remarks = remarks_on_objective(access, row.title, cycle=row.cycle, unit=row.unit_id, itself=row)
    return Advice(remarks, findings_of_objective(row, key_results=number_of_key_results(row)))


def advice_on_objective_draft(access: Access, draft: dict[str, Any]) -> Advice:
    """Without a cycle only the words are looked at; without an owner it is the organisation's."""
    cycle, theme = draft.get("cycle"), draft.get("theme")
    if cycle is None:
        return Advice(remarks_on_objective(access, draft["title"], cycle=None))
    place = place_of_draft(access, cycle, draft)
    remarks = remarks_on_objective(access, draft["title"], cycle=cycle, unit=place.unit)
    return Advice(remarks, findings_of_draft(place, theme.pk if theme else None))


def place_of_draft(access: Access, cycle: Cycle, draft: dict[str, Any]) -> Place:
    for name, kind in UNITS.items():
        unit = draft.get(name)
        if unit is not None and unit.pk not in access.units.hidden:
            return Place(cycle.pk, kind, unit.pk, unit.name, cycle.name)
    whole = str(access.organization)
    return Place(cycle.pk, TierKind.ORGANIZATION, None, whole, cycle.name)


# --- Key results ------------------------------------------------------------------------------
def advice_on_stored_key_result(pk: UUID) -> Advice:
    rows = KeyResult.objects.select_related(
        "metric__unit", "objective__cycle", "objective__organization"
    )
    row = rows.get(pk=pk)
    objective = row.objective
    said = advice_on_key_result(row, period_of(objective.cycle, objective.organization))
    count = number_of_key_results(objective)
    found = check_key_results(str(objective), count, limits=present_limits())
    return Advice(said.remarks, found, said.verdict)


def advice_on_key_result_draft(access: Access, draft: dict[str, Any]) -> Advice:
    """Without an objective its days are not held against a cycle."""
    objective, metric, period = draft.get("objective"), draft.get("metric"), None
    if objective is not None:
        row = visible_objectives(access).select_related("cycle").filter(pk=objective.pk).first()
        period = period_of(row.cycle, access.organization) if row else None
    unit = metric.unit.name if metric else draft.get("unit", "")
    written = KeyResultDraft(
        title=draft["title"],
        shape=Shape(draft["shape"]) if draft.get("shape") else None,
        unit=unit,
        condition=draft.get("condition", ""),
        **{name: draft.get(name) for name in NUMBERS},
    )
    review = check_key_result(written, period)
    return Advice(review.remarks, verdict=review.verdict)
