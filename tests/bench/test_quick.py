"""A quick run is green as the product stands, and turns red for each known way to get slow."""

from importlib import import_module
from typing import Any

import pytest
from django.test import Client

from bench.database import connect
from bench.pages import PAGES, Page, Refused
from bench.run import PLANNER, verdict
from bench.world import World
from portfolio.models import Product
from tests.bench.conftest import planted, quick

TENANT = "organization_id = current_setting('app.org_id')::uuid"
WRAPPED = "organization_id = (SELECT current_setting('app.org_id')::uuid)"
POLICY = "ALTER POLICY tenant ON okrs_keyresult USING ({0}) WITH CHECK ({0})"


def failures(world: World, *names: str) -> str:
    """What fails in a quick run, in one text; the exit status agrees with it."""
    lines = quick(world, *names)
    broken = [f"{line.name}: {line.found}" for line in lines if not line.passes]
    assert verdict(lines) == bool(broken)
    return "; ".join(broken)


@pytest.mark.parametrize("name", [*PAGES, PLANNER])
def test_the_product_keeps_its_budgets(bench: World, name: str) -> None:
    assert failures(bench, name) == ""


def test_results_of_the_dashboard_are_those_of_its_floor(bench: World) -> None:
    assert failures(bench, "P1", "P17") == ""


def test_a_query_for_each_product_is_found(bench: World, monkeypatch: pytest.MonkeyPatch) -> None:
    board: Any = import_module("okrs.queries.dashboard.board")
    usual = board.product_line

    def slow(row: Any, *rest: Any) -> Any:
        Product.objects.get(pk=row["id"])
        return usual(row, *rest)

    monkeypatch.setattr(board, "product_line", slow)
    assert "22 queries" in failures(bench, "dashboard")


def test_a_policy_wrapped_in_a_select_is_found(bench: World) -> None:
    with planted(POLICY.format(WRAPPED), POLICY.format(TENANT)):
        assert "times off in okrs_keyresult" in failures(bench, PLANNER)


def test_a_missing_index_of_the_tenant_is_found(bench: World) -> None:
    with connect("owner").cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('scores_of_objective'::regclass)")
        [index] = cursor.fetchone()
    with planted("DROP INDEX scores_of_objective", index):
        assert "dashboard" in failures(bench, "dashboard")


def test_a_wrong_result_is_found(bench: World) -> None:
    wrong = "UPDATE okrs_unitscore SET behind = behind {} 1 WHERE product_id IS NOT NULL"
    with planted(wrong.format("+"), wrong.format("-")):
        assert "the floor has" in failures(bench, "P1")


def test_an_answer_that_is_a_refusal_is_not_timed(bench: World) -> None:
    place = bench.typical
    stranger = Page(lambda place, client: lambda: client.get(place.page("okrs:dashboard")))
    with pytest.raises(Refused, match="302"):
        stranger.prepare(place, Client())()


def test_statements_stand_beside_the_number_that_was_aimed_at(bench: World) -> None:
    _, line = quick(bench, "P1")
    assert (line.found, line.bar, line.holds, line.passes) == ("7", "3", False, True)
