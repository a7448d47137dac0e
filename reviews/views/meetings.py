"""What people do on the page of a review: notes, decisions and follow-ups."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from lib.htmx import render_page
from lib.paging import page_of
from lib.spreadsheets import csv_answer
from okrs.views.editing import FormPage, answer_button, answer_form
from reviews import forms
from reviews.actions import meetings as actions
from reviews.actions.reviews import may_note, require_noting
from reviews.models import AgendaItem, FollowUp, Review, ReviewDecision
from reviews.queries import reviews as queries

READ, NOTE, DECIDE = Permission.ORG_READ, Permission.OKR_WRITE, Permission.DECISION_DECIDE
COMMENT = Permission.COMMENT_WRITE
USUAL_TIME = timedelta(days=7)
FOLLOW_UP_COLUMNS = ("What", "Who", "By", "Done at", "Meeting", "Of", "Held on")


def find_to_note(request: MemberRequest, pk: UUID) -> Review:
    row = queries.get_review(request.access, pk)
    require_noting(request.access, row)
    return row


# --- The agenda -------------------------------------------------------------------------------
def find_item(request: MemberRequest, pk: UUID) -> AgendaItem:
    rows = AgendaItem.objects.filter(review__in=queries.visible_reviews(request.access))
    row: AgendaItem = get_object_or_404(
        rows.select_related("review__organization", "review__portfolio", "review__product",
                            "review__team"), pk=pk,
    )  # fmt: skip
    require_noting(request.access, row.review)
    return row


def place_of(item: AgendaItem) -> str:
    return f"{item.review.get_absolute_url()}#item-{item.pk}"


@requires(NOTE, post=NOTE)
def add_item(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_to_note(request, pk)
    form = forms.ItemForm(posted(request), access=request.access)
    page = FormPage(
        title="New point", back=row.get_absolute_url(), back_label=str(row), submit="Add"
    )

    def save() -> str:
        return place_of(actions.add_item(request.access, row, **form.changes))

    return answer_form(request, form, page, save=save, done="The point is on the agenda.")


@requires(NOTE, post=NOTE)
def edit_item(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_item(request, pk)
    form = forms.ItemForm(posted(request), access=request.access, row=row)
    return answer_item(request, row, form, "Edit the point")


@requires(NOTE, post=NOTE)
def note_item(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What is said about a point; when two write at once, the second sees both."""
    row = find_item(request, pk)
    form = forms.NoteForm(posted(request), access=request.access, row=row)
    return answer_item(request, row, form, row.title)


def answer_item(
    request: MemberRequest, row: AgendaItem, form: forms.ItemForm | forms.NoteForm, title: str
) -> HttpResponse:
    page = FormPage(title=title, back=place_of(row), back_label=str(row.review))

    def save() -> str:
        actions.edit_item(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return page.back

    return answer_form(request, form, page, save=save, done="Saved.")


@requires_post(NOTE)
def tick_item(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The point is done, or it is not after all."""
    row = find_item(request, pk)

    def act() -> None:
        actions.edit_item(request.access, row, expected_version=None, is_done=not row.is_done)

    done = "Not done after all." if row.is_done else "Done."
    return answer_button(request, place_of(row), act=act, done=done)


@requires_post(NOTE)
def move_item(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One place up, or with `down` in the form one place down."""
    row = find_item(request, pk)
    to = row.position + (1 if "down" in request.POST else -1)

    def act() -> None:
        actions.move_item(request.access, row, to=to)

    return answer_button(request, place_of(row), act=act, done="The agenda has a new order.")


@requires_post(NOTE)
def remove_item(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_item(request, pk)

    def act() -> None:
        actions.archive_item(request.access, row, expected_version=None)

    back = row.review.get_absolute_url()
    return answer_button(request, back, act=act, done="The point is off the agenda.")


# --- Decisions --------------------------------------------------------------------------------
@requires(DECIDE, post=DECIDE)
def decide(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A decision about the unit of the review, made here and now."""
    row = queries.get_review(request.access, pk)
    request.access.require(DECIDE, [row.unit_id])
    form = forms.ReviewDecisionForm(posted(request), access=request.access)
    back = f"{row.get_absolute_url()}#decisions"
    page = FormPage(
        title="Record a decision",
        note=f"It touches {row.unit} and stays in the list of decisions.",
        back=back,
        back_label=str(row),
        submit="Record it",
    )

    def save() -> str:
        actions.decide_in_review(request.access, row, **form.changes)
        return back

    return answer_form(request, form, page, save=save, done="Decision recorded.")


@requires_post(NOTE)
def unlist_decision(request: MemberRequest, pk: UUID, decision: UUID) -> HttpResponse:
    """The decision leaves the review and stands."""
    row = find_to_note(request, pk)
    listed = get_object_or_404(ReviewDecision, review=row, decision=decision)

    def act() -> None:
        actions.unlist_decision(request.access, listed)

    back = f"{row.get_absolute_url()}#decisions"
    return answer_button(request, back, act=act, done="The decision stands, but not here.")


# --- Follow-ups -------------------------------------------------------------------------------
@requires(READ)
def follow_ups(request: MemberRequest) -> HttpResponse:
    """Who does what by when; `?review=` (an id) leaves those of one review."""
    form = forms.FollowUpFilterForm(request.GET)
    filters = form.chosen
    rows = queries.chosen_follow_ups(request.access, filters, timezone.localdate())
    by = ("-done_at", "-id") if filters.state == queries.DONE else ("due_on", "id")
    page = page_of(rows, request, by=by)
    for row in page.rows:
        row.may_finish = may_finish(request, row)  # type: ignore[attr-defined]
        row.may_edit = may_note(request.access, row.review)  # type: ignore[attr-defined]
    query = request.GET.urlencode()
    context = {
        "form": form,
        "page": page,
        "csv_url": f"{reverse('reviews:follow-ups-csv', args=[request.org.slug])}?{query}",
        "here": request.get_full_path(),
    }
    return render_page(request, "reviews/follow_ups.html", context, fragment=page.fragment("rows"))


def may_finish(request: MemberRequest, row: FollowUp) -> bool:
    return row.owner_id == request.member.pk or may_note(request.access, row.review)


@requires(READ)
def follow_ups_csv(request: MemberRequest) -> HttpResponse:
    filters = forms.FollowUpFilterForm(request.GET).chosen
    found = queries.chosen_follow_ups(request.access, filters, timezone.localdate())
    rows = (
        (
            row.text, row.owner, row.due_on, row.done_at, row.review.get_agenda_display(),
            row.review.unit, row.review.held_on,
        )
        for row in found.iterator(chunk_size=500)
    )  # fmt: skip
    return csv_answer("follow-ups", FOLLOW_UP_COLUMNS, rows)


@requires(NOTE, post=NOTE)
def add_follow_up(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_to_note(request, pk)
    initial = {"due_on": max(row.held_on, timezone.localdate()) + USUAL_TIME}
    form = forms.FollowUpForm(posted(request), access=request.access, initial=initial)
    back = f"{row.get_absolute_url()}#follow-ups"
    page = FormPage(
        title="New follow-up",
        note="It stands on the home of whoever does it until it is done.",
        back=back,
        back_label=str(row),
        submit="Add",
    )

    def save() -> str:
        actions.add_follow_up(request.access, row, **form.changes)
        return back

    return answer_form(request, form, page, save=save, done="The follow-up was given.")


@requires(NOTE, post=NOTE)
def edit_follow_up(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_follow_up(request.access, pk)
    require_noting(request.access, row.review)
    form = forms.FollowUpForm(posted(request), access=request.access, row=row)
    back = reverse("reviews:follow-ups", args=[request.org.slug])

    def save() -> str:
        actions.edit_follow_up(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return back

    page = FormPage(title="Edit the follow-up", back=back, back_label="Follow-ups")
    return answer_form(request, form, page, save=save, done="Follow-up saved.")


@requires_post(COMMENT)
def finish_follow_up(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_done(request, pk, done=True)


@requires_post(COMMENT)
def reopen_follow_up(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_done(request, pk, done=False)


def set_done(request: MemberRequest, pk: UUID, *, done: bool) -> HttpResponse:
    row = queries.get_follow_up(request.access, pk)

    def act() -> None:
        actions.finish_follow_up(request.access, row, expected_version=None, done=done)

    back = reverse("reviews:follow-ups", args=[request.org.slug])
    return answer_button(request, back, act=act, done="Done." if done else "Open again.")


@requires_post(NOTE)
def remove_follow_up(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_follow_up(request.access, pk)
    require_noting(request.access, row.review)

    def act() -> None:
        actions.archive_follow_up(request.access, row, expected_version=None)

    back = reverse("reviews:follow-ups", args=[request.org.slug])
    return answer_button(request, back, act=act, done="The follow-up was removed.")
