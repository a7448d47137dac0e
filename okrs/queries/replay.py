"""The goals of a cycle at a past moment, rolled up anew from what was true and known then.

One pass over the cycle in a fixed number of statements, however many goals there are. The
arithmetic is that of the stored scores (`okrs.scoring`); of a cycle whose close was known by then,
what the close fixed stands in place of it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from okrs import scoring
from okrs.alignment import levels_bottom_up
from okrs.choices import LIVE_STATES, AlignmentKind, LinkState, RollUpMode
from okrs.models import (
    AlignmentPast,
    CheckIn,
    ClosedObjective,
    ClosedUnit,
    Cycle,
    KeyResult,
    Objective,
    ObjectivePast,
    PlacementPast,
    UnitScore,
)
from okrs.queries.explain import KeyResultThen, ObjectiveThen, key_results_at, rounded
from okrs.queries.frozen import frozen_objectives, frozen_units
from okrs.queries.moment import Moment
from okrs.queries.objectives import PaceCounts
from okrs.queries.remembered import guessed, said_at

Unit = tuple[UUID | None, UUID | None, UUID | None]


@dataclass(frozen=True, kw_only=True)
class PastGoals:
    """Objectives that were there at a moment, and what their scores are made of; all by id.

    `said` is what each objective said then; `links` are those between objectives, in any state.
    """

    moment: Moment
    is_final: bool = False
    objectives: Mapping[UUID, Objective] = field(default_factory=dict)
    said: Mapping[UUID, ObjectivePast] = field(default_factory=dict)
    results: Mapping[UUID, scoring.ObjectiveScore] = field(default_factory=dict)
    links: Sequence[AlignmentPast] = ()
    placements: Sequence[PlacementPast] = ()
    key_results: Mapping[UUID, KeyResult] = field(default_factory=dict)
    then: Mapping[UUID, KeyResultThen] = field(default_factory=dict)
    # Own key results that were there, by objective.
    own: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    # What people expected of key results and, in the mean, of objectives: 0..1.
    confidence: Mapping[UUID, Decimal | None] = field(default_factory=dict)
    # Links shown as they were at another moment, for want of a history of then.
    guessed: int = 0

    def score(self, objective: UUID) -> Decimal | None:
        return self.results[objective].score if objective in self.results else None

    def is_live(self, objective: UUID) -> bool:
        return objective in self.said and self.said[objective].state in LIVE_STATES

    def paces(self) -> dict[UUID, PaceCounts]:
        """How the own key results of each objective stood; whether they were outdated is unknown.

        Nothing is on or off its pace once the scores are final.
        """
        found = {}
        for objective, own in self.own.items():
            paces = [] if self.is_final else [self.then[pk].pace for pk in own]
            found[objective] = PaceCounts(
                len(own), paces.count("on-track"), paces.count("behind"), paces.count("at-risk")
            )
        return found


def mean_confidence(words: Iterable[Decimal | None]) -> Decimal | None:
    """In tenths, of those who said something."""
    known = [word for word in words if word is not None]
    if not known:
        return None
    return (sum(known, Decimal(0)) / len(known)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def goals_at(cycle: Cycle, moment: Moment, *, around: UUID | None = None) -> PastGoals:
    """Every goal of a cycle at a past moment, in at most 14 statements.

    `around` leaves only an objective and those linked to it, with what their scores are made of.
    """
    at = moment.decided_by
    rows = Objective.objects.filter(cycle=cycle).select_related("cycle", "organization")
    objectives = {row.pk: row for row in rows}
    said = {
        row.row_id: row
        for row in said_at(ObjectivePast, at, row_id__in=list(objectives))
        if row.is_there
    }
    links = [
        row for row in said_at(AlignmentPast, at, child_id__in=list(objectives)) if row.is_there
    ]
    edges = counted_edges(said, links)
    kept = said.keys() if around is None else below(linked_to(around, links), edges)
    found = PastGoals(
        moment=moment,
        is_final=is_final(cycle, moment),
        objectives={pk: objectives[pk] for pk in said if pk in kept},
        said={pk: row for pk, row in said.items() if pk in kept},
        links=[row for row in links if {row.child_id, row.parent_id} & kept],
    )
    found = with_key_results(found)
    fixed = frozen_objectives(list(found.objectives), day_in(cycle, moment), moment.known_at)
    results, confidence = rolled_up(found, edges, fixed)
    return replace(
        found,
        results=results,
        confidence=confidence,
        guessed=guessed([*found.links, *found.placements], at),
    )


def objective_at(objective: Objective, moment: Moment) -> ObjectiveThen:
    """The objective's score replayed from the logs, aligned objectives included."""
    return objective_in(goals_at(objective.cycle, moment, around=objective.pk), objective)


def objective_in(goals: PastGoals, objective: Objective) -> ObjectiveThen:
    """Of an objective that was not there yet, a roll-up of nothing."""
    nothing = scoring.roll_up([], scoring.Mode(objective.roll_up))
    return ObjectiveThen(goals.results.get(objective.pk, nothing))


def is_final(cycle: Cycle, moment: Moment) -> bool:
    """Whether the cycle was over, and its close known."""
    if cycle.closed_at is None or day_in(cycle, moment) < cycle.ends_on:
        return False
    return moment.known_at is None or cycle.closed_at <= moment.known_at


def day_in(cycle: Cycle, moment: Moment) -> date:
    return moment.day(ZoneInfo(cycle.organization.time_zone))


Edge = tuple[UUID, UUID, Decimal]


def counted_edges(said: Mapping[UUID, ObjectivePast], links: Iterable[AlignmentPast]) -> list[Edge]:
    """(child, parent, weight) of agreed links whose weight counted then."""
    return [
        (link.child_id, link.parent_id, link.weight)
        for link in links
        if link.kind == AlignmentKind.CONTRIBUTES
        and link.state == LinkState.AGREED
        and link.parent_id in said
        and said[link.parent_id].roll_up == RollUpMode.OWN_AND_ALIGNED
        and link.child_id in said
        and said[link.child_id].state in LIVE_STATES
    ]


def linked_to(objective: UUID, links: Iterable[AlignmentPast]) -> set[UUID]:
    """The objective and those right above and below it."""
    ends = [{link.child_id, link.parent_id} for link in links]
    return {objective}.union(*(pair for pair in ends if objective in pair))


def below(objectives: Iterable[UUID], edges: Iterable[Edge]) -> set[UUID]:
    """The objectives and all whose scores reach them."""
    children: dict[UUID, list[UUID]] = {}
    for child, parent, _ in edges:
        children.setdefault(parent, []).append(child)
    found = set(objectives)
    waiting = list(found)
    while waiting:
        fresh = [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(fresh)
        waiting += fresh
    return found


def with_key_results(goals: PastGoals) -> PastGoals:
    """Add the key results and what they came to; eight statements."""
    ids = list(goals.objectives)
    at = goals.moment.decided_by
    placements = [row for row in said_at(PlacementPast, at, objective_id__in=ids) if row.is_there]
    placed = {row.key_result_id for row in placements}
    rows = KeyResult.objects.filter(Q(objective_id__in=ids) | Q(pk__in=placed)).select_related(
        "objective__cycle", "objective__organization"
    )
    key_results = {row.pk: row for row in rows.order_by("id")}
    then = key_results_at(list(key_results.values()), goals.moment)
    own: dict[UUID, list[UUID]] = {}
    for pk, row in key_results.items():
        if then[pk].was_there:
            own.setdefault(row.objective_id, []).append(pk)
    return replace(
        goals,
        placements=placements,
        key_results=key_results,
        then=then,
        own=own,
        confidence=confidence_at(list(key_results), goals.moment),
    )


def confidence_at(key_results: Collection[UUID], moment: Moment) -> dict[UUID, Decimal | None]:
    """What owners last said of each by then."""
    words = CheckIn.objects.filter(
        key_result_id__in=key_results, at__lte=moment.decided_by, confidence__isnull=False
    )
    latest = words.order_by("key_result_id", "-at", "-id").distinct("key_result_id")
    return dict(latest.values_list("key_result_id", "confidence"))


def rolled_up(
    goals: PastGoals, edges: Sequence[Edge], fixed: Mapping[UUID, ClosedObjective]
) -> tuple[dict[UUID, scoring.ObjectiveScore], dict[UUID, Decimal | None]]:
    """Scores and mean confidence of the objectives, bottom-up.

    The links have no circle, for circles are refused when they are made.
    """
    children = own_children(goals)
    links: dict[UUID, list[tuple[UUID, Decimal]]] = {}
    for child, parent, weight in edges:
        if parent in goals.objectives:
            links.setdefault(parent, []).append((child, weight))
    pairs = [(child, parent) for parent, found in links.items() for child, _ in found]
    results: dict[UUID, scoring.ObjectiveScore] = {}
    confidence = dict(goals.confidence)
    for pk in chain.from_iterable(levels_bottom_up(pairs, goals.objectives)):
        aligned = [
            scoring.Child(
                id=child,
                score=results[child].score,
                weight=weight,
                kind=scoring.ChildKind.OBJECTIVE,
            )
            for child, weight in links.get(pk, ())
        ]
        below, said, frozen = [*children.get(pk, ()), *aligned], goals.said[pk], fixed.get(pk)
        result = scoring.roll_up(
            below,
            scoring.Mode(said.roll_up),
            assessed=said.assessed_score,
            closed=goals.is_final,
        )
        results[pk] = as_fixed(result, frozen)
        confidence[pk] = (
            frozen.confidence if frozen else mean_confidence(confidence.get(c.id) for c in below)
        )
    return results, confidence


def own_children(goals: PastGoals) -> dict[UUID, list[scoring.Child]]:
    """Own and placed key results that were there, each with its weight of then."""
    found = {
        objective: [
            scoring.Child(id=pk, score=goals.then[pk].counted, weight=goals.then[pk].weight)
            for pk in own
        ]
        for objective, own in goals.own.items()
        if objective in goals.objectives
    }
    for row in goals.placements:
        placed = goals.then.get(row.key_result_id)
        if placed is not None and placed.was_there:
            child = scoring.Child(id=row.key_result_id, score=placed.counted, weight=row.weight)
            found.setdefault(row.objective_id, []).append(child)
    return found


def as_fixed(
    result: scoring.ObjectiveScore, frozen: ClosedObjective | None
) -> scoring.ObjectiveScore:
    """The numbers of the close, with their arithmetic where the logs still give it."""
    if frozen is None:
        return result
    same = result.computed is not None and rounded(result.computed) == frozen.computed
    return replace(
        result,
        score=frozen.score,
        computed=frozen.computed,
        assessed=frozen.assessed,
        basis=result.basis if same else None,
        coverage=scoring.Coverage(frozen.reporting, frozen.counted),
        reason=None if frozen.score is not None else result.reason,
    )


# --- Units ------------------------------------------------------------------------------------
def units_at(cycle: Cycle, goals: PastGoals) -> list[UnitScore]:
    """The roll-ups of every unit and tier, as `UnitScore` keeps those of now; one statement.

    They are made for the occasion and never stored.
    """
    fixed = {
        (row.tier_id, unit_of(row)): row
        for row in frozen_units(cycle.pk, day_in(cycle, goals.moment), goals.moment.known_at)
    }
    paces = goals.paces()
    groups: dict[tuple[UUID, Unit], list[UUID]] = {key: [] for key in fixed}
    for pk, objective in goals.objectives.items():
        if goals.is_live(pk):
            groups.setdefault((objective.tier_id, unit_of(objective)), []).append(pk)
    return [unit_at(key, members, goals, paces, fixed.get(key)) for key, members in groups.items()]


def unit_of(row: Objective | ClosedUnit | UnitScore) -> Unit:
    return row.portfolio_id, row.product_id, row.team_id


def unit_at(
    key: tuple[UUID, Unit],
    members: Sequence[UUID],
    goals: PastGoals,
    paces: Mapping[UUID, PaceCounts],
    fixed: ClosedUnit | None,
) -> UnitScore:
    tier, (portfolio, product, team) = key
    figure = scoring.portfolio_figure(
        scoring.Scored(id=pk, score=goals.score(pk), tier=tier) for pk in members
    )
    counted = [paces.get(pk, PaceCounts()) for pk in members]
    results = [goals.then[own].counted for pk in members for own in goals.own.get(pk, ())]
    return UnitScore(
        tier_id=tier,
        portfolio_id=portfolio,
        product_id=product,
        team_id=team,
        score=fixed.score if fixed else figure.mean and rounded(figure.mean),
        objectives=fixed.objectives if fixed else len(members),
        objectives_reporting=fixed.scored if fixed else figure.coverage.reporting,
        key_results=fixed.key_results if fixed else sum(c.total for c in counted),
        reporting=fixed.reporting if fixed else sum(score is not None for score in results),
        on_track=sum(c.on_track for c in counted),
        behind=sum(c.behind for c in counted),
        at_risk=sum(c.at_risk for c in counted),
        confidence=mean_confidence(goals.confidence.get(pk) for pk in members),
    )
