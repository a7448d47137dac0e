"""Which objectives a member sees, and the list of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import DecimalField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from accounts.access import Access
from accounts.tenancy import current_organization_id
from lib.rows import Row
from okrs.choices import CycleState, ObjectiveState
from okrs.models import KeyResult, Objective

UNIT_KEYS = ("portfolio", "product", "team")
PAGE = 50
COLUMNS = (
    "id", "title", "state", "score", "confidence", "reporting", "counted", "assessed_score",
    "roll_up", "tier__name", "tier__rank", "cycle__name", "cycle__state", "portfolio__name",
    "product__name", "team__name", "owner__name", "theme__name",
)  # fmt: skip
PACES = """
SELECT objective_id, count(*),
       count(*) FILTER (WHERE pace = 'on-track' AND NOT is_outdated),
       count(*) FILTER (WHERE pace = 'behind' AND NOT is_outdated),
       count(*) FILTER (WHERE pace = 'at-risk' AND NOT is_outdated),
       count(*) FILTER (WHERE is_outdated),
       max(evidence_at),
       coalesce(array_agg(title ORDER BY title) FILTER (WHERE is_outdated), '{}'),
       avg(expected)
FROM (
    SELECT objective_id, title, pace, evidence_at, expected,
           coalesce(outdated_from <= %(now)s, false) AS is_outdated
    FROM okrs_keyresult
    WHERE organization_id = %(org)s AND objective_id = ANY(%(ids)s::uuid[]) AND archived_at IS NULL
) k
GROUP BY objective_id
"""
SORTS = {
    "tier": ("tier__rank", "name_key", "id"),
    "title": ("name_key", "id"),
    "score": ("score_key", "id"),
}


def of_hidden_units(access: Access, prefix: str = "") -> Q:
    """A condition on goals that belong to units hidden from the member."""
    condition = Q(pk__in=[])
    if access.units.hidden:
        for unit in UNIT_KEYS:
            condition |= Q(**{f"{prefix}{unit}_id__in": access.units.hidden})
    return condition


def visible_objectives(access: Access) -> QuerySet[Objective]:
    """Objectives that the member may see, archived ones included."""
    return Objective.objects.exclude(of_hidden_units(access))


def objectives_with_place(access: Access) -> QuerySet[Objective]:
    """Visible objectives with everything that names their place."""
    return visible_objectives(access).select_related(
        "organization", "tier", "cycle", "portfolio", "product", "team", "theme", "owner"
    )


@dataclass(frozen=True, kw_only=True)
class ObjectiveFilters:
    """What a list is narrowed to; empty values leave everything in.

    `cycle` is an id, "all", or empty for the cycles that are not closed. `pace` is the worst
    pace among the key results.
    """

    cycle: str = ""
    tier: UUID | None = None
    unit: UUID | None = None
    theme: UUID | None = None
    owner: UUID | None = None
    state: str = ""
    pace: str = ""
    text: str = ""
    archived: bool = False
    sort: str = "tier"


@dataclass(frozen=True)
class PaceCounts(Row):
    """Key results by pace; what is outdated counts as that and nothing else."""

    total: int = 0
    on_track: int = 0
    behind: int = 0
    at_risk: int = 0
    outdated: int = 0
    evidence_at: datetime | None = None
    # Titles of the outdated ones, where they were read.
    outdated_titles: Sequence[str] = ()
    # The mean of what is expected by now (0..1), where it was read.
    expected: Decimal | None = None

    @cached_property
    def worst(self) -> str:
        for pace in ("at_risk", "behind", "outdated", "on_track"):
            if getattr(self, pace):
                return pace.replace("_", "-")
        return "none"


@dataclass(frozen=True)
class ObjectiveRow(Row):
    id: UUID
    title: str
    state: str
    score: Decimal | None
    confidence: Decimal | None
    reporting: int
    counted: int
    tier: str
    cycle: str
    is_closed: bool
    unit: str
    owner: str
    theme: str
    pace: PaceCounts

    @property
    def state_label(self) -> str:
        return ObjectiveState(self.state).label


@dataclass(frozen=True)
class ObjectivePage:
    rows: list[ObjectiveRow]
    # The key of the last row when more follow.
    after: str | None


def list_objectives(
    access: Access,
    filters: ObjectiveFilters,
    *,
    after: str = "",
    limit: int | None = PAGE,
    now: datetime | None = None,
) -> ObjectivePage:
    """A page of the list, in two queries; `limit=None` gives all of it."""
    now = now or timezone.now()
    rows = sorted_rows(filtered_objectives(access, filters, now), filters.sort)
    rows = after_row(rows, filters.sort, after)
    found = list(rows.values(*COLUMNS)[: limit and limit + 1])
    page = found if limit is None else found[:limit]
    paces = paces_of([row["id"] for row in page], now)
    last = str(page[-1]["id"]) if len(found) > len(page) else None
    return ObjectivePage([shown(row, paces) for row in page], last)


def filtered_objectives(
    access: Access, filters: ObjectiveFilters, now: datetime
) -> QuerySet[Objective]:
    rows = visible_objectives(access).filter(archived_at__isnull=not filters.archived)
    if not filters.cycle:
        rows = rows.exclude(cycle__state=CycleState.CLOSED)
    elif filters.cycle != "all":
        rows = rows.filter(cycle_id=filters.cycle)
    for name in ("tier", "theme", "owner"):
        if getattr(filters, name):
            rows = rows.filter(**{f"{name}_id": getattr(filters, name)})
    if filters.unit:
        units = Q(*[(f"{unit}_id", filters.unit) for unit in UNIT_KEYS], _connector=Q.OR)
        rows = rows.filter(units)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.text:
        rows = rows.filter(Q(title__icontains=filters.text))
    return rows.filter(of_pace(filters.pace, now)) if filters.pace else rows


def of_pace(pace: str, now: datetime) -> Q:
    """A condition on objectives: the worst pace among their key results."""
    live = KeyResult.objects.filter(objective=OuterRef("pk"), archived_at=None)
    fresh = live.filter(Q(outdated_from=None) | Q(outdated_from__gt=now))
    ranked = {
        "at-risk": Exists(fresh.filter(pace="at-risk")),
        "behind": Exists(fresh.filter(pace="behind")),
        "outdated": Exists(live.filter(outdated_from__lte=now)),
        "on-track": Exists(fresh.filter(pace="on-track")),
    }
    if pace not in ranked:
        return Q()
    condition = ~Q(cycle__state=CycleState.CLOSED)
    for name, found in ranked.items():
        if name == pace:
            return condition & Q(found)
        condition &= ~Q(found)
    return condition


def sorted_rows(rows: QuerySet[Objective], sort: str) -> QuerySet[Objective]:
    number = DecimalField(max_digits=12, decimal_places=10)
    return rows.annotate(
        name_key=Lower("title"),
        score_key=Coalesce("score", Value(Decimal(-1)), output_field=number),
    ).order_by(*sort_keys(sort))


def sort_keys(sort: str) -> tuple[str, ...]:
    return SORTS.get(sort, SORTS["tier"])


def after_row(rows: QuerySet[Objective], sort: str, after: str) -> QuerySet[Objective]:
    """The rows that follow the one with the id `after`; all of them when it is not there."""
    keys = sort_keys(sort)
    last = rows.filter(pk=after).values(*keys).first() if is_id(after) else None
    if last is None:
        return rows
    beyond, equal = Q(), Q()
    for key in keys:
        beyond |= equal & Q(**{f"{key}__gt": last[key]})
        equal &= Q(**{key: last[key]})
    return rows.filter(beyond)


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def paces_of(objectives: Collection[UUID], now: datetime) -> Mapping[UUID, PaceCounts]:
    """How the key results of each objective stand against today; one query."""
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "ids": list(objectives),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(PACES, parameters)
        return {row[0]: PaceCounts(*row[1:]) for row in cursor.fetchall()}


def shown(row: dict[str, Any], paces: Mapping[UUID, PaceCounts]) -> ObjectiveRow:
    closed = row["cycle__state"] == CycleState.CLOSED
    counts = paces.get(row["id"], PaceCounts())
    return ObjectiveRow(
        id=row["id"],
        title=row["title"],
        state=row["state"],
        score=row["score"],
        confidence=row["confidence"],
        reporting=row["reporting"],
        counted=row["counted"],
        tier=row["tier__name"],
        cycle=row["cycle__name"],
        is_closed=closed,
        unit=row["portfolio__name"] or row["product__name"] or row["team__name"] or "",
        owner=row["owner__name"],
        theme=row["theme__name"] or "",
        pace=PaceCounts(total=counts.total, evidence_at=counts.evidence_at) if closed else counts,
    )


def search_objectives(
    access: Access,
    text: str,
    *,
    exclude: Iterable[UUID] = (),
    cycle: UUID | None = None,
    limit: int = 20,
) -> QuerySet[Objective]:
    """Live objectives whose title holds the words, newest cycle first; for choosers."""
    rows = objectives_with_place(access).filter(archived_at=None).exclude(pk__in=list(exclude))
    if cycle is not None:
        rows = rows.filter(cycle_id=cycle)
    for word in text.split():
        rows = rows.filter(title__icontains=word)
    return rows.order_by("-cycle__starts_on", "tier__rank", "title")[:limit]
