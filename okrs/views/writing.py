"""What is said about a goal while it is written: beside its form, and for htmx as people type."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.access import Access
from accounts.permissions import MemberRequest, Permission, requires_post
from lib.form_answers import posted
from okrs.actions.rights import require_on_objective
from okrs.forms.drafts import KeyResultDraftForm, ObjectiveDraftForm
from okrs.models import KeyResult, Objective
from okrs.queries.key_results import key_results_with_place
from okrs.queries.limits import findings_of_draft
from okrs.queries.objectives import is_id, objectives_with_place
from okrs.queries.writing import Advice, period_of, remarks_on_objective
from okrs.writing import check_key_result, check_objective

HINTS = "okrs/_hints.html"
Data = QueryDict | Mapping[str, Any]


def is_check(request: MemberRequest) -> bool:
    """Whether the form was sent to be read over, by a browser without scripts."""
    return request.method == "POST" and "check" in request.POST


def entered(request: MemberRequest, initial: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a form takes: the entries, which are only shown again when they are read over."""
    if is_check(request):
        return {"data": None, "initial": request.POST.dict()}
    return {"data": posted(request), "initial": initial}


# --- Objectives -------------------------------------------------------------------------------
def advice_on_objective(access: Access, data: Data, *, itself: Objective | None = None) -> Advice:
    """About a new objective as far as it is written, or about changes of a stored one."""
    form = ObjectiveDraftForm(data, access=access)
    if itself is not None:
        remarks = remarks_on_objective(
            access, form.words, cycle=itself.cycle, unit=itself.unit_id, itself=itself
        )
        return Advice(remarks)
    place = form.place()
    if place is None or form.chosen_cycle is None:
        return Advice(check_objective(form.words))
    remarks = remarks_on_objective(access, form.words, cycle=form.chosen_cycle, unit=place.unit)
    return Advice(remarks, findings_of_draft(place, form.theme_id))


@requires_post(Permission.OKR_WRITE)
def check_objective_draft(request: MemberRequest) -> HttpResponse:
    """For htmx: advice on an objective as it is typed; `?objective=` names a stored one."""
    stored = request.GET.get("objective", "")
    itself = None
    if is_id(stored):
        itself = get_object_or_404(objectives_with_place(request.access), pk=stored)
    return show_hints(request, advice_on_objective(request.access, request.POST, itself=itself))


def objective_hints(
    request: MemberRequest, data: Data, *, itself: Objective | None = None
) -> dict[str, Any]:
    """What the form of an objective shows beside its title."""
    url = reverse("okrs:check-objective", args=[request.org.slug])
    return {
        "advice": advice_on_objective(request.access, data, itself=itself),
        "check_url": f"{url}?objective={itself.pk}" if itself else url,
    }


# --- Key results ------------------------------------------------------------------------------
def advice_on_key_result(data: Data, objective: Objective, row: KeyResult | None = None) -> Advice:
    draft = KeyResultDraftForm(data, row=row).draft()
    period = period_of(objective.cycle, objective.organization)
    review = check_key_result(draft, period)
    return Advice(review.remarks, verdict=review.verdict)


@requires_post(Permission.OKR_WRITE)
def check_key_result_draft(request: MemberRequest, pk: UUID) -> HttpResponse:
    """For htmx: advice on a key result as it is typed; `?key_result=` names a stored one."""
    objective = get_object_or_404(objectives_with_place(request.access), pk=pk)
    require_on_objective(request.access, Permission.OKR_WRITE, objective)
    stored, row = request.GET.get("key_result", ""), None
    if is_id(stored):
        rows = key_results_with_place(request.access)
        row = get_object_or_404(rows, pk=stored, objective=objective)
    return show_hints(request, advice_on_key_result(request.POST, objective, row))


def key_result_hints(
    request: MemberRequest, data: Data, objective: Objective, row: KeyResult | None = None
) -> dict[str, Any]:
    """What the form of a key result shows beside its title."""
    url = reverse("okrs:check-key-result", args=[request.org.slug, objective.pk])
    return {
        "advice": advice_on_key_result(data, objective, row),
        "check_url": f"{url}?key_result={row.pk}" if row else url,
    }


def show_hints(request: MemberRequest, advice: Advice) -> HttpResponse:
    """The advice alone; 204 when the page shows it already, so that nothing is read out twice."""
    if request.POST.get("said") == advice.digest:
        return HttpResponse(status=204)
    return render(request, f"{HINTS}#advice", {"advice": advice})
