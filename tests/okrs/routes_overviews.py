"""Routes of the overviews."""

from accounts.permissions import Permission as P
from tests.route_table import Route

ROUTES = [
    Route("okrs:home", "GET", P.ORG_READ),
    Route("okrs:dashboard", "GET", P.ORG_READ),
    Route("okrs:dashboard-csv", "GET", P.ORG_READ),
]
