"""The dashboard of a past moment: the same lines, from goals that were rolled up anew."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery, UUIDField
from django.db.models.functions import Coalesce

from okrs.queries.courses import Course
from okrs.queries.dashboard.movers import EACH_WAY, Mover
from okrs.queries.dashboard.off_pace import FURTHEST_BEHIND, OffPace
from okrs.queries.dashboard.roll_ups import RollUps, past_roll_ups
from okrs.queries.key_results import visible_key_results
from okrs.queries.objectives import PaceCounts
from okrs.queries.replay import PastGoals, goals_at, units_at
from okrs.queries.scope import Scope, standing
from okrs.queries.shown_then import cycle_of, names_of, shown_then
from portfolio.choices import TeamTie
from portfolio.models import TeamProduct

PLACES = ("product__name", "team__name", "portfolio__name")


@dataclass(frozen=True, kw_only=True)
class PastBoard:
    """The goals at the moment that is shown and at the one that they are compared with.

    `scores` are the roll-ups of units by product or portfolio, None is the organisation's own.
    """

    goals: PastGoals
    earlier: PastGoals
    scores: RollUps
    before: RollUps

    def course(self, objective: UUID) -> Course:
        last, before = self.goals.score(objective), self.earlier.score(objective)
        return Course(last=last, before=before)

    def courses(self) -> dict[UUID, Course]:
        """How the roll-ups went, by their ids."""
        return {
            row.id: Course(
                last=row.score, before=self.before[unit].score if unit in self.before else None
            )
            for unit, row in self.scores.items()
        }


def past_board(scope: Scope, since: datetime | None = None) -> PastBoard:
    """What the parts of the page share: the cycle at two moments, in at most 31 statements.

    Without `since` it is compared with nothing.
    """
    cycle = cycle_of(scope)
    goals = goals_at(cycle, scope.moment)
    earlier = (
        goals_at(cycle, scope.moment.earlier(since)) if since else PastGoals(moment=scope.moment)
    )
    return PastBoard(
        goals=goals,
        earlier=earlier,
        scores=past_roll_ups(units_at(cycle, goals)),
        before=past_roll_ups(units_at(cycle, earlier)) if since else {},
    )


def past_objective_rows(
    scope: Scope, past: PastBoard, products: Collection[UUID], limit: int
) -> list[Mapping[str, Any]]:
    """As `objective_rows`, with what was said and scored then; two statements."""
    links = standing(
        TeamProduct.objects.filter(team=OuterRef("team"), tie=TeamTie.OWNED), scope.today
    )
    rows = (
        shown_then(scope, past.goals)
        .annotate(
            unit_product=Coalesce(
                "product_id", Subquery(links.values("product_id")[:1]), output_field=UUIDField()
            )
        )
        .filter(Q(product=None, team=None) | Q(unit_product__in=products))
        .order_by("tier__rank", "title", "id")
    )
    found = list(rows.values("id", "portfolio_id", "unit_product", "team__name")[:limit])
    owners = names_of({past.goals.said[row["id"]].owner_id for row in found})
    paces = past.goals.paces()
    return [row | line_then(past.goals, row["id"], owners, paces) for row in found]


def line_then(
    goals: PastGoals,
    objective: UUID,
    owners: Mapping[UUID, str],
    paces: Mapping[UUID, PaceCounts],
) -> dict[str, Any]:
    said, result = goals.said[objective], goals.results[objective]
    pace = paces.get(objective, PaceCounts())
    own = goals.own.get(objective, ())
    expected = [e for pk in own if (e := goals.then[pk].expected) is not None]
    return {
        "title": said.title,
        "state": said.state,
        "owner__name": owners.get(said.owner_id, ""),
        "score": result.score,
        "confidence": goals.confidence.get(objective),
        "reporting": result.coverage.reporting,
        "counted": result.coverage.total,
        **vars(pace),
        "expected": sum(expected, Decimal(0)) / len(expected) if expected else None,
    }


def past_movers(scope: Scope, past: PastBoard, each_way: int = EACH_WAY) -> list[Mover]:
    """As `movers`, between the two moments as they are known; one statement."""
    rows = shown_then(scope, past.goals).values_list("id", *PLACES)
    found = [
        Mover(pk, past.goals.said[pk].title, next(filter(None, names), ""), course.last, change)
        for pk, *names in rows
        if (change := (course := past.course(pk)).change) and course.last is not None
    ]
    found.sort(key=lambda mover: (-abs(mover.change), mover.id))
    rises = [mover for mover in found if mover.change > 0][:each_way]
    falls = [mover for mover in found if mover.change < 0][:each_way]
    return [mover for mover in found if mover in rises or mover in falls]


def past_behind(scope: Scope, past: PastBoard, limit: int = FURTHEST_BEHIND) -> list[OffPace]:
    """As `furthest_behind`, against what was expected then; two statements."""
    goals = past.goals
    shown = set(shown_then(scope, goals).values_list("id", flat=True))
    late = [
        (then.pace_gap, pk)
        for pk, then in goals.then.items()
        if then.was_there
        and then.pace_gap is not None
        and then.pace in {"behind", "at-risk"}
        and goals.key_results[pk].objective_id in shown
    ]
    worst = [pk for _, pk in sorted(late, key=lambda pair: (-pair[0], pair[1]))[:limit]]
    units = [f"objective__{name}" for name in PLACES]
    rows = visible_key_results(scope.access).filter(pk__in=worst)
    places = {row["id"]: row for row in rows.values("id", "owner__name", *units)}
    return [
        off_pace_then(goals, pk, next(filter(None, map(places[pk].get, units)), ""), places[pk])
        for pk in worst
    ]


def off_pace_then(goals: PastGoals, pk: UUID, unit: str, row: Mapping[str, Any]) -> OffPace:
    then, key_result = goals.then[pk], goals.key_results[pk]
    return OffPace(
        id=pk,
        title=then.said.title if then.said else key_result.title,
        objective=goals.said[key_result.objective_id].title,
        unit=unit,
        owner=row["owner__name"],
        score=then.score,
        expected=then.expected,
        gap=then.pace_gap or Decimal(0),
        pace=then.pace,
        confidence=goals.confidence.get(pk),
        note="",
    )
