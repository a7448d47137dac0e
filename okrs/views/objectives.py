"""Pages of objectives: the list, one objective, and what is done to it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from lib.htmx import render_page
from lib.panels import panels_for
from lib.spreadsheets import csv_answer
from okrs.actions import objectives as actions
from okrs.actions.learning import WRITABLE
from okrs.actions.limits import may_set_aside
from okrs.actions.rights import may_decide_on, may_on_objective, require_on_objective
from okrs.choices import DECIDED_ABOVE, OBJECTIVE_MOVES, ObjectiveState
from okrs.forms.objectives import (
    AssessForm,
    CoOwnerForm,
    MoveForm,
    ObjectiveEditForm,
    ObjectiveFilterForm,
    ObjectiveForm,
)
from okrs.models import Objective, ObjectiveCoOwner
from okrs.queries.closing import record_of_objective
from okrs.queries.learning import retrospective_of
from okrs.queries.limits import findings_at_commitment, findings_of_listed
from okrs.queries.moment import Moment
from okrs.queries.objective_page import (
    ObjectivePage,
    archived_key_results,
    objective_page,
    results_of,
)
from okrs.queries.objectives import SORTS, list_objectives, objectives_with_place
from okrs.queries.scope import chosen_cycle, cycle_choices
from okrs.queries.writing import coaching_of
from okrs.views.addresses import address_of
from okrs.views.editing import FormPage, answer_button, answer_form
from okrs.views.filters import asked_moment, given_id, no_cycle
from okrs.views.starting import starting_points
from okrs.views.writing import entered, is_check, objective_hints

LIST = "okrs/objectives.html"
PAGE = "okrs/objective.html"
FORM = "okrs/objective_form.html"
CSV_COLUMNS = (
    "Objective", "Tier", "Cycle", "Belongs to", "Theme", "State", "Score", "Pace", "Confidence",
    "Key results reporting", "Key results counted", "Outdated", "Accountable", "Last evidence",
    "Limits",
)  # fmt: skip


def find_objective(request: MemberRequest, pk: UUID) -> Objective:
    return get_object_or_404(objectives_with_place(request.access), pk=pk)


# --- The list ---------------------------------------------------------------------------------
@requires(Permission.ORG_READ)
def objectives(request: MemberRequest) -> HttpResponse:
    form = ObjectiveFilterForm(request.GET, access=request.access)
    after = request.GET.get("after", "")
    found = list_objectives(request.access, form.filters(), after=after)
    address = address_of(request)
    context = {
        "form": form,
        "rows": found.rows,
        "limits": findings_of_listed(request.access, [row.id for row in found.rows]),
        "next_url": address.having(after=found.after) if found.after else None,
        "sort": form.filters().sort,
        "sorts": {name: address.having(sort="" if name == "tier" else name) for name in SORTS},
        "csv_url": address.without("sort").at(f"{request.path}export.csv"),
    }
    fragment = "rows" if after else "list"
    return render_page(request, LIST, context, fragment=fragment)


@requires(Permission.ORG_READ)
def objectives_csv(request: MemberRequest) -> HttpResponse:
    form = ObjectiveFilterForm(request.GET, access=request.access)
    found = list_objectives(request.access, form.filters(), limit=None)
    limits = findings_of_listed(request.access, [row.id for row in found.rows])
    rows = (
        (
            row.title, row.tier, row.cycle, row.unit, row.theme, row.state_label, row.score,
            row.pace.worst, row.confidence, row.reporting, row.counted, row.pace.outdated,
            row.owner, row.pace.evidence_at and row.pace.evidence_at.isoformat(),
            limits.reasons(row.id),
        )
        for row in found.rows
    )  # fmt: skip
    return csv_answer("objectives", CSV_COLUMNS, rows)


# --- One objective ----------------------------------------------------------------------------
@requires(Permission.ORG_READ)
def objective(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_objective(request, pk)
    asked = asked_moment(request)
    page = objective_page(request.access, row, asked.moment)
    context = {
        **results_context(request, row),
        "asked": asked,
        "page": page,
        "results": page.results,
        "is_final": page.results.is_final,
        "moment": page.moment,
        "now_url": row.get_absolute_url(),
        **(NO_ACTIONS if page.moment.is_past else offers(request, row, page)),
    }
    return render(request, PAGE, context)


# Nobody changes the past.
NO_ACTIONS: dict[str, Any] = {
    "may_write": False,
    "may_decide": False,
    "may_look_back": False,
    "is_open": False,
    "steps": (),
    "menu_steps": (),
}


def offers(request: MemberRequest, row: Objective, page: ObjectivePage) -> dict[str, Any]:
    """What stands beside an objective of today, with what the member may do."""
    return {
        "archived": archived_key_results(request.access, row),
        "coaching": coaching_of(request.access, row, key_results=len(page.results.rows)),
        "record": record_of_objective(request.access, row) if row.cycle.is_closed else None,
        "learned": retrospective_of(row) if row.cycle.state in WRITABLE else None,
        "may_correct": request.access.allows(Permission.CYCLE_MANAGE),
        "panels": panels_for("okrs.objective", request, row),
    }


def results_context(request: MemberRequest, row: Objective) -> dict[str, Any]:
    """The objective and what the member may do with it."""
    access = request.access
    may_write = may_on_objective(access, Permission.OKR_WRITE, row)
    may_decide = may_on_objective(access, Permission.OKR_DECIDE, row)
    steps = OBJECTIVE_MOVES[row.state]
    may_settle = may_decide_on(access, row)
    allowed = {s for s in steps if (may_settle if s in DECIDED_ABOVE else may_write)}
    ordered = [s for s in ObjectiveState if s in allowed]
    return {
        "objective": row,
        "is_final": row.cycle.is_closed,
        "may_write": may_write,
        "may_look_back": may_write and row.cycle.state in WRITABLE,
        "may_decide": may_decide,
        "is_open": not row.cycle.is_closed and row.archived_at is None,
        "steps": ordered,
        "menu_steps": ordered if row.state == ObjectiveState.COMMITTED else ordered[2:],
        "see_money": access.allows(Permission.MONEY_READ),
    }


def show_results(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The scores and the table of key results alone, after one of them changed."""
    row = find_objective(request, pk)
    context = {
        **results_context(request, row),
        "results": results_of(request.access, row),
        "moment": Moment.now(),
    }
    return render(request, f"{PAGE}#results", context)


@requires(Permission.ORG_READ)
def objective_results(request: MemberRequest, pk: UUID) -> HttpResponse:
    """For htmx: puts the table back after an entry that was called off."""
    return show_results(request, pk)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def create_objective(request: MemberRequest) -> HttpResponse:
    cycle = chosen_cycle(cycle_choices(), given_id(request, "cycle"), timezone.localdate())
    if cycle is None and request.method == "GET":
        return no_cycle(request, "New objective")
    initial = {
        "owner": request.member.pk,
        "unit": request.GET.get("unit", ""),
        "cycle": cycle and cycle.id,
    }
    form = ObjectiveForm(**entered(request, initial), access=request.access)
    page = FormPage(
        title="New objective",
        back=reverse("okrs:objectives", args=[request.org.slug]),
        back_label="Objectives",
        submit="Create draft",
        note="It starts as a draft. Add key results, then propose it.",
        template=FORM,
        context={
            **objective_hints(request, request.POST or initial),
            "ways": starting_points(request, "create-objective"),
        },
    )
    if is_check(request):
        return page.show(request, form)

    def save() -> str:
        made = actions.create_objective(request.access, **form.changes)
        return made.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Draft created. Add its key results.")


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def edit_objective(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, row)
    form = ObjectiveEditForm(**entered(request), access=request.access, row=row)
    hints = objective_hints(request, request.POST or {"title": row.title}, itself=row)
    page = page_of(row, "Edit objective", template=FORM, context=hints)
    if is_check(request):
        return page.show(request, form)

    def save() -> str:
        actions.edit_objective(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Objective saved.")


def page_of(row: Objective, title: str, **more: Any) -> FormPage:
    return FormPage(title=title, back=row.get_absolute_url(), back_label=row.title, **more)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def move_objective(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, row)
    allowed = results_context(request, row)["steps"]
    breaches = findings_at_commitment(row) if ObjectiveState.COMMITTED in allowed else []
    may_override = bool(breaches) and may_set_aside(request.access, row)
    form = MoveForm(
        posted(request),
        access=request.access,
        row=row,
        allowed=allowed,
        may_set_aside=may_override,
        initial={"to": request.GET.get("to", "")},
    )
    context = {"breaches": breaches, "may_set_aside": may_override, "objective": row}
    page = page_of(
        row,
        "Move to another state",
        submit="Move",
        template="okrs/objective_move.html",
        context=context,
    )

    def save() -> str:
        actions.move_objective(
            request.access, row, expected_version=form.cleaned_data["version"], **form.changes
        )
        return row.get_absolute_url()

    label = ObjectiveState(form["to"].value()).label.lower() if form.is_valid() else ""
    return answer_form(request, form, page, save=save, done=f"The objective is now {label}.")


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def assess_objective(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, row)
    initial = {"score": row.assessed_score, "assessment": row.assessment, "version": row.version}
    form = AssessForm(posted(request), access=request.access, initial=initial)
    form.row = row
    note = "Your judgement stands beside the computed score. Neither replaces the other."
    page = page_of(row, "Assess the whole", note=note)

    def save() -> str:
        actions.assess_objective(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Assessment saved.")


@requires_post(Permission.OKR_WRITE)
def archive_objective(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_objective(request, pk)

    def act() -> None:
        actions.archive_objective(request.access, row, expected_version=None)

    return answer_button(request, row.get_absolute_url(), act=act, done="Objective archived.")


@requires_post(Permission.OKR_WRITE)
def restore_objective(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_objective(request, pk)

    def act() -> None:
        actions.restore_objective(request.access, row, expected_version=None)

    return answer_button(request, row.get_absolute_url(), act=act, done="Objective restored.")


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def add_co_owner(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, row)
    form = CoOwnerForm(posted(request), access=request.access)
    note = "Its people may check in and edit, as the owner's may."
    page = page_of(row, "Add a co-owner", submit="Add", note=note)

    def save() -> str:
        actions.add_co_owner(request.access, row, **form.changes)
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Co-owner added.")


@requires_post(Permission.OKR_WRITE)
def remove_co_owner(request: MemberRequest, pk: UUID) -> HttpResponse:
    co_owner = get_object_or_404(ObjectiveCoOwner, pk=pk)
    row = find_objective(request, co_owner.objective_id)

    def act() -> None:
        actions.remove_co_owner(request.access, co_owner)

    return answer_button(request, row.get_absolute_url(), act=act, done="Co-owner removed.")
