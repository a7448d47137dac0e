"""Pages of planning rounds."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from lib.htmx import render_page
from lib.paging import page_of
from okrs.models import Cycle
from okrs.views.editing import FormPage, answer_button, answer_form
from okrs.views.missing import missing_first
from portfolio.models import Portfolio
from portfolio.queries import visible
from reviews import forms
from reviews.actions import rounds as actions
from reviews.choices import RoundStep
from reviews.models import PlanningRound, RoundConstraint
from reviews.queries import rounds as queries

DECIDE = Permission.OKR_DECIDE
DONE = {
    RoundStep.THEMES: "Back to the themes.",
    RoundStep.GOALS: "Now it is about the portfolio's own OKRs.",
    RoundStep.PROPOSALS: "Proposals are open.",
    RoundStep.NEGOTIATION: "The negotiation has begun.",
    RoundStep.COMMITMENT: "Now goals are committed.",
    RoundStep.PUBLISHED: "The plan is published.",
}


def find_round(request: MemberRequest, pk: UUID) -> PlanningRound:
    """The round behind an address; 404 when its portfolio is hidden from the member."""
    row: PlanningRound = get_object_or_404(queries.visible_rounds(request.access), pk=pk)
    return row


def may_run(request: MemberRequest, planning: PlanningRound) -> bool:
    return request.access.allows_on(DECIDE, [planning.portfolio_id])


@requires(Permission.ORG_READ)
def rounds(request: MemberRequest) -> HttpResponse:
    form = forms.RoundFilterForm(request.GET, access=request.access)
    wanted = {name: form.chosen(name) for name in ("portfolio", "cycle") if form.chosen(name)}
    rows = queries.visible_rounds(request.access).filter(
        archived_at__isnull=not form.chosen("archived"), **wanted
    )
    page = page_of(rows, request, by=("-commitment_by", "-id"))
    context = {
        "form": form,
        "page": page,
        "filtered": bool(wanted or form.chosen("archived")),
        "may_open": request.access.allows(DECIDE),
    }
    return render_page(request, "reviews/rounds.html", context, fragment=page.fragment("rows"))


@requires(DECIDE, post=DECIDE)
def create_round(request: MemberRequest) -> HttpResponse:
    """A new round; `?portfolio=` (a slug) and `?cycle=` (an id) name what is planned."""
    form = forms.NewRoundForm(posted(request), access=request.access, initial=suggested(request))
    back = reverse("reviews:rounds", args=[request.org.slug])
    page = FormPage(title="New planning round", back=back, back_label="Planning", submit="Begin")
    if request.method == "GET" and (nothing := missing_first(request, form, page)):
        return nothing

    def save() -> str:
        return actions.open_round(request.access, **form.changes).get_absolute_url()

    return answer_form(request, form, page, save=save, done="The round has begun.")


def suggested(request: MemberRequest) -> dict[str, Any]:
    """The next cycle that is planned, and the usual days before it."""
    cycles = forms.cycles_to_plan(request.access)
    named = [c for c in cycles if str(c.pk) == request.GET.get("cycle")]
    planned = [c for c in cycles if c.state == "planned"]
    cycle: Cycle | None = next(iter(named or planned), None)
    slug = request.GET.get("portfolio", "")
    portfolio = visible(Portfolio, request.access).filter(slug=slug).first()
    days = queries.usual_days(cycle) if cycle else {}
    return {"portfolio": portfolio, "cycle": cycle, **days}


@requires(Permission.ORG_READ)
def planning_round(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_round(request, pk)
    context = {
        "round": row,
        "page": queries.round_page(request.access, row),
        "may_run": may_run(request, row) and row.archived_at is None,
        "see_money": request.access.allows(Permission.MONEY_READ),
    }
    return render(request, "reviews/round.html", context)


@requires(DECIDE, post=DECIDE)
def edit_round(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_round(request, pk)
    actions.require_running(request.access, row.portfolio)
    form = forms.RoundForm(posted(request), access=request.access, row=row)
    back = row.get_absolute_url()

    def save() -> str:
        actions.edit_round(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return back

    page = FormPage(title="Edit the round", back=back, back_label=str(row))
    return answer_form(request, form, page, save=save, done="Round saved.")


@requires(DECIDE, post=DECIDE)
def move_round(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A step on or back; `?to=` names the step."""
    row = find_round(request, pk)
    actions.require_running(request.access, row.portfolio)
    initial = {"to": request.GET.get("to", row.next_step or row.step)}
    form = forms.RoundMoveForm(posted(request), access=request.access, row=row, initial=initial)
    back = row.get_absolute_url()
    page = FormPage(
        title=move_title(row, form["to"].value()), back=back, back_label=str(row), submit="Move"
    )

    def save() -> str:
        given = form.cleaned_data
        actions.move_round(
            request.access,
            row,
            to=given["to"],
            reason=given["reason"],
            expected_version=form.expected_version,
        )
        return back

    done = DONE[RoundStep(form.cleaned_data["to"])] if form.is_valid() else ""
    return answer_form(request, form, page, save=save, done=done)


def move_title(row: PlanningRound, to: str) -> str:
    if row.previous_step and to == row.previous_step:
        return f"Back to {row.previous_step.in_words}"
    return f"On to {row.next_step.in_words}" if row.next_step else "Move the round"


@requires_post(DECIDE)
def archive_round(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=True)


@requires_post(DECIDE)
def restore_round(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=False)


def set_archived(request: MemberRequest, pk: UUID, *, archived: bool) -> HttpResponse:
    """Archiving is undone on the page that follows it."""
    row = find_round(request, pk)
    actions.require_running(request.access, row.portfolio)

    def act() -> None:
        actions.archive_round(request.access, row, expected_version=None, archived=archived)

    done = "The round was archived." if archived else "The round was restored."
    return answer_button(request, row.get_absolute_url(), act=act, done=done)


@requires(DECIDE, post=DECIDE)
def add_constraint(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_round(request, pk)
    actions.require_running(request.access, row.portfolio)
    form = forms.ConstraintForm(posted(request), access=request.access)
    back = row.get_absolute_url()
    page = FormPage(title="New constraint", back=back, back_label=str(row), submit="Add")

    def save() -> str:
        actions.add_constraint(request.access, row, **form.changes)
        return back

    return answer_form(request, form, page, save=save, done="Constraint added.")


def find_constraint(request: MemberRequest, pk: UUID) -> RoundConstraint:
    rows = RoundConstraint.objects.filter(round__in=queries.visible_rounds(request.access))
    row: RoundConstraint = get_object_or_404(rows.select_related("round__portfolio"), pk=pk)
    actions.require_running(request.access, row.round.portfolio)
    return row


@requires(DECIDE, post=DECIDE)
def edit_constraint(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_constraint(request, pk)
    form = forms.ConstraintForm(posted(request), access=request.access, row=row)
    back = reverse("reviews:round", args=[request.org.slug, row.round_id])
    page = FormPage(title="Edit the constraint", back=back, back_label="Planning round")

    def save() -> str:
        actions.edit_constraint(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return back

    return answer_form(request, form, page, save=save, done="Constraint saved.")


@requires_post(DECIDE)
def remove_constraint(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_constraint(request, pk)
    back = reverse("reviews:round", args=[request.org.slug, row.round_id])

    def act() -> None:
        actions.archive_constraint(request.access, row, expected_version=None)

    return answer_button(request, back, act=act, done="The constraint no longer holds.")
