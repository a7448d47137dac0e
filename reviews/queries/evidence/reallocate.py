"""Do we need to reallocate? People against what is wanted of them, and goals without backing."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from funding.queries.budgets import live_budgets, movements_of, rows_of
from okrs.choices import CommitmentState
from okrs.models import Commitment, Objective, UnitScore
from okrs.queries.team_loads import AskLine, TeamLoad, team_loads
from portfolio.models import Product
from reviews import evidence
from reviews.evidence import (
    AskerLine,
    BackingLine,
    Money,
    MoneyLine,
    ProductLine,
    Reallocate,
    TeamLine,
)
from reviews.queries.evidence.reach import Reach

ASKERS_NAMED = 3
ASPIRATION = "aspiration"


def reallocate(reach: Reach) -> Reallocate:
    """Seven statements."""
    loads = {
        load.team.pk: load
        for load in team_loads(reach.access, reach.cycle, also=reach.team_ids)
        if load.team.pk in reach.team_ids or serves(load, reach)
    }
    return Reallocate(
        products=products(reach, loads),
        teams=tuple(team_line(load) for load in loads.values() if is_over_asked(load)),
        backing=backing(reach),
    )


def is_over_asked(load: TeamLoad) -> bool:
    """Not when nobody gave the team a capacity: there is nothing to hold the asks against."""
    return load.is_over_asked and load.capacity > 0


def serves(load: TeamLoad, reach: Reach) -> bool:
    """Whether a goal that the review covers wants something of the team."""
    return any(ask.unit_id in reach.units for ask in load.asks.values())


def products(reach: Reach, loads: Mapping[UUID, TeamLoad]) -> tuple[ProductLine, ...]:
    rows = UnitScore.objects.filter(cycle=reach.cycle, product__in=list(reach.products))
    scores = dict(rows.values_list("product_id", "score"))
    return tuple(
        product_line(product, reach.teams.get(pk, {}), loads, scores.get(pk))
        for pk, product in reach.products.items()
    )


def product_line(
    product: Product,
    shares: Mapping[UUID, Decimal],
    loads: Mapping[UUID, TeamLoad],
    score: Decimal | None,
) -> ProductLine:
    """The months of its own teams, each counted by its share for the product."""
    own = [(share, loads[team]) for team, share in shares.items() if team in loads]
    return ProductLine(
        page="portfolio:product",
        argument=product.slug,
        title=product.name,
        units=frozenset({product.pk}),
        stage=product.get_lifecycle_stage_display(),
        posture=product.get_posture_display(),
        score=score,
        capacity=sum((share * load.capacity for share, load in own), Decimal(0)),
        wanted=sum((share * load.wanted for share, load in own), Decimal(0)),
    )


def team_line(load: TeamLoad) -> TeamLine:
    worst = load.worst
    asks = [(load.asks[pk], weeks) for pk, weeks in worst.asks if pk in load.asks]
    return TeamLine(
        page="portfolio:team",
        argument=load.team.slug,
        title=load.team.name,
        units=frozenset({load.team.pk}),
        month=worst.month,
        capacity=worst.capacity,
        promised=worst.promised,
        asked=worst.asked,
        askers=tuple(asker_line(ask, weeks) for ask, weeks in asks[:ASKERS_NAMED]),
    )


def asker_line(ask: AskLine, weeks: Decimal) -> AskerLine:
    return AskerLine(
        page=ask.page,
        argument=str(ask.record),
        title=ask.title,
        units=evidence.of_units(ask.unit_id),
        unit=ask.unit,
        people_weeks=weeks,
    )


def backing(reach: Reach) -> tuple[BackingLine, ...]:
    """Goals of the unit that nothing stands behind, and every commitment on a condition."""
    conditional = Commitment.objects.filter(
        reach.live("objective__"),
        reach.covered("objective__"),
        state=CommitmentState.CONDITIONAL,
        archived_at=None,
    ).select_related("objective")
    lines = [
        backing_line(row.objective, "conditional", row.condition)
        for row in conditional.order_by("objective__title", "id")
    ]
    lines += [backing_line(row, ASPIRATION, "") for row in aspirations(reach)]
    return tuple(lines)


def aspirations(reach: Reach) -> QuerySet[Objective]:
    standing = Commitment.objects.filter(
        archived_at=None, state__in=[CommitmentState.STANDING, CommitmentState.CONDITIONAL]
    )
    rows = Objective.objects.filter(reach.live(), reach.own())
    return rows.exclude(pk__in=standing.values("objective")).order_by("title", "id")


def backing_line(objective: Objective, state: str, why: str) -> BackingLine:
    return BackingLine(
        page="okrs:objective",
        argument=str(objective.pk),
        title=objective.title,
        units=evidence.of_units(objective.unit_id),
        state=state,
        why=why,
    )


def money(reach: Reach) -> Money:
    """Budgets of the products in the days of the cycle; two statements."""
    budgets = live_budgets(reach.access).filter(
        product__in=list(reach.products),
        starts_on__lte=reach.cycle.ends_on,
        ends_on__gte=reach.cycle.starts_on,
    )
    ordered = budgets.select_related("product").order_by("product__name", "starts_on", "id")
    return Money(
        lines=tuple(
            MoneyLine(
                page="funding:budget",
                argument=str(row.budget.pk),
                title=str(row.budget),
                units=evidence.of_units(row.budget.product_id),
                product=row.budget.product.name,
                currency=row.position.currency,
                planned=row.position.planned,
                allocated=row.position.totals.allocated,
                spent=row.position.totals.spent,
                remaining=row.position.remaining,
            )
            for row in rows_of(ordered, movements_of(budgets))
        )
    )
