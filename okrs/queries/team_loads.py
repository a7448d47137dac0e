"""What every team is asked for and has promised in a cycle, against what it can do.

Two kinds of rows ask for people-weeks: the teams of a commitment, and dependencies on a team.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.access import Access
from okrs.capacity import Ask, MonthLoad, loads, months_between
from okrs.choices import CommitmentState, DependencyState, InitiativeState, ObjectiveState
from okrs.definitions import dates_of
from okrs.models import CommittedTeam, Cycle, Dependency, Initiative, KeyResult
from okrs.queries.dependencies import visible_dependencies
from okrs.queries.objectives import visible_objectives
from portfolio.models import Team
from portfolio.queries import capacity_by_month, live

S, D = ObjectiveState, DependencyState
GIVEN_UP = (S.DECLINED, S.DEFERRED, S.WITHDRAWN, S.ABANDONED, S.OBSOLETE)
PROMISED = (CommitmentState.STANDING, CommitmentState.CONDITIONAL)
# Dependencies by how far they have come: nobody works for the others.
WANTED = (D.ASKED, D.COUNTERED, D.ACCEPTED, D.DELIVERED)
OFFERED = (D.COUNTERED, D.ACCEPTED, D.DELIVERED)
KEPT = (D.ACCEPTED, D.DELIVERED)


@dataclass(frozen=True)
class AskLine:
    """Who asks: a goal that a commitment is to back, or the promise that a goal waits for.

    `objective` is the goal, None where an initiative waits; `dependency` is the promise.
    """

    objective: UUID | None
    title: str
    unit: str
    unit_id: UUID | None
    dependency: UUID | None = None

    @property
    def page(self) -> str:
        """The name of the address of the record that asks."""
        return "okrs:dependency" if self.dependency else "okrs:objective"

    @property
    def record(self) -> UUID:
        found = self.dependency or self.objective
        assert found is not None  # noqa: S101 (one of the two asks)
        return found


@dataclass(frozen=True)
class Wanted:
    """People-weeks that are wanted of one team; nobody is named who is hidden from the member."""

    team: UUID
    ask: Ask
    line: AskLine | None


@dataclass(frozen=True)
class TeamLoad:
    """The months of a team in a cycle; `asks` are those that the member may see, by their id."""

    team: Team
    months: Sequence[MonthLoad]
    asks: Mapping[Hashable, AskLine]

    @property
    def worst(self) -> MonthLoad:
        return max(self.months, key=lambda month: month.over)

    @property
    def capacity(self) -> Decimal:
        """People-weeks of all months."""
        return sum((month.capacity for month in self.months), Decimal(0))

    @property
    def wanted(self) -> Decimal:
        """People-weeks that are promised or asked for, of all months."""
        return sum((month.total for month in self.months), Decimal(0))

    @property
    def is_over_asked(self) -> bool:
        return self.worst.over > 0


def team_loads(access: Access, cycle: Cycle, *, also: Collection[UUID] = ()) -> list[TeamLoad]:
    """Teams that somebody asks for people-weeks in `cycle`, by name; four statements.

    `also` are teams that are wanted in any case.

    Every ask of the cycle counts, also one by a goal that is hidden from the member, which is
    then not named.
    """
    rows = wanted_in(access, cycle)
    asked = {*also, *(row.team for row in rows)}
    return loads_of(live(Team, access).filter(pk__in=asked), rows, cycle)


def promised_loads(access: Access, cycle: Cycle, promises: Collection[UUID]) -> list[TeamLoad]:
    """What the teams of `promises`, rows that ask, have promised in `cycle`, were these to stand.

    Teams that nobody gave a capacity are left out: there is nothing to hold the promise against.
    """
    rows = wanted_in(access, cycle)
    teams = {row.team for row in rows if row.ask.id in promises}
    promised = [
        replace(row, ask=replace(row.ask, is_promised=True))
        for row in rows
        if row.ask.is_promised or row.ask.id in promises
    ]
    found = loads_of(Team.objects.filter(pk__in=teams), promised, cycle)
    return [load for load in found if any(month.capacity for month in load.months)]


def loads_of(teams: QuerySet[Team], rows: Sequence[Wanted], cycle: Cycle) -> list[TeamLoad]:
    """By name of the team; two statements."""
    ordered = list(teams.order_by("name"))
    months = list(months_between(cycle.starts_on, cycle.ends_on))
    capacity = capacity_by_month(ordered, first=months[0], months=len(months))
    asks: defaultdict[UUID, list[Ask]] = defaultdict(list)
    named: defaultdict[UUID, dict[Hashable, AskLine]] = defaultdict(dict)
    for row in rows:
        asks[row.team].append(row.ask)
        if row.line is not None:
            named[row.team][row.ask.id] = row.line
    return [
        TeamLoad(
            team,
            loads(asks[team.pk], {m.month: m.people_weeks for m in capacity[team.pk]}),
            named[team.pk],
        )
        for team in ordered
    ]


def wanted_in(access: Access, cycle: Cycle) -> list[Wanted]:
    """Everything that is wanted of teams for the goals of a cycle; two statements."""
    backed = [wanted_by_line(row, cycle) for row in lines_of(access, cycle)]
    return [*backed, *waited_for(access, cycle)]


# --- Commitments ------------------------------------------------------------------------------
def lines_of(access: Access, cycle: Cycle) -> Iterable[CommittedTeam]:
    seen = Exists(visible_objectives(access).filter(pk=OuterRef("commitment__objective")))
    return (
        CommittedTeam.objects.filter(
            archived_at=None,
            commitment__archived_at=None,
            commitment__objective__cycle=cycle,
            commitment__objective__archived_at=None,
        )
        .exclude(commitment__state=CommitmentState.RELEASED)
        .exclude(commitment__objective__state__in=GIVEN_UP)
        .annotate(is_visible=seen)
        .select_related(
            "commitment__objective__portfolio",
            "commitment__objective__product",
            "commitment__objective__team",
        )
        .order_by("id")
    )


def wanted_by_line(row: CommittedTeam, cycle: Cycle) -> Wanted:
    """A line without days of its own is spread over the cycle."""
    objective = row.commitment.objective
    first: date = row.starts_on or cycle.starts_on
    last: date = row.ends_on or max(cycle.ends_on, first)
    line = AskLine(objective.pk, objective.title, str(objective.unit or ""), objective.unit_id)
    return Wanted(
        row.team_id,
        Ask(
            row.pk,
            row.people_weeks,
            min(first, last),
            last,
            is_promised=row.commitment.state in PROMISED,
        ),
        line if row.is_visible else None,  # type: ignore[attr-defined]  # annotated above
    )


# --- Dependencies -----------------------------------------------------------------------------
def waited_for(access: Access, cycle: Cycle) -> list[Wanted]:
    """What key results of the cycle, and initiatives that are worked on in it, ask of teams."""
    of_goals = Q(
        needer_key_result__archived_at=None,
        needer_key_result__objective__cycle=cycle,
        needer_key_result__objective__archived_at=None,
    ) & ~Q(needer_key_result__objective__state__in=GIVEN_UP)
    of_work = Q(needer_initiative__isnull=False, needer_initiative__archived_at=None) & ~Q(
        needer_initiative__state=InitiativeState.STOPPED
    )
    rows = (
        Dependency.objects.filter(of_goals | of_work, archived_at=None, state__in=WANTED)
        .filter(
            Q(people_weeks__isnull=False) | Q(promised_weeks__isnull=False, state__in=OFFERED)
        )
        .annotate(is_visible=Exists(visible_dependencies(access).filter(pk=OuterRef("pk"))))
        .select_related(
            "needer_key_result__objective__cycle", "needer_key_result__objective__portfolio",
            "needer_key_result__objective__product", "needer_key_result__objective__team",
            "needer_initiative__product",
        )
        .order_by("id")
    )  # fmt: skip
    found = [wanted_by_need(row) for row in rows]
    return [
        row for row in found if row.ask.first <= cycle.ends_on and row.ask.last >= cycle.starts_on
    ]


def wanted_by_need(row: Dependency) -> Wanted:
    """Worked on from the first day of what waits to the day that is promised, else needed.

    What the provider has offered counts in place of what was asked.
    """
    is_offered = row.state in OFFERED and row.promised_weeks is not None
    weeks = row.promised_weeks if is_offered else row.people_weeks
    promised_by = row.promised_by if row.state in OFFERED else None
    last: date = promised_by or row.needed_by
    team, held = row.provider_team_id, "the table holds a team beside people-weeks"
    assert team is not None, held  # noqa: S101
    assert weeks is not None, held  # noqa: S101
    return Wanted(
        team,
        Ask(
            row.pk,
            weeks,
            min(first_day(row), last),
            last,
            is_promised=row.state in KEPT and is_offered,
        ),
        need_line(row) if row.is_visible else None,  # type: ignore[attr-defined]  # annotated
    )


def first_day(row: Dependency) -> date:
    """The first day of the key result or initiative that waits, else the day of the ask."""
    needer = row.needer_key_result
    if needer is not None:
        return dates_of(needer, needer.objective.cycle)[0]
    starts: date | None = row.needer_initiative.starts_on
    return starts or timezone.localdate(row.created_at)


def need_line(row: Dependency) -> AskLine:
    needer: KeyResult | None = row.needer_key_result
    if needer is not None:
        goal = needer.objective
        return AskLine(goal.pk, row.title, str(goal.unit or ""), goal.unit_id, row.pk)
    work: Initiative = row.needer_initiative
    return AskLine(None, row.title, work.product.name, work.product_id, row.pk)


def cycles_of(row: Dependency) -> list[Cycle]:
    """The cycles in which a promise counts: that of the key result, or those of the work's days."""
    needer = row.needer_key_result
    if needer is not None:
        return [needer.objective.cycle]
    last = max(row.promised_by or row.needed_by, row.needed_by)
    running = Cycle.objects.filter(archived_at=None, starts_on__lte=last)
    return list(running.filter(ends_on__gte=min(first_day(row), last)).order_by("starts_on", "id"))
