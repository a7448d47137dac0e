"""Scores follow from the logs: key results and their objectives at once, the rest soon after.

Whoever changes something recomputes the key results concerned and their objectives in the same
transaction, and owes the ancestors to the outbox (`okrs.actions.ancestors`). A lock per
organisation makes two recomputations follow each other, so that each reads what the other
stored.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from accounts import outbox
from accounts.tenancy import current_organization_id
from okrs import scoring
from okrs.actions.stored import update_rows
from okrs.choices import CycleState
from okrs.definitions import (
    definition_of,
    expectation_of,
    override_of,
    thresholds_of,
)
from okrs.models import (
    KeyResult,
    Milestone,
    Objective,
    Override,
    ScorePoint,
    SharedPlacement,
)
from okrs.queries.cadences import cadences
from okrs.queries.children import children_of
from portfolio.queries import latest_values

ANCESTORS_JOB = "okrs.tasks.recompute_ancestors"
SCORE_COLUMNS = (
    "current_value",
    "current_at",
    "current_source",
    "is_overridden",
    "score",
    "raw",
    "expected",
    "pace",
    "pace_gap",
    "evidence_at",
    "outdated_from",
)
TENTH = Decimal("0.1")
CENT = Decimal("0.01")


def lock_scores() -> None:
    """Wait for our turn to recompute in the bound organisation; held until commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))",
            [str(current_organization_id())],
        )


@transaction.atomic
def recompute(
    key_result_ids: Collection[UUID],
    *,
    cause: str,
    objective_ids: Collection[UUID] = (),
    now: datetime | None = None,
) -> None:
    """Bring key results, their objectives and `objective_ids` up to date, and owe the rest.

    Closed cycles are left alone. `cause` is a word for the history, such as "check-in".
    """
    lock_scores()
    now = now or timezone.now()
    touched = recompute_key_results(key_result_ids, cause=cause, now=now)
    objectives = touched | set(objective_ids)
    recompute_objectives(objectives, cause=cause, now=now)
    if objectives or key_result_ids:
        owe_ancestors(key_result_ids, objectives)


def owe_ancestors(key_results: Iterable[UUID], objectives: Iterable[UUID]) -> None:
    outbox.enqueue(
        ANCESTORS_JOB,
        key_results=sorted(map(str, key_results)),
        objectives=sorted(map(str, objectives)),
    )


def recompute_key_results(ids: Collection[UUID], *, cause: str, now: datetime) -> set[UUID]:
    """Store what the logs amount to now; the objectives that the key results count in."""
    key_results = list(
        KeyResult.objects.filter(pk__in=ids)
        .exclude(objective__cycle__state=CycleState.CLOSED)
        .select_related("objective__cycle", "objective__organization")
    )
    if not key_results:
        return set()
    inputs = load_inputs(key_results, now)
    changed = []
    for key_result in key_results:
        computed = compute(key_result, inputs, now)
        if any(getattr(key_result, name) != computed[name] for name in SCORE_COLUMNS):
            changed.append((key_result, computed))
    store_key_results(changed, cause=cause, now=now)
    homes = {key_result.objective_id for key_result in key_results}
    return homes | placed_under({key_result.pk for key_result in key_results})


@dataclass(frozen=True)
class Inputs:
    """Everything that the scores of some key results depend on, read in a few statements."""

    values: Mapping[UUID, Any]
    overrides: Mapping[UUID, list[scoring.Override]]
    milestones: Mapping[UUID, list[Milestone]]
    cadences: Mapping[UUID, scoring.Cadence]


def load_inputs(key_results: Collection[KeyResult], now: datetime) -> Inputs:
    ids = [key_result.pk for key_result in key_results]
    objectives = {k.objective_id: k.objective for k in key_results}
    return Inputs(
        values=latest_values({k.metric_id for k in key_results}, as_of=now),
        overrides=overrides_of(ids),
        milestones=milestones_of(
            [k.pk for k in key_results if k.shape == scoring.Shape.MILESTONES]
        ),
        cadences=cadences(list(objectives.values())),
    )


def overrides_of(ids: Collection[UUID]) -> dict[UUID, list[scoring.Override]]:
    found: dict[UUID, list[scoring.Override]] = {}
    for row in Override.objects.filter(key_result_id__in=ids, released_at=None):
        found.setdefault(row.key_result_id, []).append(override_of(row))
    return found


def milestones_of(ids: Collection[UUID]) -> dict[UUID, list[Milestone]]:
    found: dict[UUID, list[Milestone]] = {}
    if ids:
        for row in Milestone.objects.filter(key_result_id__in=ids, archived_at=None):
            found.setdefault(row.key_result_id, []).append(row)
    return found


def placed_under(ids: Collection[UUID]) -> set[UUID]:
    """Objectives that share some of the key results."""
    return set(
        SharedPlacement.objects.filter(key_result_id__in=ids, archived_at=None).values_list(
            "objective_id", flat=True
        )
    )


def compute(key_result: KeyResult, inputs: Inputs, now: datetime) -> dict[str, Any]:
    """The computed columns of one key result."""
    objective = key_result.objective
    cycle, organization = objective.cycle, objective.organization
    zone = ZoneInfo(organization.time_zone)
    today = now.astimezone(zone).date()
    row = inputs.values.get(key_result.metric_id)
    override = scoring.override_at(inputs.overrides.get(key_result.pk, ()), now)
    definition = definition_of(key_result, inputs.milestones.get(key_result.pk, ()))
    scored = score_or_nothing(definition, row.value if row else None, override)
    expected = scoring.expected_progress(expectation_of(key_result, cycle), today)
    pace = scoring.judge_pace(
        definition.shape,
        scored.score if scored else None,
        expected,
        outdated=False,
        thresholds=thresholds_of(organization),
    )
    evidence = evidence_of(key_result, row)
    starts = key_result.starts_on or cycle.starts_on
    since = max(evidence.astimezone(zone).date(), starts) if evidence else starts
    due = scoring.next_due(since, inputs.cadences[objective.pk])
    return {
        "current_value": scored.current if scored else None,
        "current_at": row.effective_at if row else None,
        "current_source": row.source if row else "",
        "is_overridden": override is not None,
        "score": places(scored.score if scored else None, 10),
        "raw": places(scored.raw if scored else None, 10),
        "expected": places(pace.expected, 10),
        "pace": pace.pace.value,
        "pace_gap": pace.gap.quantize(CENT, ROUND_HALF_UP) if pace.gap is not None else None,
        "evidence_at": evidence,
        "outdated_from": datetime.combine(due + timedelta(days=1), time.min, zone),
    }


def score_or_nothing(
    definition: scoring.Definition,
    current: Decimal | None,
    override: scoring.Override | None,
) -> scoring.KeyResultScore | None:
    """None while the definition is incomplete, as with milestones still to be written."""
    if scoring.definition_errors(definition):
        return None
    return scoring.score_key_result(definition, current, override=override)


def evidence_of(key_result: KeyResult, row: Any) -> datetime | None:
    """When the number was last confirmed: a value or check-in by hand, a complete reading of
    every link when synced (stored by `note_evidence`)."""
    if key_result.source == "synced":
        return key_result.evidence_at
    known = [at for at in (key_result.checked_in_at, row.recorded_at if row else None) if at]
    return max(known, default=None)


def places(value: Decimal | None, digits: int) -> Decimal | None:
    """As the column stores it, so that an unchanged score compares equal."""
    return None if value is None else value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def store_key_results(
    changed: list[tuple[KeyResult, dict[str, Any]]], *, cause: str, now: datetime
) -> None:
    update_rows(KeyResult, [{"id": k.pk, **new, "scored_at": now} for k, new in changed])
    ScorePoint.objects.bulk_create(
        ScorePoint(
            key_result_id=k.pk, at=now, score=new["score"], raw=new["raw"],
            value=new["current_value"], cause=cause,
        )
        for k, new in changed
        if (k.score, k.raw, k.current_value) != (new["score"], new["raw"], new["current_value"])
    )  # fmt: skip


def recompute_objectives(ids: Collection[UUID], *, cause: str, now: datetime) -> set[UUID]:
    """Store what the children amount to; the objectives whose score changed."""
    objectives = list(Objective.objects.filter(pk__in=ids).exclude(cycle__state=CycleState.CLOSED))
    if not objectives:
        return set()
    children = children_of(objectives)
    changed = []
    for objective in objectives:
        computed = roll_up(objective, children[objective.pk])
        if any(getattr(objective, name) != value for name, value in computed.items()):
            changed.append((objective, computed))
    update_rows(Objective, [{"id": o.pk, **new, "scored_at": now} for o, new in changed])
    moved = [(o, new) for o, new in changed if o.score != new["score"]]
    ScorePoint.objects.bulk_create(
        ScorePoint(objective_id=o.pk, at=now, score=new["score"], cause=cause) for o, new in moved
    )
    return {o.pk for o, _ in moved}


def roll_up(objective: Objective, children: list[Any], *, closed: bool = False) -> dict[str, Any]:
    """The computed columns of one objective."""
    result = scoring.roll_up(
        [child.scored for child in children],
        scoring.Mode(objective.roll_up),
        assessed=objective.assessed_score,
        closed=closed,
    )
    said = [child.confidence for child in children if child.confidence is not None]
    mean = sum(said, Decimal(0)) / len(said) if said else None
    return {
        "score": places(result.score, 10),
        "lowest": places(result.spread.lowest if result.spread else None, 10),
        "highest": places(result.spread.highest if result.spread else None, 10),
        "reporting": result.coverage.reporting,
        "counted": result.coverage.total,
        "confidence": mean.quantize(TENTH, ROUND_HALF_UP) if mean is not None else None,
    }
