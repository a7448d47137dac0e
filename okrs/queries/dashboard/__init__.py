"""The portfolio dashboard: stored roll-ups, and key results only where they are shown.

Seven statements, however many products and key results there are: products, roll-ups, the
objectives on the page, their paces and courses, the key results furthest behind, and what moved.
A past moment is rolled up anew (`okrs.queries.replay`).
"""

from okrs.queries.dashboard.board import (
    PRODUCTS_SHOWN,
    SORTS,
    Board,
    BoardWish,
    Group,
    ObjectiveLine,
    UnitLine,
    board,
)
from okrs.queries.dashboard.movers import Mover, movers
from okrs.queries.dashboard.off_pace import OffPace, furthest_behind
from okrs.queries.dashboard.past import (
    PastBoard,
    past_behind,
    past_board,
    past_movers,
)
from okrs.queries.dashboard.roll_ups import RollUp
from okrs.queries.dashboard.version import version_of

__all__ = [
    "PRODUCTS_SHOWN",
    "SORTS",
    "Board",
    "BoardWish",
    "Group",
    "Mover",
    "ObjectiveLine",
    "OffPace",
    "PastBoard",
    "RollUp",
    "UnitLine",
    "board",
    "furthest_behind",
    "movers",
    "past_behind",
    "past_board",
    "past_movers",
    "version_of",
]
