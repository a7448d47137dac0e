"""Key results worth a second look: what nobody asks about, yet somebody should know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.access import Access
from accounts.permissions import Permission
from lib.display import show_day, show_percent, show_score
from okrs import scoring
from okrs.choices import AlertKind, KeyResultSource
from okrs.models import HiddenAlert, KeyResult
from okrs.queries.objectives import UNIT_KEYS, of_hidden_units
from okrs.queries.owed import day_of, running_key_results

NOT_STARTED_AFTER = timedelta(days=7)
HIGH = Decimal("0.8")
SHOWN = 20
Row = Mapping[str, Any]
COLUMNS = (
    "id", "title", "source", "shape", "score", "evidence_at", "outdated_from", "first_day",
    "last_day", "starts_on", "ends_on", "owner__name", "owner__left_at", "objective__title",
    "objective__owner__name", "objective__owner__left_at", "objective__cycle__name",
    "objective__cycle__starts_on", "objective__cycle__ends_on",
)  # fmt: skip
K = AlertKind
HAS_LEFT = Q(owner__left_at__isnull=False) | Q(objective__owner__left_at__isnull=False)


@dataclass(frozen=True, kw_only=True)
class Alert:
    kind: AlertKind
    key_result: UUID
    title: str
    objective: str
    words: str

    @property
    def label(self) -> str:
        return self.kind.label


def alerts_for(access: Access, now: datetime) -> list[Alert]:
    """What concerns the member's own goals and those of units that they lead; one statement.

    A key result whose owner left concerns everybody who decides on it.
    """
    zone = ZoneInfo(access.organization.time_zone)
    today = now.astimezone(zone).date()
    rows = running_key_results(today).filter(any_of(conditions(today, now).values()))
    rows = rows.filter(concerns(access)).exclude(of_hidden_units(access, "objective__"))
    found = with_hidden(rows, access).order_by("objective__cycle__starts_on", "title", "id")
    alerts = (
        Alert(
            kind=kind,
            key_result=row["id"],
            title=row["title"],
            objective=row["objective__title"],
            words=words,
        )
        for row in found.values(*COLUMNS, *K.values)[: SHOWN * 2]
        for kind, words in worth_a_look(row, today, now, zone)
        if not row[kind]
    )
    return list(alerts)[:SHOWN]


def any_of(conditions: Iterable[Q]) -> Q:
    return Q(*conditions, _connector=Q.OR)


def conditions(today: date, now: datetime) -> dict[AlertKind, Q]:
    """Which rows are candidates for each kind; `worth_a_look` decides."""
    return {
        K.NOT_STARTED: Q(evidence_at=None, first_day__lte=today - NOT_STARTED_AFTER),
        K.EARLY_HIGH: Q(score__gt=HIGH, last_day__gt=today, shape__in=scoring.PACED_SHAPES),
        K.PAST_DUE: Q(last_day__lt=today, objective__cycle__ends_on__gte=today),
        K.NO_OWNER: HAS_LEFT,
        K.OUTSIDE_CYCLE: Q(starts_on__lt=F("objective__cycle__starts_on"))
        | Q(ends_on__gt=F("objective__cycle__ends_on")),
        K.NOT_READ: Q(source=KeyResultSource.SYNCED, outdated_from__lte=now),
    }


def concerns(access: Access) -> Q:
    """A condition on key results: the member's own, or of units that they lead."""
    me = access.member
    led = [unit for unit in access.units.roles if access.allows_on(Permission.OKR_DECIDE, [unit])]
    mine = Q(owner=me) | Q(objective__owner=me)
    mine |= any_of(Q(**{f"objective__{unit}__in": led}) for unit in UNIT_KEYS)
    if Permission.OKR_DECIDE in access.everywhere:
        mine |= HAS_LEFT
    return mine


def with_hidden(rows: QuerySet[KeyResult], access: Access) -> QuerySet[Any]:
    """Adds a column for each kind: whether the member has hidden it."""
    hidden = HiddenAlert.objects.filter(member=access.member, key_result=OuterRef("pk"))
    return rows.annotate(**{kind: Exists(hidden.filter(kind=kind)) for kind in K.values})


def worth_a_look(
    row: Row, today: date, now: datetime, zone: ZoneInfo
) -> Iterable[tuple[AlertKind, str]]:
    """The kinds that apply to a row, each with a sentence."""
    first, last, score = row["first_day"], row["last_day"], row["score"]
    if row["owner__left_at"] is not None:
        yield K.NO_OWNER, f"{row['owner__name']} left. Name somebody who checks in."
    elif row["objective__owner__left_at"] is not None:
        yield K.NO_OWNER, f"{row['objective__owner__name']}, who answered for its objective, left."
    if row["evidence_at"] is None and first + NOT_STARTED_AFTER <= today:
        yield K.NOT_STARTED, f"Nothing was reported since it began on {show_day(first)}."
    if last < today <= row["objective__cycle__ends_on"] and (score is None or score < 1):
        yield K.PAST_DUE, f"Its last day was {show_day(last)}; it stands at {show_score(score)}."
    if is_early_high(row, today):
        passed = show_percent(Decimal((today - first).days) / (last - first).days, places=0)
        words = f"{show_score(score)} with {passed} of its time gone. Set the next one higher."
        yield K.EARLY_HIGH, words
    if is_outside(row):
        yield K.OUTSIDE_CYCLE, f"Its dates leave {row['objective__cycle__name']}. Move them."
    if is_not_read(row, now):
        read = show_day(day_of(row["evidence_at"], zone))
        yield K.NOT_READ, f"Its linked work was last read on {read}. Look at its connection."


def is_early_high(row: Row, today: date) -> bool:
    """Above 0.8 before half of its time has passed, where the way is travelled step by step."""
    score, first, last = row["score"], row["first_day"], row["last_day"]
    high = score is not None and score > HIGH and row["shape"] in scoring.PACED_SHAPES
    return high and 2 * (today - first) < last - first


def is_outside(row: Row) -> bool:
    starts, ends = row["starts_on"], row["ends_on"]
    early = starts is not None and starts < row["objective__cycle__starts_on"]
    return early or (ends is not None and ends > row["objective__cycle__ends_on"])


def is_not_read(row: Row, now: datetime) -> bool:
    stale = row["outdated_from"] is not None and row["outdated_from"] <= now
    return stale and row["source"] == KeyResultSource.SYNCED and row["evidence_at"] is not None
