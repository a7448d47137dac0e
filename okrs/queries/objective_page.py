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
    SharedPlacement,
)
from okrs.queries.commitments import Backing, backing_of
from okrs.queries.coverage import coverages
from okrs.queries.dependencies import around_key_results
from okrs.queries.explain import (
    KeyResultThen,
    Moment,
    ObjectiveThen,
    key_results_at,
    objective_at,
    objective_now,
)
from okrs.queries.initiatives import initiatives_for
from okrs.queries.key_results import KeyResultRow, key_result_rows, visible_key_results
from okrs.queries.links import Links, links_of, placements_of
from okrs.queries.objectives import PaceCounts, paces_of
from okrs.queries.resting import Failure, failures_of
from okrs.scoring import TargetCoverage


@dataclass(frozen=True)
class Results:
    """An objective's own key results and those placed under it, with its arithmetic."""

    then: ObjectiveThen
    rows: Sequence[KeyResultRow]
    # Weight under this objective, and the placement, of key results that live elsewhere.
    placements: Mapping[UUID, SharedPlacement]
    # What each was at the moment asked for; empty for now.
    past: Mapping[UUID, KeyResultThen]
    pace: PaceCounts
    is_past: bool = False

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
    results: Results
    links: Links
    co_owners: Sequence[ObjectiveCoOwner]
    backing: Backing | None
    initiatives: Sequence[Initiative]
    dependencies: Sequence[Dependency]
    moves: Sequence[ObjectiveMove]
    # By key result, where something is added up towards its target.
    coverage: Mapping[UUID, TargetCoverage]
    failures: Sequence[Failure]

    @property
    def is_aspiration(self) -> bool:
        """Whether nothing stands behind the goal."""
        return self.backing is None or not self.backing.is_standing


def results_of(access: Access, objective: Objective, moment: Moment) -> Results:
    placements = {row.key_result_id: row for row in placements_of(access, objective)}
    rows = key_results_of(access, objective, list(placements))
    past: dict[UUID, KeyResultThen] = {}
    if moment.is_past:
        loaded = rows.select_related("objective__cycle", "objective__organization")
        past = key_results_at(list(loaded), moment)
    then = objective_at(objective, moment) if moment.is_past else objective_now(objective)
    return Results(
        then=then,
        rows=key_result_rows(access, rows),
        placements=placements,
        past=past,
        pace=paces_of([objective.pk], moment.as_of).get(objective.pk, PaceCounts()),
        is_past=moment.is_past,
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
        .filter(Q(objective=objective) | Q(pk__in=placed), archived_at=None)
        .order_by(own_first, "id")
    )


def co_owners_of(objective: UUID) -> list[ObjectiveCoOwner]:
    """Products and teams that answer for an objective together with its owner."""
    rows = ObjectiveCoOwner.objects.filter(objective=objective)
    return list(rows.select_related("product", "team"))


def objective_page(access: Access, objective: Objective, moment: Moment) -> ObjectivePage:
    results = results_of(access, objective, moment)
    ids = [row.id for row in results.rows]
    moves = ObjectiveMove.objects.filter(objective=objective).select_related("actor")
    return ObjectivePage(
        moment=moment,
        results=results,
        links=links_of(access, objective),
        co_owners=co_owners_of(objective.pk),
        backing=backing_of(objective),
        initiatives=list(initiatives_for(access, ids)),
        dependencies=list(around_key_results(access, ids)),
        moves=list(moves[:50]),
        coverage=coverages(KeyResult.objects.filter(objective=objective)),
        failures=failures_of([objective.pk], timezone.localdate()).get(objective.pk, []),
    )


def archived_key_results(access: Access, objective: Objective) -> list[KeyResult]:
    rows = visible_key_results(access).filter(objective=objective)
    return list(rows.exclude(archived_at=None).order_by("title"))
