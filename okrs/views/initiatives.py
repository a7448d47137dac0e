"""Pages of initiatives: the work that is meant to move key results."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from lib.htmx import render_page
from lib.paging import page_of
from lib.panels import panels_for
from lib.spreadsheets import csv_answer
from okrs.actions import initiatives as actions
from okrs.forms.links import DriveForm
from okrs.forms.work import InitiativeFilterForm, InitiativeForm
from okrs.models import Initiative, InitiativeKeyResult
from okrs.queries.dependencies import around_initiative
from okrs.queries.initiatives import (
    InitiativeFilters,
    driven_by,
    list_initiatives,
    visible_initiatives,
)
from okrs.queries.key_results import search_key_results
from okrs.views.addresses import address_of
from okrs.views.alignments import chooser, key_result_option, live_key_results, selected, with_field
from okrs.views.editing import FormPage, answer_button, answer_form
from okrs.views.missing import missing_first

BY_TITLE = ("title", "id")
CSV_COLUMNS = (
    "Initiative", "Product", "Team", "Owner", "First day", "Last day", "Items done", "Items",
    "Key results", "State",
)  # fmt: skip


def find_initiative(request: MemberRequest, pk: UUID) -> Initiative:
    return get_object_or_404(visible_initiatives(request.access), pk=pk)


@requires(Permission.ORG_READ)
def initiatives(request: MemberRequest) -> HttpResponse:
    form = InitiativeFilterForm(request.GET, access=request.access)
    page = page_of(list_initiatives(request.access, filters_of(form)), request, by=BY_TITLE)
    csv_url = address_of(request).at(f"{request.path}export.csv")
    context = {"form": form, "page": page, "csv_url": csv_url}
    fragment = page.fragment("rows") or "list"
    return render_page(request, "okrs/initiatives.html", context, fragment=fragment)


@requires(Permission.ORG_READ)
def initiatives_csv(request: MemberRequest) -> HttpResponse:
    """The same choice as a file, all of it."""
    form = InitiativeFilterForm(request.GET, access=request.access)
    rows = list_initiatives(request.access, filters_of(form)).order_by(*BY_TITLE)
    return csv_answer("initiatives", CSV_COLUMNS, map(cells, rows))


def filters_of(form: InitiativeFilterForm) -> InitiativeFilters:
    chosen = form.cleaned_data
    return InitiativeFilters(
        text=chosen.get("q") or "",
        product=getattr(chosen.get("product"), "pk", None),
        team=getattr(chosen.get("team"), "pk", None),
        state=chosen.get("state") or "",
    )


def cells(row: Initiative) -> list[object]:
    return [
        row.title,
        row.product.name,
        row.team and row.team.name,
        row.owner.name,
        row.starts_on,
        row.ends_on,
        row.items_done,
        row.items_total,
        row.driven,  # type: ignore[attr-defined]  # annotated by `list_initiatives`
        row.get_state_display(),
    ]


@requires(Permission.ORG_READ)
def initiative(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_initiative(request, pk)
    context = {
        "initiative": row,
        "drives": list(driven_by(request.access, row)),
        "dependencies": list(around_initiative(request.access, row.pk)),
        "may_write": request.access.allows_on(Permission.OKR_WRITE, actions.units_of(row)),
        "panels": panels_for("okrs.initiative", request, row),
    }
    return render(request, "okrs/initiative.html", context)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def create_initiative(request: MemberRequest) -> HttpResponse:
    initial = {"owner": request.member.pk, "product": request.GET.get("product", "")}
    form = InitiativeForm(posted(request), access=request.access, initial=initial)
    back = reverse("okrs:initiatives", args=[request.org.slug])
    page = FormPage(title="New initiative", back=back, back_label="Initiatives")
    if request.method == "GET" and (nothing := missing_first(request, form, page)):
        return nothing

    def save() -> str:
        return actions.create_initiative(request.access, **form.changes).get_absolute_url()

    return answer_form(request, form, page, save=save, done="Initiative added.")


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def edit_initiative(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_initiative(request, pk)
    request.access.require(Permission.OKR_WRITE, actions.units_of(row))
    form = InitiativeForm(posted(request), access=request.access, row=row)
    page = FormPage(title="Edit initiative", back=row.get_absolute_url(), back_label=row.title)

    def save() -> str:
        actions.edit_initiative(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Initiative saved.")


@requires_post(Permission.OKR_WRITE)
def archive_initiative(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=True, done="Initiative archived.")


@requires_post(Permission.OKR_WRITE)
def restore_initiative(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=False, done="Initiative restored.")


def set_archived(request: MemberRequest, pk: UUID, *, archived: bool, done: str) -> HttpResponse:
    row = find_initiative(request, pk)

    def act() -> None:
        actions.archive_initiative(request.access, row, expected_version=None, archived=archived)

    return answer_button(request, row.get_absolute_url(), act=act, done=done)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def drive_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Record that the work is meant to move a key result."""
    row = find_initiative(request, pk)
    request.access.require(Permission.OKR_WRITE, actions.units_of(row))
    pool = live_key_results(request)
    form = DriveForm(posted(request), access=request.access, pool=pool, initial=selected(request))
    found = search_key_results(request.access, request.GET.get("q", ""))
    page = chooser(
        request,
        row,
        "Drive a key result",
        map(key_result_option, found),
        note="Which key result is this work meant to move?",
        submit="Link",
    )

    def save() -> str:
        key_result = form.cleaned_data["chosen"]
        with_field(
            "key_result",
            lambda: actions.drive_key_result(request.access, row, key_result, **form.changes),
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Linked.")


@requires_post(Permission.OKR_WRITE)
def stop_driving(request: MemberRequest, pk: UUID) -> HttpResponse:
    link = get_object_or_404(InitiativeKeyResult, pk=pk)
    row = find_initiative(request, link.initiative_id)

    def act() -> None:
        actions.stop_driving(request.access, link)

    return answer_button(request, row.get_absolute_url(), act=act, done="The link is removed.")
