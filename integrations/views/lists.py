"""Lists of what belongs to a connection: as a page that is narrowed, and as a file."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpResponse

from accounts.permissions import MemberRequest
from integrations.models import Connection
from lib.htmx import render_page
from lib.paging import page_of
from lib.spreadsheets import csv_answer

AT_ONCE = 5000


class Narrowing(Protocol):
    """The form of such a list: whose it is, and the rows that were chosen."""

    connection: Connection

    @property
    def rows(self) -> Any: ...


def list_page(request: MemberRequest, form: Narrowing, template: str) -> HttpResponse:
    """The chosen rows, the newest first."""
    page = page_of(form.rows, request, by=("-id",))
    context = {
        "connection": form.connection,
        "form": form,
        "page": page,
        "query": request.GET.urlencode(),
    }
    return render_page(request, template, context, fragment=page.fragment("rows"))


def list_file(name: str, form: Narrowing, columns: Sequence[str]) -> HttpResponse:
    """The same choice, all of it, in `columns` of the query."""
    named = [column.removesuffix("__name") for column in columns]
    rows = form.rows.values_list(*columns).iterator(chunk_size=AT_ONCE)
    pk: UUID = form.connection.pk
    return csv_answer(f"{name}-{pk}", named, rows)
