"""Scores follow from the logs: key results and their objectives at once, the rest soon after.

Whoever changes something recomputes the key results concerned and their objectives in the same
transaction, and owes the ancestors to the outbox (`okrs.actions.ancestors`). A lock per
organisation makes two recomputations follow each other, so that each reads what the other
stored.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from accounts import outbox
from accounts.fields import new_id
from accounts.tenancy import current_organization_id
from lib.decimals import rounded
from okrs import scoring
from okrs.actions.stored import as_json
from okrs.choices import KeyResultSource
from okrs.definitions import definition_of, expectation_between, override_of, thresholds_of
from okrs.models import Milestone, Override, SharedPlacement
from okrs.queries.cadences import Cadences, read_cadences
from okrs.queries.children import ScoredChild, children_of
from okrs.queries.scorable import (
    Figures,
    ScorableKeyResult,
    scorable_key_results,
    scorable_objectives,
)
from portfolio.queries import RecordedValue, latest_values

ANCESTORS_JOB = "okrs.tasks.recompute_ancestors"
TENTH = Decimal("0.1")
CENT = Decimal("0.01")
# Fourteen digits before the point are what a raw score has room for.
WIDEST_RAW = Decimal(10**14 - 1)
# The computed columns, and a point of history for each row that has an id for one.
STORING_KEY_RESULTS = """
WITH new AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s) AS r(
        id uuid, current_value numeric, current_at timestamptz, current_source text,
        is_overridden boolean, score numeric, raw numeric, expected numeric, pace text,
        pace_gap numeric, evidence_at timestamptz, outdated_from timestamptz, point uuid)
), stored AS (
    UPDATE okrs_keyresult k
    SET current_value = n.current_value, current_at = n.current_at,
        current_source = n.current_source, is_overridden = n.is_overridden, score = n.score,
        raw = n.raw, expected = n.expected, pace = n.pace, pace_gap = n.pace_gap,
        evidence_at = n.evidence_at, outdated_from = n.outdated_from, scored_at = %(now)s{said}
    FROM new n{word} WHERE k.organization_id = %(org)s AND k.id = n.id
)
INSERT INTO okrs_scorepoint
    (id, organization_id, created_at, key_result_id, at, score, raw, value, cause)
SELECT point, %(org)s, %(now)s, id, %(now)s, score, raw, current_value, %(cause)s
FROM new WHERE point IS NOT NULL
"""
STORE_KEY_RESULTS = STORING_KEY_RESULTS.format(said="", word="")
# The same with what a person said of one of the rows, which ends its putting off.
STORE_WITH_WORD = STORING_KEY_RESULTS.format(
    said=""",
        checked_in_at = coalesce(w.at, k.checked_in_at),
        checked_in_by_id = coalesce(w.author, k.checked_in_by_id),
        reported_status = coalesce(w.status, k.reported_status),
        last_note = coalesce(w.note, k.last_note),
        confidence = coalesce(w.confidence, k.confidence),
        postponed_until = CASE WHEN w.id IS NULL THEN k.postponed_until END""",
    word=""" LEFT JOIN (
        SELECT %(said_of)s::uuid AS id, %(now)s::timestamptz AS at, %(author)s::uuid AS author,
               %(status)s AS status, %(note)s AS note, %(confidence)s::numeric AS confidence
    ) w ON w.id = n.id""",
)
STORE_OBJECTIVES = """
WITH new AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s) AS r(
        id uuid, score numeric, lowest numeric, highest numeric, reporting integer,
        counted integer, confidence numeric, point uuid)
), stored AS (
    UPDATE okrs_objective o
    SET score = n.score, lowest = n.lowest, highest = n.highest, reporting = n.reporting,
        counted = n.counted, confidence = n.confidence, scored_at = %(now)s
    FROM new n WHERE o.organization_id = %(org)s AND o.id = n.id
)
INSERT INTO okrs_scorepoint (id, organization_id, created_at, objective_id, at, score, cause)
SELECT point, %(org)s, %(now)s, id, %(now)s, score, %(cause)s FROM new WHERE point IS NOT NULL
"""


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
    recompute_above(key_result_ids, touched | set(objective_ids), cause=cause, now=now)


def recompute_above(
    key_result_ids: Collection[UUID], objective_ids: Collection[UUID], *, cause: str, now: datetime
) -> None:
    """Bring objectives up to date, and owe what lies above them and above key results."""
    recompute_objectives(objective_ids, cause=cause, now=now)
    if objective_ids or key_result_ids:
        owe_ancestors(key_result_ids, objective_ids)


def owe_ancestors(key_results: Iterable[UUID], objectives: Iterable[UUID]) -> None:
    outbox.enqueue(
        ANCESTORS_JOB,
        key_results=sorted(map(str, key_results)),
        objectives=sorted(map(str, objectives)),
    )


def recompute_key_results(ids: Collection[UUID], *, cause: str, now: datetime) -> set[UUID]:
    """Store what the logs amount to now; the objectives that the key results count in."""
    rows = [row for row in scorable_key_results(ids) if not row.is_closed]
    score_key_results(rows, cause=cause, now=now)
    return objectives_of(rows)


def objectives_of(rows: Iterable[ScorableKeyResult]) -> set[UUID]:
    """The objectives that key results count in."""
    return {pk for row in rows for pk in (row.objective_id, *row.shared_with)}


class Word(NamedTuple):
    """What a person says of a key result now; without a confidence, the last one stands."""

    said_of: UUID
    author: UUID
    status: str
    note: str
    confidence: Decimal | None


def score_key_results(
    rows: Sequence[ScorableKeyResult], *, cause: str, now: datetime, word: Word | None = None
) -> dict[UUID, Figures]:
    """Store what the logs of key results as just read amount to now, and answer with it.

    A word about one of them is kept beside its score, by the same statement.
    """
    if not rows:
        return {}
    inputs = load_inputs(rows, now)
    found = {row.id: compute(row, inputs, now) for row in rows}
    spoken_of = word.said_of if word else None
    changed = [
        (row, found[row.id]) for row in rows if found[row.id] != row.stored or row.id == spoken_of
    ]
    store(
        STORE_WITH_WORD if word else STORE_KEY_RESULTS,
        [
            {**new._asdict(), "id": row.id, "point": point_of(row.stored, new)}
            for row, new in changed
        ],
        cause=cause,
        now=now,
        **(word._asdict() if word else {}),
    )
    return found


def point_of(old: Figures, new: Figures) -> UUID | None:
    """The id of a point of history; None where pace or evidence alone changed."""
    same = (old.score, old.raw, old.current_value) == (new.score, new.raw, new.current_value)
    return None if same else new_id()


def store(
    statement: str, rows: list[dict[str, Any]], *, cause: str, now: datetime, **more: Any
) -> None:
    """Store computed columns and their points in one statement, however many rows."""
    if not rows:
        return
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "rows": as_json(rows),
        "cause": cause,
        "now": now,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@dataclass(frozen=True)
class Inputs:
    """Everything that the scores of some key results depend on, read in a few statements."""

    values: Mapping[UUID, RecordedValue]
    overrides: Mapping[UUID, list[scoring.Override]]
    milestones: Mapping[UUID, list[Milestone]]
    cadences: Cadences


def load_inputs(rows: Collection[ScorableKeyResult], now: datetime) -> Inputs:
    return Inputs(
        values=latest_values({row.metric_id for row in rows}, as_of=now),
        overrides=overrides_of([row.id for row in rows if row.may_be_overridden]),
        milestones=milestones_of([row.id for row in rows if row.shape == scoring.Shape.MILESTONES]),
        cadences=cadences_of(rows),
    )


def overrides_of(ids: Collection[UUID]) -> dict[UUID, list[scoring.Override]]:
    found: dict[UUID, list[scoring.Override]] = {}
    if ids:
        for row in Override.objects.filter(key_result_id__in=ids, released_at=None):
            found.setdefault(row.key_result_id, []).append(override_of(row))
    return found


def milestones_of(ids: Collection[UUID]) -> dict[UUID, list[Milestone]]:
    found: dict[UUID, list[Milestone]] = {}
    if ids:
        for row in Milestone.objects.filter(key_result_id__in=ids, archived_at=None):
            found.setdefault(row.key_result_id, []).append(row)
    return found


def cadences_of(rows: Iterable[ScorableKeyResult]) -> Cadences:
    """What holds for the units that key results belong to."""
    return read_cadences(
        portfolios={row.portfolio_id for row in rows if row.portfolio_id},
        products={row.product_id for row in rows if row.product_id},
        teams={row.team_id for row in rows if row.team_id},
    )


def cadence_of(row: ScorableKeyResult, cadences: Cadences) -> scoring.Cadence:
    held = cadences.of(portfolio=row.portfolio_id, product=row.product_id, team=row.team_id)
    return held.cadence


def placed_under(ids: Collection[UUID]) -> set[UUID]:
    """Objectives that share some of the key results."""
    return set(
        SharedPlacement.objects.filter(key_result_id__in=ids, archived_at=None).values_list(
            "objective_id", flat=True
        )
    )


def compute(row: ScorableKeyResult, inputs: Inputs, now: datetime) -> Figures:
    """The computed columns of one key result."""
    zone = ZoneInfo(row.time_zone)
    today = now.astimezone(zone).date()
    value = inputs.values.get(row.metric_id)
    override = scoring.override_at(inputs.overrides.get(row.id, ()), now)
    definition = definition_of(row, inputs.milestones.get(row.id, ()))
    scored = score_or_nothing(definition, value.value if value else None, override)
    expectation = expectation_between(row, row.starts_on, row.ends_on)
    pace = scoring.judge_pace(
        definition.shape,
        scored.score if scored else None,
        scoring.expected_progress(expectation, today),
        outdated=False,
        thresholds=thresholds_of(row),
    )
    evidence = evidence_of(row, value)
    since = max(evidence.astimezone(zone).date(), row.starts_on) if evidence else row.starts_on
    due = scoring.next_due(since, cadence_of(row, inputs.cadences))
    return Figures(
        current_value=scored.current if scored else None,
        current_at=value.effective_at if value else None,
        current_source=value.source if value else "",
        is_overridden=override is not None,
        score=places(scored.score if scored else None, 10),
        raw=stored_raw(scored.raw if scored else None),
        expected=places(pace.expected, 10),
        pace=pace.pace.value,
        pace_gap=pace.gap.quantize(CENT, ROUND_HALF_UP) if pace.gap is not None else None,
        evidence_at=evidence,
        outdated_from=datetime.combine(due + timedelta(days=1), time.min, zone),
    )


def score_or_nothing(
    definition: scoring.Definition,
    current: Decimal | None,
    override: scoring.Override | None,
) -> scoring.KeyResultScore | None:
    """None while the definition is incomplete, as with milestones still to be written."""
    try:
        return scoring.score_key_result(definition, current, override=override)
    except scoring.DefinitionError:
        return None


def evidence_of(row: ScorableKeyResult, value: RecordedValue | None) -> datetime | None:
    """When the number was last confirmed: a value or check-in by hand, a complete reading of
    every link when synced (stored by `note_evidence`)."""
    if row.source == KeyResultSource.SYNCED:
        return row.stored.evidence_at
    known = [at for at in (row.checked_in_at, value.recorded_at if value else None) if at]
    return max(known, default=None)


def places(value: Decimal | None, digits: int) -> Decimal | None:
    """As the column stores it, so that an unchanged score compares equal."""
    return None if value is None else rounded(value, digits)


def stored_raw(raw: Decimal | None) -> Decimal | None:
    """A raw score as its column stores it; one that is far beyond ends at the column's edge."""
    return None if raw is None else rounded(max(-WIDEST_RAW, min(raw, WIDEST_RAW)), 10)


def recompute_objectives(ids: Collection[UUID], *, cause: str, now: datetime) -> None:
    """Store what the children amount to; closed cycles are left alone."""
    objectives = scorable_objectives(ids)
    children = children_of(objectives)
    rows = []
    for objective in objectives:
        new = roll_up(objective, children[objective.pk])
        if any(getattr(objective, name) != value for name, value in new.items()):
            point = None if objective.score == new["score"] else new_id()
            rows.append({**new, "id": objective.pk, "point": point})
    store(STORE_OBJECTIVES, rows, cause=cause, now=now)


class RolledUp(Protocol):
    """An objective, or as much of one as says how its children make its score."""

    @property
    def roll_up(self) -> str: ...
    @property
    def assessed_score(self) -> Decimal | None: ...


def roll_up(
    objective: RolledUp, children: Collection[ScoredChild], *, closed: bool = False
) -> dict[str, Any]:
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
