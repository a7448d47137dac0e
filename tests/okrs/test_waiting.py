"""Promises by how much they hurt, and the graph of who waits for whom."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.charts import Mark, Party, Wait, waiting_graph
from lib.charts.layered import Edge, layered
from okrs.choices import DependencyState, LinkState
from okrs.models import Dependency
from okrs.queries.waiting import Ranked, graph_around, ranked, standing_dependencies
from portfolio.models import Portfolio
from tests.factories.okrs import ContributionFactory, DependencyFactory
from tests.okrs.goals import a_dependency, a_key_result
from tests.personas import World

D = DependencyState


def day(number: int) -> date:
    return timezone.localdate() + timedelta(days=number)


@pytest.fixture
def bound(in_acme: World) -> World:
    return in_acme


def lines(world: World, persona: str = "admin") -> list[Ranked]:
    access = world.access(persona)
    return ranked(access, standing_dependencies(access), timezone.localdate())


def chain(world: World, length: int) -> list[Dependency]:
    """Key results of which each waits for the one before it."""
    results = [a_key_result(world, title=f"K{n}") for n in range(length + 1)]
    return [
        a_dependency(world, title=f"{one} to {two}", needer_key_result=two, state=D.ACCEPTED,
                     provider_key_result=one)
        for one, two in pairwise(results)
    ]  # fmt: skip


# --- What hurts most --------------------------------------------------------------------------
def test_everything_that_waits_further_down_the_line_is_counted(bound: World) -> None:
    first, second, third = chain(bound, 3)
    reach = {line.dependency.pk: line.hurt.reach for line in lines(bound)}
    assert reach == {first.pk: 3, second.pk: 2, third.pk: 1}


def test_what_takes_a_contribution_waits_as_well(bound: World) -> None:
    dependency = a_dependency(bound)
    ContributionFactory.create(child=dependency.needer_key_result, state=LinkState.AGREED)
    assert lines(bound)[0].hurt.reach == 2


def test_the_broken_root_of_a_chain_comes_first(bound: World) -> None:
    first, *_ = chain(bound, 3)
    lone = a_dependency(bound, state=D.BROKEN, criticality=Decimal(1))
    Dependency.objects.filter(pk=first.pk).update(state=D.BROKEN, criticality=Decimal("0.5"))
    found = lines(bound)
    assert [line.dependency.pk for line in found[:2]] == [first.pk, lone.pk]
    assert found[0].hurt.amount == Decimal("1.5")


def test_of_promises_that_hurt_alike_the_one_needed_first_comes_first(bound: World) -> None:
    later = a_dependency(bound, state=D.ACCEPTED, needed_by=day(20))
    sooner = a_dependency(bound, state=D.ACCEPTED, needed_by=day(10))
    assert [line.dependency.pk for line in lines(bound)] == [sooner.pk, later.pk]


def test_key_results_that_are_hidden_do_not_count(bound: World) -> None:
    DependencyFactory.create(needer_key_result=a_key_result(bound))
    Portfolio.objects.update(is_private=True)
    assert lines(bound, "bystander") == []


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_list_costs_the_same_for_few_and_many(rows: int, bound: World) -> None:
    for _ in range(rows):
        a_dependency(bound)
    client = bound.client("viewer")
    client.get("/o/acme/dependencies/")
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/o/acme/dependencies/").status_code == 200
    assert len(captured) == 15


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_graph_costs_the_same_for_few_and_many(rows: int, bound: World) -> None:
    for _ in range(rows):
        a_dependency(bound)
    client = bound.client("viewer")
    client.get("/o/acme/dependencies/graph/")
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/o/acme/dependencies/graph/").status_code == 200
    assert len(captured) == 14


def test_the_page_explains_what_hurts(bound: World) -> None:
    a_dependency(bound, state=D.ACCEPTED, needed_by=day(5), promised_by=day(19))
    html = bound.client("viewer").get("/o/acme/dependencies/").content.decode()
    assert "0.50 critical × 0.50 late (14 days) × 1 key result" in html


def test_the_list_is_saved_as_a_table(bound: World) -> None:
    a_dependency(bound, title="=Stream", state=D.ACCEPTED)
    text = bound.client("viewer").get("/o/acme/dependencies/export.csv").content.decode()
    assert "Key results waiting,Hurt" in text
    assert "'=Stream" in text


# --- The graph --------------------------------------------------------------------------------
def test_the_graph_says_in_words_what_it_draws(bound: World) -> None:
    a_dependency(bound, title="The stream", state=D.BROKEN)
    html = bound.client("viewer").get("/o/acme/dependencies/graph/").content.decode()
    assert html.count("ch-wait-broken") == 2
    assert "waits for Acme product" in html


def test_two_hops_around_a_goal_are_shown(bound: World) -> None:
    first, second, *_ = chain(bound, 4)
    shown = graph_around(lines(bound), first.provider_key_result_id)
    assert {line.dependency.pk for line in shown.lines} == {first.pk, second.pk}


def test_no_more_than_sixty_nodes_are_shown(bound: World) -> None:
    for _ in range(70):
        a_dependency(bound)
    shown = graph_around(lines(bound), None)
    assert (len(shown.lines), shown.left_out) == (59, 11)


def party(name: str) -> Party:
    return Party(id=name, title=name, url=f"/{name}/")


@pytest.mark.parametrize("mark", [Mark.LATE, Mark.BROKEN, Mark.UNANSWERED])
def test_trouble_has_a_line_a_sign_and_words_of_its_own(mark: Mark) -> None:
    wait = Wait(provider="a", needer="b", mark=mark, words="in trouble", sentence="b waits for a")
    drawn = waiting_graph([party("a"), party("b")], [wait])
    assert drawn.count(f"ch-wait-{mark}") == 2
    assert "ch-sign" in drawn
    assert "in trouble" in drawn


def test_a_promise_that_holds_needs_no_words() -> None:
    drawn = waiting_graph([party("a"), party("b")], [Wait(provider="a", needer="b")])
    assert "ch-pill" not in drawn


def test_titles_are_escaped() -> None:
    drawn = waiting_graph([Party(id="a", title="<script>")], [])
    assert "<script>" not in drawn


# --- Places -----------------------------------------------------------------------------------
Graph = tuple[list[str], list[Edge]]
small = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def graphs(draw: Callable[..., Any]) -> Graph:
    nodes = [f"n{number}" for number in range(draw(st.integers(1, 12)))]
    pairs = st.tuples(st.sampled_from(nodes), st.sampled_from(nodes))
    return nodes, draw(st.lists(pairs, max_size=20))


@small
@given(graphs())
def test_every_node_has_a_place_of_its_own(graph: Graph) -> None:
    nodes, edges = graph
    found = layered(nodes, edges)
    assert set(found.places) == set(nodes)
    columns: dict[int, list[float]] = {}
    for column, row in found.places.values():
        columns.setdefault(column, []).append(row)
    for rows in columns.values():
        assert all(b - a > 0.999 for a, b in pairwise(sorted(rows)))


@small
@given(graphs())
def test_every_edge_runs_from_its_start_to_its_end(graph: Graph) -> None:
    nodes, edges = graph
    found = layered(nodes, edges)
    for (start, end), route in zip(edges, found.routes, strict=True):
        if start != end:
            assert (route[0], route[-1]) == (found.places[start], found.places[end])
            assert all(abs(a[0] - b[0]) == 1 for a, b in pairwise(route))


@small
@given(graphs())
def test_without_a_circle_every_edge_leads_to_the_right(graph: Graph) -> None:
    nodes, edges = graph
    forward = [(a, b) for a, b in edges if nodes.index(a) < nodes.index(b)]
    found = layered(nodes, forward)
    assert all(found.places[a][0] < found.places[b][0] for a, b in forward)


@small
@given(graphs())
def test_equal_graphs_are_laid_out_alike(graph: Graph) -> None:
    assert layered(*graph) == layered(*graph)


def test_a_crossing_that_need_not_be_is_not_drawn() -> None:
    found = layered(["a", "b", "x", "y", "z"], [("a", "y"), ("b", "x"), ("a", "z"), ("b", "z")])
    places = found.places
    assert (places["a"][1] < places["b"][1]) == (places["y"][1] < places["x"][1])
