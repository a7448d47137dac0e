"""Lists of what delivers figures: push addresses, pulls and files, each of any age."""

from typing import Any

from django.http import HttpResponse

from accounts.permissions import MemberRequest, Permission, requires
from integrations.list_forms import InflowFilterForm
from integrations.queries import figures as queries
from lib.htmx import render_page
from lib.paging import page_of
from portfolio.models import Metric
from portfolio.queries import visible

BY_NAME, NEWEST_FIRST = ("name", "id"), ("-id",)


@requires(Permission.ORG_READ)
def push_addresses(request: MemberRequest) -> HttpResponse:
    """Addresses that take values, by name."""
    rows = queries.open_addresses(request.access)
    return listed(request, "push-addresses", rows, name="name", by=BY_NAME)


@requires(Permission.ORG_READ)
def pulls(request: MemberRequest) -> HttpResponse:
    """Numbers that are fetched, by name."""
    rows = queries.live_pulls(request.access)
    return listed(request, "pulls", rows, name="name", by=BY_NAME)


@requires(Permission.ORG_READ)
def imports(request: MemberRequest) -> HttpResponse:
    """Files that were imported, the newest first."""
    rows = queries.visible_files(request.access)
    return listed(request, "imports", rows, name="file_name", by=NEWEST_FIRST)


def listed(
    request: MemberRequest, kind: str, rows: Any, *, name: str, by: tuple[str, ...]
) -> HttpResponse:
    """A page of what the filter leaves; `name` is the column that a row is called by."""
    form = InflowFilterForm(request.GET, metrics=visible(Metric, request.access), name=name)
    page = page_of(form.chosen_of(rows), request, by=by)
    context = {"kind": kind, "form": form, "page": page}
    fragment = page.fragment("rows")
    return render_page(request, "integrations/inflow.html", context, fragment=fragment)
