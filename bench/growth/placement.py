"""Organisations arrive, grow and leave; cells take them in, fill up and hand some on.

Loads are in key results, the measure that work and rows follow. A cell is a whole stack of its
own. The same seed gives the same story.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

# The bench's thousand organisations: one of the first size, of the second and of the third.
SIZES, WEIGHTS = (12_500, 3_125, 780, 35), (1, 1, 1, 997)
MEAN_SIZE = sum(size * weight for size, weight in zip(SIZES, WEIGHTS, strict=True)) / sum(WEIGHTS)
# Cells are full on the whole when they hold so much of what they take newcomers to.
FULL = 0.85


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Shares of a cell's capacity, and what happens there.

    A newcomer goes to the emptiest cell that stays below `open_until`; when there is none, a cell
    is opened. A cell above `high` hands organisations on until it is below `settled`, the smallest
    that suffice, at most `moves` a month. Who needs more than `open_until` has a cell alone.
    """

    capacity: int
    open_until: float = 0.7
    high: float = 0.85
    settled: float = 0.75
    moves: int = 5


@dataclass(frozen=True, kw_only=True)
class Life:
    """What happens in a month, as shares of the organisations that are there."""

    arriving: float = 0.25
    leaving: float = 0.01
    growing: float = 0.05
    # By how much those that grow do so, at least and at most, and how large they become.
    growth: tuple[float, float] = (1.05, 1.5)
    largest: int = SIZES[0]


@dataclass
class Cell:
    number: int
    members: dict[int, int] = field(default_factory=dict)
    load: int = 0


@dataclass(frozen=True)
class Month:
    """How the cells stand at the end of a month, as shares of a cell's capacity."""

    cells: int
    organizations: int
    mean_fill: float
    most_fill: float
    # Of all load, the part that the fullest cell holds.
    largest_share: float
    moves: int
    # Cells above `high` that could not be relieved: mostly one large organisation alone.
    crowded: int


@dataclass
class Fleet:
    policy: Policy
    life: Life
    chance: Random
    cells: list[Cell] = field(default_factory=list)
    # Where each organisation is.
    homes: dict[int, int] = field(default_factory=dict)
    arrived: int = 0
    left: int = 0
    moved: int = 0
    # (load, number) of cells, the emptiest first; an entry whose load is not the cell's is old.
    queue: list[tuple[int, int]] = field(default_factory=list)

    def month(self, newcomers: int) -> Month:
        """Leave, grow, arrive, then relieve the cells that have become too full."""
        self._leave()
        self._grow()
        for _ in range(newcomers):
            self.arrive(self.chance.choices(SIZES, WEIGHTS)[0])
        moves = sum(self.relieve(cell) for cell in list(self.cells))
        self.moved += moves
        return self.standing(moves)

    def arrive(self, size: int) -> int:
        self.arrived += 1
        self._put(self.arrived, size, self._cell_for(size))
        return self.arrived

    def leave(self, organization: int) -> int:
        """The size of an organisation that is no longer in its cell."""
        cell = self.cells[self.homes.pop(organization)]
        size = cell.members.pop(organization)
        self._change(cell, -size)
        return size

    def relieve(self, cell: Cell) -> int:
        """Hand organisations on until the cell is settled; how many went."""
        limit = self.policy.capacity
        moves = 0
        if cell.load <= self.policy.high * limit:
            return moves
        while moves < self.policy.moves and len(cell.members) > 1:
            surplus = cell.load - self.policy.settled * limit
            if surplus <= 0:
                break
            organization = who_goes(cell, surplus)
            size = self.leave(organization)
            self._put(organization, size, self._cell_for(size, but=cell.number))
            moves += 1
        return moves

    def standing(self, moves: int) -> Month:
        loads = [cell.load for cell in self.cells] or [0]
        capacity = self.policy.capacity
        return Month(
            cells=len(self.cells),
            organizations=len(self.homes),
            mean_fill=sum(loads) / len(loads) / capacity,
            most_fill=max(loads) / capacity,
            largest_share=max(loads) / max(1, sum(loads)),
            moves=moves,
            crowded=sum(load > self.policy.high * capacity for load in loads),
        )

    def _leave(self) -> None:
        for organization in self._some(self.life.leaving):
            self.leave(organization)
            self.left += 1

    def _grow(self) -> None:
        for organization in self._some(self.life.growing):
            cell = self.cells[self.homes[organization]]
            size = cell.members[organization]
            grown = round(size * self.chance.uniform(*self.life.growth))
            cell.members[organization] = max(size, min(grown, self.life.largest))
            cell.load += cell.members[organization] - size
        for cell in self.cells:
            self._change(cell, 0)

    def _some(self, share: float) -> list[int]:
        there = list(self.homes)
        return self.chance.sample(there, round(share * len(there)))

    def _put(self, organization: int, size: int, cell: Cell) -> None:
        cell.members[organization] = size
        self.homes[organization] = cell.number
        self._change(cell, size)

    def _change(self, cell: Cell, by: int) -> None:
        cell.load += by
        heapq.heappush(self.queue, (cell.load, cell.number))

    def _cell_for(self, size: int, but: int | None = None) -> Cell:
        """The emptiest cell with room, or a new one."""
        emptiest = self._emptiest(but)
        if emptiest and emptiest.load + size <= self.policy.open_until * self.policy.capacity:
            return emptiest
        cell = Cell(len(self.cells))
        self.cells.append(cell)
        return cell

    def _emptiest(self, but: int | None) -> Cell | None:
        """Past entries that are old, and past the cell that somebody is to leave."""
        aside = []
        found = None
        while self.queue and found is None:
            load, number = self.queue[0]
            if load != self.cells[number].load:
                heapq.heappop(self.queue)
            elif number == but:
                aside.append(heapq.heappop(self.queue))
            else:
                found = self.cells[number]
        for entry in aside:
            heapq.heappush(self.queue, entry)
        return found


def who_goes(cell: Cell, surplus: float) -> int:
    """The smallest organisation that takes the surplus with it, else the largest but one."""
    enough = [(size, pk) for pk, size in cell.members.items() if size >= surplus]
    if len(enough) > 1 or (enough and enough[0][0] < cell.load / 2):
        return min(enough)[1]
    alone = max(cell.members, key=lambda pk: cell.members[pk])
    return max((pk for pk in cell.members if pk != alone), key=lambda pk: cell.members[pk])


def story(
    cells: int, policy: Policy, *, seed: int, months: int = 12, life: Life | None = None
) -> Iterator[Month]:
    """The months until so many cells are as full as they take newcomers, and `months` after,
    in which as many arrive as leave.
    """
    fleet = Fleet(policy, life or Life(), Random(seed))  # noqa: S311 (no secret)
    wanted = FULL * cells * policy.open_until * policy.capacity
    load = 0
    while load < wanted:
        room = round((wanted - load) / MEAN_SIZE)
        month = fleet.month(1 + min(room, round(fleet.life.arriving * len(fleet.homes))))
        load = sum(cell.load for cell in fleet.cells)
        yield month
    for _ in range(months):
        yield fleet.month(round(fleet.life.leaving * len(fleet.homes)))
