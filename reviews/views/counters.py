"""Countering a proposal, and answering the counter."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from okrs.actions.rights import require_decision_on, require_on_objective
from okrs.models import Objective
from okrs.queries.objectives import objectives_with_place
from okrs.views.editing import FormPage, answer_button, answer_form
from reviews.actions import counters as actions
from reviews.forms import CounterAnswerForm, CounterForm
from reviews.models import CounterProposal
from reviews.queries.counters import visible_counters

DECIDE, WRITE = Permission.OKR_DECIDE, Permission.OKR_WRITE


def page_of(request: MemberRequest, objective: Objective, title: str, **more: str) -> FormPage:
    back = reverse("okrs:objective", args=[request.org.slug, objective.pk])
    return FormPage(title=title, back=back, back_label=objective.title, **more)  # type: ignore[arg-type]


@requires(DECIDE, post=DECIDE)
def counter(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Change the terms of a proposal into what one would agree to."""
    row = get_object_or_404(objectives_with_place(request.access), pk=pk)
    require_decision_on(request.access, row)
    key_results = row.key_results.filter(archived_at=None).select_related(
        "metric__unit", "objective__cycle"
    )
    form = CounterForm(
        posted(request), access=request.access, row=row, key_results=list(key_results)
    )
    page = page_of(
        request, row, "Counter the proposal", submit="Counter", template="reviews/counter.html"
    )

    def save() -> str:
        actions.counter_proposal(
            request.access,
            row,
            note=form.cleaned_data["note"],
            terms=form.terms,
            expected_version=form.expected_version,
        )
        return page.back

    return answer_form(request, form, page, save=save, done="The proposal went back with terms.")


def find_counter(request: MemberRequest, pk: UUID) -> CounterProposal:
    row: CounterProposal = get_object_or_404(visible_counters(request.access), pk=pk)
    return row


@requires(WRITE, post=WRITE)
def accept(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take the terms over and propose again; a page shows them once more before."""
    row = find_counter(request, pk)
    require_on_objective(request.access, WRITE, row.objective)
    form = CounterAnswerForm(posted(request), access=request.access, row=row)
    page = FormPage(
        title="Accept the counter-proposal",
        back=row.objective.get_absolute_url(),
        back_label=row.objective.title,
        submit="Accept and propose again",
        template="reviews/counter_answer.html",
        context={"counter": row, "terms": row.terms.select_related("key_result")},
    )

    def save() -> str:
        actions.accept_counter(
            request.access,
            row,
            answer=form.cleaned_data["answer"],
            expected_version=form.expected_version,
        )
        return page.back

    return answer_form(request, form, page, save=save, done="Proposed again with the new terms.")


@requires(WRITE, post=WRITE)
def decline(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Keep the proposal as it is, with a reason."""
    row = find_counter(request, pk)
    require_on_objective(request.access, WRITE, row.objective)
    form = CounterAnswerForm(posted(request), access=request.access, row=row)
    page = FormPage(
        title="Decline the counter-proposal",
        back=row.objective.get_absolute_url(),
        back_label=row.objective.title,
        submit="Decline",
        template="reviews/counter_answer.html",
        context={"counter": row, "terms": row.terms.select_related("key_result")},
    )

    def save() -> str:
        actions.decline_counter(
            request.access,
            row,
            answer=form.cleaned_data["answer"],
            expected_version=form.expected_version,
        )
        return page.back

    return answer_form(request, form, page, save=save, done="The counter-proposal was declined.")


@requires_post(DECIDE)
def withdraw(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_counter(request, pk)
    require_decision_on(request.access, row.objective)

    def act() -> None:
        actions.withdraw_counter(request.access, row, expected_version=None)

    back = row.objective.get_absolute_url()
    return answer_button(request, back, act=act, done="The counter-proposal was withdrawn.")
