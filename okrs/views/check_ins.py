"""The due list, putting a check-in off, and when one is reminded."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from okrs.actions import check_ins as actions
from okrs.actions import rhythm
from okrs.actions.rights import require_on_key_result
from okrs.choices import AlertKind
from okrs.forms.key_results import CheckInForm
from okrs.forms.rhythm import PostponeForm, ReminderForm
from okrs.queries.cadences import check_in_settings
from okrs.queries.due_list import CheckIns, DueCheckIn, check_ins_of, put_off_by
from okrs.queries.reminders import own_reminder
from okrs.views.check_in_tabs import check_in_tabs
from okrs.views.editing import FormPage, answer_button, answer_form
from okrs.views.filters import read_id
from okrs.views.key_results import find_key_result

COMING_SHOWN = 8


@requires(Permission.ORG_READ)
def check_ins(request: MemberRequest) -> HttpResponse:
    """What the member owes, with the form of one of them open: the place that reminders lead to."""
    now = timezone.now()
    found = check_ins_of(request.access, now)
    opened = read_id(request.GET.get("open", ""))
    context = {
        "tabs": check_in_tabs(request, "check-ins"),
        "due": due_lines(found, opened),
        "found": found,
        "coming": found.coming[:COMING_SHOWN],
        "put_off": put_off_by(request.access, timezone.localdate(now)),
        "reminder": own_reminder(request.member, now),
    }
    return render(request, "okrs/check_ins.html", context)


def due_lines(found: CheckIns, opened: UUID | None) -> list[dict[str, Any]]:
    """One line each; the form of `opened`, else the first, stands open and takes the focus."""
    if opened not in {item.row.id for item in found.due}:
        opened = found.due[0].row.id if found.due else None
    return [due_line(item, is_open=item.row.id == opened) for item in found.due]


def due_line(item: DueCheckIn, *, is_open: bool = False) -> dict[str, Any]:
    form = CheckInForm(row=item.row)
    if is_open:
        next(iter(form.fields.values())).widget.attrs["data-focus"] = True
    return {"row": item.row, "due_on": item.due_on, "form": form, "is_open": is_open}


# --- Putting off ------------------------------------------------------------------------------
@requires(Permission.CHECK_IN_WRITE, post=Permission.CHECK_IN_WRITE)
def postpone(request: MemberRequest, pk: UUID) -> HttpResponse:
    key_result = find_key_result(request, pk)
    require_on_key_result(request.access, Permission.CHECK_IN_WRITE, key_result)
    form = PostponeForm(posted(request), access=request.access)
    back = reverse("okrs:check-ins", args=[request.org.slug])
    page = FormPage(
        title="Put the check-in off",
        back=back,
        back_label="Check-ins",
        submit="Put off",
        note=key_result.title,
    )

    def save() -> str:
        actions.postpone(request.access, key_result, **form.changes)
        return back

    return answer_form(request, form, page, save=save, done="Put off. Nobody asks until then.")


@requires_post(Permission.CHECK_IN_WRITE)
def take_up_again(request: MemberRequest, pk: UUID) -> HttpResponse:
    key_result = find_key_result(request, pk)
    back = reverse("okrs:check-ins", args=[request.org.slug])

    def act() -> None:
        actions.take_up_again(request.access, key_result)

    return answer_button(request, back, act=act, done="Asked for again.")


# --- Reminders --------------------------------------------------------------------------------
@requires(Permission.ORG_READ, post=Permission.NOTIFICATION_WRITE)
def reminders(request: MemberRequest) -> HttpResponse:
    """When the member is reminded, on their own clock."""
    own = own_reminder(request.member, timezone.now())
    form = ReminderForm(
        posted(request), access=request.access, row=own.choice, default=check_in_settings()
    )
    here = reverse("okrs:reminders", args=[request.org.slug])
    page = FormPage(
        title="Reminders",
        back=reverse("okrs:check-ins", args=[request.org.slug]),
        back_label="Check-ins",
        template="okrs/reminders.html",
        context={"reminder": own, "tabs": check_in_tabs(request, "reminders")},
    )

    def save() -> str:
        rhythm.choose_reminder(
            request.access, expected_version=form.expected_version, **form.changes
        )
        return here

    return answer_form(request, form, page, save=save, done="Reminders saved.")


# --- Alerts -----------------------------------------------------------------------------------
@requires_post(Permission.NOTIFICATION_WRITE)
def hide_alert(request: MemberRequest, pk: UUID, kind: str) -> HttpResponse:
    """Take an alert off the member's home, or put it back (`back=1`)."""
    key_result = find_key_result(request, pk)
    if kind not in AlertKind.values:
        raise Http404
    home = reverse("okrs:home", args=[request.org.slug])
    if request.POST.get("back"):
        return answer_button(
            request,
            home,
            act=lambda: rhythm.show_alert(request.access, key_result, kind),
            done="Shown again.",
        )
    return answer_button(
        request,
        home,
        act=lambda: rhythm.hide_alert(request.access, key_result, kind),
        done="Hidden. It will not show again.",
    )
