"""Routes of the overviews."""

from uuid import uuid4

from accounts.permissions import Permission as P
from tests.route_table import Route

ROUTES = [
    Route("okrs:home", "GET", P.ORG_READ),
    Route("okrs:dashboard", "GET", P.ORG_READ),
    Route("okrs:dashboard-csv", "GET", P.ORG_READ),
    Route("okrs:tree", "GET", P.ORG_READ),
    # Without a cycle there is no tree, so no branch of it.
    Route("okrs:tree-branch", "GET", P.ORG_READ, 404, lambda world: {"pk": uuid4()}),
    Route("okrs:roadmap", "GET", P.ORG_READ),
]
