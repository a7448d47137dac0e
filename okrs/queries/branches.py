"""From the graph of alignment to the nodes that a page shows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from lib.display import show_count
from okrs.queries.scope import Scope
from okrs.queries.tree import Goal, Graph, KeyResultLine, Link, key_results_of

LEVELS = 2
# Goals that a page holds at most; what is beyond them is read when it is asked for.
NODES_SHOWN = 150
# Goals right below one place, or at the top, that are read at once.
SIBLINGS_SHOWN = 50


@dataclass
class Node:
    """A goal at one place of the tree; a goal that serves several stands below each of them.

    `path` is unlike that of any other node. `is_open` says that what is below was read, at least
    the first of it; `rest` says what is left to read.
    """

    goal: Goal
    path: str
    level: int
    link: Link | None = None
    is_match: bool = True
    is_followed: bool = False
    is_open: bool = False
    children: list["Node"] = field(default_factory=list)
    key_results: Sequence[KeyResultLine] = ()
    # Goals right below it that the filters leave in.
    count: int = 0
    # Goals anywhere below it that have a gap; counted where they are folded away.
    gaps_below: int = 0
    rest: "Rest | None" = None

    @property
    def holds_something(self) -> bool:
        return bool(self.count or self.goal.counted)

    @property
    def gaps_words(self) -> str:
        return f"{show_count(self.gaps_below, 'gap')} below"

    @property
    def lines(self) -> int:
        """How much there is right below it: key results and goals."""
        return self.count + len(self.key_results)

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Rest:
    """What is left of a row of goals: the place where it goes on, and how many follow."""

    start: int
    count: int

    @property
    def next(self) -> int:
        return min(self.count, SIBLINGS_SHOWN)


@dataclass(frozen=True)
class Tree:
    """Goals side by side with what was read below them; `count` is how many there are in all."""

    roots: Sequence[Node]
    count: int
    rest: Rest | None = None

    def nodes(self) -> Iterator[Node]:
        for root in self.roots:
            yield from root.walk()


@dataclass(frozen=True)
class Place:
    """Where a page asks for what is below `goal`: at the node `path`, from `start` on."""

    goal: UUID
    path: str
    start: int = 0

    @property
    def level(self) -> int:
        return self.path.count("-") + 1


@dataclass
class Growing:
    """What is kept of the graph, and how much of it was placed so far."""

    graph: Graph
    kept: frozenset[UUID]
    levels: int
    unfolded: frozenset[UUID] = frozenset()
    followed: UUID | None = None
    gaps: frozenset[UUID] = frozenset()
    room: int = NODES_SHOWN

    def links_below(self, goal: UUID, line: frozenset[UUID]) -> list[Link]:
        """Links to what is kept right below a goal; `line` is the way down to it, no circle."""
        done = line | {goal}
        links = self.graph.below.get(goal, ())
        return [link for link in links if link.child in self.kept and link.child not in done]

    def node(
        self, goal: UUID, above: str, level: int, link: Link | None, line: frozenset[UUID]
    ) -> Node:
        """A node and, while there are levels and room left, what lies below it."""
        node = Node(
            self.graph.goals[goal],
            path=f"{above}{str(goal)[-12:]}",
            level=level,
            link=link,
            is_match=goal in self.graph.matches,
            is_followed=goal == self.followed,
            count=len(self.links_below(goal, line)),
        )
        if level < self.levels or goal in self.unfolded:
            self.unfold(node, line)
        if node.count and not node.is_open:
            below = self.graph.reach([goal], upwards=False) - {goal}
            node.gaps_below = len(below & self.gaps)
        return node

    def unfold(self, node: Node, line: frozenset[UUID], start: int = 0) -> None:
        """Place a page of what is right below a node, unless the room does not hold it."""
        links = self.links_below(node.goal.id, line)
        page = links[start : start + SIBLINGS_SHOWN]
        if len(page) > self.room:
            return
        self.room -= len(page)
        node.is_open = True
        node.rest = rest_of(len(links), start + len(page))
        line |= {node.goal.id}
        node.children = [
            self.node(link.child, f"{node.path}-", node.level + 1, link, line) for link in page
        ]


def rest_of(count: int, shown: int) -> Rest | None:
    return Rest(shown, count - shown) if shown < count else None


def tree_of(
    scope: Scope,
    graph: Graph,
    *,
    goal: UUID | None = None,
    only: Collection[UUID] | None = None,
    gaps: Collection[UUID] = (),
    start: int = 0,
) -> Tree:
    """The upper levels of everything, or all of what leads to the matches or runs through `goal`.

    `only` keeps the goals that are named, with the way up to them. Two levels stand open where a
    page holds them, else one. `start` leaves out goals of the first level that were read before.
    """
    growing = growing_of(graph, goal, only)
    growing.gaps = frozenset(gaps)
    roots = [pk for pk in graph.goals if pk in growing.kept and is_root(growing, pk)]
    roots += stranded(growing, roots)
    page = roots[start : start + SIBLINGS_SHOWN]
    growing.room -= len(page)
    nothing: frozenset[UUID] = frozenset()
    below = (len(growing.links_below(pk, nothing)) for pk in page)
    if sum(min(count, SIBLINGS_SHOWN) for count in below) > growing.room:
        growing.levels = 1
    grown = [growing.node(pk, "", 1, None, nothing) for pk in page]
    tree = Tree(grown, len(roots), rest_of(len(roots), start + len(page)))
    add_key_results(scope, graph, list(tree.nodes()))
    return tree


def growing_of(graph: Graph, goal: UUID | None, only: Collection[UUID] | None) -> Growing:
    return growth_of(graph, goal) if only is None else growth_to(graph, only)


def growth_of(graph: Graph, goal: UUID | None) -> Growing:
    if goal is not None and goal in graph.goals:
        line = graph.reach([goal], upwards=True)
        kept = frozenset(line | graph.reach([goal], upwards=False))
        return Growing(graph, kept, levels=1, unfolded=kept, followed=goal)
    if graph.is_narrow:
        kept = frozenset(graph.reach(graph.matches & graph.goals.keys(), upwards=True))
        return Growing(graph, kept, levels=1, unfolded=kept - graph.matches)
    return Growing(graph, frozenset(graph.goals), levels=LEVELS)


def growth_to(graph: Graph, only: Collection[UUID]) -> Growing:
    wanted = graph.matches & set(only)
    kept = frozenset(graph.reach(wanted & graph.goals.keys(), upwards=True))
    narrowed = replace(graph, matches=frozenset(wanted), is_narrow=True)
    return Growing(narrowed, kept, levels=1, unfolded=kept - wanted)


def stranded(growing: Growing, roots: Sequence[UUID]) -> list[UUID]:
    """One goal of each circle that no root leads to, so that nothing is lost from sight."""
    if not growing.graph.is_narrow and growing.followed is None:
        return []
    reached = growing.graph.reach(roots, upwards=False)
    found: list[UUID] = []
    for pk in growing.graph.goals:
        if pk in growing.kept and pk not in reached:
            found.append(pk)
            reached |= growing.graph.reach([pk], upwards=False)
    return found


def is_root(growing: Growing, pk: UUID) -> bool:
    """Nothing kept lies above it; goals of lower tiers that serve nothing are listed as a gap."""
    graph = growing.graph
    if any(link.parent in growing.kept for link in graph.above.get(pk, ())):
        return False
    is_all = not graph.is_narrow and growing.followed is None
    return graph.goals[pk].is_top or not is_all


def branch_of(
    scope: Scope,
    graph: Graph,
    place: Place,
    *,
    goal: UUID | None = None,
    only: Collection[UUID] | None = None,
    gaps: Collection[UUID] = (),
) -> Node:
    """The goal at a place with what is right below it, for a page that shows the place already.

    `goal`, `only` and `gaps` are those of the page's tree.
    """
    growing = growing_of(graph, goal, only)
    growing.kept |= {place.goal}
    growing.levels, growing.unfolded = place.level, frozenset()
    growing.gaps = frozenset(gaps)
    nothing: frozenset[UUID] = frozenset()
    node = growing.node(place.goal, "", place.level, None, nothing)
    growing.unfold(node, nothing, place.start)
    move_below(node, place.path)
    add_key_results(scope, graph, [node])
    return node


def move_below(node: Node, path: str) -> None:
    """Put a node where the page already shows it."""
    node.path = path
    for child in node.children:
        move_below(child, f"{path}-{str(child.goal.id)[-12:]}")


def add_key_results(scope: Scope, graph: Graph, nodes: Sequence[Node]) -> None:
    opened = [node for node in nodes if node.is_open]
    found: Mapping[UUID, Sequence[KeyResultLine]] = key_results_of(
        scope, graph, {node.goal.id for node in opened}
    )
    for node in opened:
        node.key_results = found.get(node.goal.id, ())
