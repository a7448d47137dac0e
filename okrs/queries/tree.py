"""Which goals serve which, over one cycle: a graph read whole, shown as a tree."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from okrs.choices import AlignmentKind, LinkState, ObjectiveState, TierKind
from okrs.models import Contribution, KeyResult, ObjectiveAlignment, ObjectiveSupport
from okrs.queries.courses import Course, courses
from okrs.queries.objectives import visible_objectives
from okrs.queries.scope import SHOWN_STATES, Scope, shown_objectives

LIVING = (LinkState.PROPOSED, LinkState.COUNTERED, LinkState.AGREED)
OPEN_LINKS = frozenset({LinkState.PROPOSED, LinkState.COUNTERED})
TOP_KINDS = frozenset({TierKind.ORGANIZATION, TierKind.PORTFOLIO})


@dataclass(frozen=True, kw_only=True)
class Goal:
    id: UUID
    title: str
    state: str
    score: Decimal | None
    reporting: int
    counted: int
    tier: str
    rank: int
    kind: str
    unit: str
    owner: str
    created_at: datetime

    @property
    def is_top(self) -> bool:
        return self.kind in TOP_KINDS

    @property
    def unsettled(self) -> str:
        """The state in words while the goal is not accepted yet."""
        settled = {ObjectiveState.ACCEPTED, ObjectiveState.COMMITTED, ObjectiveState.CLOSED}
        return "" if self.state in settled else ObjectiveState(self.state).label


@dataclass(frozen=True, kw_only=True)
class Link:
    """`key_result` is the title of the one that is supported, when it is one."""

    child: UUID
    parent: UUID
    kind: str
    state: str
    weight: Decimal | None = None
    key_result: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_LINKS

    @property
    def supports(self) -> bool:
        return self.kind == AlignmentKind.SUPPORTS

    @property
    def state_label(self) -> str:
        return LinkState(self.state).label


@dataclass(frozen=True, kw_only=True)
class KeyResultLine:
    id: UUID
    title: str
    score: Decimal | None
    pace: str
    weight: Decimal
    contributions: int
    supporters: int


@dataclass(frozen=True)
class Graph:
    """Every goal of the cycle and every living link; `matches` are those the filters choose."""

    goals: Mapping[UUID, Goal]
    links: Sequence[Link]
    matches: frozenset[UUID]
    is_narrow: bool
    below: Mapping[UUID, Sequence[Link]] = field(default_factory=dict)
    above: Mapping[UUID, Sequence[Link]] = field(default_factory=dict)
    # (child, parent, whether agreed) of objectives whose key results add to one another.
    added: Sequence[tuple[UUID, UUID, bool]] = ()

    def reach(self, starts: Iterable[UUID], *, upwards: bool) -> set[UUID]:
        """`starts` and everything above them, or below."""
        found: set[UUID] = set()
        waiting = list(starts)
        while waiting:
            goal = waiting.pop()
            if goal not in found:
                found.add(goal)
                links = self.above if upwards else self.below
                ends = links.get(goal, ())
                waiting += [link.parent if upwards else link.child for link in ends]
        return found

    def unserved(self) -> list[Goal]:
        """Goals of the highest tiers that nobody below has agreed to serve, or to add to."""
        served = {link.parent for link in self.links if not link.is_open}
        served |= {parent for _, parent, agreed in self.added if agreed}
        return [goal for goal in self.goals.values() if goal.is_top and goal.id not in served]

    def unaligned(self) -> list[Goal]:
        """Goals below the highest tiers that serve nothing, not even by an open proposal."""
        serving = {child for child, _, _ in self.added} | set(self.above)
        return [goal for goal in self.goals.values() if not goal.is_top and goal.id not in serving]

    @property
    def open_links(self) -> int:
        return sum(link.is_open for link in self.links)


def graph_of(scope: Scope) -> Graph:
    """Goals, links between objectives, supports and contributions; a fifth query with filters.

    At a past moment goals have the scores of then; links are shown as they are now.
    """
    goals = goals_of(scope)
    if scope.is_past:
        goals = goals_then(scope, goals)
    links = [link for link in living_links(scope) if {link.child, link.parent} <= goals.keys()]
    is_narrow = scope.filters.any
    matches = set(shown_objectives(scope).values_list("id", flat=True)) if is_narrow else goals
    below: dict[UUID, list[Link]] = {}
    above: dict[UUID, list[Link]] = {}
    for link in sorted(links, key=lambda link: goals[link.child].title.lower()):
        below.setdefault(link.parent, []).append(link)
        above.setdefault(link.child, []).append(link)
    added = contributions_between(scope)
    return Graph(goals, links, frozenset(matches), is_narrow, below, above, added)


def goals_of(scope: Scope) -> dict[UUID, Goal]:
    """By id, from the highest tier down, then by unit and title."""
    rows = visible_objectives(scope.access).filter(
        cycle=scope.cycle.id, archived_at=None, state__in=SHOWN_STATES
    )
    found = [
        Goal(
            id=pk, title=title, state=state, score=score, reporting=reporting, counted=counted,
            tier=tier, rank=rank, kind=kind, owner=owner, created_at=created_at,
            unit=product or team or portfolio or "",
        )
        for (
            pk, title, state, score, reporting, counted, tier, rank, kind, owner, product, team,
            portfolio, created_at,
        ) in rows.values_list(
            "id", "title", "state", "score", "reporting", "counted", "tier__name", "tier__rank",
            "tier__kind", "owner__name", "product__name", "team__name", "portfolio__name",
            "created_at",
        )
    ]  # fmt: skip
    found.sort(key=lambda goal: (goal.rank, goal.unit.lower(), goal.title.lower(), goal.id))
    return {goal.id: goal for goal in found}


def goals_then(scope: Scope, goals: Mapping[UUID, Goal]) -> dict[UUID, Goal]:
    """The goals that were there at a past moment, with the scores of then."""
    then = courses(objectives=goals, since=scope.at, until=scope.at, limit=1)
    return {
        pk: replace(goal, score=then[pk].last if pk in then else None)
        for pk, goal in goals.items()
        if pk in then or goal.created_at <= scope.at
    }


def living_links(scope: Scope) -> list[Link]:
    between = ObjectiveAlignment.objects.filter(
        archived_at=None, state__in=LIVING, child__cycle=scope.cycle.id
    ).values_list("child_id", "parent_id", "kind", "state", "weight")
    supports = ObjectiveSupport.objects.filter(
        archived_at=None, state__in=LIVING, child__cycle=scope.cycle.id
    ).values_list("child_id", "key_result__objective_id", "state", "key_result__title")
    return [
        *(
            Link(child=child, parent=parent, kind=kind, state=state, weight=weight)
            for child, parent, kind, state, weight in between
        ),
        *(
            Link(
                child=child,
                parent=parent,
                kind=AlignmentKind.SUPPORTS,
                state=state,
                key_result=title,
            )
            for child, parent, state, title in supports
        ),
    ]


def contributions_between(scope: Scope) -> list[tuple[UUID, UUID, bool]]:
    """Of objectives whose key results add to another's, in this cycle or one around it."""
    rows = Contribution.objects.filter(
        archived_at=None, state__in=LIVING, child__archived_at=None, parent__archived_at=None
    ).filter(Q(child__objective__cycle=scope.cycle.id) | Q(parent__objective__cycle=scope.cycle.id))
    found = rows.values_list("child__objective_id", "parent__objective_id", "state")
    return [(child, parent, state == LinkState.AGREED) for child, parent, state in found]


def key_results_of(scope: Scope, objectives: Collection[UUID]) -> dict[UUID, list[KeyResultLine]]:
    """Key results by objective, with how many others add to them; one query."""
    agreed = Q(contributions__archived_at=None, contributions__state=LinkState.AGREED)
    backed = Q(supported_by__archived_at=None, supported_by__state=LinkState.AGREED)
    rows = (
        KeyResult.objects.filter(objective_id__in=objectives, archived_at=None)
        .annotate(
            added=Count("contributions", filter=agreed, distinct=True),
            backers=Count("supported_by", filter=backed, distinct=True),
        )
        .order_by("id")
    )
    lines = list(
        rows.values(
            "id", "objective_id", "title", "score", "pace", "weight", "outdated_from", "added",
            "backers",
        )
    )  # fmt: skip
    then = scores_then(scope, [row["id"] for row in lines])
    found: dict[UUID, list[KeyResultLine]] = {}
    for row in lines:
        found.setdefault(row["objective_id"], []).append(key_result_line(scope, row, then))
    return found


def scores_then(scope: Scope, key_results: Collection[UUID]) -> dict[UUID, Course]:
    if not scope.is_past:
        return {}
    return courses(key_results=key_results, since=scope.at, until=scope.at, limit=1)


def key_result_line(
    scope: Scope, row: Mapping[str, Any], then: Mapping[UUID, Course]
) -> KeyResultLine:
    """Pace is judged against today only, so a past moment and a closed cycle show none."""
    outdated = row["outdated_from"] is not None and row["outdated_from"] <= scope.now
    pace = "outdated" if outdated else row["pace"]
    past = then.get(row["id"], Course())
    return KeyResultLine(
        id=row["id"],
        title=row["title"],
        score=past.last if scope.is_past else row["score"],
        pace="" if scope.is_past or scope.cycle.is_closed else pace,
        weight=row["weight"],
        contributions=row["added"],
        supporters=row["backers"],
    )
