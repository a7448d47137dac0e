"""Which check-ins are owed now: what home, the due list and reminders all ask for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.access import access_of
from accounts.models import Member
from okrs import scoring
from okrs.choices import CycleState, KeyResultSource, ObjectiveState
from okrs.models import KeyResult
from portfolio.models import Portfolio

RUNNING = (CycleState.OPEN, CycleState.CLOSING)
# Nobody is asked how goals go that were not accepted yet.
ASKED_FOR = (ObjectiveState.ACCEPTED, ObjectiveState.COMMITTED)
COLUMNS = (
    "id", "title", "owner_id", "source", "outdated_from", "evidence_at", "first_day", "last_day",
    "postponed_until", "objective__portfolio_id", "objective__product_id", "objective__team_id",
)  # fmt: skip
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class OwedCheckIn:
    """A check-in that its owner owes; `due_on` is None where nothing was ever computed."""

    id: UUID
    title: str
    owner_id: UUID
    due_on: date | None
    units: frozenset[UUID]


def running_key_results(today: date) -> QuerySet[KeyResult]:
    """Key results of agreed goals in running cycles that have begun, with their own dates."""
    rows = KeyResult.objects.filter(
        archived_at=None,
        objective__archived_at=None,
        objective__state__in=ASKED_FOR,
        objective__cycle__state__in=RUNNING,
    )
    return with_days(rows).filter(first_day__lte=today)


def with_days(rows: QuerySet[KeyResult]) -> QuerySet[Any]:
    """Adds `first_day` and `last_day`: the key result's own, else its cycle's."""
    return rows.annotate(
        first_day=Coalesce("starts_on", "objective__cycle__starts_on"),
        last_day=Coalesce("ends_on", "objective__cycle__ends_on"),
    )


def owed_check_ins(
    rows: QuerySet[KeyResult], *, now: datetime, zone: ZoneInfo
) -> list[OwedCheckIn]:
    """Those of `rows` (from `running_key_results`) that are owed, the longest due first.

    What comes by sync is never owed: people cannot make it fresher. `zone` is the organisation's.
    """
    today = now.astimezone(zone).date()
    soon = datetime.combine(today + scoring.AHEAD, time.min, zone)
    may_be = rows.filter(Q(outdated_from=None) | Q(outdated_from__lte=soon))
    return [owed(row, zone) for row in in_order(may_be) if is_owed(row, today, zone)]


def in_order(rows: QuerySet[KeyResult]) -> Iterable[Row]:
    """What is needed to judge each row, the longest due first."""
    ordered: QuerySet[Any, Row] = rows.order_by(
        F("outdated_from").asc(nulls_first=True), "id"
    ).values(*COLUMNS)
    return ordered


def is_owed(row: Row, today: date, zone: ZoneInfo) -> bool:
    if row["source"] == KeyResultSource.SYNCED or is_put_off(row, today):
        return False
    due_on, said_on = due_day(row["outdated_from"], zone), day_of(row["evidence_at"], zone)
    if said_on is not None and said_on >= row["last_day"]:
        return False  # its last number is known
    since = max(said_on or row["first_day"], row["first_day"])
    return due_on is None or scoring.is_owed(due_on, since=since, today=today)


def is_put_off(row: Row, today: date) -> bool:
    return row["postponed_until"] is not None and row["postponed_until"] >= today


def owed(row: Row, zone: ZoneInfo) -> OwedCheckIn:
    units = {row[f"objective__{unit}_id"] for unit in ("portfolio", "product", "team")}
    return OwedCheckIn(
        id=row["id"],
        title=row["title"],
        owner_id=row["owner_id"],
        due_on=due_day(row["outdated_from"], zone),
        units=frozenset(units - {None}),
    )


def due_day(outdated_from: datetime | None, zone: ZoneInfo) -> date | None:
    """The last day on which the number still counts as fresh."""
    day = day_of(outdated_from, zone)
    return day - timedelta(days=1) if day else None


def day_of(at: datetime | None, zone: ZoneInfo) -> date | None:
    return at.astimezone(zone).date() if at else None


def seen_by_owners(rows: Iterable[OwedCheckIn], owners: Iterable[Member]) -> list[OwedCheckIn]:
    """Without those of private units that are closed to their owners, who could not answer."""
    found = list(rows)
    if not Portfolio.objects.filter(is_private=True).exists():
        return found
    owing = {row.owner_id for row in found}
    hidden = {owner.pk: access_of(owner).units.hidden for owner in owners if owner.pk in owing}
    return [row for row in found if not row.units & hidden[row.owner_id]]
