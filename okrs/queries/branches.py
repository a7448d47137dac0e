"""From the graph of alignment to the nodes that a page shows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from okrs.queries.scope import Scope
from okrs.queries.tree import Goal, Graph, KeyResultLine, Link, key_results_of

LEVELS = 2
NODES_SHOWN = 300


@dataclass
class Node:
    """A goal at one place of the tree; a goal that serves several stands below each of them.

    `path` is unlike that of any other node. `is_open` says that what is below was read.
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
    # Goals below it that the filters leave in.
    count: int = 0

    @property
    def holds_something(self) -> bool:
        return bool(self.count or self.goal.counted)

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Tree:
    roots: Sequence[Node]
    # Whether the limit of nodes cut something off.
    is_cut: bool

    def nodes(self) -> Iterator[Node]:
        for root in self.roots:
            yield from root.walk()


@dataclass
class Growing:
    """What is kept of the graph, and how much of it was placed so far."""

    graph: Graph
    kept: frozenset[UUID]
    levels: int
    unfolded: frozenset[UUID] = frozenset()
    followed: UUID | None = None
    room: int = NODES_SHOWN

    def node(
        self, goal: UUID, above: str, level: int, link: Link | None, line: frozenset[UUID]
    ) -> Node:
        """A node and, while there are levels and room left, everything below it."""
        self.room -= 1
        links = [x for x in self.graph.below.get(goal, ()) if x.child in self.kept - line - {goal}]
        node = Node(
            self.graph.goals[goal],
            path=f"{above}{str(goal)[-12:]}",
            level=level,
            link=link,
            is_match=goal in self.graph.matches,
            is_followed=goal == self.followed,
            count=len(links),
        )
        if self.room > len(links) and (level < self.levels or goal in self.unfolded):
            node.is_open = True
            node.children = [
                self.node(x.child, f"{node.path}-", level + 1, x, line | {goal}) for x in links
            ]
        return node


def tree_of(
    scope: Scope, graph: Graph, *, goal: UUID | None = None, only: Collection[UUID] | None = None
) -> Tree:
    """Two levels of everything, or all of what leads to the matches or runs through `goal`.

    `only` keeps the goals that are named, with the way up to them.
    """
    growing = growth_of(graph, goal) if only is None else growth_to(graph, only)
    roots = [pk for pk in graph.goals if pk in growing.kept and is_root(growing, pk)]
    roots += stranded(growing, roots)
    nothing: frozenset[UUID] = frozenset()
    grown = [growing.node(pk, "", 1, None, nothing) for pk in roots if growing.room > 0]
    tree = Tree(grown, is_cut=len(grown) < len(roots))
    add_key_results(scope, list(tree.nodes()))
    return tree


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


def branch_of(scope: Scope, graph: Graph, goal: UUID, *, path: str, level: int) -> Node:
    """One node with what is right below it, for a page that unfolds it."""
    kept = growth_of(graph, None).kept if graph.is_narrow else frozenset(graph.goals)
    growing = Growing(graph, kept | {goal}, levels=level + 1)
    node = growing.node(goal, "", level, None, frozenset())
    move_below(node, path)
    add_key_results(scope, [node])
    return node


def move_below(node: Node, path: str) -> None:
    """Put a node where the page already shows it."""
    node.path = path
    for child in node.children:
        move_below(child, f"{path}-{str(child.goal.id)[-12:]}")


def add_key_results(scope: Scope, nodes: Sequence[Node]) -> None:
    opened = [node for node in nodes if node.is_open]
    found: Mapping[UUID, Sequence[KeyResultLine]] = key_results_of(
        scope, {node.goal.id for node in opened}
    )
    for node in opened:
        node.key_results = found.get(node.goal.id, ())
