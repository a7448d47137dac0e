"""What one member owes: on home, on the due list, and over the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F

from accounts.access import Access
from okrs.choices import KeyResultSource
from okrs.models import Postponement
from okrs.queries.key_results import KeyResultRow, key_result_rows
from okrs.queries.objectives import of_hidden_units
from okrs.queries.owed import (
    OwedCheckIn,
    in_order,
    is_owed,
    is_put_off,
    owed,
    running_key_results,
)

# Forms on one page; the others follow once these are done.
SHOWN = 50


@dataclass(frozen=True)
class DueCheckIn:
    """`due_on` is the last day on which the number still counts as fresh."""

    row: KeyResultRow
    due_on: date | None


@dataclass(frozen=True, kw_only=True)
class CheckIns:
    """`coming` are those by hand that are fresh still, the next one first; `fresh` counts the
    ones that come by themselves too."""

    due: Sequence[DueCheckIn] = ()
    fresh: int = 0
    put_off: int = 0
    coming: Sequence[OwedCheckIn] = ()

    @property
    def next_on(self) -> date | None:
        return self.coming[0].due_on if self.coming else None

    @property
    def any(self) -> bool:
        return bool(self.due or self.fresh or self.put_off)


@dataclass(frozen=True, kw_only=True)
class PutOff:
    """A check-in that somebody put off."""

    id: UUID
    title: str
    until: date
    reason: str
    author: str


def check_ins_of(access: Access, now: datetime) -> CheckIns:
    """What the member owes in running cycles, the longest due first; three statements."""
    zone = ZoneInfo(access.organization.time_zone)
    today = now.astimezone(zone).date()
    mine = running_key_results(today).filter(owner=access.member)
    mine = mine.exclude(of_hidden_units(access, "objective__"))
    found = list(in_order(mine))
    asked = {row["id"]: owed(row, zone) for row in found if is_owed(row, today, zone)}
    due = list(asked)[:SHOWN]
    rows = {row.id: row for row in key_result_rows(access, mine.filter(pk__in=due), now=now)}
    others = [row for row in found if row["id"] not in asked and not is_put_off(row, today)]
    fresh = [row for row in others if row["outdated_from"] and row["outdated_from"] > now]
    return CheckIns(
        due=[DueCheckIn(rows[pk], asked[pk].due_on) for pk in due if pk in rows],
        fresh=len(fresh),
        put_off=len(found) - len(asked) - len(others),
        coming=[owed(row, zone) for row in fresh if row["source"] != KeyResultSource.SYNCED],
    )


def put_off_by(access: Access, today: date) -> list[PutOff]:
    """The member's check-ins that are put off, with the reason; the first to return first."""
    latest = (
        Postponement.objects.filter(
            key_result__owner=access.member,
            key_result__archived_at=None,
            key_result__postponed_until__gte=today,
            until=F("key_result__postponed_until"),
        )
        .order_by("key_result_id", "-at", "-id")
        .distinct("key_result_id")
        .select_related("key_result", "author")
    )
    found = [
        PutOff(
            id=row.key_result_id,
            title=row.key_result.title,
            until=row.key_result.postponed_until,
            reason=row.reason,
            author=row.author.name,
        )
        for row in latest
    ]
    return sorted(found, key=lambda each: (each.until, each.title))
