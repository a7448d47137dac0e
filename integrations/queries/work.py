"""Work in a tree: what lies below a link, and which goals an item serves, up to the highest.

Other systems' hierarchies may hold circles. Every recursion here is a union of distinct rows over
a finite set, or stops where it was before, so that it ends whatever they hold.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.db.models import Q

from accounts.access import Access
from accounts.tenancy import current_organization_id
from integrations.models import Link, SourceItem, SyncedItem
from integrations.ports import SourceKind
from integrations.queries.counted import ids_below
from integrations.queries.links import visible_links
from integrations.queries.plans import hash_joins
from okrs.models import InitiativeKeyResult, KeyResult, Objective
from okrs.queries.key_results import visible_key_results
from okrs.queries.objectives import objectives_with_place

PAGE = 50
MOST_LINES = 20
# A child knows its parent by id, or by key where the service gives no id, so it hangs below one.
# What only circles hold hangs below no top; each item of a circle then stands as one, marked.
#
# Projects that have a name stand above the items of the top, by their names. An item that changed
# last knows the newest name of its project. The page goes on after the place of an item, or after
# the project that the item is in.
#
# Most items hold no other, so what each branch holds at once is added up first, and only branches
# are followed down. An item adds itself where no branch of the same sum did: in a circle one does.
LEVEL = """
WITH RECURSIVE members AS MATERIALIZED (
    SELECT i.id, i.remote_id, i.key, i.parent_remote_id, i.parent_key,
           (i.is_leaf AND i.category = 'done')::int AS done,
           (i.is_leaf AND i.category <> 'left_out')::int AS total,
           i.project_remote_id AS project, i.project_name AS name, i.remote_updated_at AS known_at
    FROM integrations_sourceitem m JOIN integrations_synceditem i
      ON i.organization_id = m.organization_id AND i.id = m.item_id
     AND i.connection_id = %(connection)s
    WHERE m.organization_id = %(org)s AND m.source_id = %(source)s AND m.left_at IS NULL
      AND i.gone_at IS NULL
      AND (%(label)s = '' OR i.labels @> ARRAY[%(label)s]::varchar[])
      AND (%(scope)s::varchar[] IS NULL OR i.remote_id = ANY(%(scope)s::varchar[]))
), by_key AS MATERIALIZED (
    SELECT DISTINCT ON (c.id) c.id AS child, p.id AS parent FROM members c
    JOIN members p ON p.key = c.parent_key
    WHERE c.parent_remote_id = '' AND c.parent_key <> '' ORDER BY c.id, p.id
), placed AS MATERIALIZED (
    SELECT m.id, coalesce(p.id, k.parent) AS parent, m.done, m.total, m.project, m.name, m.known_at
    FROM members m LEFT JOIN members p ON p.remote_id = nullif(m.parent_remote_id, '')
    LEFT JOIN by_key k ON k.child = m.id
), branches AS MATERIALIZED (
    SELECT parent AS id, count(*) AS children, sum(done) AS done, sum(total) AS total
    FROM placed WHERE parent IS NOT NULL GROUP BY parent
), forks AS MATERIALIZED (
    SELECT p.parent, p.id AS child FROM placed p JOIN branches b ON b.id = p.id
    WHERE p.parent IS NOT NULL
), held AS (
    SELECT b.id FROM branches b
    WHERE %(below)s::uuid IS NULL AND NOT EXISTS (SELECT FROM forks f WHERE f.child = b.id)
    UNION
    SELECT f.child FROM held h JOIN forks f ON f.parent = h.id
), named AS (
    SELECT DISTINCT ON (project) project, name FROM (
        SELECT project, name, max(known_at) AS known_at FROM placed
        WHERE name <> ''
          AND (%(by_project)s OR (%(project)s <> '' AND project = %(project)s))
        GROUP BY project, name
    ) known ORDER BY project, known_at DESC, name
), level AS MATERIALIZED (
    SELECT p.id, p.parent, p.done, p.total, n.project, n.name,
           %(below)s::uuid IS NULL AND p.parent IS NOT NULL AS in_circle
    FROM placed p LEFT JOIN held h ON h.id = p.parent
    LEFT JOIN named n ON %(by_project)s AND n.project = p.project
    WHERE ((%(below)s::uuid IS NULL AND h.id IS NULL) OR p.parent = %(below)s::uuid)
      AND (%(project)s = '' OR p.project = %(project)s)
), entries AS (
    SELECT false AS is_item, lower(name) AS place, project, name,
           (array_agg(id ORDER BY id))[1] AS id, false AS in_circle, count(*) AS children
    FROM level WHERE project IS NOT NULL GROUP BY project, name
    UNION ALL
    SELECT true, '', '', NULL, id, in_circle, 0 FROM level WHERE project IS NULL
), past AS (
    SELECT lower(n.name) AS place, n.project FROM placed p JOIN named n ON n.project = p.project
    WHERE %(by_project)s AND p.id = %(after)s::uuid
), page AS MATERIALIZED (
    SELECT * FROM entries
    WHERE %(after)s::uuid IS NULL
       OR (NOT is_item AND (place, project) > (SELECT place, project FROM past))
       OR (is_item AND (id > %(after)s::uuid OR EXISTS (SELECT FROM past)))
    ORDER BY is_item, place, project, id LIMIT %(limit)s
), own AS MATERIALIZED (
    SELECT p.id AS top, l.id, l.parent, l.done, l.total FROM page p JOIN level l ON l.id = p.id
    WHERE p.is_item
    UNION ALL
    SELECT p.id, l.id, l.parent, l.done, l.total FROM page p JOIN level l ON l.project = p.project
), inside AS (
    SELECT o.top, b.id FROM own o JOIN branches b ON b.id = o.id
    UNION
    SELECT n.top, f.child FROM inside n JOIN forks f ON f.parent = n.id
), sums AS (
    SELECT top, sum(done)::int AS done, sum(total)::int AS total FROM (
        SELECT n.top, b.done, b.total FROM inside n JOIN branches b ON b.id = n.id
        UNION ALL
        SELECT o.top, o.done, o.total FROM own o
        LEFT JOIN inside n ON n.top = o.top AND n.id = o.parent WHERE n.id IS NULL
    ) parts GROUP BY top
)
SELECT p.is_item, p.project,
       coalesce(p.name, (SELECT name FROM named WHERE project = %(project)s)),
       i.id, i.key, i.title, i.url, i.kind, i.status_name, i.resolution, i.category, i.is_leaf,
       i.points, p.in_circle,
       CASE WHEN p.is_item THEN coalesce(b.children, 0) ELSE p.children END, s.done, s.total
FROM page p JOIN sums s ON s.top = p.id LEFT JOIN branches b ON b.id = p.id
JOIN integrations_synceditem i ON i.organization_id = %(org)s AND i.id = p.id
 AND i.id = ANY(ARRAY(SELECT id FROM page)) ORDER BY p.is_item, p.place, p.project, p.id
"""
ABOVE = """
WITH RECURSIVE above AS (
    SELECT i.id, i.connection_id, i.parent_remote_id, i.parent_key, ARRAY[i.id] AS path
    FROM integrations_synceditem i WHERE i.organization_id = %(org)s AND i.id = %(item)s
    UNION ALL
    SELECT p.id, p.connection_id, p.parent_remote_id, p.parent_key, a.path || p.id
    FROM above a JOIN integrations_synceditem p
      ON p.organization_id = %(org)s AND p.connection_id = a.connection_id
     AND ((a.parent_remote_id <> '' AND p.remote_id = a.parent_remote_id)
       OR (a.parent_remote_id = '' AND a.parent_key <> '' AND p.key = a.parent_key))
    WHERE NOT p.id = ANY(a.path)
)
SELECT id FROM above WHERE id <> %(item)s ORDER BY cardinality(path)
"""
# An objective serves another by alignment, by what it supports, and by what its numbers add to.
SERVED = """
WITH RECURSIVE serves AS (
    SELECT a.child_id AS child, a.parent_id AS parent FROM okrs_objectivealignment a
    WHERE a.organization_id = %(org)s AND a.state = 'agreed' AND a.archived_at IS NULL
    UNION
    SELECT s.child_id, k.objective_id FROM okrs_objectivesupport s JOIN okrs_keyresult k
      ON k.organization_id = s.organization_id AND k.id = s.key_result_id
    WHERE s.organization_id = %(org)s AND s.state = 'agreed' AND s.archived_at IS NULL
    UNION
    SELECT c.objective_id, p.objective_id FROM okrs_contribution t
    JOIN okrs_keyresult c ON c.organization_id = t.organization_id AND c.id = t.child_id
    JOIN okrs_keyresult p ON p.organization_id = t.organization_id AND p.id = t.parent_id
    WHERE t.organization_id = %(org)s AND t.state = 'agreed' AND t.archived_at IS NULL
), up AS (
    SELECT child, parent FROM serves WHERE child = ANY(%(objectives)s::uuid[])
    UNION
    SELECT s.child, s.parent FROM up u JOIN serves s ON s.child = u.parent
)
SELECT child, parent FROM up WHERE child <> parent
"""


@dataclass(frozen=True)
class Branch:
    """An item in the tree. done and total are of the leaf items that it is or holds."""

    id: UUID
    key: str
    title: str
    url: str
    kind: str
    status_name: str
    resolution: str
    category: str
    is_leaf: bool
    points: Decimal | None
    in_circle: bool
    children: int
    done: int
    total: int


@dataclass(frozen=True)
class ProjectBranch:
    """A project above the items that it holds at the top; done and total are of leaf items."""

    remote_id: str
    name: str
    children: int
    done: int
    total: int


@dataclass(frozen=True)
class Level:
    """One level of a tree as far as a page goes: its projects, then its items.

    `after` continues it, None at its end. `name` is that of the project it was asked for, "" when
    that has no name or nothing of it is there.
    """

    projects: list[ProjectBranch]
    rows: list[Branch]
    after: UUID | None
    name: str = ""


def level_of(
    link: Link, *, below: UUID | None = None, project: str = "", after: UUID | None = None
) -> Level:
    """The top of a link's work, or what is right below one of its items; five queries at most.

    At the top, items of a named project are shown as that project, unless the link reads one
    project or the children of one item. `project` leaves only the items of that one, by the id
    that the service gives it.
    """
    is_whole = below is None and not project and not link.parent_remote_id
    parameters = {
        "org": current_organization_id(),
        "source": link.source_id,
        "connection": link.source.connection_id,
        "label": link.label,
        "scope": scope_of(link, below),
        "below": below,
        "project": project,
        "by_project": is_whole and link.source.kind != SourceKind.PROJECT,
        "after": after,
        "limit": PAGE + 1,
    }
    with hash_joins():
        found = selected(LEVEL, parameters)
    return level_from(found[:PAGE], has_more=len(found) > PAGE)


def scope_of(link: Link, below: UUID | None) -> list[str] | None:
    """Remote ids among which a level is looked for; None for everything that the source holds."""
    connection = link.source.connection_id
    within = ids_below(connection, link.parent_remote_id) if link.parent_remote_id else None
    if below is None:
        return within
    opened = SyncedItem.objects.filter(connection=connection, pk=below)
    under = {
        remote_id
        for top in opened.values_list("remote_id", flat=True)
        for remote_id in (top, *ids_below(connection, top))
    }
    return sorted(under if within is None else under.intersection(within))


def level_from(found: list[tuple[Any, ...]], *, has_more: bool) -> Level:
    """The level of rows as LEVEL tells them: projects with the first of their items, then items."""
    projects, rows, opened = [], [], ""
    for is_item, remote_id, name, *facts in found:
        branch = Branch(*facts)
        if is_item:
            rows.append(branch)
            opened = name or ""
        else:
            sums = branch.children, branch.done, branch.total
            projects.append(ProjectBranch(remote_id, name, *sums))
    return Level(projects, rows, found[-1][3] if has_more else None, opened)


def selected(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def ancestors_of(item: SyncedItem) -> list[SyncedItem]:
    """What the item hangs below in its own system, the nearest first; two queries."""
    found = selected(ABOVE, {"org": current_organization_id(), "item": item.pk})
    order = {row[0]: place for place, row in enumerate(found)}
    return sorted(SyncedItem.objects.filter(pk__in=order), key=lambda row: order[row.pk])


def links_that_count(access: Access, item: SyncedItem, above: Iterable[SyncedItem]) -> list[Link]:
    """Links whose work the item belongs to, an epic that a link stands below included."""
    sources = item.sources.filter(left_at=None).values("source_id")
    beneath = {"", item.remote_id, item.parent_remote_id, *(row.remote_id for row in above)}
    links = visible_links(access).filter(
        Q(label="") | Q(label__in=item.labels),
        source__in=sources,
        parent_remote_id__in=beneath,
        archived_at=None,
    )
    units = links.select_related("initiative__product", "initiative__team")
    return list(units.order_by("id"))


@dataclass(frozen=True)
class Line:
    """One way from an item to a highest objective that it serves.

    `link` is what ties the item to its goal, by an initiative or at once. `top` is what the item
    hangs below in the link's tree, or the item itself; its project stands between.
    """

    link: Link
    key_result: KeyResult
    objectives: tuple[Objective, ...]
    top: SyncedItem


@dataclass(frozen=True)
class Idle:
    """A link that leads to no key result that the member may see; `top` as in a line."""

    link: Link
    top: SyncedItem


@dataclass(frozen=True)
class Served:
    """Everything above an item: lines to goals, and what ends before it reaches one.

    `project` is what the highest of them is in there, "" where projects have no names.
    """

    above: list[SyncedItem]
    project: str
    lines: list[Line]
    idle: list[Idle]
    has_more: bool


def served_by(access: Access, item: SyncedItem) -> Served:
    """From an item up to the highest objectives; eight queries at most."""
    above = ancestors_of(item)
    links = links_that_count(access, item, above)
    reached = key_results_behind(access, links)
    key_results = {row.objective_id for found in reached.values() for row in found}
    ways = ways_up(access, key_results)
    tops = tops_of(links, [item, *above])
    idle = [Idle(link, tops[link.pk]) for link in links if not reached.get(link.pk)]
    lines = [
        Line(link, key_result, way, tops[link.pk])
        for link in links
        for key_result in reached.get(link.pk, [])
        for way in ways.get(key_result.objective_id, [])
    ]
    project = [item, *above][-1].project_name
    return Served(above, project, lines[:MOST_LINES], idle, len(lines) > MOST_LINES)


def tops_of(links: Collection[Link], chain: list[SyncedItem]) -> dict[UUID, SyncedItem]:
    """Which of an item and what it hangs below is at the top of each link's tree; one query."""
    held = set(
        SourceItem.objects.filter(
            source__in={link.source_id for link in links}, item__in=chain, left_at=None
        ).values_list("source_id", "item_id")
    )

    def is_in(link: Link, row: SyncedItem) -> bool:
        return (
            (link.source_id, row.pk) in held
            and row.gone_at is None
            and row.remote_id != link.parent_remote_id
            and (not link.label or link.label in row.labels)
        )

    def top(link: Link) -> SyncedItem:
        return [chain[0], *takewhile(partial(is_in, link), chain[1:])][-1]

    return {link.pk: top(link) for link in links}


def key_results_behind(access: Access, links: Collection[Link]) -> dict[UUID, list[KeyResult]]:
    """The key results that each link's work serves, at once or by its initiative; two queries."""
    drives = InitiativeKeyResult.objects.filter(
        initiative__in={link.initiative_id for link in links if link.initiative_id},
        initiative__archived_at=None,
        archived_at=None,
    )
    driven: dict[UUID, list[UUID]] = defaultdict(list)
    for initiative, key_result in drives.order_by("id").values_list(
        "initiative_id", "key_result_id"
    ):
        driven[initiative].append(key_result)
    for link in links:
        if link.key_result_id:
            driven[link.pk] = [link.key_result_id]
    wanted = {pk for pks in driven.values() for pk in pks}
    rows = visible_key_results(access).filter(pk__in=wanted, archived_at=None)
    known = {row.pk: row for row in rows.select_related("organization")}
    return {
        link.pk: [known[pk] for pk in driven[link.initiative_id or link.pk] if pk in known]
        for link in links
    }


def ways_up(
    access: Access, objectives: Collection[UUID]
) -> dict[UUID, list[tuple[Objective, ...]]]:
    """Every way from each objective to one that serves no other, itself first; two queries."""
    parents: dict[UUID, list[UUID]] = defaultdict(list)
    asked = {"org": current_organization_id(), "objectives": list(objectives)}
    for child, parent in selected(SERVED, asked):
        parents[child].append(parent)
    wanted = set(objectives) | {pk for found in parents.values() for pk in found}
    rows = objectives_with_place(access).filter(pk__in=wanted, archived_at=None)
    known = {row.pk: row for row in rows}
    return {pk: ways_from(known[pk], parents, known) for pk in objectives if pk in known}


def ways_from(
    first: Objective, parents: Mapping[UUID, list[UUID]], known: Mapping[UUID, Objective]
) -> list[tuple[Objective, ...]]:
    """At most `MOST_LINES` + 1 ways, in the order of the ids; a way meets no objective twice."""
    found: list[tuple[Objective, ...]] = []
    waiting: list[tuple[Objective, ...]] = [(first,)]
    while waiting and len(found) <= MOST_LINES:
        way = waiting.pop()
        above = sorted(set(parents.get(way[-1].pk, ())) & set(known), reverse=True)
        on = [(*way, known[pk]) for pk in above if known[pk] not in way]
        waiting += on
        if not on:
            found.append(way)
    return found
