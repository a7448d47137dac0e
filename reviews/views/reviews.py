"""Pages of reviews: the list, one review while it runs and after it was closed, its pack."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from accounts.queries import latest_changes
from lib.form_answers import posted
from lib.htmx import entity_tag, nothing_new, render_page, wants_fragment
from lib.paging import page_of
from lib.spreadsheets import csv_answer
from okrs.queries.scope import chosen_cycle, cycle_choices
from okrs.views.addresses import address_of
from okrs.views.editing import FormPage, answer_button, answer_form
from okrs.views.filters import AskedMoment, asked_moment
from okrs.views.missing import missing_first
from reviews import forms
from reviews.actions import reviews as actions
from reviews.choices import Question, ReviewAgenda
from reviews.evidence import Evidence, Verdict, overview_of
from reviews.models import Review
from reviews.queries import reviews as queries
from reviews.queries.evidence import evidence_of, meeting_of
from reviews.views.review_csv import COLUMNS, rows_of

READ, DECIDE, NOTE = Permission.ORG_READ, Permission.OKR_DECIDE, Permission.OKR_WRITE
LIST_COLUMNS = (
    "Meeting", "Of", "Cycle", "Held on", "State", "Facilitator", "Closed at", "Open follow-ups",
)  # fmt: skip
TONES = {
    Verdict.BROKEN: "bad",
    Verdict.LATE: "warn",
    Verdict.UNANSWERED: "warn",
    Verdict.HOLDING: "ok",
    Verdict.KEPT: "ok",
}


@requires(READ)
def reviews(request: MemberRequest) -> HttpResponse:
    """All reviews, the latest first; `?unit=` (an id) leaves those of one unit."""
    form = forms.ReviewFilterForm(request.GET)
    rows = queries.chosen_reviews(request.access, form.chosen)
    page = page_of(rows, request, by=("-held_on", "-id"))
    query = request.GET.urlencode()
    context = {
        "form": form,
        "page": page,
        "may_plan": request.access.allows(DECIDE),
        "csv_url": f"{reverse('reviews:reviews-csv', args=[request.org.slug])}?{query}",
        "today": timezone.localdate(),
    }
    return render_page(request, "reviews/reviews.html", context, fragment=page.fragment("rows"))


@requires(READ)
def reviews_csv(request: MemberRequest) -> HttpResponse:
    found = queries.chosen_reviews(request.access, forms.ReviewFilterForm(request.GET).chosen)
    return csv_answer("reviews", LIST_COLUMNS, list_rows(found.iterator(chunk_size=500)))


def list_rows(rows: Iterator[Review]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield (
            row.get_agenda_display(), row.unit, row.cycle, row.held_on, row.get_state_display(),
            row.facilitator, row.closed_at, row.left,  # type: ignore[attr-defined]
        )  # fmt: skip


@requires(DECIDE, post=DECIDE)
def create_review(request: MemberRequest) -> HttpResponse:
    """A new review; `?unit=` (an id) names whose it is."""
    form = forms.NewReviewForm(posted(request), access=request.access, initial=suggested(request))
    back = reverse("reviews:reviews", args=[request.org.slug])
    page = FormPage(title="Plan a review", back=back, back_label="Reviews", submit="Plan it")
    if request.method == "GET" and (nothing := missing_first(request, form, page)):
        return nothing

    def save() -> str:
        return actions.plan_review(request.access, **form.changes).get_absolute_url()

    return answer_form(request, form, page, save=save, done="The review is planned.")


def suggested(request: MemberRequest) -> dict[str, Any]:
    """The running cycle, and the meeting and the day that follow from the unit's last ones."""
    today = timezone.localdate()
    cycle = chosen_cycle(cycle_choices(), None, today)
    unit = request.GET.get("unit", "")
    former = queries.newest_review(request.access, unit)
    return {
        "unit": unit,
        "cycle": cycle.id if cycle else None,
        "facilitator": former.facilitator_id if former else request.member.pk,
        "agenda": former.agenda if former else ReviewAgenda.PORTFOLIO,
        "held_on": next_day(former, today),
    }


def next_day(former: Review | None, today: date) -> date:
    """A week after the last weekly meeting, two weeks after another; today when that is past."""
    if former is None:
        return today
    days = 7 if former.agenda == ReviewAgenda.WEEKLY else 14
    return max(former.held_on + timedelta(days=days), today)


@requires(READ)
def review(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The four questions and the meeting. The meeting's part is asked for again and again."""
    row = queries.get_review(request.access, pk)
    asked = asked_moment(request)
    if asked.moment.is_past:
        return review_at(request, row, asked)
    # What the meeting depends on: every edit, the address, the reader and the day.
    tag = entity_tag(
        latest_changes(), request.get_full_path(), request.member.pk, timezone.localdate()
    )
    if (unchanged := nothing_new(request, tag)) is not None:
        return unchanged
    if wants_fragment(request):
        context = {"meeting": meeting_of(request.access, row), **around(request, row)}
    else:
        found = evidence_of(request.access, row)
        context = {**shown(found), **around(request, row), "asked": asked, "moment": asked.moment}
    response = render_page(request, "reviews/review.html", context, fragment="meeting")
    response["ETag"] = tag
    return response


def around(request: MemberRequest, row: Review) -> dict[str, Any]:
    """The review with what the member may do with it."""
    is_open = not row.is_closed and row.archived_at is None
    day = timezone.localtime(row.closed_at).date() if row.closed_at else timezone.localdate()
    return {
        "review": row,
        "may_run": actions.may_run(request.access, row),
        "may_note": actions.may_note(request.access, row) and is_open,
        "may_decide": is_open
        and request.access.allows_on(Permission.DECISION_DECIDE, [row.unit_id]),
        "me": request.member.pk,
        "today": day,
    }


def shown(found: Evidence) -> dict[str, Any]:
    return {
        "evidence": found,
        "meeting": found.meeting,
        "overview": overview_of(found),
        "questions": Question,
        "tones": TONES,
    }


def review_at(request: MemberRequest, row: Review, asked: AskedMoment) -> HttpResponse:
    """What was true of the unit at a past moment; without the meeting, and nothing to do."""
    found = evidence_of(request.access, row, asked.moment)
    address = address_of(request)
    context = {
        **shown(found),
        "review": row,
        "asked": asked,
        "moment": asked.moment,
        "now_url": row.get_absolute_url(),
        "csv_url": address.at(reverse("reviews:review-csv", args=[request.org.slug, row.pk])),
    }
    return render(request, "reviews/review_at.html", context)


@requires(READ)
def pack(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The review as a document to be printed: the board pack."""
    row = queries.get_review(request.access, pk)
    found = evidence_of(request.access, row)
    context = {**shown(found), "review": row, "today": timezone.localdate()}
    return render(request, "reviews/pack.html", context)


@requires(READ)
def review_csv(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What the review shows, one line a record."""
    row = queries.get_review(request.access, pk)
    asked = asked_moment(request)
    asked.require_readable()
    found = evidence_of(request.access, row, asked.moment)
    rows = rows_of(found, request.build_absolute_uri("/")[:-1], request.org.slug)
    day = timezone.localdate(asked.moment.as_of) if asked.moment.is_past else row.held_on
    return csv_answer(f"review-{day}", COLUMNS, rows)


# --- Running it -------------------------------------------------------------------------------
def find_to_run(request: MemberRequest, pk: UUID) -> Review:
    row = queries.get_review(request.access, pk)
    actions.require_running(request.access, row)
    return row


@requires(NOTE, post=NOTE)
def edit_review(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Another day or person, and the summary; those who only take notes write the summary."""
    row = queries.get_review(request.access, pk)
    actions.require_noting(request.access, row)
    runs = actions.may_run(request.access, row)
    form_class = forms.ReviewForm if runs else forms.CloseReviewForm
    form = form_class(posted(request), access=request.access, row=row)
    back = row.get_absolute_url()

    def save() -> str:
        actions.edit_review(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return back

    page = FormPage(title="Edit the review", back=back, back_label=str(row))
    return answer_form(request, form, page, save=save, done="Review saved.")


@requires_post(DECIDE)
def start_review(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_to_run(request, pk)

    def act() -> None:
        actions.start_review(request.access, row, expected_version=None)

    return answer_button(request, row.get_absolute_url(), act=act, done="The review has begun.")


@requires(DECIDE, post=DECIDE)
def close_review(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The summary, and what closing means; from here on the page stays as it is."""
    row = find_to_run(request, pk)
    if row.is_closed and request.method == "GET":
        return redirect(row.get_absolute_url())
    form = forms.CloseReviewForm(posted(request), access=request.access, row=row)
    back = row.get_absolute_url()
    page = FormPage(
        title="Close the review",
        note="The page keeps what it shows now. Later edits of goals do not change it any more;"
        " follow-ups go on.",
        back=back,
        back_label=str(row),
        submit="Close the review",
    )

    def save() -> str:
        actions.refuse_closing(row)
        version = form.expected_version
        edited = actions.edit_review(request.access, row, expected_version=version, **form.changes)
        actions.close_review(request.access, edited, expected_version=None)
        return back

    return answer_form(request, form, page, save=save, done="The review is closed.")


@requires_post(DECIDE)
def archive_review(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=True)


@requires_post(DECIDE)
def restore_review(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=False)


def set_archived(request: MemberRequest, pk: UUID, *, archived: bool) -> HttpResponse:
    """Archiving is undone on the page that follows it."""
    row = find_to_run(request, pk)

    def act() -> None:
        actions.archive_review(request.access, row, expected_version=None, archived=archived)

    done = "The review was archived." if archived else "The review was restored."
    return answer_button(request, row.get_absolute_url(), act=act, done=done)
