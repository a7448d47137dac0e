"""Who waits for whom: promises by how much they hurt, and the graph that they form."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.access import Access
from okrs import scoring
from okrs.choices import DependencyState, LinkState
from okrs.models import Contribution, Dependency, InitiativeKeyResult
from okrs.queries.dependencies import STANDING, visible_dependencies
from okrs.queries.key_results import visible_key_results

D = DependencyState
GRAPH_NODES = 60
HOPS = 2


@dataclass(frozen=True)
class Ranked:
    """A promise with how much it hurts, and the key results that wait for it in the end."""

    dependency: Dependency
    hurt: scoring.Hurt
    waiting: Sequence[UUID]


def ranked(access: Access, rows: Iterable[Dependency], today: date) -> list[Ranked]:
    """What hurts most first, then what is needed first; three queries beside those of `rows`.

    Only key results that the member may see count as waiting.
    """
    found = list(rows)
    feeds = feeding()
    visible = set(visible_key_results(access).filter(archived_at=None).values_list("id", flat=True))
    lines = []
    for row in found:
        waiting = [pk for pk in downstream(feeds, needer_of(row)) if pk in visible]
        hurt = scoring.hurt_of(promise_of(row), reach=len(waiting), today=today)
        lines.append(Ranked(row, hurt, waiting))
    return sorted(
        lines, key=lambda line: (-line.hurt.amount, line.dependency.needed_by, line.dependency.pk)
    )


def promise_of(row: Dependency) -> scoring.Promise:
    return scoring.Promise(
        state=scoring.PromiseState(row.state),
        needed_by=row.needed_by,
        promised_by=row.promised_by,
        criticality=row.criticality,
    )


def needer_of(row: Dependency) -> UUID:
    needer = row.needer_key_result_id or row.needer_initiative_id
    assert needer is not None  # noqa: S101 (the database holds one of the two)
    return needer


def provider_of(row: Dependency) -> UUID:
    """What was promised or, while nothing is named, the unit that is asked."""
    given = row.provider_key_result_id or row.provider_initiative_id
    unit = given or row.provider_product_id or row.provider_team_id
    assert unit is not None  # noqa: S101 (the database holds one of the two)
    return unit


def feeding() -> Mapping[UUID, Sequence[UUID]]:
    """What follows from each key result and initiative: key results that the work drives, that
    take contributions, or that wait for it by a promise that stands. Three queries.
    """
    after: defaultdict[UUID, list[UUID]] = defaultdict(list)
    drives = InitiativeKeyResult.objects.filter(archived_at=None)
    for work, key_result in drives.values_list("initiative_id", "key_result_id"):
        after[work].append(key_result)
    added = Contribution.objects.filter(archived_at=None, state=LinkState.AGREED)
    for child, parent in added.values_list("child_id", "parent_id"):
        after[child].append(parent)
    for row in Dependency.objects.filter(archived_at=None, state__in=STANDING):
        given = row.provider_key_result_id or row.provider_initiative_id
        if given is not None:
            after[given].append(needer_of(row))
    return after


def downstream(after: Mapping[UUID, Sequence[UUID]], start: UUID) -> list[UUID]:
    """`start` and everything that follows from it, the nearest first."""
    seen: dict[UUID, None] = {start: None}
    queue = deque([start])
    while queue:
        for following in after.get(queue.popleft(), ()):
            if following not in seen:
                seen[following] = None
                queue.append(following)
    return list(seen)


# --- The graph --------------------------------------------------------------------------------
@dataclass(frozen=True)
class Around:
    """The promises that are shown, and how many more there are."""

    lines: Sequence[Ranked]
    left_out: int


def graph_around(lines: Sequence[Ranked], centre: UUID | None) -> Around:
    """Two hops around a goal, piece of work or unit; without one, what hurts most.

    At most 60 goals and units are shown.
    """
    chosen = near(lines, centre) if centre is not None else list(lines)
    shown: list[Ranked] = []
    nodes: set[UUID] = set()
    for line in chosen:
        ends = {provider_of(line.dependency), needer_of(line.dependency)}
        if len(nodes | ends) <= GRAPH_NODES:
            nodes |= ends
            shown.append(line)
    return Around(shown, len(chosen) - len(shown))


def near(lines: Sequence[Ranked], centre: UUID) -> list[Ranked]:
    reached: Collection[UUID] = {centre}
    for _ in range(HOPS):
        touched = [line for line in lines if ends_of(line) & set(reached)]
        reached = set(reached).union(*(ends_of(line) for line in touched))
    return [line for line in lines if ends_of(line) <= set(reached)]


def ends_of(line: Ranked) -> set[UUID]:
    return {provider_of(line.dependency), needer_of(line.dependency)}


def standing_dependencies(access: Access) -> list[Dependency]:
    """Everything that is asked, promised, declined or broken, for the graph; one query."""
    rows = visible_dependencies(access).filter(archived_at=None)
    return list(rows.filter(state__in=[*STANDING, D.DECLINED]))
