"""Pages of dependencies: promises between units."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires
from lib.form_answers import posted
from lib.htmx import render_page
from lib.paging import page_of
from lib.panels import panels_for
from okrs.actions import dependencies as actions
from okrs.choices import DependencyState
from okrs.forms.work import DependencyAnswerForm, DependencyFilterForm, DependencyForm
from okrs.models import Dependency, Initiative, KeyResult
from okrs.queries.dependencies import DependencyFilters, list_dependencies, visible_dependencies
from okrs.queries.initiatives import visible_initiatives
from okrs.queries.key_results import search_key_results, visible_key_results
from okrs.queries.objectives import is_id
from okrs.views.alignments import key_result_option
from okrs.views.editing import FormPage, answer_form


def find_dependency(request: MemberRequest, pk: UUID) -> Dependency:
    return get_object_or_404(visible_dependencies(request.access), pk=pk)


@requires(Permission.ORG_READ)
def dependencies(request: MemberRequest) -> HttpResponse:
    form = DependencyFilterForm(request.GET, access=request.access)
    chosen = form.cleaned_data
    filters = DependencyFilters(
        text=chosen.get("q") or "",
        product=getattr(chosen.get("product"), "pk", None),
        state=chosen.get("state") or "",
    )
    today = timezone.localdate()
    rows = list_dependencies(request.access, filters, today)
    page = page_of(rows, request, by=("needed_by", "id"))
    context = {"form": form, "page": page, "today": today}
    fragment = page.fragment("rows") or "list"
    return render_page(request, "okrs/dependencies.html", context, fragment=fragment)


@requires(Permission.ORG_READ)
def dependency(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_dependency(request, pk)
    context = {
        "dependency": row,
        "today": timezone.localdate(),
        "moves": list(row.moves.select_related("actor")),
        "may_edit": request.access.allows_on(Permission.OKR_WRITE, actions.needing_units(row)),
        "steps": open_steps(request, row),
        "panels": panels_for("okrs.dependency", request, row),
    }
    return render(request, "okrs/dependency.html", context)


def open_steps(request: MemberRequest, row: Dependency) -> list[DependencyState]:
    """The states to which the member, who needs or provides it, may take it."""
    return [step for step in DependencyState if actions.may_move(request.access, row, step)]


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def ask_dependency(request: MemberRequest) -> HttpResponse:
    """Ask for something that `?key_result=` or `?initiative=` waits for."""
    needer = needer_of(request)
    initial = {"needer_owner": request.member.pk, "criticality": "0.5"}
    form = DependencyForm(posted(request), access=request.access, initial=initial)
    if needer is None:
        return choose_needer(request, form)
    page = FormPage(
        title="Ask for something",
        back=needer.get_absolute_url(),
        back_label=str(needer),
        submit="Ask",
        note=f"Needed for: {needer}",
    )

    def save() -> str:
        key = "needer_key_result" if isinstance(needer, KeyResult) else "needer_initiative"
        made = actions.ask_dependency(request.access, **{key: needer}, **form.changes)
        return made.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Asked.")


def needer_of(request: MemberRequest) -> KeyResult | Initiative | None:
    key_result, initiative = (request.GET.get(name, "") for name in ("key_result", "initiative"))
    if is_id(key_result):
        rows = visible_key_results(request.access).select_related("objective", "organization")
        return get_object_or_404(rows, pk=key_result)
    if is_id(initiative):
        return get_object_or_404(visible_initiatives(request.access), pk=initiative)
    return None


def choose_needer(request: MemberRequest, form: DependencyForm) -> HttpResponse:
    """First of all: which key result waits?"""
    words = request.GET.get("q", "")
    context: dict[str, Any] = {
        "options": map(key_result_option, search_key_results(request.access, words)),
        "words": words,
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render_page(
        request, "okrs/dependency_needer.html", context, fragment="options", status=status
    )


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def edit_dependency(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_dependency(request, pk)
    request.access.require(Permission.OKR_WRITE, actions.needing_units(row))
    form = DependencyForm(posted(request), access=request.access, row=row)
    page = FormPage(title="Edit what is needed", back=row.get_absolute_url(), back_label=row.title)

    def save() -> str:
        actions.edit_dependency(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Saved.")


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def answer_dependency(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_dependency(request, pk)
    initial = {"to": request.GET.get("to", ""), "promised_by": row.promised_by or row.needed_by}
    steps = open_steps(request, row)
    if not steps:
        raise PermissionDenied("neither side of this dependency")
    form = DependencyAnswerForm(
        posted(request), access=request.access, row=row, steps=steps, initial=initial
    )
    page = FormPage(
        title="Answer",
        back=row.get_absolute_url(),
        back_label=row.title,
        submit="Send answer",
        note=f"Needed by {row.needed_by:%d %b %Y}.",
    )

    def save() -> str:
        actions.move_dependency(
            request.access, row, expected_version=form.cleaned_data["version"], **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Your answer is recorded.")
