"""Every page, download and list of the API stays in a budget of statements and bytes.

`bench/pages.py` holds the busiest ones to exact figures. Here is everything of the route table
that answers to GET: what names no record at the size of a large organisation, the rest with the
one record that its row of the table makes.
"""

from dataclasses import dataclass

import pytest
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.permissions import Permission
from bench.counters import is_of_transaction
from bench.world import World as Seeded
from tests.personas import World
from tests.route_table import Route
from tests.routes import ROUTES
from tests.shared_worlds import undone

READING = [route for route in ROUTES if route.method == "GET"]
# The administrator of the bench may see no money.
MONEY = {Permission.MONEY_READ, Permission.MONEY_WRITE}
LARGE = [r for r in READING if not r.names_row and r.permission not in MONEY]
SMALL = [route for route in READING if route not in LARGE]


@dataclass(frozen=True)
class Budget:
    """Statements of a request at most, and thousands of bytes of its answer."""

    statements: int
    kilobytes: int


PAGE = Budget(statements=24, kilobytes=60)
LARGE_PAGE = Budget(statements=24, kilobytes=120)
API = Budget(statements=12, kilobytes=60)
# What may cost more: its budget, and why.
MORE: dict[str, tuple[Budget, str]] = {
    "okrs:objectives": (Budget(21, 210), "a hundred goals, each with bar, owner, state and pace"),
    "okrs:roadmap": (Budget(14, 175), "every goal of a year as a bar and in words"),
    "okrs:dependency-graph": (Budget(12, 135), "sixty goals and units as a drawing and in words"),
    "portfolio:product": (Budget(29, 60), "panels of goals, teams, money, risks and decisions"),
    "okrs:objective": (Budget(35, 60), "links up and down, promises, money, risks and comments"),
    "okrs:key-result": (Budget(27, 60), "values, links, sources, work, promises and comments"),
    "reviews:review": (Budget(40, 60), "four questions, each with its evidence, and the meeting"),
    "reviews:pack": (Budget(39, 60), "a review for print"),
    "reviews:review-csv": (Budget(37, 60), "a review as a table"),
    "api:reviews-evidence": (Budget(37, 60), "a review as data"),
    "api:alignment-tree": (Budget(10, 80), "all goals of a cycle and the links between them"),
    "api:dependency-ranking": (Budget(10, 165), "an order over all promises"),
    "api:check-in-report": (Budget(15, 60), "who was on time, over every unit and its rhythm"),
}


@pytest.mark.parametrize("route", LARGE, ids=str)
def test_what_names_no_record_at_the_size_of_a_large_organisation(
    bench: Seeded, route: Route
) -> None:
    budget = budget_of(route, API if route.is_api else LARGE_PAGE)
    path = reverse(route.name, kwargs={"org": bench.largest.slug, **route.words})
    statuses = {200, route.answer("admin")}  # some find here what is missing in the table's worlds
    assert over(budget, bench.largest.browser(), path, statuses) == ""


@pytest.mark.parametrize("route", SMALL, ids=str)
def test_what_names_a_record(ours: World, route: Route) -> None:
    budget = budget_of(route, API if route.is_api else PAGE)
    with undone():
        path = route.path(ours, route.arguments_in(ours))
        assert over(budget, ours.client("admin"), path, {route.answer("admin")}) == ""


def test_only_routes_of_the_table_may_cost_more() -> None:
    assert MORE.keys() - {route.name for route in READING} == set()


def budget_of(route: Route, usual: Budget) -> Budget:
    return MORE.get(route.name, (usual, ""))[0]


def over(budget: Budget, client: Client, path: str, statuses: set[int]) -> str:
    """What is over the budget, in words; empty when nothing is.

    A download holds all that there is, so it has a budget of statements only.
    """
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
        size = 0 if is_download(response) else len(response.content)
    assert response.status_code in statuses
    sent = [query["sql"] for query in captured.captured_queries]
    statements = sum(not is_of_transaction(sql) for sql in sent)
    if statements > budget.statements or size > budget.kilobytes * 1000:
        return f"{statements} statements and {size / 1000:.0f} kB, {budget}"
    return ""


def is_download(response: HttpResponseBase) -> bool:
    """Read to its end, so that all its statements are sent."""
    if "attachment" not in response.get("Content-Disposition", ""):
        return False
    b"".join(response)
    return True
