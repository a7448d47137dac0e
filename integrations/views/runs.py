"""Pages of runs: all of a connection, and one with what it could not read."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from accounts.permissions import MemberRequest, Permission, requires
from integrations.list_forms import RunFilterForm
from integrations.models import SyncRun
from integrations.queries.connections import aside_in
from integrations.views.connections import find
from integrations.views.lists import list_file, list_page
from lib.htmx import render_page
from lib.paging import page_of

COLUMNS = (
    "created_at", "started_at", "finished_at", "state", "trigger", "requested_by__name", "seen",
    "changed", "gone", "quarantined", "requests", "values_written", "problem", "request", "remedy",
    "id",
)  # fmt: skip


@requires(Permission.ORG_READ)
def runs(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Runs that asked something or went wrong, the newest first."""
    form = RunFilterForm(request.GET, connection=find(pk))
    return list_page(request, form, "integrations/runs.html")


@requires(Permission.ORG_READ)
def runs_csv(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The same choice as a file."""
    return list_file("runs", RunFilterForm(request.GET, connection=find(pk)), COLUMNS)


@requires(Permission.ORG_READ)
def run(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One run: how it ended, what it saw and what it could not read."""
    live = SyncRun.objects.filter(connection__archived_at=None)
    row = get_object_or_404(live.select_related("connection__organization", "requested_by"), pk=pk)
    page = page_of(aside_in(row), request, by=("-id",))
    context = {"run": row, "page": page}
    fragment = page.fragment("rows")
    return render_page(request, "integrations/run.html", context, fragment=fragment)
