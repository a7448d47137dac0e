"""What backs an objective: people-weeks, money, and the trade-off made."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from okrs.actions import commitments as actions
from okrs.actions.rights import require_on_objective
from okrs.choices import CommitmentState
from okrs.forms.work import CommitmentForm, CommitmentMoveForm, CommittedTeamForm
from okrs.models import Commitment, CommittedTeam, Objective
from okrs.queries.commitments import backing_of
from okrs.views.editing import FormPage, answer_button, answer_form
from okrs.views.objectives import find_objective


def page_of(objective: Objective, title: str, **more: Any) -> FormPage:
    back = f"{objective.get_absolute_url()}#commitment"
    return FormPage(title=title, back=back, back_label=objective.title, **more)


@requires(Permission.OKR_DECIDE, post=Permission.OKR_DECIDE)
def commitment(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Write down, or change, what an objective is backed by."""
    objective = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_DECIDE, objective)
    backing = backing_of(objective)
    row = backing.commitment if backing else None
    form = CommitmentForm(posted(request), access=request.access, row=row)
    note = "Teams are added next. Until it stands, the objective is an aspiration."
    page = page_of(objective, "Commitment", note="" if row else note)

    def save() -> str:
        if row is None:
            actions.create_commitment(request.access, objective, **form.changes)
        else:
            actions.edit_commitment(
                request.access, row, expected_version=form.expected_version, **form.changes
            )
        return page.back

    return answer_form(request, form, page, save=save, done="Commitment saved.")


def find_commitment(request: MemberRequest, pk: UUID) -> tuple[Commitment, Objective]:
    row = get_object_or_404(Commitment, pk=pk)
    return row, find_objective(request, row.objective_id)


@requires(Permission.OKR_DECIDE, post=Permission.OKR_DECIDE)
def move_commitment(request: MemberRequest, pk: UUID) -> HttpResponse:
    row, objective = find_commitment(request, pk)
    form = CommitmentMoveForm(
        posted(request), access=request.access, row=row, initial={"to": request.GET.get("to", "")}
    )
    page = page_of(objective, "Move the commitment", submit="Move")

    def save() -> str:
        version = form.cleaned_data["version"]
        actions.move_commitment(request.access, row, expected_version=version, **form.changes)
        return page.back

    label = CommitmentState(form["to"].value()).label.lower() if form.is_valid() else ""
    return answer_form(request, form, page, save=save, done=f"The commitment is {label}.")


@requires(Permission.OKR_DECIDE, post=Permission.OKR_DECIDE)
def commit_team(request: MemberRequest, pk: UUID) -> HttpResponse:
    row, objective = find_commitment(request, pk)
    require_on_objective(request.access, Permission.OKR_DECIDE, objective)
    form = CommittedTeamForm(posted(request), access=request.access)
    page = page_of(objective, "Commit a team", submit="Commit")

    def save() -> str:
        actions.commit_team(request.access, row, **form.changes)
        return page.back

    return answer_form(request, form, page, save=save, done="Team committed.")


@requires(Permission.OKR_DECIDE, post=Permission.OKR_DECIDE)
def edit_committed_team(request: MemberRequest, pk: UUID) -> HttpResponse:
    line = get_object_or_404(CommittedTeam.objects.select_related("team", "commitment"), pk=pk)
    objective = find_objective(request, line.commitment.objective_id)
    require_on_objective(request.access, Permission.OKR_DECIDE, objective)
    form = CommittedTeamForm(posted(request), access=request.access, row=line)
    page = page_of(objective, f"People-weeks of {line.team}")

    def save() -> str:
        actions.edit_committed_team(
            request.access, line, expected_version=form.expected_version, **form.changes
        )
        return page.back

    return answer_form(request, form, page, save=save, done="Saved.")


@requires_post(Permission.OKR_DECIDE)
def remove_committed_team(request: MemberRequest, pk: UUID) -> HttpResponse:
    line = get_object_or_404(CommittedTeam.objects.select_related("team", "commitment"), pk=pk)
    objective = find_objective(request, line.commitment.objective_id)

    def act() -> None:
        actions.remove_committed_team(request.access, line)

    back = f"{objective.get_absolute_url()}#commitment"
    done = f"{line.team} is no longer committed."
    return answer_button(request, back, act=act, done=done)
