"""Where a number comes from: the arithmetic of now, and of any moment as known at another.

What was true is read from the logs: values, overrides and versions of definitions. Of a cycle that
was over and closed, it is what the latest revision known at the moment fixed. Links between goals
keep no history of their own; those that stand today and were made by then are taken.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from okrs import scoring
from okrs.choices import LIVE_STATES, AlignmentKind, LinkState, RollUpMode
from okrs.definitions import (
    definition_from_json,
    definition_of,
    expectation_of,
    override_of,
    thresholds_of,
)
from okrs.models import (
    ClosedKeyResult,
    ClosedObjective,
    Cycle,
    KeyResult,
    KeyResultVersion,
    Milestone,
    Objective,
    ObjectiveAlignment,
    Override,
    SharedPlacement,
)
from okrs.queries.children import children_of
from okrs.queries.frozen import frozen_key_results, frozen_objectives
from okrs.wording import WHY_NO_NUMBER, arithmetic
from portfolio.queries import RecordedValue, latest_values


@dataclass(frozen=True)
class Moment:
    """`as_of` is when it was true; `known_at` is what we knew, None for all that is known now."""

    as_of: datetime
    known_at: datetime | None = None
    is_past: bool = False

    @classmethod
    def now(cls) -> "Moment":
        return cls(timezone.now())


@dataclass(frozen=True, kw_only=True)
class KeyResultThen:
    """A key result at a moment; `scored` is None before its definition was complete.

    `frozen` is what its close had fixed by then, and counts.
    """

    scored: scoring.KeyResultScore | None
    frozen: ClosedKeyResult | None = None
    value: RecordedValue | None
    override: Override | None
    version: KeyResultVersion | None
    weight: Decimal
    expected: Decimal | None
    pace: str
    pace_gap: Decimal | None

    @property
    def score(self) -> Decimal | None:
        row: Any = self.frozen or self.scored
        score: Decimal | None = row.score if row else None
        return score

    @property
    def raw(self) -> Decimal | None:
        row: Any = self.frozen or self.scored
        raw: Decimal | None = row.raw if row else None
        return raw

    @property
    def is_as_computed(self) -> bool:
        """Whether the close fixed what the logs amount to, or fixed nothing yet."""
        if self.frozen is None or self.scored is None or self.scored.score is None:
            return self.frozen is None
        return bool(rounded(self.scored.score) == self.frozen.score)

    @property
    def arithmetic(self) -> str:
        if self.scored is None or not self.is_as_computed:
            return ""
        return arithmetic(self.scored.raw, self.scored.basis)

    @property
    def reason(self) -> str:
        """Why there is no score, or none that follows from the logs; empty otherwise."""
        if self.frozen is not None:
            return "" if self.is_as_computed else self.why_frozen
        if self.scored is None:
            return "Its definition is not complete yet."
        return WHY_NO_NUMBER[self.scored.reason] if self.scored.reason else ""

    @property
    def why_frozen(self) -> str:
        if self.frozen is not None and self.frozen.judged is not None:
            return "A person gave this final score."
        return "This is what the close of the cycle fixed."


def rounded(score: Decimal) -> Decimal:
    """As the columns of scores keep it."""
    return score.quantize(Decimal("1e-10"), ROUND_HALF_UP)


@dataclass(frozen=True)
class ObjectiveThen:
    """The roll-up of an objective at a moment."""

    result: scoring.ObjectiveScore

    @property
    def arithmetic(self) -> str:
        return arithmetic(self.result.computed, self.result.basis)

    @property
    def reason(self) -> str:
        return WHY_NO_NUMBER[self.result.reason] if self.result.reason else ""


def read_moment(as_of: str, known_at: str, organization_zone: str) -> Moment:
    """The moment that an address asks for; what cannot be read is left out.

    A day without a time means its last instant in the organisation's time zone.
    """
    zone = ZoneInfo(organization_zone)
    true_at, known = instant(as_of, zone), instant(known_at, zone)
    now = timezone.now()
    if true_at is None and known is None:
        return Moment(now)
    return Moment(min(true_at or now, now), known, is_past=True)


def instant(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) == len("2026-01-31"):
        moment = datetime.combine(moment.date() + timedelta(days=1), time.min)
        moment -= timedelta(microseconds=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def standing_moment(key_result: KeyResult, moment: Moment) -> Moment:
    """The moment for one key result: of a closed cycle, "now" is when it was closed.

    Its metric may live on in another cycle, whose values are none of this one's.
    """
    closed_at = key_result.objective.cycle.closed_at
    if moment.is_past or closed_at is None:
        return moment
    return Moment(closed_at, closed_at)


def key_results_at(key_results: Sequence[KeyResult], moment: Moment) -> dict[UUID, KeyResultThen]:
    """Each key result at a moment, from the logs, in at most five queries.

    They come with their objective, its cycle and organisation.
    """
    ids = [k.pk for k in key_results]
    values = latest_values(
        {k.metric_id for k in key_results}, as_of=moment.as_of, known_at=moment.known_at
    )
    overrides = standing_overrides(ids, moment)
    frozen = frozen_then(key_results, moment)
    versions = versions_at(ids, moment) if moment.is_past else {}
    steps = {} if moment.is_past else milestones_of(key_results)
    return {
        k.pk: key_result_then(
            k,
            moment,
            value=values.get(k.metric_id),
            override=overrides.get(k.pk),
            version=versions.get(k.pk),
            milestones=steps.get(k.pk, ()),
            frozen=frozen.get(k.pk),
        )
        for k in key_results
    }


def frozen_then(key_results: Sequence[KeyResult], moment: Moment) -> dict[UUID, ClosedKeyResult]:
    """What closes had fixed by a past moment; nothing for now."""
    if not moment.is_past or not key_results:
        return {}
    day = day_of(moment, key_results[0].objective)
    return frozen_key_results([k.pk for k in key_results], day, moment.known_at)


def day_of(moment: Moment, objective: Objective) -> date:
    return moment.as_of.astimezone(ZoneInfo(objective.organization.time_zone)).date()


def key_result_then(
    key_result: KeyResult,
    moment: Moment,
    *,
    value: RecordedValue | None,
    override: Override | None,
    version: KeyResultVersion | None,
    milestones: Iterable[Milestone],
    frozen: ClosedKeyResult | None = None,
) -> KeyResultThen:
    definition = definition_of(key_result, milestones)
    if moment.is_past:
        definition = definition_from_json(version.definition) if version else definition
    known = not moment.is_past or version is not None
    scored = None
    if known and not scoring.definition_errors(definition):
        scored = scoring.score_key_result(
            definition,
            value.value if value else None,
            source=scoring.Source(key_result.source),
            override=override_of(override) if override else None,
        )
    reading = pace_then(key_result, definition, scored, moment)
    return KeyResultThen(
        scored=scored,
        frozen=frozen,
        value=value,
        override=override,
        version=version,
        weight=frozen.weight if frozen else definition.weight,
        expected=reading.expected,
        pace=reading.pace.value,
        pace_gap=reading.gap,
    )


def pace_then(
    key_result: KeyResult,
    definition: scoring.Definition,
    scored: scoring.KeyResultScore | None,
    moment: Moment,
) -> scoring.PaceReading:
    objective = key_result.objective
    day = day_of(moment, objective)
    return scoring.judge_pace(
        definition.shape,
        scored.score if scored else None,
        scoring.expected_progress(expectation_of(key_result, objective.cycle), day),
        outdated=False,
        thresholds=thresholds_of(objective.organization),
    )


def standing_overrides(ids: Collection[UUID], moment: Moment) -> dict[UUID, Override]:
    """The override in force for each key result that has one."""
    rows: dict[UUID, list[Override]] = {}
    for row in Override.objects.filter(key_result_id__in=ids).select_related("author"):
        rows.setdefault(row.key_result_id, []).append(row)
    found = {}
    for key_result, candidates in rows.items():
        standing = scoring.override_at(map(override_of, candidates), moment.as_of, moment.known_at)
        if standing is not None:
            found[key_result] = next(row for row in candidates if row.pk == standing.id)
    return found


def versions_at(ids: Collection[UUID], moment: Moment) -> dict[UUID, KeyResultVersion]:
    """The version of each definition in force; none before the first."""
    known = Q() if moment.known_at is None else Q(recorded_at__lte=moment.known_at)
    rows = (
        KeyResultVersion.objects.filter(
            known, key_result_id__in=ids, effective_at__lte=moment.as_of
        )
        .order_by("key_result_id", "-effective_at", "-recorded_at", "-id")
        .distinct("key_result_id")
    )
    return {row.key_result_id: row for row in rows}


def milestones_of(key_results: Iterable[KeyResult]) -> dict[UUID, list[Milestone]]:
    ids = [k.pk for k in key_results if k.shape == scoring.Shape.MILESTONES]
    found: dict[UUID, list[Milestone]] = {}
    if ids:
        for row in Milestone.objects.filter(key_result_id__in=ids, archived_at=None):
            found.setdefault(row.key_result_id, []).append(row)
    return found


def objective_now(objective: Objective) -> ObjectiveThen:
    """The arithmetic of the stored score, from the stored scores below; three queries at most."""
    children = [child.scored for child in children_of([objective])[objective.pk]]
    return ObjectiveThen(
        scoring.roll_up(
            children,
            scoring.Mode(objective.roll_up),
            assessed=objective.assessed_score,
            closed=objective.cycle.is_closed,
        )
    )


def objective_at(objective: Objective, moment: Moment) -> ObjectiveThen:
    """The objective's score replayed from the logs, aligned objectives included."""
    nodes, edges = contributing(objective)
    placements = placed_key_results(nodes)
    key_results = key_results_under(nodes, [key_result for _, key_result, _ in placements])
    then = key_results_at(list(key_results.values()), moment)
    children = own_children(nodes, key_results, then, moment)
    for objective_id, key_result_id, weight in placements:
        if key_result_id in then and then[key_result_id].version is not None:
            child = scoring.Child(id=key_result_id, score=then[key_result_id].score, weight=weight)
            children[objective_id].append(child)
    result = replay(objective.pk, nodes, edges, children, moment)
    frozen = frozen_objectives([objective.pk], day_of(moment, objective), moment.known_at)
    return ObjectiveThen(as_fixed(result, frozen.get(objective.pk)))


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
    )


Edge = tuple[UUID, UUID, Decimal]


def contributing(objective: Objective) -> tuple[dict[UUID, Objective], list[Edge]]:
    """The objective and all whose scores reach it, with (child, parent, weight) of the links."""
    nodes, edges = {objective.pk: objective}, []
    waiting = [objective.pk] if objective.roll_up == RollUpMode.OWN_AND_ALIGNED else []
    while waiting:
        links = ObjectiveAlignment.objects.filter(
            parent_id__in=waiting,
            kind=AlignmentKind.CONTRIBUTES,
            state=LinkState.AGREED,
            archived_at=None,
            child__archived_at=None,
            child__state__in=LIVE_STATES,
        ).select_related("child__cycle", "child__organization")
        fresh = []
        for link in links:
            edges.append((link.child_id, link.parent_id, link.weight))
            if link.child_id not in nodes:
                nodes[link.child_id] = link.child
                fresh.append(link.child)
        waiting = [o.pk for o in fresh if o.roll_up == RollUpMode.OWN_AND_ALIGNED]
    return nodes, edges


def placed_key_results(objectives: Collection[UUID]) -> list[Edge]:
    """(objective, key result, weight) of every shared placement."""
    rows = SharedPlacement.objects.filter(
        objective_id__in=list(objectives), archived_at=None, key_result__archived_at=None
    )
    return list(rows.values_list("objective_id", "key_result_id", "weight"))


def key_results_under(
    objectives: Collection[UUID], placed: Collection[UUID]
) -> dict[UUID, KeyResult]:
    rows = KeyResult.objects.filter(
        Q(objective_id__in=list(objectives)) | Q(pk__in=list(placed)), archived_at=None
    ).select_related("objective__cycle", "objective__organization")
    return {row.pk: row for row in rows}


def own_children(
    nodes: Mapping[UUID, Objective],
    key_results: Mapping[UUID, KeyResult],
    then: Mapping[UUID, KeyResultThen],
    moment: Moment,
) -> dict[UUID, list[scoring.Child]]:
    """Own key results that existed by then, with the weight of then."""
    children: dict[UUID, list[scoring.Child]] = {pk: [] for pk in nodes}
    for pk, key_result in key_results.items():
        state = then[pk]
        if key_result.objective_id in nodes and state.version is not None:
            score = state.score if state.frozen else final_or(key_result, state.score, moment)
            child = scoring.Child(id=pk, score=score, weight=state.weight)
            children[key_result.objective_id].append(child)
    return children


def final_or(key_result: KeyResult, score: Decimal | None, moment: Moment) -> Decimal | None:
    """What a person judged at close counts once the close is known."""
    cycle: Cycle = key_result.objective.cycle
    is_known = moment.known_at is None or (
        cycle.closed_at is not None and moment.known_at >= cycle.closed_at
    )
    if key_result.final_score is None or not is_known or not has_ended(cycle, moment):
        return score
    return key_result.final_score


def has_ended(cycle: Cycle, moment: Moment) -> bool:
    zone = ZoneInfo(cycle.organization.time_zone)
    return cycle.is_closed and moment.as_of.astimezone(zone).date() >= cycle.ends_on


def replay(
    pk: UUID,
    nodes: Mapping[UUID, Objective],
    edges: Iterable[Edge],
    children: Mapping[UUID, list[Any]],
    moment: Moment,
) -> scoring.ObjectiveScore:
    """Roll up bottom-up; the links have no circle, for circles are refused when they are made."""
    objective = nodes[pk]
    below = [
        scoring.Child(
            id=child,
            score=replay(child, nodes, edges, children, moment).score,
            weight=weight,
            kind=scoring.ChildKind.OBJECTIVE,
        )
        for child, parent, weight in edges
        if parent == pk
    ]
    judged_by_then = objective.assessed_at is not None and objective.assessed_at <= (
        moment.known_at or moment.as_of
    )
    return scoring.roll_up(
        [*children[pk], *below],
        scoring.Mode(objective.roll_up),
        assessed=objective.assessed_score if judged_by_then else None,
        closed=has_ended(objective.cycle, moment),
    )
