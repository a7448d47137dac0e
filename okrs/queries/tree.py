"""Which goals serve which, over one cycle: a graph read whole, shown as a tree."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from okrs.choices import AlignmentKind, LinkState, ObjectiveState, TierKind
from okrs.models import (
    Contribution,
    ContributionPast,
    KeyResult,
    ObjectiveAlignment,
    ObjectiveSupport,
    SupportPast,
)
from okrs.models.past import LinkPast
from okrs.queries.objectives import visible_objectives
from okrs.queries.remembered import said_at
from okrs.queries.replay import PastGoals
from okrs.queries.scope import SHOWN_STATES, Scope, shown_objectives
from okrs.queries.shown_then import goals_then, names_of, shown_then

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
    """Every goal of the cycle and every living link; `matches` are those the filters choose.

    `past` is what a graph of a past moment was made of.
    """

    goals: Mapping[UUID, Goal]
    links: Sequence[Link]
    matches: frozenset[UUID]
    is_narrow: bool
    below: Mapping[UUID, Sequence[Link]] = field(default_factory=dict)
    above: Mapping[UUID, Sequence[Link]] = field(default_factory=dict)
    # (child, parent, whether agreed) of objectives whose key results add to one another.
    added: Sequence[tuple[UUID, UUID, bool]] = ()
    past: PastGoals | None = None

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
    def matched(self) -> list[Goal]:
        """The goals that the filters choose; those above them are context."""
        return [goal for goal in self.goals.values() if goal.id in self.matches]

    @property
    def matched_links(self) -> list[Link]:
        """Links with one of those goals at an end."""
        return [link for link in self.links if {link.child, link.parent} & self.matches]

    @property
    def open_links(self) -> int:
        return sum(link.is_open for link in self.matched_links)


def graph_of(scope: Scope) -> Graph:
    """Goals, links between objectives, supports and contributions; a fifth query with filters.

    At a past moment all of them are as they were then, in 22 queries at most.
    """
    past = goals_then(scope) if scope.is_past else None
    goals = goals_of(scope, past)
    found = links_then(past) if past else living_links(scope)
    links = [link for link in found if {link.child, link.parent} <= goals.keys()]
    is_narrow = scope.filters.any
    matches = frozenset(matching(scope, past) if is_narrow else goals)
    below: dict[UUID, list[Link]] = {}
    above: dict[UUID, list[Link]] = {}
    for link in sorted(links, key=lambda link: goals[link.child].title.lower()):
        below.setdefault(link.parent, []).append(link)
        above.setdefault(link.child, []).append(link)
    added = added_then(past) if past else contributions_between(scope)
    return Graph(goals, links, matches, is_narrow, below, above, added, past)


def matching(scope: Scope, past: PastGoals | None) -> Iterable[UUID]:
    rows = shown_then(scope, past, SHOWN_STATES) if past else shown_objectives(scope)
    return rows.values_list("id", flat=True)


def goals_of(scope: Scope, past: PastGoals | None = None) -> dict[UUID, Goal]:
    """By id, from the highest tier down, then by unit and title."""
    rows = visible_objectives(scope.access).filter(cycle=scope.cycle.id)
    if past is None:
        rows = rows.filter(archived_at=None, state__in=SHOWN_STATES)
    else:
        rows = rows.filter(pk__in=[pk for pk, s in past.said.items() if s.state in SHOWN_STATES])
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
    if past is not None:
        found = told_then(past, found)
    found.sort(key=lambda goal: (goal.rank, goal.unit.lower(), goal.title.lower(), goal.id))
    return {goal.id: goal for goal in found}


def told_then(past: PastGoals, goals: Sequence[Goal]) -> list[Goal]:
    """What each goal said then, with its score; one query."""
    owners = names_of({past.said[goal.id].owner_id for goal in goals})
    return [
        replace(
            goal,
            title=(said := past.said[goal.id]).title,
            state=said.state,
            owner=owners.get(said.owner_id, goal.owner),
            score=(result := past.results[goal.id]).score,
            reporting=result.coverage.reporting,
            counted=result.coverage.total,
        )
        for goal in goals
    ]


def links_then(past: PastGoals) -> list[Link]:
    """Living links of then, those that support a key result under its title; two queries."""
    supports = [
        row
        for row in said_at(SupportPast, past.moment.decided_by, child_id__in=list(past.objectives))
        if row.is_there and row.state in LIVING
    ]
    results = KeyResult.objects.filter(pk__in=[row.key_result_id for row in supports])
    homes = {
        pk: (home, title) for pk, home, title in results.values_list("id", "objective_id", "title")
    }
    return [
        *(
            Link(
                child=row.child_id,
                parent=row.parent_id,
                kind=row.kind,
                state=row.state,
                weight=row.weight,
            )
            for row in past.links
            if row.state in LIVING
        ),
        *(
            Link(
                child=row.child_id,
                parent=homes[row.key_result_id][0],
                kind=AlignmentKind.SUPPORTS,
                state=row.state,
                key_result=homes[row.key_result_id][1],
            )
            for row in supports
            if row.key_result_id in homes
        ),
    ]


def added_then(past: PastGoals) -> list[tuple[UUID, UUID, bool]]:
    """As `contributions_between`; three queries."""
    own = [pk for pks in past.own.values() for pk in pks]
    at = past.moment.decided_by
    rows = {
        row.row_id: row
        for row in [
            *said_at(ContributionPast, at, child_id__in=own),
            *said_at(ContributionPast, at, parent_id__in=own),
        ]
        if row.is_there and row.state in LIVING
    }
    ends = {end for row in rows.values() for end in (row.child_id, row.parent_id)}
    homes = dict(KeyResult.objects.filter(pk__in=ends).values_list("id", "objective_id"))
    return [
        (homes[row.child_id], homes[row.parent_id], row.state == LinkState.AGREED)
        for row in rows.values()
        if {row.child_id, row.parent_id} <= homes.keys()
    ]


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


def key_results_of(
    scope: Scope, graph: Graph, objectives: Collection[UUID]
) -> dict[UUID, list[KeyResultLine]]:
    """Key results by objective, with how many others add to them; one query."""
    if graph.past is not None:
        return key_results_then(graph.past, objectives)
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
    found: dict[UUID, list[KeyResultLine]] = {}
    for row in lines:
        found.setdefault(row["objective_id"], []).append(key_result_line(scope, row))
    return found


def key_result_line(scope: Scope, row: Mapping[str, Any]) -> KeyResultLine:
    """A closed cycle shows no pace."""
    outdated = row["outdated_from"] is not None and row["outdated_from"] <= scope.now
    pace = "outdated" if outdated else row["pace"]
    return KeyResultLine(
        id=row["id"],
        title=row["title"],
        score=row["score"],
        pace="" if scope.cycle.is_closed else pace,
        weight=row["weight"],
        contributions=row["added"],
        supporters=row["backers"],
    )


def key_results_then(
    past: PastGoals, objectives: Collection[UUID]
) -> dict[UUID, list[KeyResultLine]]:
    """As `key_results_of`, of a past moment; two queries."""
    own = [pk for objective in objectives for pk in past.own.get(objective, ())]
    at = past.moment.decided_by
    added = Counter(agreed_to(said_at(ContributionPast, at, parent_id__in=own), "parent_id"))
    backed = Counter(agreed_to(said_at(SupportPast, at, key_result_id__in=own), "key_result_id"))
    return {
        objective: [
            KeyResultLine(
                id=pk,
                title=said.title if (said := past.then[pk].said) else past.key_results[pk].title,
                score=past.then[pk].counted,
                pace="" if past.is_final else past.then[pk].pace,
                weight=past.then[pk].weight,
                contributions=added[pk],
                supporters=backed[pk],
            )
            for pk in past.own.get(objective, ())
        ]
        for objective in objectives
    }


def agreed_to(rows: Iterable[LinkPast | SupportPast], key: str) -> Iterator[UUID]:
    return (getattr(r, key) for r in rows if r.is_there and r.state == LinkState.AGREED)
