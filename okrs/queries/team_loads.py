"""What every team is asked for and has promised in a cycle, against what it can do."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.access import Access
from okrs.capacity import Ask, MonthLoad, loads, months_between
from okrs.choices import CommitmentState, ObjectiveState
from okrs.models import Commitment, CommittedTeam, Cycle
from okrs.queries.objectives import visible_objectives
from portfolio.models import Team
from portfolio.queries import capacity_by_month, live

S = ObjectiveState
GIVEN_UP = (S.DECLINED, S.DEFERRED, S.WITHDRAWN, S.ABANDONED, S.OBSOLETE)
PROMISED = (CommitmentState.STANDING, CommitmentState.CONDITIONAL)


@dataclass(frozen=True)
class AskLine:
    """Who asks: an objective and what it wants of the team, in people-weeks by month."""

    objective: UUID
    title: str
    unit: str
    unit_id: UUID | None


@dataclass(frozen=True)
class TeamLoad:
    """The months of a team in a cycle; `asks` are by the id of the line of the commitment."""

    team: Team
    months: Sequence[MonthLoad]
    asks: Mapping[UUID, AskLine]

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
    """Teams that somebody asks for people-weeks in `cycle`, by name; three statements.

    `also` are teams that are wanted in any case.

    Every ask of the cycle counts, also one by a goal that is hidden from the member, which is
    then not named.
    """
    lines = lines_of(access, cycle)
    asked = {*also, *(line.team_id for line in lines)}
    teams = live(Team, access).filter(pk__in=asked)
    return loads_of(teams, lines, cycle)


def promised_loads(access: Access, commitment: Commitment) -> list[TeamLoad]:
    """What the teams of `commitment` have promised in its cycle, were it to stand.

    Teams that nobody gave a capacity are left out: there is nothing to hold the promise against.
    """
    cycle = commitment.objective.cycle
    lines = lines_of(access, cycle)
    own = {line.team_id for line in lines if line.commitment_id == commitment.pk}
    promised = [
        line
        for line in lines
        if line.team_id in own
        and (line.commitment_id == commitment.pk or line.commitment.state in PROMISED)
    ]
    found = loads_of(Team.objects.filter(pk__in=own), promised, cycle)
    return [load for load in found if any(month.capacity for month in load.months)]


def loads_of(teams: QuerySet[Team], lines: Sequence[CommittedTeam], cycle: Cycle) -> list[TeamLoad]:
    """By name of the team; two statements."""
    rows = list(teams.order_by("name"))
    months = list(months_between(cycle.starts_on, cycle.ends_on))
    capacity = capacity_by_month(rows, first=months[0], months=len(months))
    asks: defaultdict[UUID, list[Ask]] = defaultdict(list)
    named: defaultdict[UUID, dict[UUID, AskLine]] = defaultdict(dict)
    for line in lines:
        asks[line.team_id].append(ask_of(line, cycle))
        if line.is_visible:  # type: ignore[attr-defined]  # annotated below
            named[line.team_id][line.pk] = ask_line(line)
    return [
        TeamLoad(
            team,
            loads(asks[team.pk], {m.month: m.people_weeks for m in capacity[team.pk]}),
            named[team.pk],
        )
        for team in rows
    ]


def lines_of(access: Access, cycle: Cycle) -> list[CommittedTeam]:
    seen = Exists(visible_objectives(access).filter(pk=OuterRef("commitment__objective")))
    rows = (
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
    )
    return list(rows.order_by("id"))


def ask_of(line: CommittedTeam, cycle: Cycle) -> Ask:
    """A line without days of its own is spread over the cycle."""
    first: date = line.starts_on or cycle.starts_on
    last: date = line.ends_on or max(cycle.ends_on, first)
    return Ask(
        line.pk,
        line.people_weeks,
        min(first, last),
        last,
        is_promised=line.commitment.state in PROMISED,
    )


def ask_line(line: CommittedTeam) -> AskLine:
    objective = line.commitment.objective
    return AskLine(objective.pk, objective.title, str(objective.unit or ""), objective.unit_id)
