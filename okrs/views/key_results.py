"""Pages of key results: what they measure, where the number comes from, and checking in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django_htmx.http import retarget

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.charts import history_chart
from lib.display import show_score
from lib.form_answers import add_errors, posted
from lib.htmx import render_page, toast, wants_fragment
from lib.panels import panels_for
from okrs import scoring
from okrs.actions import check_ins
from okrs.actions import key_results as actions
from okrs.actions.contributed_values import contributed_values
from okrs.actions.rights import (
    may_on_key_result,
    may_on_objective,
    require_on_key_result,
    require_on_objective,
)
from okrs.choices import KeyResultSource
from okrs.forms.key_results import CheckInForm, KeyResultForm
from okrs.models import KeyResult, Objective
from okrs.queries.closing import record_of_key_result
from okrs.queries.key_result_page import KeyResultPage, key_result_page
from okrs.queries.key_results import (
    KeyResultRow,
    key_result_rows,
    key_results_with_place,
    visible_key_results,
)
from okrs.queries.objectives import objectives_with_place
from okrs.views.editing import FormPage, answer_button, answer_form, next_address
from okrs.views.filters import asked_moment
from okrs.views.objectives import show_results
from okrs.views.writing import entered, is_check, key_result_hints

PAGE = "okrs/key_result.html"
FORM = "okrs/key_result_form.html"
ROW = "okrs/_check_in_row.html"
LINE = "okrs/check_ins_due.html"
PLACES = frozenset({"results", "due"})


def find_key_result(request: MemberRequest, pk: UUID) -> KeyResult:
    return get_object_or_404(key_results_with_place(request.access), pk=pk)


@requires(Permission.ORG_READ)
def key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_key_result(request, pk)
    asked = asked_moment(request)
    page = key_result_page(request.access, row, asked.moment)
    is_past = page.moment.is_past
    context = {
        "asked": asked,
        "page": page,
        "chart": chart_of(page),
        "key_result": row,
        "objective": row.objective,
        "now_url": row.get_absolute_url(),
        "explaining": panels_for("okrs.key_result.explain", request, row, is_past=is_past),
        "panels": panels_for("okrs.key_result", request, row, is_past=is_past),
        **({} if is_past else offers(request, row, page)),
    }
    return render_page(request, PAGE, context)


def offers(request: MemberRequest, row: KeyResult, page: KeyResultPage) -> dict[str, Any]:
    """What stands beside a key result of today, with what the member may do."""
    access = request.access
    return {
        "contributed": contributed_sum(row),
        "form": CheckInForm(row=page.row) if page.row.can_check_in else None,
        "may_write": may_on_key_result(access, Permission.OKR_WRITE, row),
        "may_decide": may_on_objective(access, Permission.OKR_DECIDE, row.objective),
        "record": record_of_key_result(row) if page.row.is_closed else None,
        "may_correct": access.allows(Permission.CYCLE_MANAGE),
    }


def contributed_sum(key_result: KeyResult) -> str:
    """The arithmetic of a value that other key results make up; empty for any other."""
    if key_result.source != KeyResultSource.CONTRIBUTIONS:
        return ""
    basis = contributed_values([key_result])[key_result.pk].basis
    return scoring.formula(basis) if basis else ""


def chart_of(page: KeyResultPage) -> SafeString:
    """The course of the value against target and expected pace."""
    history = page.history
    return history_chart(
        history.readings,
        first=history.first,
        last=history.last,
        today=history.today,
        target=page.target_line,
        expected=history.expected,
        unit=page.row.unit,
        name=page.row.title,
    )


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def create_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    objective = get_object_or_404(objectives_with_place(request.access), pk=pk)
    require_on_objective(request.access, Permission.OKR_WRITE, objective)
    initial = {"owner": request.member.pk, **typed(request)}
    form = KeyResultForm(**entered(request, initial), access=request.access, objective=objective)
    hints = key_result_hints(request, request.POST or initial, objective)
    back = objective.get_absolute_url()
    page = form_page(request, objective, "New key result", back=back, hints=hints)
    if is_check(request):
        return page.show(request, form)

    def save() -> str:
        made = actions.create_key_result(request.access, objective, **form.changes)
        return made.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Key result added.")


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def edit_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_key_result(request, pk)
    require_on_key_result(request.access, Permission.OKR_WRITE, row)
    form = KeyResultForm(
        **entered(request, typed(request)), access=request.access, objective=row.objective, row=row
    )
    hints = key_result_hints(request, request.POST or form.initial, row.objective, row)
    page = form_page(request, row, "Edit key result", back=row.get_absolute_url(), hints=hints)
    if is_check(request):
        return page.show(request, form)

    def save() -> str:
        actions.edit_key_result(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Key result saved.")


def form_page(
    request: MemberRequest,
    record: KeyResult | Objective,
    title: str,
    *,
    back: str,
    hints: Mapping[str, Any],
) -> FormPage:
    """The form of a key result; htmx asks for the fields of another shape by GET."""
    return FormPage(
        title=title,
        back=back,
        back_label=str(record),
        template=FORM,
        context=hints,
        fragment="shape" if request.method == "GET" else None,
    )


def typed(request: MemberRequest) -> dict[str, Any]:
    """What was typed before another shape was chosen, which asks for the form anew."""
    return {name: value for name, value in request.GET.items() if value}


@requires_post(Permission.OKR_WRITE)
def archive_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=True, done="Key result archived.")


@requires_post(Permission.OKR_WRITE)
def restore_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=False, done="Key result restored.")


def set_archived(request: MemberRequest, pk: UUID, *, archived: bool, done: str) -> HttpResponse:
    row = find_key_result(request, pk)

    def act() -> None:
        actions.archive_key_result(request.access, row, expected_version=None, archived=archived)

    return answer_button(request, row.get_absolute_url(), act=act, done=done)


# --- Checking in ------------------------------------------------------------------------------
@requires(Permission.CHECK_IN_WRITE, post=Permission.CHECK_IN_WRITE)
def check_in(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The form of a check-in, and its answer with the new score on it.

    htmx gets one row (`_check_in_row.html`), whose form swaps itself for the answer; a row on
    an objective's page asks for the whole table, because other numbers follow, and one of the due
    list for its line.
    """
    rows = visible_key_results(request.access).select_related("organization", "objective")
    key_result = get_object_or_404(rows, pk=pk)
    require_on_key_result(request.access, Permission.CHECK_IN_WRITE, key_result)
    before = show_score(key_result.score)
    form = CheckInForm(posted(request), row=key_result)
    if not form.is_valid():
        return show_check_in(request, pk, form, status=422 if form.is_bound else 200)
    try:
        check_ins.check_in(request.access, key_result, **form.cleaned_data)
    except ValidationError as error:
        add_errors(form, error)
        return show_check_in(request, pk, form, status=422)
    return checked_in(request, key_result, before=before)


def row_of(request: MemberRequest, pk: UUID) -> KeyResultRow:
    """A key result as lists show it, as it stands now."""
    [row] = key_result_rows(request.access, visible_key_results(request.access).filter(pk=pk))
    return row


def show_check_in(
    request: MemberRequest, pk: UUID, form: CheckInForm, *, status: int
) -> HttpResponse:
    row, place = row_of(request, pk), place_of(request)
    context = {
        "row": row,
        "form": form,
        "target": "results" if place == "results" else "",
        "in_list": place == "due",
        "bare": bool(place),
    }
    if place:
        next(iter(form.fields.values())).widget.attrs["data-focus"] = True
    if wants_fragment(request):
        return render(request, ROW, context, status=status)
    return render(request, "okrs/key_result_check_in.html", context, status=status)


def place_of(request: MemberRequest) -> str:
    """Where the form stands: "results" in the table of an objective, "due" in the due list, or
    nowhere in particular."""
    given: QueryDict = request.GET if request.method == "GET" else request.POST
    place = given.get("in", "")
    return place if place in PLACES else ""


def checked_in(request: MemberRequest, key_result: KeyResult, *, before: str) -> HttpResponse:
    score = show_score(key_result.score)
    words = f"Checked in: {before} → {score}." if score != before else f"Checked in: {score}."
    if not wants_fragment(request):
        messages.success(request, words)
        return redirect(next_address(request, key_result.get_absolute_url()))
    place = place_of(request)
    if place == "results":
        return toast(show_results(request, key_result.objective_id), words)
    row = row_of(request, key_result.pk)
    template = LINE if place == "due" else ROW
    answer = toast(render(request, template, {"row": row, "before": before, "done": True}), words)
    return retarget(answer, f"#due-{row.id}") if place == "due" else answer
