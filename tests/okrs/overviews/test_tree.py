"""The alignment tree: what hangs where, what nobody serves, and what the filters keep."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from okrs.choices import AlignmentKind, LinkState
from okrs.models import Objective, ObjectiveSupport, ScorePoint
from okrs.queries.branches import Node, Tree, tree_of
from okrs.queries.scope import CycleChoice, Filters, Scope
from okrs.queries.tree import Graph, graph_of
from portfolio.models import Portfolio
from tests.factories.okrs import CycleFactory, ObjectiveAlignmentFactory
from tests.okrs.overviews.conftest import Goals, reads

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


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_page_reads_as_often_for_one_goal_as_for_fifty(rows: int, goals: Goals) -> None:
    goals.grow(rows)
    # Cycles and choices; goals, links, supports, contributions; gaps, coverage, key results.
    assert reads(goals.world.client("viewer"), "alignment/") == 9


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


def test_a_past_day_shows_the_scores_of_then(goals: Goals, look: Look) -> None:
    top = goals.top(title="Scored goal", score=Decimal("0.81"), counted=1)
    row = goals.key_result(top, score=Decimal("0.82"))
    eight_days_ago = timezone.now() - timedelta(days=8)
    for record, score in (({"objective": top}, "0.23"), ({"key_result": row}, "0.24")):
        ScorePoint.objects.create(at=eight_days_ago, score=Decimal(score), **record)
    day = (timezone.localdate() - timedelta(days=5)).isoformat()
    text = look("alignment/", as_of=day)
    assert "You are looking at the past." in text
    assert "0.23" in text
    assert "0.24" in text
    assert "0.81" not in text
    assert "0.82" not in text
