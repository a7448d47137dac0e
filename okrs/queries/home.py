"""What one member has to do, what waits for their answer, and what changed meanwhile.

Fourteen statements, however many rows there are.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.access import Access
from accounts.choices import UnitRole
from accounts.permissions import Permission
from okrs.choices import (
    OPEN_LINKS,
    CycleState,
    DependencyState,
    LinkState,
    ObjectiveState,
    Side,
)
from okrs.models import (
    CheckIn,
    Contribution,
    Dependency,
    Objective,
    ObjectiveAlignment,
    ObjectiveMove,
    ObjectiveSupport,
)
from okrs.queries.alerts import Alert, alerts_for
from okrs.queries.courses import Course, courses
from okrs.queries.due_list import CheckIns, check_ins_of
from okrs.queries.objectives import PaceCounts, paces_of, visible_objectives
from okrs.queries.owed import RUNNING
from okrs.queries.scope import SHOWN_STATES
from portfolio.choices import TeamTie
from portfolio.models import ProductPlacement, TeamProduct, holding

SHOWN = 50
CHANGES_SHOWN = 12
D = DependencyState


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Something that waits for this member. `kind` is part of class names and of icons."""

    kind: str
    title: str
    words: str
    page: str
    pk: UUID
    since: datetime
    due_on: date | None = None


@dataclass(frozen=True)
class Promise:
    id: UUID
    title: str
    promised_by: date
    needer: str
    provider: str
    is_mine: bool


@dataclass(frozen=True, kw_only=True)
class OwnObjective:
    id: UUID
    title: str
    unit: str
    cycle: str
    state: str
    score: Decimal | None
    confidence: Decimal | None
    pace: PaceCounts
    course: Course


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something that another member did to a goal of this one."""

    at: datetime
    who: str
    words: str
    page: str
    pk: UUID
    title: str
    note: str = ""


@dataclass(frozen=True)
class Home:
    check_ins: CheckIns
    alerts: Sequence[Alert]
    waiting: Sequence[Waiting]
    promises: Sequence[Promise]
    objectives: Sequence[OwnObjective]
    changes: Sequence[Change]

    @property
    def is_empty(self) -> bool:
        has_work = self.check_ins.any or self.waiting or self.promises
        return not (has_work or self.objectives or self.alerts)


def home_of(access: Access, *, now: datetime, since: datetime) -> Home:
    promises, asked = dependencies(access, now)
    waiting = [*asked, *links(access), *proposals(access)]
    return Home(
        check_ins=check_ins_of(access, now),
        alerts=alerts_for(access, now),
        waiting=sorted(waiting, key=lambda item: item.since)[:SHOWN],
        promises=promises,
        objectives=own_objectives(access, now=now, since=since),
        changes=changes(access, since),
    )


def local_day(access: Access, at: datetime) -> date:
    return at.astimezone(ZoneInfo(access.organization.time_zone)).date()


def led_units(access: Access) -> list[UUID]:
    return [unit for unit, role in access.units.roles.items() if role == UnitRole.LEAD]


def written_units(access: Access) -> list[UUID]:
    writers = {UnitRole.LEAD, UnitRole.CONTRIBUTOR}
    return [unit for unit, role in access.units.roles.items() if role in writers]


def in_units(units: Collection[UUID]) -> Q:
    """A condition on objectives that belong to some units."""
    return Q(portfolio__in=units) | Q(product__in=units) | Q(team__in=units)


def decided_by(access: Access) -> Q:
    """Objectives on which an answer is this member's, not merely possible for them."""
    condition = in_units(led_units(access))
    if Permission.OKR_DECIDE in access.everywhere:
        condition |= Q(owner=access.member)
    return condition


def links(access: Access) -> list[Waiting]:
    """Open links of running cycles whose next step is this member's."""
    live = Objective.objects.filter(archived_at=None).exclude(cycle__state=CycleState.CLOSED)
    decided = live.filter(decided_by(access))
    mine = live.filter(decided_by(access) | Q(owner=access.member))
    own_counter = Q(state=LinkState.COUNTERED, answered_by=access.member)
    found: list[Waiting] = []
    for rows, below, above, words in (
        (ObjectiveAlignment.objects, "child", "parent", "wants to serve"),
        (Contribution.objects, "child__objective", "parent__objective", "offers to add to"),
        (ObjectiveSupport.objects, "child", "key_result__objective", "wants to support"),
    ):
        # By sets of ids: conditions on joined rows would join every link of the organisation.
        asked = Q(**{f"{above}__in": decided.values("id"), f"{below}__in": live.values("id")})
        answered = Q(**{f"{below}__in": mine.values("id"), f"{above}__in": live.values("id")})
        turn = Q(turn=Side.ABOVE) & asked | Q(turn=Side.BELOW) & answered
        waiting = Q(state__in=OPEN_LINKS) & turn & ~own_counter
        found += link_lines(rows.filter(waiting, archived_at=None), above, words)
    return found


def link_lines(rows: QuerySet[Any], above: str, words: str) -> Iterable[Waiting]:
    target = above.removesuffix("__objective")
    columns = ("child__title", f"{target}__title", f"{above}_id", "state", "created_at")
    for child, parent, pk, state, since in rows.values_list(*columns).order_by("id")[:SHOWN]:
        told = "with other terms" if state == LinkState.COUNTERED else "and waits for your answer"
        yield Waiting(
            kind="link",
            title=child,
            words=f"{words} “{parent}” {told}",
            page="okrs:objective",
            pk=pk,
            since=since,
        )


def put_to(units: Collection[UUID], day: date) -> Q:
    """A condition on objectives that the leads of `units` decide on (`okrs.actions.rights`)."""
    homes = ProductPlacement.objects.filter(holding(day), portfolio__in=units, is_home=True)
    owned = TeamProduct.objects.filter(holding(day), product__in=units, tie=TeamTie.OWNED)
    return (
        Q(portfolio__in=units)
        | Q(product__in=homes.values("product"))
        | Q(team__in=owned.values("team"))
    )


def proposals(access: Access) -> list[Waiting]:
    """Objectives put to the units that this member leads."""
    rows = visible_objectives(access).filter(
        put_to(led_units(access), timezone.localdate()),
        state=ObjectiveState.PROPOSED,
        archived_at=None,
    )
    found = rows.exclude(owner=access.member).order_by("id")
    return [
        Waiting(
            kind="proposal",
            title=title,
            words=f"was proposed by {owner} and waits for your decision",
            page="okrs:objective",
            pk=pk,
            since=since,
        )
        for pk, title, owner, since in found.values_list(
            "id", "title", "owner__name", "updated_at"
        )[:SHOWN]
    ]


def dependencies(access: Access, now: datetime) -> tuple[list[Promise], list[Waiting]]:
    """Overdue promises to or by this member, and asks that wait for them; one statement."""
    today, me = local_day(access, now), access.member
    provides = (
        Q(provider_owner=me)
        | Q(provider_product__in=written_units(access))
        | Q(provider_team__in=written_units(access))
    )
    asked = Q(state=D.ASKED) & provides
    countered = Q(state=D.COUNTERED, needer_owner=me)
    overdue = Q(state=D.ACCEPTED, promised_by__lt=today) & (Q(needer_owner=me) | provides)
    rows = Dependency.objects.filter(asked | countered | overdue, archived_at=None)
    found = list(
        rows.order_by("needed_by", "id").values(
            "id", "title", "state", "needed_by", "promised_by", "updated_at", "needer_owner_id",
            "needer_owner__name", "provider_owner__name", "provider_product__name",
            "provider_team__name",
        )[: SHOWN * 2]
    )  # fmt: skip
    promises = [promise(row, me.pk) for row in found if row["state"] == D.ACCEPTED]
    return promises, [ask(row) for row in found if row["state"] != D.ACCEPTED]


def promise(row: Any, member: UUID) -> Promise:
    unit = row["provider_product__name"] or row["provider_team__name"]
    return Promise(
        row["id"],
        row["title"],
        row["promised_by"],
        needer=row["needer_owner__name"],
        provider=row["provider_owner__name"] or unit,
        is_mine=row["needer_owner_id"] != member,
    )


def ask(row: Any) -> Waiting:
    unit = row["provider_product__name"] or row["provider_team__name"]
    words = f"is needed from {unit}; {row['needer_owner__name']} waits for your answer"
    if row["state"] == D.COUNTERED:
        words = f"was answered by {unit} with another date, and waits for your word"
    return Waiting(
        kind="dependency",
        title=row["title"],
        words=words,
        page="okrs:dependency",
        pk=row["id"],
        since=row["updated_at"],
        due_on=row["needed_by"],
    )


def own_objectives(access: Access, *, now: datetime, since: datetime) -> list[OwnObjective]:
    """Objectives that this member answers for in running cycles; three statements."""
    rows = visible_objectives(access).filter(
        owner=access.member,
        archived_at=None,
        state__in=SHOWN_STATES,
        cycle__state__in=[CycleState.PLANNED, *RUNNING],
    )
    found = list(
        rows.order_by("cycle__starts_on", "tier__rank", "title", "id").values(
            "id", "title", "state", "score", "confidence", "cycle__name", "portfolio__name",
            "product__name", "team__name",
        )[:SHOWN]
    )  # fmt: skip
    ids = [row["id"] for row in found]
    paces, ways = paces_of(ids, now), courses(objectives=ids, since=since, until=now)
    return [
        OwnObjective(
            id=row["id"],
            title=row["title"],
            unit=row["product__name"] or row["team__name"] or row["portfolio__name"] or "",
            cycle=row["cycle__name"],
            state=row["state"],
            score=row["score"],
            confidence=row["confidence"],
            pace=paces.get(row["id"], PaceCounts()),
            course=ways.get(row["id"], Course()),
        )
        for row in found
    ]


def changes(access: Access, since: datetime) -> list[Change]:
    """What others said and decided about this member's goals, newest first; two statements."""
    me = access.member
    said = CheckIn.objects.filter(
        Q(key_result__owner=me) | Q(key_result__objective__owner=me), at__gt=since
    ).exclude(author=me)
    moved = ObjectiveMove.objects.filter(objective__owner=me, at__gt=since).exclude(actor=me)
    found = [*check_in_changes(said), *move_changes(moved)]
    return sorted(found, key=lambda change: change.at, reverse=True)[:CHANGES_SHOWN]


def check_in_changes(rows: QuerySet[CheckIn]) -> Iterable[Change]:
    columns = ("at", "author__name", "key_result_id", "key_result__title", "note")
    for at, who, pk, title, note in rows.order_by("-at", "-id").values_list(*columns)[
        :CHANGES_SHOWN
    ]:
        yield Change(
            at=at,
            who=who,
            words="checked in on",
            page="okrs:key-result",
            pk=pk,
            title=title,
            note=note,
        )


def move_changes(rows: QuerySet[ObjectiveMove]) -> Iterable[Change]:
    columns = ("at", "actor__name", "objective_id", "objective__title", "to_state", "reason")
    for at, who, pk, title, state, reason in rows.order_by("-at", "-id").values_list(*columns)[
        :CHANGES_SHOWN
    ]:
        words = f"moved to {ObjectiveState(state).label.lower()}:"
        yield Change(
            at=at, who=who, words=words, page="okrs:objective", pk=pk, title=title, note=reason
        )
