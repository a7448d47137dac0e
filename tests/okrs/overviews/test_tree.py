"""The alignment tree: what hangs where, what nobody serves, and what the filters keep."""

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from okrs.choices import AlignmentKind, LinkState
from okrs.models import Objective, ObjectiveAlignment, ObjectiveSupport
from okrs.queries.branches import NODES_SHOWN, SIBLINGS_SHOWN, Node, Tree, tree_of
from okrs.queries.scope import CycleChoice, Filters, Scope
from okrs.queries.tree import Graph, graph_of
from portfolio.models import Portfolio
from tests.factories.okrs import (
    CycleFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
    TierFactory,
)
from tests.okrs.overviews.conftest import Goals, reads
from tests.personas import World

Look = Callable[..., str]


def scope(goals: Goals, **filters: Any) -> Scope:
    cycle, now = goals.cycle, timezone.now()
    shown = CycleChoice(cycle.pk, cycle.name, cycle.starts_on, cycle.ends_on, cycle.state)
    access = goals.world.access("admin")
    return Scope(access=access, cycle=shown, filters=Filters(**filters), now=now, at=now)


def graph(goals: Goals, **filters: Any) -> Graph:
    return graph_of(scope(goals, **filters))


def tree(goals: Goals, **filters: Any) -> Tree:
    return tree_of(scope(goals, **filters), graph(goals, **filters))


def outline(nodes: list[Node]) -> list[object]:
    """Titles, those below in a list behind each."""
    found: list[object] = []
    for node in nodes:
        found.append(node.goal.title)
        if node.children:
            found.append(outline(node.children))
    return found


def chain(goals: Goals, *titles: str) -> list[Objective]:
    """Objectives that serve each other, the highest first."""
    made = [goals.top(title=titles[0]), *(goals.objective(title=t) for t in titles[1:])]
    for parent, child in pairwise(made):
        ObjectiveAlignmentFactory.create(child=child, parent=parent, state=LinkState.AGREED)
    return made


THOUSAND = 1000
# Of the whole page, before it is compressed.
MOST_BYTES = 300_000


def fan(goals: Goals, count: int) -> Objective:
    """A goal of the portfolio that `count` goals of one product serve, in the order of titles."""
    top = goals.top()
    below = Objective.objects.bulk_create(
        ObjectiveFactory.build(
            title=f"Serves {number:03}",
            tier=TierFactory.create(),
            cycle=goals.cycle,
            product=goals.product,
            owner=goals.world["lead"],
        )
        for number in range(count)
    )
    ObjectiveAlignment.objects.bulk_create(
        ObjectiveAlignmentFactory.build(
            child=child, parent=top, state=LinkState.AGREED, asked_by=goals.world["lead"]
        )
        for child in below
    )
    return top


def shown(tree: Tree) -> int:
    return sum(1 for _ in tree.nodes())


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_page_reads_as_often_for_one_goal_as_for_fifty(rows: int, goals: Goals) -> None:
    goals.grow(rows)
    # Cycles and choices; goals, links, supports, contributions; gaps, coverage, key results.
    assert reads(goals.world.client("viewer"), "alignment/") == 9


@pytest.mark.parametrize("rows", [1, 3, 50])
@pytest.mark.parametrize(
    ("query", "expected"), [("gaps=1", 8), ("q=e", 9), ("view=table", 8), ("view=map", 9)]
)
def test_a_narrowed_page_reads_as_often_for_one_goal_as_for_fifty(
    rows: int, query: str, expected: int, goals: Goals
) -> None:
    goals.grow(rows)
    assert reads(goals.world.client("viewer"), f"alignment/?{query}") == expected


@pytest.mark.parametrize("rows", [1, 3, 50])
@pytest.mark.parametrize("query", ["path=a", "path=a&gaps=1"])
def test_a_branch_reads_as_often_for_one_goal_as_for_fifty(
    rows: int, query: str, goals: Goals
) -> None:
    top = fan(goals, rows)
    assert reads(goals.world.client("viewer"), f"alignment/below/{top.pk}/?{query}") == 8


def test_a_thousand_goals_fold_into_a_page_of_bounded_size(goals: Goals) -> None:
    for _ in range(THOUSAND // 100):
        fan(goals, 99)
    client = goals.world.client("viewer")
    # As ever, but for key results: nothing stands open.
    assert reads(client, "alignment/") == 8
    page = client.get("/o/acme/alignment/")
    assert (page.context["graph"].goals.__len__(), shown(page.context["tree"])) == (THOUSAND, 10)
    assert len(page.content) < MOST_BYTES


@pytest.mark.parametrize("query", ["q=Serves", "gaps=1", "mine=1"])
def test_a_thousand_goals_that_match_are_read_by_and_by(query: str, goals: Goals) -> None:
    for _ in range(THOUSAND // 100):
        fan(goals, 99)
    client = goals.world.client("lead")
    page = client.get(f"/o/acme/alignment/?{query}")
    assert shown(page.context["tree"]) <= NODES_SHOWN
    assert len(page.content) < MOST_BYTES


def test_two_levels_are_shown_and_the_third_is_counted(goals: Goals) -> None:
    chain(goals, "Top", "Middle", "Bottom")
    found = tree(goals)
    assert outline(list(found.roots)) == ["Top", ["Middle"]]
    assert [node.count for node in found.nodes()] == [1, 1]


def test_an_opened_goal_shows_its_key_results(goals: Goals) -> None:
    top = goals.top()
    goals.key_result(top, title="Measured so")
    assert [line.title for line in tree(goals).roots[0].key_results] == ["Measured so"]


def test_a_branch_shows_what_is_right_below(goals: Goals, look: Look) -> None:
    _, middle, _ = chain(goals, "Top", "Middle", "Bottom")
    text = look(f"alignment/below/{middle.pk}/", path="a-b")
    assert "Bottom" in text
    assert "Top" not in text
    assert 'id="below-a-b"' in text


def test_a_wide_branch_is_read_in_pieces(goals: Goals, look: Look) -> None:
    top = fan(goals, SIBLINGS_SHOWN + 20)
    first = look(f"alignment/below/{top.pk}/", path="a")
    assert (first.count("Serves 049"), first.count("Serves 050")) == (2, 0)
    assert "Show 20 more" in first
    rest = look("alignment/more/", below=top.pk, path="a", **{"from": SIBLINGS_SHOWN})
    assert (rest.count("Serves 049"), rest.count("Serves 069")) == (0, 2)
    assert "more</a>" not in rest


def test_what_follows_at_the_top_is_read_when_it_is_asked_for(goals: Goals, look: Look) -> None:
    for number in range(SIBLINGS_SHOWN + 2):
        goals.top(title=f"Top {number:03}")
    assert "Show 2 more" in look("alignment/")
    rest = look("alignment/more/", **{"from": SIBLINGS_SHOWN})
    assert ("Top 049" in rest, "Top 050" in rest, "Top 051" in rest) == (False, True, True)


def test_the_rest_of_gaps_holds_gaps_only(goals: Goals, look: Look) -> None:
    for number in range(SIBLINGS_SHOWN + 2):
        goals.objective(title=f"Stray {number:03}")
    chain(goals, "Top", "Zebra")
    rest = look("alignment/more/", gaps="1", **{"from": SIBLINGS_SHOWN})
    assert ("Stray 051" in rest, "Zebra" in rest) == (True, False)


@pytest.fixture
def holed(goals: Goals) -> Objective:
    """A goal with a gap of its own, above one with a gap and one without."""
    top = goals.top(title="Holed")
    goals.key_result(top, title="Nobody works on it")
    for child in (goals.top(title="Unserved"), goals.objective(title="Sound")):
        ObjectiveAlignmentFactory.create(child=child, parent=top, state=LinkState.AGREED)
    return top


def test_a_branch_of_gaps_holds_gaps_only(holed: Objective, look: Look) -> None:
    text = look(f"alignment/below/{holed.pk}/", path="a", gaps="1")
    assert ("Unserved" in text, "Sound" in text) == (True, False)


def test_a_folded_goal_asks_for_what_the_page_is_narrowed_to(holed: Objective, look: Look) -> None:
    text = look("alignment/", gaps="1", q="e")
    assert f"alignment/below/{holed.pk}/?gaps=1&amp;q=e&amp;path=" in text


def test_a_branch_keeps_the_filters(goals: Goals, look: Look) -> None:
    top, _ = chain(goals, "Top of all", "Left of all")
    ObjectiveAlignmentFactory.create(child=goals.objective(title="Other"), parent=top)
    text = look(f"alignment/below/{top.pk}/", path="a", q="all")
    assert ("Left of all" in text, "Other" in text) == (True, False)


def test_the_table_of_gaps_holds_gaps_only(holed: Objective, look: Look) -> None:
    text = look("alignment/", gaps="1", view="table")
    assert ("Unserved" in text, "Sound" in text) == (True, False)


def test_following_a_goal_leaves_the_gaps(holed: Objective, look: Look) -> None:
    text = look("alignment/", gaps="1")
    assert f'href="/o/acme/alignment/?goal={holed.pk}"' in text


def test_links_of_a_branch_lead_to_the_whole_page(goals: Goals, look: Look) -> None:
    top, middle = chain(goals, "Top", "Middle")
    text = look(f"alignment/below/{top.pk}/", path="a", tier=str(middle.tier_id))
    assert f'href="/o/acme/alignment/?tier={middle.tier_id}&amp;goal={middle.pk}"' in text


@pytest.mark.parametrize("start", ["", "-1", "many", "99999999999", "²"])
def test_a_place_that_cannot_be_read_is_the_first(start: str, goals: Goals, look: Look) -> None:
    goals.top(title="Top")
    assert "Top" in look("alignment/more/", **{"from": start})


def test_a_folded_goal_counts_the_gaps_below_it(goals: Goals) -> None:
    chain(goals, "Top", "Middle", "Bottom")
    scoped, found = scope(goals), graph(goals)
    below = {goal.id for goal in found.goals.values() if goal.title == "Bottom"}
    nodes = tree_of(scoped, found, gaps=below).nodes()
    assert [(node.goal.title, node.gaps_below) for node in nodes] == [("Top", 0), ("Middle", 1)]


def test_nothing_follows_before_the_first_cycle(in_acme: World) -> None:
    answer = in_acme.client("viewer").get("/o/acme/alignment/more/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_words_find_a_goal_with_the_way_up_to_it(goals: Goals, look: Look) -> None:
    chain(goals, "Top", "Payments never stop")
    chain(goals, "Other top", "Payments are cheap")
    text = look("alignment/", q="stop payments")
    assert "Payments never stop" in text
    assert "Payments are cheap" not in text
    assert 'aria-label="Remove filter: Goal: stop payments"' in text


def test_a_branch_of_another_cycle_is_not_found(goals: Goals) -> None:
    other = goals.objective(cycle=CycleFactory.create())
    client = goals.world.client("viewer")
    address = f"/o/acme/alignment/below/{other.pk}/"
    assert client.get(address, {"cycle": str(other.cycle_id)}).status_code == 200
    assert client.get(address, {"cycle": str(goals.cycle.pk)}).status_code == 404


def test_a_goal_that_serves_two_stands_below_both(goals: Goals) -> None:
    one, two, shared = goals.top(title="One"), goals.top(title="Two"), goals.objective(title="Both")
    for parent in (one, two):
        ObjectiveAlignmentFactory.create(child=shared, parent=parent, state=LinkState.AGREED)
    found = tree(goals)
    assert outline(list(found.roots)) == ["One", ["Both"], "Two", ["Both"]]
    assert len({node.path for node in found.nodes()}) == 4


def test_the_weight_and_the_state_of_a_link_are_told(goals: Goals, look: Look) -> None:
    top = goals.top()
    for title, state in (("Heavy", LinkState.AGREED), ("Asking", LinkState.COUNTERED)):
        child = goals.objective(title=title)
        ObjectiveAlignmentFactory.create(child=child, parent=top, state=state, weight=Decimal(3))
    text = look("alignment/")
    assert "weight" in text
    assert "link countered" in text


def test_support_of_a_key_result_hangs_below_its_objective(goals: Goals, look: Look) -> None:
    row = goals.key_result(goals.top(), title="Self-service share")
    ObjectiveSupport.objects.create(
        child=goals.objective(title="Helper"),
        key_result=row,
        state=LinkState.AGREED,
        asked_by=goals.world["lead"],
    )
    assert "supports “Self-service share”" in look("alignment/")


def test_a_high_goal_without_an_agreed_link_is_served_by_nobody(goals: Goals) -> None:
    lonely, asked, served = (goals.top(title=t) for t in ("Lonely", "Asked", "Served"))
    for parent, state in ((asked, LinkState.PROPOSED), (served, LinkState.AGREED)):
        ObjectiveAlignmentFactory.create(child=goals.objective(), parent=parent, state=state)
    assert {goal.title for goal in graph(goals).unserved()} == {lonely.title, asked.title}


def test_a_low_goal_without_any_link_serves_nothing(goals: Goals) -> None:
    goals.objective(title="Stray")
    proposed = goals.objective(title="Has proposed")
    ObjectiveAlignmentFactory.create(child=proposed, parent=goals.top())
    assert [goal.title for goal in graph(goals).unaligned()] == ["Stray"]


def test_declined_links_hold_nothing_together(goals: Goals) -> None:
    stray = goals.objective(title="Declined")
    ObjectiveAlignmentFactory.create(child=stray, parent=goals.top(), state=LinkState.DECLINED)
    assert [goal.title for goal in graph(goals).unaligned()] == ["Declined"]


def test_filters_keep_the_way_up_as_context(goals: Goals) -> None:
    chain(goals, "Top", "Middle", "Wanted")
    goals.top(title="Unrelated")
    goals.objective(title="Wanted too", owner=goals.world["viewer"])
    wanted = goals.objective(title="Mine", owner=goals.world["viewer"])
    ObjectiveAlignmentFactory.create(child=wanted, parent=goals.top(title="Above mine"))
    found = tree(goals, owner="Acme viewer")
    assert outline(list(found.roots)) == ["Above mine", ["Mine"], "Wanted too"]
    assert [node.is_match for node in found.nodes()] == [False, True, True]


def figures(page: str) -> list[str]:
    """The figures of objectives and links, each followed by what it counts."""
    found = re.findall(r"<dd[^>]*>(.*?)</dd>", page.partition('<dl class="stats">')[2])
    return found[:4]


def test_figures_count_what_the_filters_choose(goals: Goals, look: Look) -> None:
    chain(goals, "Top", "Middle", "Bottom")
    chain(goals, "Another top", "Another bottom")
    every = ["5", "all of This quarter", "3", "between objectives of this cycle"]
    chosen = ["2", "of 5 in This quarter", "2", "from or to these objectives"]
    assert figures(look("alignment/")) == every
    assert figures(look("alignment/", q="bottom")) == chosen


def test_following_a_goal_shows_all_above_and_below_it_and_nothing_else(goals: Goals) -> None:
    _, middle, _ = chain(goals, "Top", "Middle", "Bottom")
    chain(goals, "Another top", "Another middle")
    found = tree_of(scope(goals), graph(goals), goal=middle.pk)
    assert outline(list(found.roots)) == ["Top", ["Middle", ["Bottom"]]]
    assert [node.is_followed for node in found.nodes()] == [False, True, False]


def test_a_hidden_portfolio_is_in_nobody_elses_tree(goals: Goals, look: Look) -> None:
    chain(goals, "Secret top", "Secret middle")
    Portfolio.objects.filter(pk=goals.portfolio.pk).update(is_private=True)
    assert "Secret" not in look("alignment/", persona="bystander")
    assert "Secret top" in look("alignment/", persona="viewer")


def test_the_table_names_what_each_goal_serves(goals: Goals, look: Look) -> None:
    chain(goals, "Top", "Middle", "Bottom")
    text = look("alignment/", view="table")
    assert text.index("Top") < text.index("Bottom") < text.index("Middle")
    assert text.count('class="served"') == 2


def test_a_gap_opens_as_a_table_of_its_own(goals: Goals, look: Look) -> None:
    chain(goals, "Top", "Middle")
    goals.objective(title="Stray")
    text = look("alignment/", gap="unaligned")
    assert "Stray" in text
    assert "Middle" not in text


def test_the_map_draws_each_goal_once(goals: Goals, look: Look) -> None:
    one, two, shared = goals.top(title="One"), goals.top(title="Two"), goals.objective()
    for parent in (one, two):
        ObjectiveAlignmentFactory.create(
            child=shared, parent=parent, state=LinkState.AGREED, kind=AlignmentKind.SUPPORTS
        )
    text = look("alignment/", view="map")
    assert text.count('class="ch-card"') == 3
    assert text.count("ch-cross") == 1


def test_a_cycle_without_goals_says_what_to_do(goals: Goals, look: Look) -> None:
    assert "No objectives in this cycle yet" in look("alignment/")
