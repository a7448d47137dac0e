"""Rules of the alignment graph: no circles, and the order in which scores follow a change.

An edge runs from what lies below to what lies above, so from a contribution to its parent.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


class CircleError(ValueError):
    """The graph holds a circle, so nothing in it can be computed; `circle` names it in order."""

    def __init__(self, circle: tuple[Hashable, ...]) -> None:
        super().__init__(" > ".join(map(str, circle)))
        self.circle = circle


def would_close_circle(
    edges: Iterable[tuple[Node, Node]], new_edge: tuple[Node, Node]
) -> tuple[Node, ...] | None:
    """The shortest circle that a new edge would close, or None.

    It is named upwards along the edges, beginning and ending with the lower end of the new one:
    (a, b, c, a) for a new a -> b above which c leads back to a.
    """
    lower, upper = new_edge
    way_back = _shortest_path(_parents(edges), upper, lower)
    return (lower, *way_back) if way_back else None


def depth(edges: Iterable[tuple[Node, Node]], node: Node) -> int:
    """Number of links on the longest way from a node up to a top; 0 at a top.

    Raises CircleError.
    """
    parents = _parents(edges)
    levels: dict[Node, int] = {}
    ordered = chain.from_iterable(_levels(parents, {node: None} | _reachable(parents, [node])))
    for above in reversed(list(ordered)):
        levels[above] = max((levels[upper] + 1 for upper in parents.get(above, ())), default=0)
    return levels[node]


def levels_bottom_up(
    edges: Iterable[tuple[Node, Node]], changed: Iterable[Node]
) -> list[tuple[Node, ...]]:
    """The changed nodes and everything above them, once each, in levels.

    Each level comes after all that lies below it, and nothing in it lies below another of it.
    Raises CircleError.
    """
    parents, starts = _parents(edges), dict.fromkeys(changed)
    return _levels(parents, starts | _reachable(parents, starts))


def _parents(edges: Iterable[tuple[Node, Node]]) -> dict[Node, list[Node]]:
    parents: defaultdict[Node, list[Node]] = defaultdict(list)
    for lower, upper in edges:
        parents[lower].append(upper)
    return dict(parents)


def _shortest_path(
    parents: Mapping[Node, list[Node]], start: Node, goal: Node
) -> tuple[Node, ...] | None:
    came_from: dict[Node, Node | None] = {start: None}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        if node == goal:
            return _trace(came_from, goal)
        for upper in parents.get(node, ()):
            if upper not in came_from:
                came_from[upper] = node
                waiting.append(upper)
    return None


def _trace(came_from: Mapping[Node, Node | None], goal: Node) -> tuple[Node, ...]:
    path = [goal]
    while (previous := came_from[path[-1]]) is not None:
        path.append(previous)
    return tuple(reversed(path))


def _reachable(parents: Mapping[Node, list[Node]], starts: Iterable[Node]) -> dict[Node, None]:
    # A dict keeps the order of discovery, so equal input gives equal output.
    found: dict[Node, None] = {}
    waiting = deque(starts)
    while waiting:
        for upper in parents.get(waiting.popleft(), ()):
            if upper not in found:
                found[upper] = None
                waiting.append(upper)
    return found


def _levels(parents: Mapping[Node, list[Node]], nodes: Iterable[Node]) -> list[tuple[Node, ...]]:
    sorter: TopologicalSorter[Node] = TopologicalSorter()
    for node in nodes:
        sorter.add(node)
        for upper in parents.get(node, ()):
            sorter.add(upper, node)
    try:
        sorter.prepare()
    except CycleError as error:
        raise CircleError(tuple(error.args[1])) from error
    levels = []
    while sorter.is_active():
        levels.append(sorter.get_ready())
        sorter.done(*levels[-1])
    return levels
