from tests.route_table import Route

ROUTES: list[Route] = []
