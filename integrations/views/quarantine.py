"""Pages of records that could not be read: all of them, and another try of one."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from integrations.actions.retries import ask_again, keep_answer
from integrations.list_forms import AsideFilterForm
from integrations.models import QuarantinedRecord
from integrations.views.connections import find
from integrations.views.lists import list_file, list_page

COLUMNS = (
    "remote_id", "source__name", "reason", "tries", "created_at", "last_tried_at", "excerpt",
)  # fmt: skip


@requires(Permission.ORG_READ)
def set_aside(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Records of a connection that could not be read, the newest first."""
    form = AsideFilterForm(request.GET, connection=find(pk))
    return list_page(request, form, "integrations/set_aside.html")


@requires(Permission.ORG_READ)
def set_aside_csv(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The same choice as a file."""
    return list_file("set-aside", AsideFilterForm(request.GET, connection=find(pk)), COLUMNS)


@transaction.non_atomic_requests
@requires_post(Permission.CONNECTION_SYNC)
def try_again(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask for one record at once. Waits for the network."""
    with transaction.atomic():
        live = QuarantinedRecord.objects.filter(source__connection__archived_at=None)
        record = get_object_or_404(live.select_related("source"), pk=pk)
        connection_id = record.source.connection_id
    try:
        record = keep_answer(request.access, record, ask_again(request.access, record))
    except ValidationError as error:
        with transaction.atomic():
            messages.error(request, " ".join(error.messages))
    else:
        with transaction.atomic():
            tell(request, record)
    return redirect("integrations:set-aside", org=request.org.slug, pk=connection_id)


def tell(request: MemberRequest, record: QuarantinedRecord) -> None:
    if record.resolved_at is None:
        messages.error(request, f"{record.remote_id} still cannot be read: {record.reason}")
    else:
        what = "it could be read, or is gone there"
        messages.success(request, f"{record.remote_id} is settled: {what}.")
