"""THE TABLE: every URL and API route, its method, its permission, its answer when allowed.

Each app keeps its rows beside its tests. A URL that is in no row and not public fails the
suite (`test_permissions.py`).
"""

from tests.accounts.routes import ROUTES as ACCOUNTS
from tests.funding.routes import ROUTES as FUNDING
from tests.governance.routes import ROUTES as GOVERNANCE
from tests.integrations.routes import ROUTES as INTEGRATIONS
from tests.okrs.routes import ROUTES as OKRS
from tests.portfolio.routes import ROUTES as PORTFOLIO
from tests.reviews.routes import ROUTES as REVIEWS

ROUTES = [*ACCOUNTS, *PORTFOLIO, *OKRS, *FUNDING, *INTEGRATIONS, *GOVERNANCE, *REVIEWS]

# Open to anybody, or to any signed-in person, because no organisation is in the address.
PUBLIC = {
    "start",
    "healthz",
    "readyz",
    "metrics",
    "hook",
    "push",
    "sign-in-answer",
    "api:schema",
    "api:docs",
    "accounts:create-organization",
    "accounts:accept-invitation",
    "accounts:profile",
}
