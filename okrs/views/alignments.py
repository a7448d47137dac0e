"""Asking for links between goals, and answering them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from okrs.actions import alignments as actions
from okrs.actions import key_results as key_result_actions
from okrs.actions.rights import may_on_objective, require_on_objective
from okrs.choices import LINK_MOVES, LinkState
from okrs.forms.links import (
    AlignForm,
    AlignmentAnswerForm,
    AnswerForm,
    ContributeForm,
    ContributionAnswerForm,
    ShareForm,
    SupportAnswerForm,
    SupportForm,
)
from okrs.models import KeyResult, Objective, SharedPlacement
from okrs.queries.key_results import search_key_results, visible_key_results
from okrs.queries.links import alignments_of, contributions_of, supports_of
from okrs.queries.objectives import search_objectives, visible_objectives
from okrs.views.editing import FormPage, answer_button, answer_form
from okrs.views.key_results import find_key_result
from okrs.views.objectives import find_objective

CHOOSER = "okrs/_chooser.html"


@dataclass(frozen=True)
class Option:
    """A record that may be chosen, with what tells it from namesakes."""

    id: UUID
    label: str
    hint: str
    score: Decimal | None


def objective_option(row: Objective) -> Option:
    owner = row.unit or row.organization
    return Option(row.pk, row.title, f"{row.tier} · {owner} · {row.cycle}", row.score)


def key_result_option(row: KeyResult) -> Option:
    goal = row.objective
    owner = goal.unit or goal.organization
    hint = f"{goal.title} · {owner} · {goal.cycle} · {row.metric.unit}"
    return Option(row.pk, row.title, hint, row.score)


def chooser(
    request: MemberRequest,
    record: Any,
    title: str,
    found: Iterable[Option],
    *,
    note: str = "",
    submit: str = "Propose",
) -> FormPage:
    """A page that offers the records that were found for the words in `?q=`."""
    context = {"options": list(found), "words": request.GET.get("q", "")}
    return FormPage(
        title=title,
        back=record.get_absolute_url(),
        back_label=str(record),
        note=note,
        submit=submit,
        template=CHOOSER,
        fragment="options" if request.method == "GET" else None,
        context=context,
    )


def words_of(request: MemberRequest) -> str:
    return request.GET.get("q", "")


def selected(request: MemberRequest) -> dict[str, Any]:
    """What the address chose already, as on a link from another page."""
    return {"chosen": request.GET.get("chosen", "")}


# --- Asking -----------------------------------------------------------------------------------
@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def align_objective(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask that an objective serve another one."""
    row = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, row)
    pool = visible_objectives(request.access).filter(archived_at=None)
    form = AlignForm(posted(request), access=request.access, pool=pool, initial=selected(request))
    found = search_objectives(request.access, words_of(request), exclude=[pk], cycle=row.cycle_id)
    note = "Who leads the objective above answers. Links are within one cycle."
    page = chooser(request, row, "Serve an objective", map(objective_option, found), note=note)

    def save() -> str:
        parent = form.cleaned_data["chosen"]
        with_field(
            "parent",
            lambda: actions.propose_alignment(
                request.access, child=row, parent=parent, **form.changes
            ),
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="The link is proposed.")


def with_field(name: str, act: Callable[[], object]) -> None:
    """Run an action whose refusals of `name` belong beside the chooser."""
    try:
        act()
    except ValidationError as error:
        if not hasattr(error, "error_dict") or name not in error.error_dict:
            raise
        errors = {**error.error_dict, "chosen": error.error_dict[name]}
        del errors[name]
        raise ValidationError(errors) from error


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def support_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask that an objective be shown as supporting a key result."""
    row = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, row)
    pool = live_key_results(request)
    form = SupportForm(posted(request), access=request.access, pool=pool, initial=selected(request))
    found = search_key_results(request.access, words_of(request), outside=pk)
    note = "Support is shown on both pages and counts in no score."
    page = chooser(request, row, "Support a key result", map(key_result_option, found), note=note)

    def save() -> str:
        key_result = form.cleaned_data["chosen"]
        with_field(
            "key_result",
            lambda: actions.propose_support(
                request.access, child=row, key_result=key_result, **form.changes
            ),
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="The support is proposed.")


def live_key_results(request: MemberRequest) -> QuerySet[KeyResult]:
    return visible_key_results(request.access).filter(archived_at=None)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def contribute(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Offer that a key result adds to another one."""
    row = find_key_result(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, row.objective)
    pool = live_key_results(request)
    form = ContributeForm(
        posted(request), access=request.access, pool=pool, initial=selected(request)
    )
    found = search_key_results(
        request.access,
        words_of(request),
        exclude=[pk],
        dimension=row.metric.unit.dimension,
    )
    note = (
        f"Key results that are measured alike: {row.metric.unit.get_dimension_display().lower()}."
    )
    page = chooser(
        request, row, "Contribute to a key result", map(key_result_option, found), note=note
    )

    def save() -> str:
        parent = form.cleaned_data["chosen"]
        with_field(
            "parent",
            lambda: actions.propose_contribution(
                request.access, child=row, parent=parent, **form.changes
            ),
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="The contribution is offered.")


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def share_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Show a key result of another objective under this one."""
    row = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, row)
    pool = live_key_results(request)
    form = ShareForm(posted(request), access=request.access, pool=pool, initial=selected(request))
    found = search_key_results(request.access, words_of(request), outside=pk, cycle=row.cycle_id)
    note = "It keeps its home objective and counts here with a weight of its own."
    page = chooser(
        request,
        row,
        "Place a shared key result",
        map(key_result_option, found),
        note=note,
        submit="Place it here",
    )

    def save() -> str:
        key_result = form.cleaned_data["chosen"]
        with_field(
            "key_result",
            lambda: key_result_actions.share_key_result(
                request.access, key_result, row, **form.changes
            ),
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="The key result counts here as well.")


@requires_post(Permission.OKR_WRITE)
def unshare_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    placement = get_object_or_404(SharedPlacement, pk=pk)
    row = find_objective(request, placement.objective_id)

    def act() -> None:
        key_result_actions.unshare_key_result(request.access, placement)

    done = "It no longer counts here."
    return answer_button(request, row.get_absolute_url(), act=act, done=done)


# --- Answering --------------------------------------------------------------------------------
ANSWERED = {
    LinkState.AGREED: "Agreed.",
    LinkState.COUNTERED: "Your terms are with the other side.",
    LinkState.DECLINED: "Declined.",
    LinkState.WITHDRAWN: "Withdrawn.",
    LinkState.PROPOSED: "Asked again.",
}


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def answer_alignment(request: MemberRequest, pk: UUID) -> HttpResponse:
    link = get_object_or_404(alignments_of(request.access), pk=pk)
    return answer(request, link, link.parent, AlignmentAnswerForm)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def answer_support(request: MemberRequest, pk: UUID) -> HttpResponse:
    link = get_object_or_404(supports_of(request.access), pk=pk)
    return answer(request, link, link.key_result, SupportAnswerForm)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def answer_contribution(request: MemberRequest, pk: UUID) -> HttpResponse:
    link = get_object_or_404(contributions_of(request.access), pk=pk)
    return answer(request, link, link.parent, ContributionAnswerForm)


def answer(
    request: MemberRequest, link: Any, above: Objective | KeyResult, form_class: type[AnswerForm]
) -> HttpResponse:
    """Let the member answer for the side, or both sides, that they may speak for."""
    steps = [
        LinkState(step)
        for step in LINK_MOVES[link.state]
        if actions.may_answer(request.access, link, step)
    ]
    if not steps:
        raise PermissionDenied("neither side of this link")
    form = form_class(
        posted(request),
        access=request.access,
        row=link,
        steps=steps,
        initial={"to": request.GET.get("to", "")},
    )
    page = answer_page(request, link, link.child, above)

    def save() -> str:
        actions.answer_link(
            request.access, link, expected_version=form.cleaned_data["version"], **form.changes
        )
        return page.back

    done = ANSWERED.get(LinkState(form["to"].value()), "") if form.is_valid() else ""
    return answer_form(request, form, page, save=save, done=done)


def answer_page(request: MemberRequest, link: Any, below: Any, above: Any) -> FormPage:
    """Seen from the side that the member may decide for."""
    goal = above.objective if isinstance(above, KeyResult) else above
    home = above if may_on_objective(request.access, Permission.OKR_DECIDE, goal) else below
    return FormPage(
        title="Answer a proposed link",
        back=home.get_absolute_url(),
        back_label=str(home),
        submit="Send answer",
        template="okrs/_answer.html",
        context={"link": link, "below": below, "above": above},
    )
