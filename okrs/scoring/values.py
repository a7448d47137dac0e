"""What was true at one moment, as known at another, read from append-only rows."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, TypeVar
from uuid import UUID

from okrs.scoring.definition import Definition


class Dated(Protocol):
    @property
    def effective_at(self) -> datetime: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def id(self) -> UUID: ...


DatedRow = TypeVar("DatedRow", bound=Dated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One row of a metric's log.

    `voids` withdraws an earlier row; a row that only withdraws has no value. Voiding a row that
    voids another brings the other back.
    """

    value: Decimal | None
    effective_at: datetime
    recorded_at: datetime
    id: UUID
    voids: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionVersion:
    definition: Definition
    effective_at: datetime
    recorded_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A value a person set over the automatic one, from `effective_at` until before `until`.

    `until` is the moment after the last instant it holds, None for open end. Releasing it early
    sets `released_at`, and what it said before then stays true.
    """

    value: Decimal
    effective_at: datetime
    recorded_at: datetime
    id: UUID
    until: datetime | None = None
    released_at: datetime | None = None

    def is_in_force(self, true_at: datetime, known_at: datetime | None = None) -> bool:
        """Whether it holds at one moment, as known at another (None: all that is known)."""
        ends = [] if self.until is None else [self.until]
        if self.released_at is not None and _is_known(self.released_at, known_at):
            ends.append(self.released_at)
        return (
            _is_known(self.recorded_at, known_at)
            and self.effective_at <= true_at
            and all(true_at < end for end in ends)
        )


def value_at(
    values: Collection[Value], true_at: datetime, known_at: datetime | None = None
) -> Value | None:
    """The row that held at `true_at` as known at `known_at` (None: all that is known).

    The latest by (effective_at, recorded_at, id) among unvoided rows; None when there is none.
    """
    known = [row for row in values if _is_known(row.recorded_at, known_at)]
    withdrawn = _withdrawn(known)
    standing = (row for row in known if row.value is not None and row.id not in withdrawn)
    return _latest(row for row in standing if row.effective_at <= true_at)


def definition_at(
    versions: Iterable[DefinitionVersion], true_at: datetime, known_at: datetime | None = None
) -> Definition | None:
    """The definition in force at `true_at` as known at `known_at`; None before the first."""
    version = _latest(
        version
        for version in versions
        if version.effective_at <= true_at and _is_known(version.recorded_at, known_at)
    )
    return version.definition if version else None


def override_at(
    overrides: Iterable[Override], true_at: datetime, known_at: datetime | None = None
) -> Override | None:
    """The override in force; of several, the latest by (effective_at, recorded_at, id)."""
    return _latest(row for row in overrides if row.is_in_force(true_at, known_at))


def _is_known(recorded_at: datetime, known_at: datetime | None) -> bool:
    return known_at is None or recorded_at <= known_at


def _withdrawn(rows: Iterable[Value]) -> set[UUID]:
    withdrawn: set[UUID] = set()
    # Newest first, so a row that is itself withdrawn no longer withdraws anything.
    for row in sorted(rows, key=lambda row: (row.recorded_at, row.id), reverse=True):
        if row.voids is not None and row.id not in withdrawn:
            withdrawn.add(row.voids)
    return withdrawn


def _latest(rows: Iterable[DatedRow]) -> DatedRow | None:
    return max(rows, key=lambda row: (row.effective_at, row.recorded_at, row.id), default=None)
