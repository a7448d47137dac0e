"""The alignment of one cycle: as a tree, as a drawing, and as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires
from lib.charts import Branch, CrossLink
from lib.htmx import render_page, wants_fragment
from lib.spreadsheets import csv_answer
from okrs.queries.branches import Node, Place, Tree, branch_of, growing_of, tree_of
from okrs.queries.gaps import Gaps, Target, gaps_of
from okrs.queries.scope import Scope
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
# Gaps of key results, listed in a table of their own.
TARGET_GAPS = {
    "unserved-results": "Key results nobody works on",
    "short": "Targets that are not covered",
    "coverage": "Coverage of every target",
}
GAP_COLUMNS = (
    "Gap", "Objective", "Key result", "Tier", "Belongs to", "Accountable", "Unit", "Needed",
    "Agreed", "Offered", "Missing", "Beyond the target",
)  # fmt: skip
GAPS_SHOWN = 8
# Parameters of a part of the tree, which no address of a page keeps.
PLACE = ("below", "from", "path")
LONGEST_START = 6
ROWS_SHOWN = 100
CARDS_SHOWN = 80


@requires(Permission.ORG_READ)
def tree(request: MemberRequest) -> HttpResponse:
    asked = overview_of(request, with_moment=True, with_words=True)
    if asked is None:
        return no_cycle(request, TITLE)
    context = page_context(request, asked)
    return render_page(request, "okrs/tree.html", context, fragment="overview")


@requires(Permission.ORG_READ)
def tree_branch(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What is below one goal of the tree, for the place that asked for it."""
    asked = overview_of(request, with_moment=True, with_words=True)
    if asked is None:
        raise Http404("there is no cycle")
    graph = graph_of(asked.scope)
    if pk not in graph.goals:
        raise Http404("no such goal in this cycle")
    found, look, place = gaps_of(graph), look_of(request), Place(pk, path_of(request))
    gaps = found.goals()
    only = gaps if look.gaps_only else None
    node = branch_of(asked.scope, graph, place, goal=look.goal, only=only, gaps=gaps)
    context = {"node": node, **branch_context(asked, found)}
    return render(request, "okrs/tree_below.html", context)


@requires(Permission.ORG_READ)
def tree_more(request: MemberRequest) -> HttpResponse:
    """The goals that follow those shown below `?below=`, or at the top; `?from=` is where."""
    asked = overview_of(request, with_moment=True, with_words=True)
    if asked is None:
        return HttpResponse()
    graph, look = graph_of(asked.scope), look_of(request)
    found = gaps_of(graph)
    gaps = found.goals()
    only = gaps if look.gaps_only else None
    below, path, start = given_id(request, "below"), path_of(request), start_of(request)
    context = {"path": path, "below": below, **branch_context(asked, found)}
    if below is not None and below in graph.goals:
        place = Place(below, path, start)
        node = branch_of(asked.scope, graph, place, goal=look.goal, only=only, gaps=gaps)
        context |= {"nodes": node.children, "rest": node.rest}
    else:
        top = tree_of(asked.scope, graph, goal=look.goal, only=only, gaps=gaps, start=start)
        context |= {"nodes": top.roots, "rest": top.rest}
    return render(request, "okrs/tree_more.html", context)


def branch_context(asked: Overview, found: Gaps) -> dict[str, object]:
    """What the lines of a part of the tree need; their links lead to the whole page."""
    page = reverse("okrs:tree", args=[asked.scope.access.organization.slug])
    return {
        "scope": asked.scope,
        "address": asked.address.at(page).without(*PLACE),
        "coverage": {row.id: row for row in found.covered},
        "gap_goals": found.goals(),
    }


def path_of(request: MemberRequest) -> str:
    """The place in the page that asks, as its node names it."""
    return "".join(c for c in request.GET.get("path", "") if c.isalnum() or c == "-")


def start_of(request: MemberRequest) -> int:
    given = request.GET.get("from", "")
    return int(given) if given.isdecimal() and len(given) <= LONGEST_START else 0


@dataclass(frozen=True)
class Look:
    """How the graph is looked at: as what, which gap alone, which goal followed."""

    view: str
    gap: str
    goal: UUID | None
    # Only goals with a gap, and the way up to them.
    gaps_only: bool


def look_of(request: MemberRequest) -> Look:
    gap = choice(request, "gap", GAPS | TARGET_GAPS)
    view = "table" if gap else choice(request, "view", VIEWS) or "tree"
    return Look(view, gap, given_id(request, "goal"), bool(request.GET.get("gaps")))


def page_context(request: MemberRequest, asked: Overview) -> dict[str, object]:
    look, graph, address = look_of(request), graph_of(asked.scope), asked.address
    found = gaps_of(graph)
    gaps: dict[str, Sequence[Goal]] = {"unserved": found.unserved, "unaligned": found.unaligned}
    targets = {
        "unserved-results": found.unserved_targets,
        "short": found.shortfalls,
        "coverage": found.covered,
    }
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
        "gap_label": (GAPS | TARGET_GAPS).get(look.gap, ""),
        "found": found,
        "coverage": {row.id: row for row in found.covered},
        "gap_goals": found.goals(),
        "targets": targets.get(look.gap),
        "gaps_only_url": address.having(gaps="" if look.gaps_only else "1", goal="", gap=""),
        "gaps_csv_url": address.at(f"{request.path}gaps.csv"),
        "graph": graph,
        **figures(graph, asked.scope),
        **gaps,
        "gaps_shown": GAPS_SHOWN,
        "gap_urls": {
            name.replace("-", "_"): address.having(gap=name, view="", goal="")
            for name in GAPS | TARGET_GAPS
        },
        "view_links": view_links,
        "followed": graph.goals.get(look.goal) if look.goal else None,
        "is_fragment": wants_fragment(request),
        "guessed": graph.past.guessed if graph.past else 0,
        "now_url": asked.now_url,
        "all_url": address.without("goal", "gap"),
        **(
            table_page(request, asked, graph, found, gaps.get(look.gap))
            if look.view == "table"
            else drawing_of(request, asked, graph, found)
        ),
    }


def figures(graph: Graph, scope: Scope) -> dict[str, str]:
    """What the figures above the tree count, in words."""
    cycle = scope.cycle.name
    if graph.is_narrow:
        return {
            "of_objectives": f"of {len(graph.goals)} in {cycle}",
            "of_links": "from or to these objectives",
        }
    return {"of_objectives": f"all of {cycle}", "of_links": "between objectives of this cycle"}


def drawing_of(
    request: MemberRequest, asked: Overview, graph: Graph, gaps: Gaps
) -> dict[str, object]:
    look = look_of(request)
    short = gaps.goals()
    only = short if look.gaps_only else None
    found = tree_of(asked.scope, graph, goal=look.goal, only=only, gaps=short)
    if look.view != "map":
        return {"tree": found}
    branches, links = drawn(request, found)
    return {"tree": found, "branches": branches, "cross_links": links}


def choice(request: MemberRequest, name: str, known: dict[str, str]) -> str:
    wanted = request.GET.get(name, "")
    return wanted if wanted in known else ""


@requires(Permission.ORG_READ)
def gaps_csv(request: MemberRequest) -> HttpResponse:
    """What the page shows, one line each: its one gap, or every gap and target of the cycle."""
    asked = overview_of(request, with_moment=True, with_words=True)
    if asked is None:
        return csv_answer("gaps", GAP_COLUMNS, [])
    asked.asked.require_readable()
    lines = gap_lines(gaps_of(graph_of(asked.scope)), look_of(request).gap)
    return csv_answer("gaps", GAP_COLUMNS, lines)


def gap_lines(gaps: Gaps, only: str) -> Iterator[tuple[object, ...]]:
    """Lines of the gap that is looked at alone, or of all."""
    for name, goals in (("unserved", gaps.unserved), ("unaligned", gaps.unaligned)):
        if only in ("", name):
            for goal in goals:
                yield (GAPS[name], goal.title, "", goal.tier, goal.unit, goal.owner, *[""] * 6)
    if only in ("", "unserved-results"):
        for row in gaps.unserved_targets:
            yield (TARGET_GAPS["unserved-results"], *target_cells(row), *[""] * 5)
    if only in ("", "coverage"):
        yield from map(coverage_line, gaps.covered)
    elif only == "short":
        yield from map(coverage_line, gaps.shortfalls)


def coverage_line(row: Target) -> tuple[object, ...]:
    given = row.coverage
    assert given is not None  # noqa: S101 (only of those that have one)
    numbers = (given.needed, given.agreed, given.offered, given.missing, given.beyond)
    label = TARGET_GAPS["short"] if given.is_short else "Covered"
    return (label, *target_cells(row), *numbers)


def target_cells(row: Target) -> tuple[str, ...]:
    return (row.goal.title, row.title, row.goal.tier, row.goal.unit, row.goal.owner, row.unit)


@dataclass(frozen=True)
class Row:
    """A goal as the table shows it, with the goals that it serves."""

    goal: Goal
    serves: Sequence[tuple[Goal, Link]]
    served_by: int


def table_page(
    request: MemberRequest,
    asked: Overview,
    graph: Graph,
    gaps: Gaps,
    goals: Sequence[Goal] | None,
) -> dict[str, object]:
    """A page of `goals`, or of everything that the tree would show."""
    if goals is None:
        look = look_of(request)
        kept = growing_of(graph, look.goal, gaps.goals() if look.gaps_only else None).kept
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
