"""Rules of the alignment graph, on small graphs by hand and on random ones by law."""

from itertools import chain, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from okrs.alignment import CircleError, depth, levels_bottom_up, would_close_circle

Edge = tuple[str, str]
Numbered = tuple[int, int]

# Two teams below a product, which stands below a portfolio; one team contributes to both.
CHAIN: list[Edge] = [("team", "product"), ("product", "portfolio")]
DIAMOND: list[Edge] = [*CHAIN, ("other", "product"), ("other", "portfolio")]
DETOUR: list[Edge] = [("team", "a"), ("a", "b"), ("b", "portfolio")]
LONG_CHAIN = [(number, number + 1) for number in range(5_000)]

edges_between = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20)


def grow(attempts: list[Numbered]) -> list[Numbered]:
    """The graph left when every edge that would close a circle is refused."""
    edges: list[Numbered] = []
    for edge in attempts:
        if would_close_circle(edges, edge) is None:
            edges.append(edge)
    return edges


class TestCircles:
    def test_an_edge_to_itself_is_a_circle(self) -> None:
        assert would_close_circle([], ("team", "team")) == ("team", "team")

    def test_an_edge_back_is_a_circle(self) -> None:
        assert would_close_circle(CHAIN, ("product", "team")) == ("product", "team", "product")

    def test_a_circle_is_named_in_the_order_of_its_edges(self) -> None:
        circle = would_close_circle(CHAIN, ("portfolio", "team"))
        assert circle == ("portfolio", "team", "product", "portfolio")

    @pytest.mark.parametrize("edges", [[*CHAIN, *DETOUR], [*DETOUR, *CHAIN]])
    def test_the_shortest_circle_is_named(self, edges: list[Edge]) -> None:
        circle = would_close_circle(edges, ("portfolio", "team"))
        assert circle == ("portfolio", "team", "product", "portfolio")

    def test_two_ways_to_one_parent_are_no_circle(self) -> None:
        assert would_close_circle(CHAIN, ("team", "portfolio")) is None

    def test_an_edge_between_strangers_is_no_circle(self) -> None:
        assert would_close_circle(CHAIN, ("a", "b")) is None

    def test_a_chain_of_thousands_is_followed_to_its_end(self) -> None:
        circle = would_close_circle(LONG_CHAIN, (5_000, 0))
        assert circle is not None
        assert len(circle) == 5_002

    @given(edges_between)
    def test_a_graph_that_refuses_circles_never_holds_one(self, attempts: list[Numbered]) -> None:
        edges = grow(attempts)
        assert all(levels_bottom_up(edges, [lower])[0] == (lower,) for lower, _ in edges)

    @given(edges_between, st.tuples(st.integers(0, 7), st.integers(0, 7)))
    def test_a_named_circle_consists_of_edges(
        self, attempts: list[Numbered], edge: Numbered
    ) -> None:
        edges = grow(attempts)
        circle = would_close_circle(edges, edge)
        assume(circle)
        assert circle is not None
        steps = list(pairwise(circle))
        assert steps[0] == edge
        assert set(steps[1:]) <= set(edges)
        assert circle[0] == circle[-1]


class TestDepth:
    @pytest.mark.parametrize(
        ("node", "links"), [("portfolio", 0), ("product", 1), ("team", 2), ("stranger", 0)]
    )
    def test_depth_is_the_number_of_links_to_the_top(self, node: str, links: int) -> None:
        assert depth(CHAIN, node) == links

    def test_the_longest_way_up_counts(self) -> None:
        assert depth(DIAMOND, "other") == 2

    def test_a_chain_of_thousands_has_its_depth(self) -> None:
        assert depth(LONG_CHAIN, 0) == 5_000

    @given(edges_between)
    def test_what_lies_below_is_deeper(self, attempts: list[Numbered]) -> None:
        edges = grow(attempts)
        assert all(depth(edges, lower) > depth(edges, upper) for lower, upper in edges)


class TestLevels:
    def test_a_parent_comes_after_all_that_lies_below_it(self) -> None:
        levels = levels_bottom_up(DIAMOND, ["other"])
        assert levels == [("other",), ("product",), ("portfolio",)]

    def test_a_top_has_nothing_above_it(self) -> None:
        assert levels_bottom_up(DIAMOND, ["portfolio"]) == [("portfolio",)]

    def test_nothing_changed_is_no_level(self) -> None:
        assert levels_bottom_up(DIAMOND, []) == []

    def test_what_stands_side_by_side_shares_a_level(self) -> None:
        levels = levels_bottom_up(DIAMOND, ["team", "other"])
        assert levels == [("team", "other"), ("product",), ("portfolio",)]

    def test_a_changed_node_above_another_waits_for_it(self) -> None:
        assert levels_bottom_up(CHAIN, ["product", "team"]) == [
            ("team",),
            ("product",),
            ("portfolio",),
        ]

    def test_a_circle_that_got_in_is_named(self) -> None:
        with pytest.raises(CircleError) as error:
            levels_bottom_up([*CHAIN, ("portfolio", "product")], ["team"])
        assert set(error.value.circle) == {"product", "portfolio"}

    def test_a_circle_through_the_changed_node_is_named(self) -> None:
        with pytest.raises(CircleError):
            levels_bottom_up([("a", "b"), ("b", "a")], ["a"])

    @given(edges_between, st.sets(st.integers(0, 7)))
    def test_each_level_stands_above_what_lies_below_it(
        self, attempts: list[Numbered], changed: set[int]
    ) -> None:
        edges = grow(attempts)
        levels = levels_bottom_up(edges, changed)
        place = {node: number for number, level in enumerate(levels) for node in level}
        among = [(lower, upper) for lower, upper in edges if {lower, upper} <= place.keys()]
        assert all(place[lower] < place[upper] for lower, upper in among)

    @given(edges_between, st.sets(st.integers(0, 7)))
    def test_everything_changed_or_above_it_is_there_once(
        self, attempts: list[Numbered], changed: set[int]
    ) -> None:
        edges = grow(attempts)
        found = list(chain(*levels_bottom_up(edges, changed)))
        assert len(found) == len(set(found))
        assert set(found) == changed | {upper for lower, upper in edges if lower in found}
