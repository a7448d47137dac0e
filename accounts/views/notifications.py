"""What the member was told: the list, and marking it as read."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import notifications as actions
from accounts import queries
from accounts.forms import NotificationFilterForm
from accounts.frame import frame_of
from accounts.models import Notification
from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.htmx import render_page
from lib.paging import page_of


@requires(Permission.ORG_READ)
def notifications(request: MemberRequest) -> HttpResponse:
    form = NotificationFilterForm(request.GET, kinds=actions.notification_kinds())
    rows = queries.notifications_of(request.access).select_related("actor")
    page = page_of(form.narrowed(rows), request, by=("-id",))
    context: dict[str, Any] = {
        "form": form,
        "page": page,
        "lines": [(row, actions.icon_of(row.kind)) for row in page.rows],
        "unread": frame_of(request).unread,
        "here": request.get_full_path(),
    }
    fragment = page.fragment("rows")
    return render_page(request, "accounts/notifications.html", context, fragment=fragment)


def find_notification(request: MemberRequest, pk: UUID) -> Notification:
    return get_object_or_404(queries.notifications_of(request.access), pk=pk)


@requires_post(Permission.NOTIFICATION_WRITE)
def open_one(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Go where a notification leads; whoever does has read it."""
    row = find_notification(request, pk)
    actions.mark_read(request.access, row)
    return redirect(row.url)


@requires_post(Permission.NOTIFICATION_WRITE)
def read_one(request: MemberRequest, pk: UUID) -> HttpResponse:
    actions.mark_read(request.access, find_notification(request, pk))
    return back_to_list(request)


@requires_post(Permission.NOTIFICATION_WRITE)
def unread_one(request: MemberRequest, pk: UUID) -> HttpResponse:
    actions.mark_read(request.access, find_notification(request, pk), read=False)
    return back_to_list(request)


@requires_post(Permission.NOTIFICATION_WRITE)
def read_all(request: MemberRequest) -> HttpResponse:
    count = actions.mark_all_read(request.access)
    told = "One notification is" if count == 1 else f"{count} notifications are"
    messages.success(request, f"{told} marked as read." if count else "Nothing was unread.")
    return back_to_list(request)


def back_to_list(request: MemberRequest) -> HttpResponse:
    """The list as it was narrowed when the button was pressed."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return redirect(wanted if ours else reverse("accounts:notifications", args=[request.org.slug]))
