"""Asking for links between goals, and answering them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from okrs import scoring
from okrs.actions import alignments as actions
from okrs.actions import key_results as key_result_actions
from okrs.actions.rights import require_on_key_result, require_on_objective
from okrs.actions.weights import weigh_by_share
from okrs.choices import LINK_MOVES, LinkState, Side
from okrs.forms.links import (
    AlignmentAnswerForm,
    AnswerForm,
    ContributionAnswerForm,
    ShareForm,
    SupportAnswerForm,
)
from okrs.forms.proposals import AlignForm, ContributeForm, ProposalForm, SupportForm
from okrs.models import KeyResult, Objective, SharedPlacement
from okrs.queries.coverage import coverages
from okrs.queries.key_results import search_key_results, visible_key_results
from okrs.queries.links import alignments_of, contributions_of, supports_of
from okrs.queries.negotiation import histories
from okrs.queries.objectives import (
    objectives_with_place,
    search_objectives,
)
from okrs.views.editing import FormPage, answer_button, answer_form
from okrs.views.key_results import find_key_result
from okrs.views.objectives import find_objective

CHOOSER = "okrs/_chooser.html"
PROPOSE = "okrs/_propose.html"


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
    context = {"options": list(found), "words": words_of(request)}
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
@dataclass(frozen=True)
class Offer:
    """A goal above, whether it is ticked, and the terms beside it; `unit` is that of an amount."""

    option: Option
    is_chosen: bool
    fields: list[BoundField] = field(default_factory=list)
    coverage: scoring.TargetCoverage | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A page that proposes one kind of link to one or more goals."""

    record: Objective | KeyResult
    title: str
    note: str
    propose: Callable[..., object]


def ask(
    request: MemberRequest, asking: Asking, form: ProposalForm, offers: Iterable[Offer]
) -> HttpResponse:
    """Offer what was found for the words in `?q=`; propose to all that are ticked, or to none."""
    page = FormPage(
        title=asking.title,
        back=asking.record.get_absolute_url(),
        back_label=str(asking.record),
        note=asking.note,
        submit="Propose",
        template=PROPOSE,
        fragment="options" if request.method == "GET" else None,
        context={"offers": offers, "words": words_of(request)},
    )

    def save() -> str:
        for row, terms in form.proposals:
            try:
                asking.propose(row, **terms)
            except ValidationError as error:
                raise of_goal(form, row, error) from error
        return page.back

    count = len(form.chosen)
    done = "The link is proposed." if count == 1 else f"{count} links are proposed."
    return answer_form(request, form, page, save=save, done=done)


def of_goal(
    form: ProposalForm, row: Objective | KeyResult, error: ValidationError
) -> ValidationError:
    """The refusal of one proposal, at the terms of its goal or under the goal's name."""
    by_field: Mapping[str, Any] = getattr(error, "error_dict", {NON_FIELD_ERRORS: [error]})
    placed: dict[str, list[Any]] = {}
    for name, errors in by_field.items():
        own = f"{name}-{row.pk}"
        words = [message for one in errors for message in one.messages]
        if own in form.fields:
            placed.setdefault(own, []).extend(words)
        else:
            named = [f"“{row.title}”: {message}" for message in words]
            placed.setdefault(NON_FIELD_ERRORS, []).extend(named)
    return ValidationError(placed)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def align_objective(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask that an objective serve one or more others."""
    row = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, row)
    form = AlignForm(
        posted(request),
        access=request.access,
        pool=objectives_with_place(request.access).filter(archived_at=None),
        found=search_objectives(
            request.access, words_of(request), exclude=[pk], cycle=row.cycle_id
        ),
        query=request.GET,
    )
    asking = Asking(
        record=row,
        title="Serve objectives",
        note="Who leads an objective above answers. Links are within one cycle.",
        propose=lambda parent, **terms: actions.propose_alignment(
            request.access, child=row, parent=parent, **terms
        ),
    )
    offers = [
        Offer(objective_option(goal), is_chosen, fields) for goal, is_chosen, fields in form.lines()
    ]
    return ask(request, asking, form, offers)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def support_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask that an objective be shown as supporting one or more key results."""
    row = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, row)
    form = SupportForm(
        posted(request),
        access=request.access,
        pool=live_key_results(request),
        found=search_key_results(request.access, words_of(request), outside=pk, is_open=True),
        query=request.GET,
    )
    asking = Asking(
        record=row,
        title="Support key results",
        note="Support is shown on both pages and counts in no score.",
        propose=lambda key_result, **terms: actions.propose_support(
            request.access, child=row, key_result=key_result, **terms
        ),
    )
    offers = [
        Offer(key_result_option(goal), is_chosen, fields)
        for goal, is_chosen, fields in form.lines()
    ]
    return ask(request, asking, form, offers)


def live_key_results(request: MemberRequest) -> QuerySet[KeyResult]:
    rows = visible_key_results(request.access).filter(archived_at=None)
    return rows.select_related(
        "metric__unit", "objective__cycle", "objective__organization", "objective__portfolio",
        "objective__product", "objective__team",
    )  # fmt: skip


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def contribute(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Offer that a key result adds to one or more others, an amount to each."""
    row = find_key_result(request, pk)
    require_on_key_result(request.access, Permission.OKR_WRITE, row)
    unit = row.metric.unit
    form = ContributeForm(
        posted(request),
        access=request.access,
        pool=live_key_results(request),
        found=search_key_results(
            request.access,
            words_of(request),
            exclude=[pk],
            dimension=unit.dimension,
            is_open=True,
        ),
        query=request.GET,
    )
    asking = Asking(
        record=row,
        title="Contribute to key results",
        note=(
            f"Key results that are measured alike: {unit.get_dimension_display().lower()}."
            " Offer a change from your baseline, in the unit of the key result above."
        ),
        propose=lambda parent, **terms: actions.propose_contribution(
            request.access, child=row, parent=parent, **terms
        ),
    )
    covered = coverages(KeyResult.objects.filter(pk__in=list(form.offered)))
    offers = [
        Offer(
            key_result_option(goal),
            is_chosen,
            fields,
            covered.get(goal.pk),
            goal.metric.unit.sign,
        )
        for goal, is_chosen, fields in form.lines()
    ]
    return ask(request, asking, form, offers)


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


@requires_post(Permission.OKR_DECIDE)
def weigh_contributions(request: MemberRequest, pk: UUID) -> HttpResponse:
    key_result = find_key_result(request, pk)

    def act() -> None:
        weigh_by_share(request.access, key_result)

    back = f"{key_result.get_absolute_url()}#contributions"
    return answer_button(request, back, act=act, done="Weighed by share of the amounts.")


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
    page = answer_page(request, link, above)

    def save() -> str:
        actions.answer_link(
            request.access, link, expected_version=form.expected_version, **form.changes
        )
        return page.back

    done = ANSWERED.get(LinkState(form["to"].value()), "") if form.is_valid() else ""
    return answer_form(request, form, page, save=save, done=done)


def answer_page(request: MemberRequest, link: Any, above: Objective | KeyResult) -> FormPage:
    """Seen from the side that the member may decide for, with what was said so far."""
    home = above if actions.may_speak(request.access, link, Side.ABOVE) else link.child
    return FormPage(
        title="Answer a proposed link",
        back=home.get_absolute_url(),
        back_label=str(home),
        submit="Send answer",
        template="okrs/_answer.html",
        context={
            "link": link,
            "below": link.child,
            "above": above,
            "steps": histories([link]).get(link.pk, []),
        },
    )
