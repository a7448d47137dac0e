"""Has the strategy changed? What was given up, heard from outside, stands still, or may happen."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q, QuerySet

from governance.choices import LIVE_RISKS, Assessment, DecisionState, RiskResponse, SignalKind
from governance.models import Decision, DecisionTouch, Risk, Signal, SignalTouch
from governance.queries.decisions import with_people as decisions_with_people
from governance.queries.records import GOALS, STEERED, visible_decisions
from governance.queries.risks import HIGHEST_FIRST, MEDIUM, level_of, visible_risks
from governance.queries.signals import LATEST_FIRST, visible_signals
from governance.queries.signals import with_people as signals_with_people
from okrs.choices import ObjectiveState
from okrs.models import Objective, ObjectiveMove
from okrs.queries.courses import courses
from portfolio.models import Theme
from reviews import evidence
from reviews.evidence import (
    DueDecisionLine,
    GivenUpLine,
    RiskLine,
    SignalLine,
    Strategy,
    ThemeLine,
)
from reviews.queries.evidence.privacy import units_named
from reviews.queries.evidence.reach import Reach

GIVEN_UP = (ObjectiveState.OBSOLETE, ObjectiveState.ABANDONED)
EVERYTHING = Q()
SIGNALS_SHOWN, RISKS_SHOWN, DUE_SHOWN = 20, 10, 10


def strategy(reach: Reach) -> Strategy:
    """Nine statements."""
    return Strategy(
        given_up=given_up(reach),
        signals=signals(reach),
        themes=themes(reach),
        risks=risks(reach),
        due=due_decisions(reach),
    )


def given_up(reach: Reach) -> tuple[GivenUpLine, ...]:
    """Objectives of the cycle that were called obsolete or abandoned, the latest first."""
    moves = ObjectiveMove.objects.filter(
        reach.covered("objective__"),
        objective__cycle=reach.cycle,
        objective__archived_at=None,
        objective__state__in=GIVEN_UP,
        to_state=F("objective__state"),
    ).select_related("objective__portfolio", "objective__product", "objective__team")
    found: dict[UUID, GivenUpLine] = {}
    for move in moves.order_by("-at", "-id"):
        found.setdefault(move.objective_id, given_up_line(reach, move))
    return tuple(found.values())


def given_up_line(reach: Reach, move: ObjectiveMove) -> GivenUpLine:
    objective = move.objective
    return GivenUpLine(
        page="okrs:objective",
        argument=str(objective.pk),
        title=objective.title,
        units=evidence.of_units(objective.unit_id),
        unit=str(objective.unit or ""),
        state=objective.state,
        on=move.at.astimezone(reach.clock).date(),
        reason=move.reason,
    )


def about_reach(reach: Reach) -> Q:
    """A condition on rows that name a record of what the review covers."""
    return (
        Q(portfolio__in=[*reach.portfolios])
        | Q(product__in=list(reach.products))
        | reach.covered("objective__")
    )


def signals(reach: Reach, known: Q = EVERYTHING) -> tuple[SignalLine, ...]:
    """What happened or was filed since the last review, and names nothing else; two statements."""
    touches = SignalTouch.objects.all()
    near = Q(pk__in=touches.filter(about_reach(reach)).values("signal"))
    rows = visible_signals(reach.access).filter(
        known,
        near | ~Q(pk__in=touches.values("signal")),
        Q(happened_on__gte=reach.since_day) | Q(created_at__gte=reach.since),
        archived_at=None,
    )
    found = list(signals_with_people(rows).order_by(*LATEST_FIRST)[:SIGNALS_SHOWN])
    named = units_named(touches.filter(signal__in=found), STEERED, by="signal_id")
    return tuple(signal_line(row, named.get(row.pk, frozenset())) for row in found)


def signal_line(row: Signal, units: frozenset[UUID]) -> SignalLine:
    return SignalLine(
        page="governance:signal",
        argument=str(row.pk),
        title=row.title,
        units=units,
        kind=SignalKind(row.kind).label,
        happened_on=row.happened_on,
        source=row.source,
        source_url=row.source_url,
        filed_by=row.filed_by.name,
        assessment=Assessment(row.assessment).label if row.assessment else "",
    )


def themes(reach: Reach) -> tuple[ThemeLine, ...]:
    """Themes that cover the cycle with how many of their objectives moved; three statements."""
    goals = Objective.objects.filter(reach.live(), reach.covered(), theme__isnull=False)
    found = list(goals.values_list("id", "theme_id", "score"))
    went = courses(
        objectives=[pk for pk, _, _ in found], since=reach.since, until=reach.since, limit=1
    )
    scores: defaultdict[UUID, list[tuple[Decimal | None, Decimal | None]]] = defaultdict(list)
    for pk, theme, score in found:
        scores[theme].append((score, went[pk].before if pk in went else None))
    return tuple(
        theme_line(row, scores[row.pk]) for row in themes_of(reach).filter(archived_at=None)
    )


def themes_of(reach: Reach) -> QuerySet[Theme]:
    """Themes that cover the cycle, archived ones included, by name."""
    rows = Theme.objects.filter(
        portfolio__in=[*reach.portfolios],
        starts_on__lte=reach.cycle.ends_on,
        ends_on__gte=reach.cycle.starts_on,
    )
    return rows.select_related("portfolio").order_by("name", "id")


def theme_line(theme: Theme, scores: Sequence[tuple[Decimal | None, Decimal | None]]) -> ThemeLine:
    """A first score counts as a movement."""
    moved = [
        score is not None and (before is None or evidence.has_moved(score - before))
        for score, before in scores
    ]
    known = [score for score, _ in scores if score is not None]
    return ThemeLine(
        page="portfolio:portfolio",
        argument=theme.portfolio.slug,
        title=theme.name,
        units=frozenset({theme.portfolio_id}),
        objectives=len(scores),
        moved=sum(moved),
        score=sum(known, Decimal(0)) / len(known) if known else None,
    )


def risks(reach: Reach) -> tuple[RiskLine, ...]:
    """Open risks of at least medium exposure, the highest first."""
    rows = visible_risks(reach.access).filter(
        about_reach(reach), archived_at=None, state__in=LIVE_RISKS, exposure__gte=MEDIUM
    )
    found = rows.select_related("owner", "objective").order_by(*HIGHEST_FIRST)
    return tuple(risk_line(row) for row in found[:RISKS_SHOWN])


def risk_line(row: Risk) -> RiskLine:
    goal = row.objective
    return RiskLine(
        page="governance:risk",
        argument=str(row.pk),
        title=row.title,
        units=evidence.of_units(row.portfolio_id, row.product_id, goal.unit_id if goal else None),
        exposure=row.exposure,
        level=level_of(row.exposure),
        owner=row.owner.name,
        response=RiskResponse(row.response).label,
        due_on=row.due_on,
    )


def due_decisions(reach: Reach) -> tuple[DueDecisionLine, ...]:
    """Decisions that were to be looked at again by today, the longest due first."""
    touches = DecisionTouch.objects.filter(about_reach(reach))
    rows = visible_decisions(reach.access).filter(
        pk__in=touches.values("decision"),
        state=DecisionState.DECIDED,
        review_on__lte=reach.today,
        archived_at=None,
    )
    found = list(decisions_with_people(rows).order_by("review_on", "id")[:DUE_SHOWN])
    touches = DecisionTouch.objects.filter(decision__in=found)
    named = units_named(touches, GOALS, by="decision_id")
    return tuple(due_line(row, named.get(row.pk, frozenset())) for row in found)


def due_line(row: Decision, units: frozenset[UUID]) -> DueDecisionLine:
    assert row.decided_on is not None  # noqa: S101 (chosen by both days)
    assert row.review_on is not None  # noqa: S101
    return DueDecisionLine(
        page="governance:decision",
        argument=str(row.pk),
        title=row.title,
        units=units,
        decided_on=row.decided_on,
        review_on=row.review_on,
    )
