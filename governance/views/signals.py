"""Pages of signals: the list, one of them, filing and judging it."""

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from governance.actions import signals as actions
from governance.actions.rights import may_on
from governance.forms.records import named_in, sent
from governance.forms.signals import AssessmentForm, SignalFilterForm, SignalForm
from governance.queries import signals as queries
from governance.queries.records import STEERED
from lib.form_answers import posted
from lib.htmx import render_page
from lib.paging import page_of
from lib.spreadsheets import csv_answer
from okrs.views.addresses import address_of
from okrs.views.editing import FormPage, answer_button, answer_form

FORM = "governance/signal_form.html"
CSV_COLUMNS = (
    "what_happened",
    "about",
    "happened_on",
    "source",
    "address",
    "filed_by",
    "assessment",
    "assessed_by",
    "note",
    "concerns",
    "description",
)


@requires(Permission.ORG_READ)
def signals(request: MemberRequest) -> HttpResponse:
    form = SignalFilterForm(request.GET, access=request.access)
    chosen = queries.chosen_signals(request.access, form.chosen)
    page = page_of(chosen, request, by=queries.LATEST_FIRST)
    rows = queries.signal_rows(request.access, page.rows)
    csv_url = address_of(request).at(f"{request.path}export/")
    context = {"form": form, "page": page, "rows": rows, "csv_url": csv_url}
    fragment = page.fragment("rows") or "list"
    return render_page(request, "governance/signals.html", context, fragment=fragment)


@requires(Permission.ORG_READ)
def signals_export(request: MemberRequest) -> HttpResponse:
    """The same choice of signals as a file."""
    form = SignalFilterForm(request.GET, access=request.access)
    chosen = queries.chosen_signals(request.access, form.chosen)
    rows = queries.signal_rows(request.access, list(chosen.order_by(*queries.LATEST_FIRST)))
    return csv_answer(f"signals-{request.org.slug}", CSV_COLUMNS, csv_rows(rows))


def csv_rows(rows: list[queries.SignalRow]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        signal = row.signal
        yield (
            signal.title,
            signal.get_kind_display(),
            signal.happened_on,
            signal.source,
            signal.source_url,
            signal.filed_by.name,
            signal.get_assessment_display(),
            signal.assessed_by.name if signal.assessed_by else "",
            signal.assessment_note,
            "; ".join(f"{link.kind}: {link.title}" for link in row.touches),
            signal.description,
        )


@requires(Permission.ORG_READ)
def signal(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_signal(request.access, pk)
    named = queries.named_records(row)
    context = {
        "signal": row,
        "touches": queries.named_links(request.access, row),
        "may_edit": actions.may_edit_signal(request.access, row),
        "may_assess": may_on(request.access, Permission.SIGNAL_ASSESS, named),
    }
    return render(request, "governance/signal.html", context)


@requires(Permission.SIGNAL_WRITE, post=Permission.SIGNAL_WRITE)
def file_signal(request: MemberRequest) -> HttpResponse:
    """Note what happened outside; `?product=<id>` and the like name whom it concerns."""
    data, typed, words = sent(request, "touches")
    begun = typed or {"touches": named_in(request, request.access, STEERED)}
    form = SignalForm(data, access=request.access, initial=begun, words=words)
    back = reverse("governance:signals", args=[request.org.slug])
    page = FormPage(
        title="File a signal",
        back=back,
        back_label="Signals",
        template=FORM,
        note="Something that a competitor, the market, a regulator or customers did.",
    )

    def save() -> str:
        return actions.file_signal(request.access, **form.changes).get_absolute_url()

    return answer_form(request, form, page, save=save, done="Signal filed.")


@requires(Permission.SIGNAL_WRITE, post=Permission.SIGNAL_WRITE)
def edit_signal(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_signal(request.access, pk)
    actions.require_edit(request.access, row)
    data, typed, words = sent(request, "touches")
    form = SignalForm(data, access=request.access, row=row, initial=typed, words=words)
    page = FormPage(
        title="Edit the signal", back=row.get_absolute_url(), back_label=row.title, template=FORM
    )

    def save() -> str:
        actions.edit_signal(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Signal saved.")


@requires(Permission.SIGNAL_ASSESS, post=Permission.SIGNAL_ASSESS)
def assess_signal(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_signal(request.access, pk)
    initial = {"assessment": row.assessment, "note": row.assessment_note}
    form = AssessmentForm(posted(request), access=request.access, row=row, initial=initial)
    page = FormPage(
        title="Assess the signal",
        back=row.get_absolute_url(),
        back_label=row.title,
        submit="Assess",
        note=row.title,
    )

    def save() -> str:
        actions.assess_signal(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Assessed.")


@requires_post(Permission.SIGNAL_WRITE)
def archive_signal(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=True)


@requires_post(Permission.SIGNAL_WRITE)
def restore_signal(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=False)


def set_archived(request: MemberRequest, pk: UUID, *, archived: bool) -> HttpResponse:
    """Archiving is undone on the page that follows it."""
    row = queries.get_signal(request.access, pk)

    def act() -> None:
        actions.archive_signal(request.access, row, expected_version=None, archived=archived)

    done = f"The signal was {'archived' if archived else 'restored'}."
    return answer_button(request, row.get_absolute_url(), act=act, done=done)
