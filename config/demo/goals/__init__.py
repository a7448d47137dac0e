"""The goals of the demo, written by hand, tier by tier."""

from config.demo.goals import past, portfolios, products, teams
from config.demo.shapes import Goal

# By quarter, the two closed ones first; within each, the upper tiers first.
QUARTERS: tuple[tuple[Goal, ...], ...] = (
    past.FIRST,
    past.SECOND,
    (*portfolios.GOALS, *products.GOALS, *teams.GOALS),
)
