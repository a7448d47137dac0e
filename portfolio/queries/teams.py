"""Teams, who is in them, what they work on and how much they can do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.access import Access
from lib.display import show_change, show_percent
from portfolio.models import Team, TeamCapacity, TeamMember, TeamProduct, holding
from portfolio.queries.access import live, visible


@dataclass(frozen=True)
class TeamRow:
    """`people` is the sum of the shares of those in the team today."""

    team: Team
    people: Decimal
    products: Sequence[TeamProduct]


@dataclass(frozen=True)
class MonthCapacity:
    """People-weeks of a team in a month; `exception` is the row that says so, if one does."""

    month: date
    people_weeks: Decimal
    usual: Decimal
    exception: TeamCapacity | None

    @property
    def difference(self) -> Decimal:
        return self.people_weeks - self.usual

    @property
    def change(self) -> str:
        return show_change(self.difference, places=1)


def team_queryset(
    access: Access, *, text: str = "", product: UUID | None = None, archived: bool = False
) -> QuerySet[Team]:
    """Teams by name, narrowed by text or by a product that they work on today."""
    rows = visible(Team, access).filter(archived_at__isnull=not archived).select_related("lead")
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(description__icontains=text))
    if product:
        links = live(TeamProduct, access).filter(holding(timezone.localdate()), product=product)
        rows = rows.filter(pk__in=links.values("team"))
    return rows.order_by("name", "pk")


def team_rows(access: Access, teams: Collection[Team]) -> list[TeamRow]:
    """People and products of each of `teams`, in two statements."""
    ids = [team.pk for team in teams]
    today = timezone.localdate()
    people: dict[UUID, Decimal] = {}
    members = TeamMember.objects.filter(holding(today), team__in=ids, member__left_at=None)
    for team_id, share in members.values_list("team_id", "share"):
        people[team_id] = people.get(team_id, Decimal(0)) + share
    products: dict[UUID, list[TeamProduct]] = {}
    links = live(TeamProduct, access).filter(
        holding(today), team__in=ids, product__archived_at=None
    )
    for link in links.select_related("product").order_by("tie", "product__name"):
        products.setdefault(link.team_id, []).append(link)
    return [
        TeamRow(team, people.get(team.pk, Decimal(0)), products.get(team.pk, [])) for team in teams
    ]


@dataclass(frozen=True)
class Belonging:
    """A person's place in a team; `promised` is the share of their time over all teams today."""

    link: TeamMember
    promised: Decimal

    @property
    def over_promised(self) -> str:
        """The promised share as people read it, when it is more than all of their time."""
        return show_percent(self.promised, places=0) if self.promised > 1 else ""


def members_of(team: Team) -> list[Belonging]:
    """People in a team, those who left it last; one statement."""
    everywhere = TeamMember.objects.filter(
        holding(timezone.localdate()), member=OuterRef("member"), team__archived_at=None
    )
    promised = everywhere.order_by().values("member").values(whole=Sum("share"))
    rows = (
        team.member_links.filter(archived_at=None)
        .select_related("member")
        .annotate(promised=Coalesce(Subquery(promised), Decimal(0)))
        .order_by("member__name")
    )
    found = [Belonging(row, row.promised) for row in rows]
    return sorted(found, key=lambda row: row.link.state == "ended")


def products_of(access: Access, team: Team) -> list[TeamProduct]:
    rows = (
        live(TeamProduct, access)
        .filter(team=team, product__archived_at=None)
        .select_related("product")
        .order_by("tie", "product__name")
    )
    return sorted(rows, key=lambda row: row.state == "ended")


def months_from(first: date, count: int) -> list[date]:
    """`count` first days of months, from the month of `first` on."""
    start = first.year * 12 + first.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(start, start + count)]


def capacity_by_month(
    teams: Collection[Team], *, first: date, months: int
) -> dict[UUID, list[MonthCapacity]]:
    """People-weeks of each team in `months` months from the month of `first` on.

    The usual capacity holds where no row says otherwise. One statement for all teams.
    """
    span = months_from(first, months)
    rows = TeamCapacity.objects.filter(
        archived_at=None, team__in=[team.pk for team in teams], month__in=span
    )
    exceptions = {(row.team_id, row.month): row for row in rows}

    def month_of(team: Team, month: date) -> MonthCapacity:
        row = exceptions.get((team.pk, month))
        return MonthCapacity(month, row.people_weeks if row else team.capacity, team.capacity, row)

    return {team.pk: [month_of(team, month) for month in span] for team in teams}
