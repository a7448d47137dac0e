"""Routes of the overviews."""

from accounts.permissions import Permission
from tests.okrs import goals
from tests.route_table import Route, of

ROUTES = [
    Route("okrs:home", "GET", Permission.ORG_READ),
    Route("okrs:dashboard", "GET", Permission.ORG_READ),
    Route("okrs:dashboard-csv", "GET", Permission.ORG_READ),
    Route("okrs:tree", "GET", Permission.ORG_READ),
    Route("okrs:tree-more", "GET", Permission.ORG_READ),
    Route("okrs:tree-branch", "GET", Permission.ORG_READ, arguments=of(goals.an_objective)),
    Route("okrs:roadmap", "GET", Permission.ORG_READ),
    Route("okrs:gaps-csv", "GET", Permission.ORG_READ),
    Route("okrs:dependencies-csv", "GET", Permission.ORG_READ),
    Route("okrs:dependency-graph", "GET", Permission.ORG_READ),
]
