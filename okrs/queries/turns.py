"""How regularly numbers come: who is current now, and which share of check-ins came on time.

A turn is kept by a check-in on or before the day it was owed by, and missed for each such day
that passes in silence. What comes by sync owes no turn. All of it follows from the log of
check-ins and from the dates that roll-ups use, so nothing here can disagree with them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Lower

from accounts.access import Access
from accounts.models import Member
from accounts.permissions import Permission
from okrs import scoring
from okrs.choices import CycleState, KeyResultSource, ObjectiveState
from okrs.models import CheckIn, KeyResult
from okrs.queries.cadences import Cadences, owning_products, read_cadences
from okrs.queries.key_results import visible_key_results
from okrs.queries.leads import home_portfolios
from okrs.queries.owed import due_day, with_days
from okrs.queries.scope import CycleChoice, Scope, chosen
from okrs.rhythm import Effective
from portfolio.models import Portfolio, Product, Team

# The chosen cycle and those before it.
CYCLES = 4
# Cycles whose lengths differ by no more are of a kind: quarters have 90 to 92 days.
LIKE_LENGTH = timedelta(days=5)
COUNTED = (ObjectiveState.ACCEPTED, ObjectiveState.COMMITTED, ObjectiveState.CLOSED)
BEGUN = (CycleState.OPEN, CycleState.CLOSING, CycleState.CLOSED)
UNITS = ("portfolio", "product", "team")
COLUMNS = (
    "id", "owner_id", "source", "outdated_from", "postponed_until", "last_day",
    "objective__cycle_id", "objective__cycle__state", "objective__portfolio_id",
    "objective__product_id", "objective__team_id",
)  # fmt: skip


class GroupBy(StrEnum):
    PORTFOLIO = "portfolio"
    PRODUCT = "product"
    TEAM = "team"
    PERSON = "person"


@dataclass(frozen=True)
class Turns:
    """Check-ins that came by the day they were owed, and such days that passed in silence."""

    kept: int = 0
    missed: int = 0

    @property
    def share(self) -> Decimal | None:
        """Kept turns among all, 0..1; None while none was owed."""
        owed = self.kept + self.missed
        return Decimal(self.kept) / owed if owed else None

    def __add__(self, other: "Turns") -> "Turns":
        return Turns(self.kept + other.kept, self.missed + other.missed)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One key result of one cycle."""

    cycle: UUID
    owner: UUID
    portfolio: UUID | None
    product: UUID | None
    team: UUID | None
    # "current", "postponed" or "outdated"; empty in a closed cycle, where nobody is asked.
    standing: str
    is_synced: bool
    turns: Turns


@dataclass(frozen=True, kw_only=True)
class Regularity:
    """Some key results as they stand now, and their turns by cycle, the oldest cycle first."""

    current: int
    postponed: int
    outdated: int
    synced: int
    turns: Sequence[Turns]

    @property
    def key_results(self) -> int:
        return self.current + self.postponed + self.outdated

    @property
    def now(self) -> Turns:
        return self.turns[-1]

    @property
    def before(self) -> Sequence[Turns]:
        return self.turns[:-1]


@dataclass(frozen=True, kw_only=True)
class TurnsRow:
    """One unit or person; `page` and `slug` are empty for people, who have none of their own."""

    id: UUID
    name: str
    page: str
    slug: str
    cadence: Effective | None
    sums: Regularity


@dataclass(frozen=True)
class TurnsReport:
    """`cycles` run from the oldest to the chosen one, as the turns of each row do."""

    cycles: Sequence[CycleChoice]
    rows: Sequence[TurnsRow]
    total: Regularity


def turns_report(scope: Scope, cycles: Sequence[CycleChoice], by: GroupBy) -> TurnsReport:
    """The report of a scope; the number of statements does not depend on how much it covers."""
    compared = like_cycles(scope.cycle, cycles)
    lines = read_lines(scope, compared)
    places = Places.of(lines)
    groups: dict[UUID, list[Line]] = {}
    for line in lines:
        if (key := places.key(scope.access, line, by)) is not None:
            groups.setdefault(key, []).append(line)
    rows = [
        TurnsRow(
            id=pk,
            name=name,
            page=page,
            slug=slug,
            cadence=places.cadence(by, pk),
            sums=summed(groups[pk], compared),
        )
        for pk, name, page, slug in names(groups, by)
    ]
    counted = [line for row in rows for line in groups[row.id]]
    return TurnsReport(compared, rows, summed(counted, compared))


def like_cycles(cycle: CycleChoice, cycles: Iterable[CycleChoice]) -> list[CycleChoice]:
    """The cycle and those of its length that ended before it, the oldest first."""

    def length(one: CycleChoice) -> timedelta:
        return one.ends_on - one.starts_on

    before = [
        one
        for one in cycles
        if one.ends_on < cycle.starts_on
        and one.state in BEGUN
        and abs(length(one) - length(cycle)) <= LIKE_LENGTH
    ]
    before.sort(key=lambda one: one.ends_on)
    return [*before[1 - CYCLES :], cycle]


def read_lines(scope: Scope, cycles: Sequence[CycleChoice]) -> list[Line]:
    wanted = Q(pk__in=[])
    for cycle in cycles:
        wanted |= chosen(replace(scope, cycle=cycle), "objective__")
    rows = with_days(visible_key_results(scope.access)).filter(
        wanted,
        archived_at=None,
        objective__archived_at=None,
        objective__state__in=COUNTED,
        objective__cycle__state__in=BEGUN,
        first_day__lte=scope.today,
    )
    found = list(rows.order_by("id").values(*COLUMNS))
    said = answered_turns(rows)
    held = cadences_of(found)
    zone = ZoneInfo(scope.access.organization.time_zone)
    return [line_of(row, said.get(row["id"], Turns()), held, scope, zone) for row in found]


def answered_turns(rows: QuerySet[KeyResult]) -> dict[UUID, Turns]:
    """What the log of check-ins says of each key result's turns."""
    log = CheckIn.objects.filter(key_result__in=rows.values("id"), due_on__isnull=False)
    sums = log.values("key_result_id").annotate(
        kept=Count("id", filter=Q(missed=0)), silent=Sum("missed")
    )
    return {row["key_result_id"]: Turns(row["kept"], row["silent"]) for row in sums.order_by()}


def cadences_of(rows: Iterable[Mapping[str, Any]]) -> Cadences:
    units: dict[str, set[UUID]] = {unit: set() for unit in UNITS}
    for row in rows:
        for unit in UNITS:
            if row[f"objective__{unit}_id"]:
                units[unit].add(row[f"objective__{unit}_id"])
    return read_cadences(
        portfolios=units["portfolio"], products=units["product"], teams=units["team"]
    )


def line_of(
    row: Mapping[str, Any], answered: Turns, held: Cadences, scope: Scope, zone: ZoneInfo
) -> Line:
    units = {unit: row[f"objective__{unit}_id"] for unit in UNITS}
    is_synced = row["source"] == KeyResultSource.SYNCED
    silent = 0 if is_synced else open_silence(row, held.of(**units).cadence, scope.today, zone)
    return Line(
        cycle=row["objective__cycle_id"],
        owner=row["owner_id"],
        **units,
        standing=standing_of(row, scope),
        is_synced=is_synced,
        turns=Turns() if is_synced else answered + Turns(missed=silent),
    )


def open_silence(
    row: Mapping[str, Any], cadence: scoring.Cadence, today: date, zone: ZoneInfo
) -> int:
    """Turns that have passed since the last news, until today or the key result's last day."""
    due_on = due_day(row["outdated_from"], zone)
    if due_on is None:
        return 0
    if row["postponed_until"]:
        due_on = max(due_on, row["postponed_until"])
    return scoring.turns_missed(due_on, min(today, row["last_day"] + timedelta(days=1)), cadence)


def standing_of(row: Mapping[str, Any], scope: Scope) -> str:
    if row["objective__cycle__state"] == CycleState.CLOSED:
        return ""
    outdated_from = row["outdated_from"]
    if outdated_from is None or outdated_from > scope.now:
        return "current"
    put_off = row["postponed_until"]
    return "postponed" if put_off and put_off >= scope.today else "outdated"


@dataclass(frozen=True)
class Places:
    """Under which unit or person each line is counted."""

    owners: Mapping[UUID, UUID]
    homes: Mapping[UUID, UUID]
    held: Cadences

    @classmethod
    def of(cls, lines: Collection[Line]) -> "Places":
        owners = owning_products({line.team for line in lines if line.team})
        products = {line.product for line in lines if line.product} | set(owners.values())
        homes = home_portfolios(products)
        held = read_cadences(
            portfolios={*homes.values(), *(line.portfolio for line in lines if line.portfolio)},
            products=products,
            teams={line.team for line in lines if line.team},
        )
        return cls(owners, homes, held)

    def key(self, access: Access, line: Line, by: GroupBy) -> UUID | None:
        """The id of the group; a product has its own teams' lines, a portfolio its products'."""
        if by is GroupBy.PERSON:
            return line.owner if may_see_person(access, line) else None
        if by is GroupBy.TEAM:
            return line.team
        product = line.product or (self.owners.get(line.team) if line.team else None)
        if by is GroupBy.PRODUCT:
            return product
        return line.portfolio or (self.homes.get(product) if product else None)

    def cadence(self, by: GroupBy, pk: UUID) -> Effective | None:
        units = {
            GroupBy.PORTFOLIO: self.held.portfolios,
            GroupBy.PRODUCT: self.held.products,
            GroupBy.TEAM: self.held.teams,
        }
        return units[by].get(pk) if by in units else None


def may_see_person(access: Access, line: Line) -> bool:
    """People see themselves; whoever leads a unit sees those who own its key results."""
    units = (line.portfolio, line.product, line.team)
    return line.owner == access.member.pk or access.allows_on(Permission.OKR_DECIDE, units)


NAMED: Mapping[GroupBy, tuple[Any, str]] = {
    GroupBy.PORTFOLIO: (Portfolio, "portfolio:portfolio"),
    GroupBy.PRODUCT: (Product, "portfolio:product"),
    GroupBy.TEAM: (Team, "portfolio:team"),
}


def names(ids: Iterable[UUID], by: GroupBy) -> list[tuple[UUID, str, str, str]]:
    """Id, name, page and slug of each group, by name."""
    if by is GroupBy.PERSON:
        people = Member.objects.filter(pk__in=ids).order_by(Lower("name"), "id")
        return [(pk, name, "", "") for pk, name in people.values_list("id", "name")]
    model, page = NAMED[by]
    units = model.objects.filter(pk__in=ids).order_by(Lower("name"), "id")
    return [(pk, name, page, slug) for pk, name, slug in units.values_list("id", "name", "slug")]


def summed(lines: Sequence[Line], cycles: Sequence[CycleChoice]) -> Regularity:
    turns = {cycle.id: Turns() for cycle in cycles}
    for line in lines:
        turns[line.cycle] += line.turns
    now = [line for line in lines if line.cycle == cycles[-1].id]
    standings = Counter(line.standing for line in now)
    return Regularity(
        current=standings["current"],
        postponed=standings["postponed"],
        outdated=standings["outdated"],
        synced=sum(line.is_synced for line in now),
        turns=[turns[cycle.id] for cycle in cycles],
    )
