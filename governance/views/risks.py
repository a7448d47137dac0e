"""Pages of risks: the list, the matrix, one of them, and what becomes of it."""

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from governance.actions import risks as actions
from governance.choices import RISK_MOVES, Impact, RiskState
from governance.forms.records import named_in, sent
from governance.forms.risks import RiskFilterForm, RiskForm, RiskMoveForm
from governance.queries import risks as queries
from governance.queries.records import STEERED, link_to, record_of
from lib.form_answers import posted
from lib.htmx import render_page
from lib.paging import page_of
from lib.spreadsheets import csv_answer
from okrs.views.addresses import address_of
from okrs.views.editing import FormPage, answer_button, answer_form

FORM = "governance/risk_form.html"
CSV_COLUMNS = (
    "risk",
    "of_kind",
    "of",
    "likelihood",
    "impact",
    "exposure",
    "state",
    "owner",
    "response",
    "what_is_done",
    "done_by",
    "description",
)


@requires(Permission.ORG_READ)
def risks(request: MemberRequest) -> HttpResponse:
    form = RiskFilterForm(request.GET, access=request.access)
    chosen = queries.chosen_risks(request.access, form.chosen)
    address = address_of(request).without("view")
    context = {
        "form": form,
        "list_url": address,
        "matrix_url": address.having(view="matrix"),
        "csv_url": address.at(f"{request.path}export/"),
        "today": timezone.localdate(),
    }
    if form.as_matrix:
        rows = queries.risk_rows(request.access, list(chosen.order_by(*queries.HIGHEST_FIRST)))
        context |= {"matrix": queries.matrix_of(rows), "rows": rows, "impacts": list(Impact)}
        return render_page(request, "governance/risks.html", context, fragment="list")
    page = page_of(chosen, request, by=queries.HIGHEST_FIRST)
    context |= {"page": page, "rows": queries.risk_rows(request.access, page.rows)}
    fragment = page.fragment("rows") or "list"
    return render_page(request, "governance/risks.html", context, fragment=fragment)


@requires(Permission.ORG_READ)
def risks_export(request: MemberRequest) -> HttpResponse:
    """The same choice of risks as a file."""
    form = RiskFilterForm(request.GET, access=request.access)
    chosen = queries.chosen_risks(request.access, form.chosen).order_by(*queries.HIGHEST_FIRST)
    rows = queries.risk_rows(request.access, list(chosen))
    return csv_answer(f"risks-{request.org.slug}", CSV_COLUMNS, csv_rows(rows))


def csv_rows(rows: list[queries.RiskRow]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        risk = row.risk
        yield (
            risk.title,
            row.about.kind,
            row.about.title,
            risk.likelihood,
            risk.impact,
            risk.exposure,
            risk.get_state_display(),
            risk.owner.name,
            risk.get_response_display(),
            risk.response_text,
            risk.due_on,
            risk.description,
        )


@requires(Permission.ORG_READ)
def risk(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_risk(request.access, pk)
    may_write = actions.may_write_risk(request.access, row)
    context = {
        "risk": row,
        "level": queries.level_of(row.exposure),
        "about": link_to(request.access, record_of(row, STEERED)),
        "moves": list(row.moves.select_related("actor")),
        "may_write": may_write,
        "steps": [s for s in RiskState if s in RISK_MOVES[row.state]] if may_write else [],
        "today": timezone.localdate(),
    }
    return render(request, "governance/risk.html", context)


@requires(Permission.RISK_WRITE, post=Permission.RISK_WRITE)
def create_risk(request: MemberRequest) -> HttpResponse:
    """A new risk; `?objective=<id>` and the like name what it hangs on."""
    data, typed, words = sent(request, "about")
    begun = typed or {"about": named_in(request, request.access, STEERED)}
    form = RiskForm(data, access=request.access, initial=begun, words=words)
    back = reverse("governance:risks", args=[request.org.slug])
    page = FormPage(title="Raise a risk", back=back, back_label="Risks", template=FORM)

    def save() -> str:
        fields = form.changes
        made = actions.raise_risk(request.access, fields.pop("about"), **fields)
        return made.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Risk raised.")


@requires(Permission.RISK_WRITE, post=Permission.RISK_WRITE)
def edit_risk(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_risk(request.access, pk)
    actions.require_risk(request.access, row)
    form = RiskForm(posted(request), access=request.access, row=row)
    page = FormPage(title="Edit the risk", back=row.get_absolute_url(), back_label=row.title)

    def save() -> str:
        actions.edit_risk(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Risk saved.")


@requires(Permission.RISK_WRITE, post=Permission.RISK_WRITE)
def move_risk(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What became of a risk; `?to=` names the new state."""
    row = queries.get_risk(request.access, pk)
    actions.require_risk(request.access, row)
    initial = {"to": request.GET.get("to", "")}
    form = RiskMoveForm(posted(request), access=request.access, row=row, initial=initial)
    page = FormPage(
        title="What became of the risk",
        back=row.get_absolute_url(),
        back_label=row.title,
        note=row.title,
    )

    def save() -> str:
        actions.move_risk(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Noted.")


@requires_post(Permission.RISK_WRITE)
def archive_risk(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=True)


@requires_post(Permission.RISK_WRITE)
def restore_risk(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=False)


def set_archived(request: MemberRequest, pk: UUID, *, archived: bool) -> HttpResponse:
    """Archiving is undone on the page that follows it."""
    row = queries.get_risk(request.access, pk)

    def act() -> None:
        actions.archive_risk(request.access, row, expected_version=None, archived=archived)

    done = f"The risk was {'archived' if archived else 'restored'}."
    return answer_button(request, row.get_absolute_url(), act=act, done=done)
