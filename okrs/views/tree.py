"""The alignment of one cycle: as a tree, as a drawing, and as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires
from lib.charts import Branch, CrossLink
from lib.htmx import render_page
from okrs.queries.branches import Node, Tree, branch_of, growth_of, tree_of
from okrs.queries.tree import Goal, Graph, Link, graph_of
from okrs.views.filters import (
    Overview,
    given_id,
    no_cycle,
    overview_of,
)

TITLE = "Alignment"
VIEWS = {"tree": "Tree", "map": "Map", "table": "Table"}
GAPS = {"unserved": "Nobody serves them", "unaligned": "They serve nothing"}
GAPS_SHOWN = 8
ROWS_SHOWN = 100
CARDS_SHOWN = 80


@requires(Permission.ORG_READ)
def tree(request: MemberRequest) -> HttpResponse:
    asked = overview_of(request, with_moment=True)
    if asked is None:
        return no_cycle(request, TITLE)
    context = page_context(request, asked)
    return render_page(request, "okrs/tree.html", context, fragment="overview")


@requires(Permission.ORG_READ)
def tree_branch(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What is below one goal of the tree, for the place that asked for it."""
    asked = overview_of(request, with_moment=True)
    if asked is None:
        raise Http404("there is no cycle")
    graph = graph_of(asked.scope)
    if pk not in graph.goals:
        raise Http404("no such goal in this cycle")
    path = "".join(c for c in request.GET.get("path", "") if c.isalnum() or c == "-")
    node = branch_of(asked.scope, graph, pk, path=path, level=level_of(path))
    context = {"node": node, "scope": asked.scope, "address": asked.address}
    return render(request, "okrs/tree_below.html", context)


def level_of(path: str) -> int:
    return path.count("-") + 1


@dataclass(frozen=True)
class Look:
    """How the graph is looked at: as what, which gap alone, which goal followed."""

    view: str
    gap: str
    goal: UUID | None


def look_of(request: MemberRequest) -> Look:
    gap = choice(request, "gap", GAPS)
    view = "table" if gap else choice(request, "view", VIEWS) or "tree"
    return Look(view, gap, given_id(request, "goal"))


def page_context(request: MemberRequest, asked: Overview) -> dict[str, object]:
    look, graph, address = look_of(request), graph_of(asked.scope), asked.address
    gaps = {"unserved": matching(graph, graph.unserved())}
    gaps["unaligned"] = matching(graph, graph.unaligned())
    view_links = [
        (label, address.having(view="" if name == "tree" else name, gap=""), name == look.view)
        for name, label in VIEWS.items()
    ]
    return {
        "title": TITLE,
        "bar": asked.bar,
        "scope": asked.scope,
        "address": address,
        "look": look,
        "gap_label": GAPS.get(look.gap, ""),
        "graph": graph,
        **gaps,
        "gaps_shown": GAPS_SHOWN,
        "gap_urls": {name: address.having(gap=name, view="", goal="") for name in GAPS},
        "view_links": view_links,
        "followed": graph.goals.get(look.goal) if look.goal else None,
        "at_time": f"{asked.scope.local:%H:%M}",
        "now_url": address.without("as_of", "known_at"),
        "all_url": address.without("goal", "gap"),
        **(
            table_page(request, asked, graph, gaps.get(look.gap))
            if look.view == "table"
            else drawing_of(request, asked, graph)
        ),
    }


def drawing_of(request: MemberRequest, asked: Overview, graph: Graph) -> dict[str, object]:
    look = look_of(request)
    found = tree_of(asked.scope, graph, goal=look.goal)
    if look.view != "map":
        return {"tree": found}
    branches, links = drawn(request, found)
    return {"tree": found, "branches": branches, "cross_links": links}


def choice(request: MemberRequest, name: str, known: dict[str, str]) -> str:
    wanted = request.GET.get(name, "")
    return wanted if wanted in known else ""


def matching(graph: Graph, goals: Sequence[Goal]) -> list[Goal]:
    return [goal for goal in goals if goal.id in graph.matches]


@dataclass(frozen=True)
class Row:
    """A goal as the table shows it, with the goals that it serves."""

    goal: Goal
    serves: Sequence[tuple[Goal, Link]]
    served_by: int


def table_page(
    request: MemberRequest, asked: Overview, graph: Graph, goals: Sequence[Goal] | None
) -> dict[str, object]:
    """A page of `goals`, or of everything that the tree would show."""
    if goals is None:
        kept = growth_of(graph, look_of(request).goal).kept
        goals = [goal for goal in graph.goals.values() if goal.id in kept]
    ids = [goal.id for goal in goals]
    after = given_id(request, "after")
    start = ids.index(after) + 1 if after in ids else 0
    page = goals[start : start + ROWS_SHOWN]
    more = asked.address.having(after=page[-1].id) if start + ROWS_SHOWN < len(ids) else None
    return {"rows": list(table_rows(graph, page)), "more_url": more, "total": len(ids)}


def table_rows(graph: Graph, goals: Sequence[Goal]) -> Iterator[Row]:
    for goal in goals:
        serves = [(graph.goals[link.parent], link) for link in graph.above.get(goal.id, ())]
        yield Row(goal, serves, len(graph.below.get(goal.id, ())))


def drawn(request: MemberRequest, found: Tree) -> tuple[list[Branch], list[CrossLink]]:
    """The nodes as a drawing takes them: each goal once, its other places as dashed links."""
    cards: dict[UUID, str] = {}
    links: list[CrossLink] = []
    roots = [b for root in found.roots if (b := branch(request, root, cards, links, None))]
    return roots, links


def branch(
    request: MemberRequest,
    node: Node,
    cards: dict[UUID, str],
    links: list[CrossLink],
    parent: UUID | None,
) -> Branch | None:
    goal = node.goal
    if goal.id in cards or len(cards) >= CARDS_SHOWN:
        if parent is not None and goal.id in cards:
            words = "supports" if node.link and node.link.supports else "contributes to"
            links.append(CrossLink(str(goal.id), str(parent), words))
        return None
    cards[goal.id] = str(goal.id)
    below = [b for child in node.children if (b := branch(request, child, cards, links, goal.id))]
    return Branch(
        id=str(goal.id),
        title=goal.title,
        note=goal.unit or goal.tier,
        score=goal.score,
        url=reverse("okrs:objective", args=[request.org.slug, goal.id]),
        children=below,
        hidden=node.count - len(below),
    )
