from tests.okrs.routes_api import ROUTES as API
from tests.okrs.routes_check_ins import ROUTES as CHECK_INS
from tests.okrs.routes_goals import ROUTES as GOALS
from tests.okrs.routes_overviews import ROUTES as OVERVIEWS
from tests.route_table import Route

ROUTES: list[Route] = [*API, *CHECK_INS, *GOALS, *OVERVIEWS]
