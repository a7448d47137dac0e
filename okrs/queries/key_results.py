"""Key results as rows of lists: how they stand, and what the member may do with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from lib.display import show_day
from lib.rows import Row
from okrs.choices import CycleState, KeyResultSource, ReportedStatus, takes_value
from okrs.models import KeyResult, ObjectiveCoOwner
from okrs.queries.objectives import of_hidden_units
from okrs.wording import Measured, definition_in_words

COLUMNS = (
    "id", "version", "title", "shape", "source", "baseline", "target", "lower", "upper",
    "condition", "weight", "ends_on", "current_value", "current_at", "current_source", "score",
    "raw", "expected", "pace", "pace_gap", "confidence", "reported_status", "last_note",
    "evidence_at", "outdated_from", "postponed_until", "is_overridden", "final_score",
    "judgement", "owner_id", "owner__name", "archived_at", "metric__unit__symbol",
    "metric__unit__name", "objective_id", "objective__title", "objective__owner_id",
    "objective__portfolio_id", "objective__product_id", "objective__team_id",
    "objective__cycle__state", "objective__cycle__ends_on",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class KeyResultRow(Row):
    """A key result as lists show it. `pace` is "outdated" whenever the number is.

    `postponed_until` is the last day of a check-in that is put off, None for any other.
    `takes_value` tells whether a check-in may carry a value; synced ones are only confirmed.
    """

    id: UUID
    version: int
    title: str
    words: str
    shape: str
    source: str
    unit: str
    weight: Decimal
    target: Decimal | None
    current_value: Decimal | None
    current_at: datetime | None
    current_source: str
    score: Decimal | None
    raw: Decimal | None
    expected: Decimal | None
    pace: str
    pace_gap: Decimal | None
    confidence: Decimal | None
    reported_status: str
    last_note: str
    evidence_at: datetime | None
    is_outdated: bool
    postponed_until: date | None
    is_overridden: bool
    final_score: Decimal | None
    judgement: str
    owner: str
    is_closed: bool
    is_closing: bool
    is_archived: bool
    ends_on: date
    objective_id: UUID
    objective_title: str
    can_check_in: bool
    takes_value: bool

    @property
    def status_label(self) -> str:
        return ReportedStatus(self.reported_status).label if self.reported_status else ""

    @property
    def disagrees(self) -> bool:
        """Whether a person reported another status than the computed pace."""
        judged = {"on-track", "behind", "at-risk"}
        said = bool(self.reported_status) and not self.is_closed
        return said and self.pace in judged - {self.reported_status}

    @property
    def source_label(self) -> str:
        return KeyResultSource(self.source).label

    @property
    def is_synced(self) -> bool:
        return self.source == KeyResultSource.SYNCED

    @property
    def offered_value(self) -> Decimal | None:
        """What a check-in begins with; the value of an override is no reading, so it is none."""
        return None if self.is_overridden else self.current_value

    @property
    def why_outdated(self) -> str:
        """What did not happen in time; empty while the number is fresh."""
        if not self.is_outdated:
            return ""
        if self.postponed_until:
            return f"put off until {show_day(self.postponed_until)}"
        missed = "complete sync" if self.is_synced else "check-in"
        return f"no {missed} when one was due"


def visible_key_results(access: Access) -> QuerySet[KeyResult]:
    """Key results of objectives that the member may see, archived ones included."""
    return KeyResult.objects.exclude(of_hidden_units(access, "objective__"))


def with_shown_pace(rows: QuerySet[KeyResult], now: datetime) -> QuerySet[Any]:
    """Adds `shown_pace`: "outdated" in place of the pace whenever the number is, as in `shown`."""
    stale = ~Q(objective__cycle__state=CycleState.CLOSED) & Q(outdated_from__lte=now)
    pace = Case(When(stale, then=Value("outdated")), default=F("pace"))
    return rows.annotate(shown_pace=pace)


def key_results_with_place(access: Access) -> QuerySet[KeyResult]:
    """Visible key results with everything that their page names."""
    return visible_key_results(access).select_related(
        "organization", "metric__organization", "metric__unit", "owner", "checked_in_by",
        "objective__owner", "objective__organization", "objective__cycle", "objective__tier",
        "objective__portfolio", "objective__product", "objective__team",
    )  # fmt: skip


def key_result_rows(
    access: Access, rows: QuerySet[KeyResult], *, now: datetime | None = None
) -> list[KeyResultRow]:
    """The rows in their order, in two queries however many there are."""
    now = now or timezone.now()
    found = list(rows.values(*COLUMNS))
    shared = co_owning_units({row["objective_id"] for row in found})
    return [shown(access, row, shared.get(row["objective_id"], ()), now) for row in found]


def co_owning_units(objectives: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Units that answer for each objective together with its owner."""
    found: dict[UUID, list[UUID]] = {}
    rows = ObjectiveCoOwner.objects.filter(objective_id__in=list(objectives))
    for objective, product, team in rows.values_list("objective_id", "product_id", "team_id"):
        found.setdefault(objective, []).append(product or team)
    return found


def shown(
    access: Access, row: dict[str, Any], co_owners: Iterable[UUID], now: datetime
) -> KeyResultRow:
    unit = row["metric__unit__symbol"] or row["metric__unit__name"]
    closed = row["objective__cycle__state"] == CycleState.CLOSED
    outdated = not closed and row["outdated_from"] is not None and row["outdated_from"] <= now
    open_for_entry = not closed and row["archived_at"] is None
    put_off = row["postponed_until"]
    same = {
        name: row[name]
        for name in (
            "id", "version", "title", "shape", "source", "weight", "target", "current_value",
            "current_at", "current_source", "score", "raw", "expected", "pace_gap", "confidence",
            "reported_status", "last_note", "evidence_at", "is_overridden", "final_score",
            "judgement", "objective_id",
        )
    }  # fmt: skip
    return KeyResultRow(
        **same,
        words=definition_in_words(measured(row, unit, row["ends_on"])),
        unit=unit,
        pace="outdated" if outdated else row["pace"],
        is_outdated=outdated,
        postponed_until=None if put_off is None or put_off < timezone.localdate(now) else put_off,
        owner=row["owner__name"],
        ends_on=row["ends_on"] or row["objective__cycle__ends_on"],
        is_closed=closed,
        is_closing=row["objective__cycle__state"] == CycleState.CLOSING,
        is_archived=row["archived_at"] is not None,
        objective_title=row["objective__title"],
        can_check_in=open_for_entry and may_check_in(access, row, co_owners),
        takes_value=takes_value(row["source"], row["shape"]),
    )


def measured(row: dict[str, Any], unit: str, ends_on: date | None) -> Measured:
    return Measured(
        shape=row["shape"],
        baseline=row["baseline"],
        target=row["target"],
        lower=row["lower"],
        upper=row["upper"],
        condition=row["condition"],
        unit=unit,
        ends_on=ends_on or row["objective__cycle__ends_on"],
    )


def may_check_in(access: Access, row: dict[str, Any], co_owners: Iterable[UUID]) -> bool:
    """The rule of `okrs.actions.rights` for rows of a list."""
    if not access.allows(Permission.CHECK_IN_WRITE):
        return False
    if access.member.pk in {row["owner_id"], row["objective__owner_id"]}:
        return True
    units = [row[f"objective__{unit}_id"] for unit in ("portfolio", "product", "team")]
    return access.allows_on(Permission.CHECK_IN_WRITE, [*units, *co_owners])


def search_key_results(
    access: Access,
    text: str,
    *,
    exclude: Iterable[UUID] = (),
    outside: UUID | None = None,
    cycle: UUID | None = None,
    dimension: str = "",
    is_open: bool = False,
    limit: int = 20,
) -> QuerySet[KeyResult]:
    """Live key results that the words name by title or objective; for choosers.

    `outside` is an objective whose own are left out; `cycle`, `dimension` and cycles that are not
    closed (`is_open`) narrow further.
    """
    rows = key_results_with_place(access).filter(archived_at=None, objective__archived_at=None)
    for word in text.split():
        rows = rows.filter(Q(title__icontains=word) | Q(objective__title__icontains=word))
    if outside is not None:
        rows = rows.exclude(objective_id=outside)
    if cycle is not None:
        rows = rows.filter(objective__cycle_id=cycle)
    if dimension:
        rows = rows.filter(metric__unit__dimension=dimension)
    if is_open:
        rows = rows.exclude(objective__cycle__state=CycleState.CLOSED)
    rows = rows.exclude(pk__in=list(exclude))
    return rows.order_by("-objective__cycle__starts_on", "objective__tier__rank", "title")[:limit]
