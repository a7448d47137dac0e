"""Who changed what, and when."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from accounts import queries
from accounts.audit_trail import AuditLine, audit_lines, audited_tables
from accounts.forms import AuditFilterForm
from accounts.models import AuditEntry
from accounts.permissions import MemberRequest, Permission, requires
from lib.htmx import render_page
from lib.paging import page_of
from lib.spreadsheets import csv_answer

ENTRIES_PER_PAGE = 50
# A request has 10 seconds; more than this is a job for the API.
LONGEST_FILE = 10_000
COLUMNS = ("at", "who", "did", "kind", "record", "field", "before", "after", "request")


@requires(Permission.AUDIT_READ)
def audit_log(request: MemberRequest) -> HttpResponse:
    actors = queries.actor_names(request.access)
    form = AuditFilterForm(request.GET, tables=audited_tables(), actors=actors)
    page = page_of(chosen(request, form), request, by=("-id",), size=ENTRIES_PER_PAGE)
    context = {"form": form, "page": page, "lines": audit_lines(page.rows, actors)}
    status = 200 if form.is_valid() else 422
    return render_page(
        request,
        "accounts/audit_log.html",
        context,
        fragment=page.fragment("entries"),
        status=status,
    )


@requires(Permission.AUDIT_READ)
def audit_csv(request: MemberRequest) -> HttpResponse:
    """The same choice of entries as a file, one line a changed field."""
    actors = queries.actor_names(request.access)
    form = AuditFilterForm(request.GET, tables=audited_tables(), actors=actors)
    lines = audit_lines(chosen(request, form)[:LONGEST_FILE], actors)
    rows = (row for line in lines for row in csv_rows(line))
    return csv_answer(f"audit-{request.org.slug}", COLUMNS, rows)


def chosen(request: MemberRequest, form: AuditFilterForm) -> QuerySet[AuditEntry]:
    """The entries that the filters name; none for a filter that cannot be read."""
    if not form.is_valid():
        return AuditEntry.objects.none()
    filters: dict[str, Any] = form.cleaned_data
    return queries.audit_entries(request.access, **filters)


def csv_rows(line: AuditLine) -> Iterator[tuple[str, ...]]:
    moment = timezone.localtime(line.at).isoformat(timespec="seconds")
    start = (moment, line.actor, line.verb, line.kind, line.record)
    for change in line.changes:
        yield (*start, change.field, change.before, change.after, line.request_id)
