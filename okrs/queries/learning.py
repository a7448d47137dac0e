"""What was learned from a cycle, and who has not looked back yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from accounts.access import Access
from okrs.choices import ObjectiveState, Outcome
from okrs.models import Cycle, Objective, ObjectiveRetrospective, PortfolioRetrospective
from okrs.queries.cycles import RUNNING
from okrs.queries.objectives import visible_objectives
from okrs.queries.starting import continuations
from portfolio.models import Portfolio
from portfolio.queries import visible


@dataclass(frozen=True)
class PortfolioLine:
    """A portfolio with its retrospective of a cycle, None while nobody wrote one."""

    portfolio: Portfolio
    written: PortfolioRetrospective | None


def retrospective_of(objective: Objective) -> ObjectiveRetrospective | None:
    rows = ObjectiveRetrospective.objects.filter(objective=objective, archived_at=None)
    return rows.select_related("author").first()


def portfolio_retrospective(portfolio: Portfolio, cycle: Cycle) -> PortfolioRetrospective | None:
    rows = PortfolioRetrospective.objects.filter(portfolio=portfolio, cycle=cycle, archived_at=None)
    return rows.select_related("author").first()


def not_looked_back_on(access: Access, cycle: Cycle) -> QuerySet[Objective]:
    """Objectives that ran in the cycle and have no retrospective."""
    written = ObjectiveRetrospective.objects.filter(objective=OuterRef("pk"), archived_at=None)
    return (
        visible_objectives(access)
        .filter(cycle=cycle, archived_at=None, state__in=[*RUNNING, ObjectiveState.CLOSED])
        .exclude(Exists(written))
        .select_related("organization", "owner", "portfolio", "product", "team")
        .order_by("tier__rank", "title", "id")
    )


def to_carry_over(access: Access, cycle: Cycle) -> QuerySet[Objective]:
    """Objectives whose retrospective carries them over, and that nothing goes on from yet."""
    said = ObjectiveRetrospective.objects.filter(
        objective=OuterRef("pk"), archived_at=None, outcome=Outcome.CARRY_OVER
    )
    return (
        visible_objectives(access)
        .filter(Exists(said), ~Exists(continuations(access)), cycle=cycle, archived_at=None)
        .select_related("organization", "portfolio", "product", "team")
        .order_by("tier__rank", "title", "id")
    )


def portfolio_lines(access: Access, cycle: Cycle) -> Sequence[PortfolioLine]:
    """Every portfolio with what it wrote about the cycle; two queries."""
    rows = PortfolioRetrospective.objects.filter(cycle=cycle, archived_at=None)
    written = {row.portfolio_id: row for row in rows.select_related("author")}
    portfolios = visible(Portfolio, access).filter(archived_at=None).order_by("name")
    return [PortfolioLine(row, written.get(row.pk)) for row in portfolios]
