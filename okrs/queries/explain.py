"""Where a number comes from: the arithmetic of now, and of any moment as known at another.

What was true is read from the logs: values, overrides and versions of definitions. Of a cycle that
was over and closed, it is what the latest revision known at the moment fixed. What lies below an
objective at a past moment is gathered in `okrs.queries.replay`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from okrs import scoring
from okrs.definitions import (
    definition_from_json,
    definition_of,
    expectation_of,
    override_of,
    thresholds_of,
)
from okrs.models import (
    ClosedKeyResult,
    KeyResult,
    KeyResultPast,
    KeyResultVersion,
    Milestone,
    Objective,
    Override,
)
from okrs.queries.children import children_of
from okrs.queries.frozen import frozen_key_results
from okrs.queries.moment import Moment
from okrs.queries.remembered import said_at
from okrs.wording import WHY_NO_NUMBER, arithmetic
from portfolio.queries import RecordedValue, Wanted, values_at


@dataclass(frozen=True, kw_only=True)
class KeyResultThen:
    """A key result at a moment; `scored` is None before its definition was complete.

    `judged` is what a person gave instead, `frozen` what its close had fixed by then: that counts.
    """

    scored: scoring.KeyResultScore | None
    judged: Decimal | None = None
    frozen: ClosedKeyResult | None = None
    said: KeyResultPast | None = None
    value: RecordedValue | None
    override: Override | None
    version: KeyResultVersion | None
    weight: Decimal
    expected: Decimal | None
    pace: str
    pace_gap: Decimal | None

    @property
    def was_there(self) -> bool:
        """Whether it was set by then and not archived."""
        return self.version is not None and (self.said is None or self.said.is_there)

    @property
    def score(self) -> Decimal | None:
        row: Any = self.frozen or self.scored
        score: Decimal | None = row.score if row else None
        return score

    @property
    def counted(self) -> Decimal | None:
        """The score that objectives take it with."""
        if self.frozen is not None or self.judged is None:
            return self.score
        return self.judged

    @property
    def current(self) -> Decimal | None:
        """The value in use."""
        if self.frozen is not None:
            value: Decimal | None = self.frozen.value
            return value
        return self.scored.current if self.scored else None

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


def standing_moment(key_result: KeyResult, moment: Moment) -> Moment:
    """The moment for one key result: of a closed cycle, "now" is when it was closed.

    Its metric may live on in another cycle, whose values are none of this one's.
    """
    closed_at = key_result.objective.cycle.closed_at
    if moment.is_past or closed_at is None:
        return moment
    return Moment(closed_at, closed_at)


def key_results_at(key_results: Sequence[KeyResult], moment: Moment) -> dict[UUID, KeyResultThen]:
    """Each key result at a moment, from the logs, in at most six queries.

    They come with their objective, its cycle and organisation.
    """
    ids = [k.pk for k in key_results]
    values = values_at([wanted_value(k, moment) for k in key_results])
    overrides = standing_overrides(ids, moment)
    frozen = frozen_then(key_results, moment)
    versions = versions_at(ids, moment) if moment.is_past else {}
    steps = {} if moment.is_past else milestones_of(key_results)
    said = remembered_key_results(ids, moment)
    return {
        k.pk: key_result_then(
            k,
            moment,
            value=values.get(k.pk),
            override=overrides.get(k.pk),
            version=versions.get(k.pk),
            milestones=steps.get(k.pk, ()),
            frozen=frozen.get(k.pk),
            said=said.get(k.pk),
        )
        for k in key_results
    }


def wanted_value(key_result: KeyResult, moment: Moment) -> Wanted:
    """Of a closed cycle, values count up to its close: the metric may live on in another one."""
    closed_at = key_result.objective.cycle.closed_at
    as_of = min(moment.as_of, closed_at) if closed_at else moment.as_of
    return Wanted(key_result.pk, key_result.metric_id, as_of, moment.known_at)


def remembered_key_results(ids: Collection[UUID], moment: Moment) -> dict[UUID, KeyResultPast]:
    if not moment.is_past or not ids:
        return {}
    rows = said_at(KeyResultPast, moment.decided_by, row_id__in=list(ids))
    return {row.row_id: row for row in rows}


def frozen_then(key_results: Sequence[KeyResult], moment: Moment) -> dict[UUID, ClosedKeyResult]:
    """What closes had fixed by a past moment; nothing for now."""
    if not moment.is_past or not key_results:
        return {}
    day = day_of(moment, key_results[0].objective)
    return frozen_key_results([k.pk for k in key_results], day, moment.known_at)


def day_of(moment: Moment, objective: Objective) -> date:
    return moment.day(ZoneInfo(objective.organization.time_zone))


def key_result_then(
    key_result: KeyResult,
    moment: Moment,
    *,
    value: RecordedValue | None,
    override: Override | None,
    version: KeyResultVersion | None,
    milestones: Iterable[Milestone],
    frozen: ClosedKeyResult | None = None,
    said: KeyResultPast | None = None,
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
        judged=said.final_score if said else None,
        frozen=frozen,
        said=said,
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
