"""Which objectives rest on which promises, and on which they can no longer rest."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from lib.display import show_count, show_day
from okrs.choices import DependencyState
from okrs.models import Dependency

D = DependencyState
DRIVEN = "needer_initiative__drives__key_result"
WORK = ("needer_initiative", "needer_initiative__drives", DRIVEN)
# Ways from a dependency to the objectives whose results wait for it, and what is live on each.
WAYS = (
    ("needer_key_result__objective", ("needer_key_result",)),
    (
        "needer_key_result__placements__objective",
        ("needer_key_result", "needer_key_result__placements"),
    ),
    (f"{DRIVEN}__objective", WORK),
    (f"{DRIVEN}__placements__objective", (*WORK, f"{DRIVEN}__placements")),
)


def fails(today: date) -> Q:
    """As `scoring.Promise.fails`: broken, or accepted and too late."""
    too_late = Q(promised_by__gt=F("needed_by")) | Q(needed_by__lt=today)
    return Q(state=D.BROKEN) | Q(state=D.ACCEPTED) & too_late


def resting_on(
    dependencies: QuerySet[Dependency], objectives: Collection[UUID] | None = None
) -> list[tuple[UUID, UUID]]:
    """(objective, dependency) wherever a key result of the objective, its own or one that is shared
    with it, waits for the dependency, itself or by an initiative that drives it. One statement.
    """
    found = []
    for way, rows in WAYS:
        wanted: dict[str, Any] = {f"{row}__archived_at": None for row in rows}
        wanted |= {f"{way}__isnull": False} if objectives is None else {f"{way}__in": objectives}
        reached = dependencies.order_by().filter(archived_at=None, **wanted)
        found.append(reached.values_list(f"{way}_id", "id"))
    return list(found[0].union(*found[1:]))


@dataclass(frozen=True)
class Failure:
    """A promise that a commitment can no longer rest on, and why in a sentence."""

    dependency: Dependency
    words: str


def failures_of(objectives: Collection[UUID] | None, today: date) -> dict[UUID, list[Failure]]:
    """By objective, of all when none are named, the longest needed first; two statements."""
    failing = Dependency.objects.filter(fails(today))
    pairs = resting_on(failing, objectives)
    rows = Dependency.objects.filter(pk__in={pk for _, pk in pairs}).select_related("organization")
    by_id = {row.pk: Failure(row, failure_in_words(row, today)) for row in rows}
    found: dict[UUID, list[Failure]] = {}
    for objective, pk in pairs:
        found.setdefault(objective, []).append(by_id[pk])
    for failures in found.values():
        failures.sort(key=lambda failure: (failure.dependency.needed_by, failure.dependency.pk))
    return found


def failure_in_words(row: Dependency, today: date) -> str:
    if row.state == D.BROKEN:
        return f"“{row.title}” is broken."
    if row.promised_by is not None and row.promised_by > row.needed_by:
        late = show_count((row.promised_by - row.needed_by).days, "day")
        return f"“{row.title}” is promised for {show_day(row.promised_by)}, {late} too late."
    return f"“{row.title}” was needed by {show_day(row.needed_by)} and is not there."
