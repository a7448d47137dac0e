"""Charts as inline SVG: typed functions from values to markup, without a script or a style."""

from lib.charts.columns import Column, PlannedSpent, planned_spent_bar, stacked_columns
from lib.charts.history import Reading, history_chart
from lib.charts.roadmap import Bar, Lane, Milestone, Needs, roadmap
from lib.charts.scores import progress_bar, progress_ring, sparkline
from lib.charts.tree import Branch, CrossLink, alignment_tree
from lib.charts.waiting import Mark, Party, Wait, waiting_graph

__all__ = [
    "Bar",
    "Branch",
    "Column",
    "CrossLink",
    "Lane",
    "Mark",
    "Milestone",
    "Needs",
    "Party",
    "PlannedSpent",
    "Reading",
    "Wait",
    "alignment_tree",
    "history_chart",
    "planned_spent_bar",
    "progress_bar",
    "progress_ring",
    "roadmap",
    "sparkline",
    "stacked_columns",
    "waiting_graph",
]
