"""Retrospectives of objectives and portfolios."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires
from lib.form_answers import posted
from okrs.actions import learning as actions
from okrs.actions.rights import require_on_objective
from okrs.choices import Outcome
from okrs.forms.closing import ObjectiveRetrospectiveForm, PortfolioRetrospectiveForm
from okrs.models import Objective
from okrs.queries.learning import portfolio_retrospective, retrospective_of
from okrs.views.cycles import find_cycle
from okrs.views.editing import FormPage, answer_form
from okrs.views.objectives import find_objective, page_of
from portfolio.models import Portfolio
from portfolio.queries import visible

SAVED = "Retrospective saved."


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def objective_retrospective(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What drove it, what to keep and change, and what becomes of it.

    To carry it over leads to the new objective that goes on from it.
    """
    objective = find_objective(request, pk)
    require_on_objective(request.access, Permission.OKR_WRITE, objective)
    row = retrospective_of(objective)
    form = ObjectiveRetrospectiveForm(posted(request), access=request.access, row=row)
    page = page_of(objective, "Look back", note=f"What {objective.cycle} taught.")

    def save() -> str:
        if row is None:
            actions.look_back_on_objective(request.access, objective, **form.changes)
        else:
            version = form.expected_version
            actions.edit_retrospective(
                request.access, row, expected_version=version, **form.changes
            )
        if form.cleaned_data["outcome"] == Outcome.CARRY_OVER and has_no_successor(objective.pk):
            return reverse("okrs:continue-objective", args=[request.org.slug, objective.pk])
        return objective.get_absolute_url()

    return answer_form(request, form, page, save=save, done=SAVED)


def has_no_successor(pk: UUID) -> bool:
    return not Objective.objects.filter(continued_from=pk, archived_at=None).exists()


def find_portfolio(request: MemberRequest, pk: UUID) -> Portfolio:
    return get_object_or_404(visible(Portfolio, request.access), pk=pk)


@requires(Permission.ORG_READ)
def portfolio_learned(request: MemberRequest, pk: UUID, cycle: UUID) -> HttpResponse:
    portfolio, term = find_portfolio(request, pk), find_cycle(cycle)
    context = {
        "portfolio": portfolio,
        "cycle": term,
        "written": portfolio_retrospective(portfolio, term),
        "may_write": term.state in actions.WRITABLE
        and request.access.allows_on(Permission.OKR_DECIDE, [portfolio.pk]),
    }
    return render(request, "okrs/portfolio_learned.html", context)


@requires(Permission.OKR_DECIDE, post=Permission.OKR_DECIDE)
def write_portfolio_learned(request: MemberRequest, pk: UUID, cycle: UUID) -> HttpResponse:
    portfolio, term = find_portfolio(request, pk), find_cycle(cycle)
    request.access.require(Permission.OKR_DECIDE, [portfolio.pk])
    row = portfolio_retrospective(portfolio, term)
    form = PortfolioRetrospectiveForm(posted(request), access=request.access, row=row)
    place = {"org": request.org.slug, "cycle": cycle, "pk": pk}
    back = reverse("okrs:portfolio-learned", kwargs=place)
    page = FormPage(title="Look back", back=back, back_label=f"{portfolio}, {term}")

    def save() -> str:
        if row is None:
            actions.look_back_on_portfolio(request.access, portfolio, term, **form.changes)
        else:
            version = form.expected_version
            actions.edit_retrospective(
                request.access, row, expected_version=version, **form.changes
            )
        return back

    return answer_form(request, form, page, save=save, done=SAVED)
