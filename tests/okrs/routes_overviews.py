"""Routes of the overviews."""

from uuid import uuid4

from accounts.permissions import Permission
from tests.route_table import Route

ROUTES = [
    Route("okrs:home", "GET", Permission.ORG_READ),
    Route("okrs:dashboard", "GET", Permission.ORG_READ),
    Route("okrs:dashboard-csv", "GET", Permission.ORG_READ),
    Route("okrs:tree", "GET", Permission.ORG_READ),
    # Without a cycle there is no tree, so no branch of it.
    Route("okrs:tree-branch", "GET", Permission.ORG_READ, 404, lambda world: {"pk": uuid4()}),
    Route("okrs:roadmap", "GET", Permission.ORG_READ),
    Route("okrs:gaps-csv", "GET", Permission.ORG_READ),
    Route("okrs:dependencies-csv", "GET", Permission.ORG_READ),
    Route("okrs:dependency-graph", "GET", Permission.ORG_READ),
]
