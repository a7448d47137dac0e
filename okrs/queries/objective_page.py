"""Everything that the page of an objective shows, at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.access import Access
from okrs.models import (
    Dependency,
    Initiative,
    KeyResult,
    Objective,
    ObjectiveCoOwner,
    ObjectiveMove,
    PlacementPast,
    SharedPlacement,
)
from okrs.queries.commitments import Backing, backing_of
from okrs.queries.coverage import coverages, coverages_then
from okrs.queries.dependencies import around_key_results
from okrs.queries.explain import KeyResultThen, ObjectiveThen, objective_now
from okrs.queries.initiatives import initiatives_for
from okrs.queries.key_results import KeyResultRow, key_result_rows, visible_key_results
from okrs.queries.links import Links, links_of, placements_of
from okrs.queries.links_then import links_then, row_then
from okrs.queries.moment import Moment
from okrs.queries.objectives import PaceCounts, paces_of
from okrs.queries.replay import PastGoals, goals_at, objective_in
from okrs.queries.resting import Failure, failures_of
from okrs.scoring import TargetCoverage

MOVES_SHOWN = 50
# What an objective may say otherwise from day to day.
SAID = (
    "title", "state", "condition", "roll_up", "theme_id", "owner_id", "assessed_score",
    "assessed_by_id", "assessment",
)  # fmt: skip


@dataclass(frozen=True)
class Results:
    """An objective's own key results and those placed under it, with its arithmetic."""

    then: ObjectiveThen
    rows: Sequence[KeyResultRow]
    # Weight under this objective, and the placement, of key results that live elsewhere.
    placements: Mapping[UUID, SharedPlacement | PlacementPast]
    # What each was at the moment asked for; empty for now.
    past: Mapping[UUID, KeyResultThen]
    pace: PaceCounts
    is_past: bool = False
    is_final: bool = False

    @property
    def score(self) -> Decimal | None:
        return self.then.result.score

    @property
    def disagreement(self) -> Decimal | None:
        """How far the assessed score lies from the computed one."""
        result = self.then.result
        if result.assessed is None or result.computed is None:
            return None
        return result.assessed - result.computed

    @property
    def is_wide(self) -> bool:
        """Whether key results lie so far apart that their mean hides it."""
        spread = self.then.result.spread
        return spread is not None and spread.width >= Decimal("0.5")


@dataclass(frozen=True, kw_only=True)
class ObjectivePage:
    moment: Moment
    # Whether it was set by then.
    was_there: bool = True
    # Links shown as they were at another moment, for want of a history of then.
    guessed: int = 0
    results: Results
    links: Links
    co_owners: Sequence[ObjectiveCoOwner] = ()
    backing: Backing | None = None
    initiatives: Sequence[Initiative] = ()
    dependencies: Sequence[Dependency] = ()
    moves: Sequence[ObjectiveMove]
    # By key result, where something is added up towards its target.
    coverage: Mapping[UUID, TargetCoverage]
    failures: Sequence[Failure] = ()

    @property
    def is_aspiration(self) -> bool:
        """Whether nothing stands behind the goal."""
        if self.moment.is_past:
            return False
        return self.backing is None or not self.backing.is_standing


def results_of(access: Access, objective: Objective) -> Results:
    placements = {row.key_result_id: row for row in placements_of(access, objective)}
    rows = key_results_of(access, objective, list(placements)).filter(archived_at=None)
    return Results(
        then=objective_now(objective),
        rows=key_result_rows(access, rows),
        placements=placements,
        past={},
        pace=paces_of([objective.pk], timezone.now()).get(objective.pk, PaceCounts()),
        is_final=objective.cycle.is_closed,
    )


def results_then(access: Access, objective: Objective, goals: PastGoals) -> Results:
    """The key results that were there, as they were defined."""
    placements = {
        row.key_result_id: row for row in goals.placements if row.objective_id == objective.pk
    }
    past = {
        pk: then
        for pk, then in goals.then.items()
        if then.was_there
        and (goals.key_results[pk].objective_id == objective.pk or pk in placements)
    }
    rows = key_results_of(access, objective, list(placements)).filter(pk__in=past)
    return Results(
        then=objective_in(goals, objective),
        rows=[row_then(row, past[row.id]) for row in key_result_rows(access, rows)],
        placements=placements,
        past=past,
        pace=goals.paces().get(objective.pk, PaceCounts()),
        is_past=True,
        is_final=goals.is_final,
    )


def key_results_of(
    access: Access, objective: Objective, placed: Sequence[UUID]
) -> QuerySet[KeyResult]:
    """Own key results first, in the order in which they were set."""
    own_first = Case(
        When(objective=objective, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    return (
        visible_key_results(access)
        .filter(Q(objective=objective) | Q(pk__in=placed))
        .order_by(own_first, "id")
    )


def co_owners_of(access: Access, objective: UUID) -> list[ObjectiveCoOwner]:
    """Products, then teams, by name that answer for an objective together with its owner.

    Those hidden from the member are left out.
    """
    hidden = access.units.hidden
    rows = ObjectiveCoOwner.objects.filter(objective=objective).select_related("product", "team")
    if hidden:
        rows = rows.exclude(Q(product_id__in=hidden) | Q(team_id__in=hidden))
    return list(rows.order_by("product__name", "team__name"))


def objective_page(access: Access, objective: Objective, moment: Moment) -> ObjectivePage:
    """The objective itself says what it said at the moment."""
    if moment.is_past:
        return past_objective_page(access, objective, moment)
    results = results_of(access, objective)
    ids = [row.id for row in results.rows]
    return ObjectivePage(
        moment=moment,
        results=results,
        links=links_of(access, objective),
        co_owners=co_owners_of(access, objective.pk),
        backing=backing_of(objective),
        initiatives=list(initiatives_for(access, ids)),
        dependencies=list(around_key_results(access, ids)),
        moves=moves_of(objective),
        coverage=coverages(KeyResult.objects.filter(objective=objective)),
        failures=failures_of([objective.pk], timezone.localdate()).get(objective.pk, []),
    )


def past_objective_page(access: Access, objective: Objective, moment: Moment) -> ObjectivePage:
    """Without what keeps no history: commitments, work, dependencies and co-owners."""
    goals = goals_at(objective.cycle, moment, around=objective.pk)
    said = goals.said.get(objective.pk)
    for name in SAID if said else ():
        setattr(objective, name, getattr(said, name))
    own = [goals.key_results[pk] for pk in goals.own.get(objective.pk, ())]
    return ObjectivePage(
        moment=moment,
        was_there=said is not None,
        guessed=goals.guessed,
        results=results_then(access, objective, goals),
        links=links_then(access, objective, goals),
        moves=moves_of(objective, moment),
        coverage=coverages_then(own, goals.then, moment),
    )


def moves_of(objective: Objective, moment: Moment | None = None) -> list[ObjectiveMove]:
    rows = ObjectiveMove.objects.filter(objective=objective).select_related("actor")
    if moment is not None:
        rows = rows.filter(at__lte=moment.decided_by)
    return list(rows[:MOVES_SHOWN])


def archived_key_results(access: Access, objective: Objective) -> list[KeyResult]:
    rows = visible_key_results(access).filter(objective=objective)
    return list(rows.exclude(archived_at=None).order_by("title"))
