"""Closing a cycle: its scores are fixed, and corrected later only in the open.

Each revision keeps what it fixed, so that what stood at any moment since the close can be read.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs import scoring
from okrs.actions.ancestors import aligned_levels
from okrs.actions.closed import is_closed_now
from okrs.actions.recompute import (
    lock_scores,
    placed_under,
    places,
    recompute_objectives,
    roll_up,
)
from okrs.actions.stored import name_revision, update_rows
from okrs.actions.unit_scores import recompute_unit_scores
from okrs.choices import LIVE_STATES, ObjectiveState, ScoreBand
from okrs.models import (
    ClosedKeyResult,
    ClosedObjective,
    ClosedUnit,
    ClosingRevision,
    Cycle,
    KeyResult,
    KeyResultVersion,
    Objective,
    ScorePoint,
    UnitScore,
)
from okrs.models.closing import Frozen
from okrs.queries.children import children_of

SCORE_PLACES = Decimal("1e-10")
UNIT = ("tier_id", "portfolio_id", "product_id", "team_id")
UnitKey = tuple[UUID, UUID | None, UUID | None, UUID | None]


# --- The close --------------------------------------------------------------------------------
def fix_scores(access: Access, cycle: Cycle) -> ClosingRevision:
    """Close the cycle's objectives and freeze every number, while the cycle still takes writes."""
    lock_scores()
    close_objectives(cycle)
    revision = ClosingRevision.objects.create(
        cycle=cycle, number=0, actor=access.member, recorded_at=timezone.now()
    )
    revision.refresh_from_db(fields=["recorded_at"])
    freeze(revision)
    return revision


def close_objectives(cycle: Cycle) -> None:
    """Final scores from the lowest tier up."""
    now = timezone.now()
    live = Objective.objects.filter(
        cycle=cycle, archived_at=None, state__in=[ObjectiveState.COMMITTED, ObjectiveState.ACCEPTED]
    ).select_related("tier")
    recompute_objectives([o.pk for o in live], cause="close", now=now)
    for rank in sorted({o.tier.rank for o in live}, reverse=True):
        tier = [o for o in live if o.tier.rank == rank]
        children = children_of(tier)
        rows = [{"id": o.pk, **roll_up(o, children[o.pk], closed=True)} for o in tier]
        update_rows(Objective, rows)
        ScorePoint.objects.bulk_create(
            ScorePoint(objective_id=row["id"], at=now, score=row["score"], cause="close")
            for row in rows
        )
    live.update(state=ObjectiveState.CLOSED)
    recompute_unit_scores(Q(cycle=cycle), now=now)


# --- Late corrections -------------------------------------------------------------------------
@transaction.atomic
def correct_key_result(
    access: Access, key_result: KeyResult, *, final_score: Decimal | None, reason: str
) -> ClosingRevision:
    """Correct what a key result finally counts after its cycle was closed.

    None lets the computed score count. Raises `ValidationError` without a reason, for a cycle
    that is not closed, and when nothing would change.
    """
    objective = key_result.objective
    require_correction(access, objective, reason)
    row = KeyResult.objects.get(pk=key_result.pk)
    refuse_same("final_score", row.final_score, final_score)
    refuse_archived(row)
    with opened_revision(access, objective.cycle, reason, key_result=row) as revision:
        row.final_score = final_score
        save_edit(row, fields=["final_score"], expected_version=None)
        settle({objective.pk} | placed_under([row.pk]))
        freeze(revision)
    return revision


@transaction.atomic
def correct_objective(
    access: Access, objective: Objective, *, assessed_score: Decimal | None, reason: str
) -> ClosingRevision:
    """Correct the judgement of an objective as a whole after its cycle was closed.

    None takes the judgement back. Refused as `correct_key_result` is.
    """
    require_correction(access, objective, reason)
    row = Objective.objects.get(pk=objective.pk)
    refuse_same("assessed_score", row.assessed_score, assessed_score)
    refuse_archived(row)
    with opened_revision(access, objective.cycle, reason, objective=row) as revision:
        judged = assessed_score is not None
        row.assessed_score = assessed_score
        row.assessed_by = access.member if judged else None
        row.assessed_at = timezone.now() if judged else None
        fields = ["assessed_score", "assessed_by", "assessed_at"]
        save_edit(row, fields=fields, expected_version=None)
        settle([row.pk])
        freeze(revision)
    return revision


def require_correction(access: Access, objective: Objective, reason: str) -> None:
    """Hold the right, the reason and the closed cycle against each other; take the turn."""
    access.require(Permission.CYCLE_MANAGE)
    if not reason.strip():
        raise ValidationError({"reason": "Say why the score is corrected."})
    if not is_closed_now(objective.cycle_id):
        raise ValidationError("Only the scores of a closed cycle are corrected.", code="open")
    if not Objective.objects.filter(pk=objective.pk, state=ObjectiveState.CLOSED).exists():
        raise ValidationError("It was not running when its cycle was closed.", code="state")


def refuse_archived(row: KeyResult | Objective) -> None:
    if row.archived_at is not None:
        raise ValidationError("It is archived and counts nowhere.", code="archived")


def refuse_same(name: str, before: Decimal | None, after: Decimal | None) -> None:
    if before == after:
        raise ValidationError({name: "This is what it counts already."})


@contextmanager
def opened_revision(
    access: Access, cycle: Cycle, reason: str, **about: Any
) -> Iterator[ClosingRevision]:
    """The next revision of a closed cycle, under which its rows may change (`ClosedWithCycle`)."""
    latest = ClosingRevision.objects.filter(cycle=cycle).aggregate(Max("number"))["number__max"]
    revision = ClosingRevision(
        cycle=cycle,
        number=(latest or 0) + 1,
        reason=reason.strip(),
        actor=access.member,
        recorded_at=timezone.now(),
        **about,
    )
    revision.clean_fields(exclude=["key_result", "objective"])
    revision.save(force_insert=True)
    name_revision(revision.pk)
    yield revision
    name_revision(None)


def settle(objective_ids: Collection[UUID]) -> None:
    """Bring closed objectives, all that they contribute to, and their units up to date."""
    now = timezone.now()
    levels = aligned_levels(objective_ids)
    for level in levels:
        settle_level(level, now)
    settle_units(Cycle.objects.filter(objectives__in=chain(*levels)).distinct(), now)


def settle_level(objective_ids: Collection[UUID], now: datetime) -> None:
    """Store what the children of closed objectives amount to, with a point where it moved."""
    closed = Objective.objects.filter(pk__in=objective_ids, state=ObjectiveState.CLOSED)
    children = children_of(closed)
    computed = [(o, roll_up(o, children[o.pk], closed=True)) for o in closed]
    changed = [
        (o, new) for o, new in computed if any(getattr(o, name) != new[name] for name in new)
    ]
    update_rows(Objective, [{"id": o.pk, **new, "scored_at": now} for o, new in changed])
    ScorePoint.objects.bulk_create(
        ScorePoint(objective_id=o.pk, at=now, score=new["score"], cause="correction")
        for o, new in changed
        if o.score != new["score"]
    )


def settle_units(cycles: Iterable[Cycle], now: datetime) -> None:
    """Only the score of a closed roll-up moves; how it stood on the way is history."""
    for cycle in cycles:
        figures = figures_of(cycle)
        moved = [
            (row, figures[key].mean)
            for row in UnitScore.objects.filter(cycle=cycle)
            if (key := key_of(row)) in figures and row.score != figures[key].mean
        ]
        update_rows(UnitScore, [{"id": row.pk, "score": score} for row, score in moved])
        ScorePoint.objects.bulk_create(
            ScorePoint(unit_score=row, at=now, score=score, cause="correction")
            for row, score in moved
        )


# --- Freezing ---------------------------------------------------------------------------------
def freeze(revision: ClosingRevision) -> None:
    """Keep every number of the cycle that no earlier revision keeps as it stands now."""
    add_changed(ClosedKeyResult, frozen_key_results(revision), ("key_result_id",))
    add_changed(ClosedObjective, frozen_objectives(revision), ("objective_id",))
    add_changed(ClosedUnit, frozen_units(revision), UNIT)


def add_changed(model: type[Frozen], rows: Iterable[Any], identity: tuple[str, ...]) -> None:
    """Insert the rows that say something else than the latest of the same record does."""
    wanted = list(rows)
    if not wanted:
        return
    latest = (
        model.objects.filter(
            revision__cycle=wanted[0].revision.cycle_id  # type: ignore[misc]  # each has one
        )
        .order_by(*identity, "-revision__number")
        .distinct(*identity)
    )
    known = {identified(row, identity): told(row) for row in latest}
    model.objects.bulk_create(
        [row for row in wanted if known.get(identified(row, identity)) != told(row)]
    )


def identified(row: Any, identity: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in identity)


def told(row: models.Model) -> dict[str, Any]:
    """What a frozen row says, whatever revision says it."""
    own = {"id", "organization_id", "created_at", "revision_id"}
    names = [f.attname for f in row._meta.concrete_fields if f.attname not in own]
    return {name: getattr(row, name) for name in names}


def frozen_key_results(revision: ClosingRevision) -> list[ClosedKeyResult]:
    rows = KeyResult.objects.filter(
        objective__cycle=revision.cycle_id, objective__archived_at=None, archived_at=None
    )
    versions = dict(
        KeyResultVersion.objects.filter(key_result__in=rows)
        .order_by("key_result_id", "-number")
        .distinct("key_result_id")
        .values_list("key_result_id", "id")
    )
    return [frozen_key_result(revision, row, versions.get(row.pk)) for row in rows]


def frozen_key_result(
    revision: ClosingRevision, row: KeyResult, definition: UUID | None
) -> ClosedKeyResult:
    final = row.score if row.final_score is None else row.final_score
    counts = (final or Decimal(0)).quantize(SCORE_PLACES)
    return ClosedKeyResult(
        revision=revision,
        key_result=row,
        definition_id=definition,
        weight=row.weight,
        value=row.current_value,
        computed=row.score,
        raw=row.raw,
        judged=row.final_score,
        confidence=row.confidence,
        score=counts,
        band=scoring.band_of(counts).value,
    )


def frozen_objectives(revision: ClosingRevision) -> list[ClosedObjective]:
    rows = list(Objective.objects.filter(cycle=revision.cycle_id, archived_at=None))
    children = children_of(rows)
    return [
        ClosedObjective(
            revision=revision,
            objective=row,
            state=row.state,
            computed=computed_score(row, [child.scored for child in children[row.pk]]),
            assessed=row.assessed_score,
            lowest=row.lowest,
            highest=row.highest,
            reporting=row.reporting,
            counted=row.counted,
            confidence=row.confidence,
            score=row.score,
            band=band_word(row.score),
        )
        for row in rows
    ]


def computed_score(row: Objective, children: list[scoring.Child]) -> Decimal | None:
    """What lies below amounts to, whatever a person judged of the whole."""
    result = scoring.roll_up(
        children, scoring.Mode(row.roll_up), closed=row.state == ObjectiveState.CLOSED
    )
    return places(result.computed, 10)


def band_word(score: Decimal | None) -> str:
    return "" if score is None else scoring.band_of(score).value


def frozen_units(revision: ClosingRevision) -> list[ClosedUnit]:
    return [
        ClosedUnit(
            revision=revision,
            **dict(zip(UNIT, key, strict=True)),
            score=figure.mean,
            band=band_word(figure.mean),
            **figure.counts,
        )
        for key, figure in figures_of(revision.cycle).items()
    ]


@dataclass
class UnitFigure:
    """The live objectives of one unit and tier taken together."""

    scores: list[Decimal] = field(default_factory=list)
    objectives: int = 0
    key_results: int = 0
    reporting: int = 0

    def add(self, objective: Objective) -> None:
        self.objectives += 1
        self.key_results += objective.own_results  # type: ignore[attr-defined]  # annotated
        self.reporting += objective.own_reporting  # type: ignore[attr-defined]  # annotated
        if objective.score is not None:
            self.scores.append(objective.score)

    @property
    def mean(self) -> Decimal | None:
        if not self.scores:
            return None
        mean = sum(self.scores, Decimal(0)) / len(self.scores)
        return mean.quantize(SCORE_PLACES, ROUND_HALF_UP)

    @property
    def counts(self) -> dict[str, int]:
        bands = [ScoreBand(scoring.band_of(score)) for score in self.scores]
        tally = {band.name.lower(): bands.count(band) for band in ScoreBand}
        return {
            **tally,
            "objectives": self.objectives,
            "scored": len(self.scores),
            "kept": tally["strong"] + tally["full"],
            "key_results": self.key_results,
            "reporting": self.reporting,
        }


def figures_of(cycle: Cycle) -> Mapping[UnitKey, UnitFigure]:
    """By tier and unit; one query."""
    live = Q(key_results__archived_at=None)
    rows = Objective.objects.filter(cycle=cycle, archived_at=None, state__in=LIVE_STATES).annotate(
        own_results=Count("key_results", live),
        own_reporting=Count("key_results__score", live),
    )
    found: dict[UnitKey, UnitFigure] = {}
    for row in rows:
        found.setdefault(key_of(row), UnitFigure()).add(row)
    return found


def key_of(row: Objective | UnitScore) -> UnitKey:
    return row.tier_id, row.portfolio_id, row.product_id, row.team_id
