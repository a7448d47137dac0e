"""Places for the nodes of a directed graph: in columns, every edge leading to the right.

The method of Sugiyama, Tagawa and Toda: edges of circles are turned round, nodes go into the
column of their longest way from a start, edges that span columns get a bend in each, and the nodes
of a column are ordered by the mean of their neighbours while crossings become fewer. What is not
connected stands below what came before.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Edge = tuple[str, str]
# A node, or the bend of the edge with this number in this column.
Spot = str | tuple[int, int]
_SWEEPS = 12
_SETTLING = 24


@dataclass(frozen=True)
class Layered:
    """Column and row of each node, and of the points that each edge runs through.

    Routes include both ends. Rows may be fractions; no two nodes of a column are less than one row
    apart.
    """

    places: Mapping[str, tuple[int, float]]
    routes: Sequence[Sequence[tuple[int, float]]]
    columns: int
    rows: float


def layered(nodes: Sequence[str], edges: Sequence[Edge]) -> Layered:
    """Lay out a graph, from left to right and from top to bottom; equal input gives equal output.

    Edges with an end that is not among `nodes` have no route. A route runs in the direction of its
    edge, also where that closes a circle and so leads to the left.
    """
    known = dict.fromkeys(nodes)
    numbered = {n: e for n, e in enumerate(edges) if e[0] in known and e[1] in known}
    places: dict[str, tuple[int, float]] = {}
    routes: list[Sequence[tuple[int, float]]] = [() for _ in edges]
    bottom, columns = 0.0, 0
    for part in _components(known, numbered.values()):
        grid = _Grid.of(part, {n: e for n, e in numbered.items() if e[0] in part})
        grid.order()
        rows = grid.rows()
        for spot, row in rows.items():
            if isinstance(spot, str):
                places[spot] = (grid.column[spot], bottom + row)
        for number, way in grid.ways.items():
            routes[number] = [(grid.column[spot], bottom + rows[spot]) for spot in way]
        bottom += max(rows.values()) + 1
        columns = max(columns, len(grid.layers))
    return Layered(places, routes, columns, bottom)


def _components(nodes: Iterable[str], edges: Iterable[Edge]) -> list[dict[str, None]]:
    beside: defaultdict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        beside[start].append(end)
        beside[end].append(start)
    seen: set[str] = set()
    return [_gathered(node, beside, seen) for node in nodes if node not in seen]


def _gathered(start: str, beside: Mapping[str, list[str]], seen: set[str]) -> dict[str, None]:
    """Everything connected with `start`; noted in `seen`."""
    part: dict[str, None] = {}
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            part[node] = None
            waiting += reversed(beside.get(node, ()))
    return part


@dataclass
class _Grid:
    """One connected part. `ways` are the spots of each edge, from its start to its end."""

    column: dict[Spot, int]
    ways: dict[int, list[Spot]]
    layers: list[list[Spot]]
    left: defaultdict[Spot, list[Spot]] = field(default_factory=lambda: defaultdict(list))
    right: defaultdict[Spot, list[Spot]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, nodes: Iterable[str], edges: Mapping[int, Edge]) -> "_Grid":
        turned = _turned(nodes, edges.values())
        forward = {n: (e[::-1] if e in turned else e) for n, e in edges.items() if e[0] != e[1]}
        column = dict[Spot, int](_columns(nodes, forward.values()).items())
        ways = {}
        for number, (start, end) in forward.items():
            bends: list[Spot] = [(number, c) for c in range(column[start] + 1, column[end])]
            column |= {bend: c for c, bend in enumerate(bends, column[start] + 1)}
            ways[number] = [start, *bends, end]
        layers: list[list[Spot]] = [[] for _ in range(max(column.values()) + 1)]
        for spot, at in column.items():
            layers[at].append(spot)
        grid = cls(column, ways, layers)
        grid.connect()
        grid.ways = {n: way[::-1] if edges[n] in turned else way for n, way in ways.items()}
        return grid

    def connect(self) -> None:
        for way in self.ways.values():
            for before, after in pairwise(way):
                self.right[before].append(after)
                self.left[after].append(before)

    def order(self) -> None:
        """Sweep to and fro, and keep the order with the fewest crossings."""
        best, fewest = [list(layer) for layer in self.layers], self.crossings()
        for sweep in range(_SWEEPS):
            is_forth = sweep % 2 == 0
            for layer in self.layers if is_forth else reversed(self.layers):
                self.sort(layer, self.left if is_forth else self.right)
            self.swap()
            if (count := self.crossings()) < fewest:
                best, fewest = [list(layer) for layer in self.layers], count
        self.layers = best

    def sort(self, layer: list[Spot], neighbours: Mapping[Spot, list[Spot]]) -> None:
        at = {spot: n for other in self.layers for n, spot in enumerate(other)}
        means = {
            spot: sum(at[near] for near in beside) / len(beside)
            for spot in layer
            if (beside := neighbours.get(spot))
        }
        layer.sort(key=lambda spot: means.get(spot, at[spot]))

    def swap(self) -> None:
        """Exchange neighbours wherever that alone takes crossings away."""
        at = {spot: n for layer in self.layers for n, spot in enumerate(layer)}
        for layer in self.layers:
            for n in range(len(layer) - 1):
                upper, lower = layer[n], layer[n + 1]
                if self.crossings_of(upper, lower, at) > self.crossings_of(lower, upper, at):
                    layer[n], layer[n + 1] = lower, upper
                    at[upper], at[lower] = n + 1, n

    def crossings_of(self, upper: Spot, lower: Spot, at: Mapping[Spot, int]) -> int:
        """Pairs of lines of two spots that cross when `upper` stands above `lower`."""
        return sum(
            at[above] > at[below]
            for side in (self.left, self.right)
            for above in side[upper]
            for below in side[lower]
        )

    def crossings(self) -> int:
        at = {spot: n for layer in self.layers for n, spot in enumerate(layer)}
        return sum(self.crossings_behind(layer, at) for layer in self.layers)

    def crossings_behind(self, layer: list[Spot], at: Mapping[Spot, int]) -> int:
        """Pairs of lines between a layer and the next that cross."""
        ends = [end for spot in layer for end in sorted(at[near] for near in self.right[spot])]
        return sum(a > b for n, a in enumerate(ends) for b in ends[n + 1 :])

    def rows(self) -> dict[Spot, float]:
        """Draw each spot towards its neighbours, a row apart from those beside it."""
        row = {spot: float(n) for layer in self.layers for n, spot in enumerate(layer)}
        for step in range(_SETTLING):
            for layer in self.layers if step % 2 else reversed(self.layers):
                wanted = [self.middle(spot, row) for spot in layer]
                row |= dict(zip(layer, apart(wanted), strict=True))
        top = min(row.values())
        return {spot: at - top for spot, at in row.items()}

    def middle(self, spot: Spot, row: Mapping[Spot, float]) -> float:
        beside = [row[near] for near in (*self.left[spot], *self.right[spot])]
        return sum(beside) / len(beside) if beside else row[spot]


def _turned(nodes: Iterable[str], edges: Iterable[Edge]) -> set[Edge]:
    """Edges that lead back to a node on the way to them: without these there is no circle."""
    after: defaultdict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        after[start].append(end)
    back: set[Edge] = set()
    done: set[str] = set()
    for node in nodes:
        way = {node: iter(after[node])} if node not in done else {}
        while way:
            here = next(reversed(way))
            following = next(way[here], None)
            if following is None:
                done.add(here)
                del way[here]
            elif following in way:
                back.add((here, following))
            elif following not in done:
                way[following] = iter(after[following])
    return back


def _columns(nodes: Iterable[str], edges: Iterable[Edge]) -> dict[str, int]:
    """The number of edges on the longest way to each node; there is no circle."""
    before: defaultdict[str, list[str]] = defaultdict(list)
    after: defaultdict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        before[end].append(start)
        after[start].append(end)
    column: dict[str, int] = {}
    waits = {node: len(before[node]) for node in nodes}
    ready = [node for node, count in waits.items() if not count]
    for node in ready:
        column[node] = max((column[other] + 1 for other in before[node]), default=0)
        for other in after[node]:
            waits[other] -= 1
            if not waits[other]:
                ready.append(other)
    return column


def apart(wanted: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones that keep their order and are a row apart.

    Neighbours that would stand too close form a block, which takes the mean of what they want.
    """
    blocks: list[tuple[float, int]] = []
    for n, place in enumerate(wanted):
        start, size = place - n, 1
        while blocks and blocks[-1][0] > start:
            before, others = blocks.pop()
            start = (before * others + start * size) / (size + others)
            size += others
        blocks.append((start, size))
    starts = [start for start, size in blocks for _ in range(size)]
    return [start + n for n, start in enumerate(starts)]
