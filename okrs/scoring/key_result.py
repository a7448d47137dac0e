"""The score of one key result."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from okrs.scoring.basis import Basis, Bounds, Given, Progress
from okrs.scoring.definition import Definition, Shape, require_valid
from okrs.scoring.exact import ONE, clamp
from okrs.scoring.reporting import NoNumber, Source
from okrs.scoring.values import Override, Value, override_at, value_at


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultScore:
    """A score with everything a page needs to explain it.

    `score` is 0..1; `raw` is the same before clamping, such as 1.3 or -0.1. `current` is the value
    in use and `automatic` what it would be without an override. `reason` is set when `score` is
    None, and only then.
    """

    score: Decimal | None
    raw: Decimal | None
    current: Decimal | None
    automatic: Decimal | None
    basis: Basis | None
    source: Source
    reason: NoNumber | None


def score_key_result(
    definition: Definition,
    current: Decimal | None,
    *,
    source: Source = Source.BY_HAND,
    override: Override | None = None,
) -> KeyResultScore:
    """Score a value against a definition; without a value there is no score.

    Yes/no reads 1 as yes; milestones read the share done (`milestone_share`, 0..1); establishing a
    baseline is full once any value is set. Raises DefinitionError for a definition that cannot be
    scored.
    """
    require_valid(definition)
    used = current if override is None else override.value
    basis = None if used is None else _arithmetic(definition, used)
    raw = None if basis is None else basis.result
    return KeyResultScore(
        score=None if raw is None else clamp(raw),
        raw=raw,
        current=used,
        automatic=current,
        basis=basis,
        source=source if override is None else Source.OVERRIDE,
        reason=NoNumber.NO_VALUE if raw is None else None,
    )


def score_at(
    definition: Definition,
    values: Collection[Value],
    overrides: Collection[Override],
    *,
    true_at: datetime,
    known_at: datetime | None = None,
    source: Source = Source.BY_HAND,
) -> KeyResultScore:
    """The score at `true_at` from what was known at `known_at` (None: all that is known)."""
    row = value_at(values, true_at, known_at)
    return score_key_result(
        definition,
        row.value if row else None,
        source=source,
        override=override_at(overrides, true_at, known_at),
    )


def _arithmetic(definition: Definition, current: Decimal) -> Basis:
    if definition.span:
        return Progress(current, *definition.span)
    if definition.bounds:
        return Bounds(current, *definition.bounds)
    return Given(current if definition.shape is Shape.MILESTONES else ONE)
