"""Pages of updates: drafted by the product, edited and sent by a person."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from lib.htmx import render_page
from lib.paging import page_of
from lib.spreadsheets import csv_answer
from okrs.queries.objectives import is_id
from okrs.views.editing import FormPage, answer_button, answer_form
from okrs.views.missing import missing_first
from reviews import forms
from reviews.actions import updates as actions
from reviews.models import TeamUpdate
from reviews.queries import updates as queries

READ, WRITE = Permission.ORG_READ, Permission.OKR_WRITE
COLUMNS = ("Of", "From", "Until", "Author", "Sent at", "People told", "Text")


def asked_unit(request: MemberRequest) -> UUID | None:
    given = request.GET.get("unit", "")
    return UUID(given) if is_id(given) else None


@requires(READ)
def updates(request: MemberRequest) -> HttpResponse:
    """Updates that were sent, and one's own drafts; `?unit=` (an id) leaves those of one unit."""
    unit = asked_unit(request)
    page = page_of(queries.listed_updates(request.access, unit), request, by=("-id",))
    query = request.GET.urlencode()
    context = {
        "page": page,
        "unit": unit,
        "may_write": request.access.allows(WRITE),
        "csv_url": f"{reverse('reviews:updates-csv', args=[request.org.slug])}?{query}",
    }
    return render_page(request, "reviews/updates.html", context, fragment=page.fragment("rows"))


@requires(READ)
def updates_csv(request: MemberRequest) -> HttpResponse:
    found = queries.listed_updates(request.access, asked_unit(request))
    rows = (
        (row.unit, row.first, row.last, row.author, row.sent_at, row.sent_to, row.text)
        for row in found.iterator(chunk_size=500)
    )
    return csv_answer("updates", COLUMNS, rows)


@requires(WRITE, post=WRITE)
def create_update(request: MemberRequest) -> HttpResponse:
    """Have an update drafted; `?unit=` (an id) names whose."""
    initial = {"unit": request.GET.get("unit", "")}
    form = forms.NewUpdateForm(posted(request), access=request.access, initial=initial)
    back = reverse("reviews:updates", args=[request.org.slug])
    page = FormPage(
        title="Write an update",
        note="The draft says what moved, what is stuck and what was decided. You edit it before"
        " anybody sees it.",
        back=back,
        back_label="Updates",
        submit="Draft it",
    )
    if request.method == "GET" and (nothing := missing_first(request, form, page)):
        return nothing

    def save() -> str:
        made = actions.draft_update(request.access, **form.changes)
        return reverse("reviews:edit-update", args=[request.org.slug, made.pk])

    return answer_form(request, form, page, save=save, done="Here is the draft.")


@requires(READ)
def update(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_update(request.access, pk)
    is_mine = row.author_id == request.member.pk
    may_send = is_mine and not row.is_sent and row.archived_at is None
    context: dict[str, Any] = {
        "update": row,
        "may_send": may_send,
        "may_discard": is_mine and row.archived_at is None,
        "readers": queries.readers_of(request.access, row) if may_send else [],
    }
    return render(request, "reviews/update.html", context)


def find_own(request: MemberRequest, pk: UUID) -> TeamUpdate:
    row = queries.get_update(request.access, pk)
    actions.require_writing(request.access, row)
    return row


@requires(WRITE, post=WRITE)
def edit_update(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_own(request, pk)
    form = forms.UpdateForm(posted(request), access=request.access, row=row)
    page = FormPage(title=f"Update of {row.unit}", back=row.get_absolute_url(), back_label=str(row))

    def save() -> str:
        actions.edit_update(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return page.back

    return answer_form(request, form, page, save=save, done="Saved. Nobody was told yet.")


@requires_post(WRITE)
def send_update(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_own(request, pk)

    def act() -> None:
        actions.send_update(request.access, row, expected_version=None)

    return answer_button(request, row.get_absolute_url(), act=act, done="The update was sent.")


@requires_post(WRITE)
def discard_update(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_own(request, pk)
    back = reverse("reviews:updates", args=[request.org.slug])

    def act() -> None:
        actions.archive_update(request.access, row, expected_version=None)

    return answer_button(request, back, act=act, done="The update is off the list.")
