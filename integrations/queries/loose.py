"""Open tickets that no goal takes up, and whose they are.

A ticket is of the products and teams whose goals the links of its sources feed. Where its sources
feed none, it is of those whose goals other tickets of its project feed (in Linear of its team, if
it is in no project); and if there are none of these, of nobody that anybody knows.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from accounts.access import Access
from accounts.tenancy import current_organization_id
from integrations.models import Source, SourceItem, SyncedItem
from integrations.queries.links import visible_links
from portfolio.models import Product, Team

# ruff: noqa: S608 (statements of ours)

# Items that sources in use hold. `place` is the project of an item, or its team if it is in none.
HELD = """
    SELECT m.source_id, m.item_id, i.labels, i.connection_id,
           coalesce(nullif(i.project_remote_id, ''), i.team_remote_id) AS place
    FROM integrations_sourceitem m
    JOIN integrations_source s
      ON s.organization_id = m.organization_id AND s.id = m.source_id AND s.archived_at IS NULL
    JOIN integrations_synceditem i
      ON i.organization_id = m.organization_id AND i.id = m.item_id
    WHERE m.organization_id = %s AND m.left_at IS NULL"""
# Open leaf items that a source holds and no link takes up; links below an epic reach any depth.
LOOSE = f"""
WITH RECURSIVE ties AS MATERIALIZED (
    SELECT c.connection_id, c.id AS child, p.id AS parent
    FROM integrations_synceditem c JOIN integrations_synceditem p
      ON p.organization_id = c.organization_id AND p.connection_id = c.connection_id
     AND p.remote_id = c.parent_remote_id
    WHERE c.organization_id = %s AND c.parent_remote_id <> ''
    UNION ALL
    SELECT c.connection_id, c.id, p.id
    FROM integrations_synceditem c JOIN integrations_synceditem p
      ON p.organization_id = c.organization_id AND p.connection_id = c.connection_id
     AND p.key = c.parent_key
    WHERE c.organization_id = %s AND c.parent_remote_id = '' AND c.parent_key <> ''
), reached (link_id, item_id) AS (
    SELECT l.id, i.id FROM integrations_link l
    JOIN integrations_source s ON s.organization_id = l.organization_id AND s.id = l.source_id
    JOIN integrations_synceditem i ON i.organization_id = l.organization_id
     AND i.connection_id = s.connection_id AND i.parent_remote_id = l.parent_remote_id
    WHERE l.organization_id = %s AND l.archived_at IS NULL AND l.parent_remote_id <> ''
    UNION
    SELECT r.link_id, t.child FROM reached r JOIN ties t ON t.parent = r.item_id
), held AS MATERIALIZED ({HELD}
      AND i.is_leaf AND i.gone_at IS NULL AND NOT i.is_archived
      AND i.category IN ('todo', 'doing')
), taken AS (
    SELECT h.item_id FROM held h JOIN integrations_link l
      ON l.organization_id = %s AND l.source_id = h.source_id AND l.archived_at IS NULL
     AND l.parent_remote_id = '' AND (l.label = '' OR l.label = ANY(h.labels))
    UNION
    SELECT h.item_id FROM reached r JOIN integrations_link l
      ON l.organization_id = %s AND l.id = r.link_id
    JOIN held h ON h.source_id = l.source_id AND h.item_id = r.item_id
     AND (l.label = '' OR l.label = ANY(h.labels))
), loose AS MATERIALIZED (
    SELECT h.source_id, h.item_id, h.connection_id, h.place FROM held h
    WHERE NOT EXISTS (SELECT FROM taken t WHERE t.item_id = h.item_id)
)"""
# The same of tickets that are known to be loose.
THESE = f"""
WITH loose AS MATERIALIZED ({HELD}
      AND m.item_id = ANY(%s)
)"""
ASSIGNED = """, fed (source_id, product_id, team_id) AS MATERIALIZED (
    SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[])
), places AS MATERIALIZED (
    SELECT DISTINCT i.connection_id, i.place, f.product_id, f.team_id
    FROM fed f
    JOIN integrations_sourceitem m
      ON m.organization_id = %s AND m.source_id = f.source_id AND m.left_at IS NULL
    JOIN (
        SELECT id, connection_id,
               coalesce(nullif(project_remote_id, ''), team_remote_id) AS place
        FROM integrations_synceditem WHERE organization_id = %s AND gone_at IS NULL
    ) i ON i.id = m.item_id AND i.place <> ''
), assigned AS MATERIALIZED (
    SELECT h.item_id, f.product_id, f.team_id FROM loose h JOIN fed f ON f.source_id = h.source_id
    UNION
    SELECT h.item_id, p.product_id, p.team_id FROM loose h JOIN places p
      ON p.connection_id = h.connection_id AND p.place = h.place
    WHERE NOT EXISTS (
        SELECT FROM loose d JOIN fed f ON f.source_id = d.source_id WHERE d.item_id = h.item_id
    )
)"""
OF_PRODUCT = " SELECT item_id FROM assigned WHERE product_id = %s"
OF_TEAM = " SELECT item_id FROM assigned WHERE team_id = %s"
OF_NOBODY = """
SELECT h.item_id FROM loose h
WHERE NOT EXISTS (SELECT FROM assigned a WHERE a.item_id = h.item_id)"""
GROUPS = f"""
SELECT 'product', product_id, count(DISTINCT item_id) FROM assigned
WHERE product_id IS NOT NULL GROUP BY product_id
UNION ALL
SELECT 'team', team_id, count(DISTINCT item_id) FROM assigned
WHERE team_id IS NOT NULL GROUP BY team_id
UNION ALL
SELECT 'source', source_id, count(*) FROM loose GROUP BY source_id
UNION ALL
SELECT 'nobody', NULL::uuid, count(DISTINCT n.item_id) FROM ({OF_NOBODY}) n"""


@dataclass(frozen=True)
class Group:
    """A product, team or source, with the number of its loose tickets."""

    of: Product | Team | Source
    loose: int


@dataclass(frozen=True)
class Groups:
    """All loose tickets by whose they are, the most first; one may be of several."""

    products: Sequence[Group]
    teams: Sequence[Group]
    sources: Sequence[Group]
    of_nobody: int


@dataclass(frozen=True)
class Holders:
    """The products and teams that a ticket is of, by name; none of either if nobody knows."""

    products: list[Product] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)


def sources_by_item(items: Collection[UUID]) -> dict[UUID, list[Source]]:
    """The followed sources that hold each of the items, by name; one query."""
    rows = SourceItem.objects.filter(
        item__in=items, left_at=None, source__archived_at=None
    ).select_related("source")
    found: dict[UUID, list[Source]] = {}
    for row in rows.order_by("source__name", "id"):
        found.setdefault(row.item_id, []).append(row.source)
    return found


def loose_items(
    access: Access,
    *,
    product: UUID | None = None,
    team: UUID | None = None,
    of_nobody: bool = False,
) -> QuerySet[SyncedItem]:
    """Open items that no link takes up, whatever they hang below; of a product and of a team."""
    rows = SyncedItem.objects.all()
    if not (product or team or of_nobody):
        return rows.filter(pk__in=chosen(f"{LOOSE} SELECT item_id FROM loose"))
    whose = fed(access)
    if product:
        rows = rows.filter(pk__in=chosen(f"{LOOSE}{ASSIGNED}{OF_PRODUCT}", *whose, product))
    if team:
        rows = rows.filter(pk__in=chosen(f"{LOOSE}{ASSIGNED}{OF_TEAM}", *whose, team))
    if of_nobody:
        rows = rows.filter(pk__in=chosen(f"{LOOSE}{ASSIGNED}{OF_NOBODY}", *whose))
    return rows


def chosen(statement: str, *more: Any) -> RawSQL:
    return RawSQL(statement, [*[current_organization_id()] * 6, *more])  # noqa: S611 (of constants)


def fed(access: Access) -> tuple[Any, ...]:
    """What `ASSIGNED` is asked with: sources beside the units of the goals that they feed, as far
    as the member sees these; and the organisation."""
    rows = (
        visible_links(access)
        .filter(archived_at=None)
        .values_list(
            "source_id",
            Coalesce("key_result__objective__product_id", "initiative__product_id"),
            Coalesce("key_result__objective__team_id", "initiative__team_id"),
        )
        .distinct()
    )
    known = [row for row in rows if row[1] or row[2]]
    columns = ([row[at] for row in known] for at in range(3))
    return (*columns, current_organization_id(), current_organization_id())


def loose_groups(access: Access) -> Groups:
    """How many tickets are loose, by product, team and source; five queries."""
    found = asked(f"{LOOSE}{ASSIGNED}{GROUPS}", [current_organization_id()] * 6, access)
    counts: dict[str, dict[UUID, int]] = {"product": {}, "team": {}, "source": {}, "nobody": {}}
    for kind, pk, count in found:
        counts[kind][pk] = count
    sources = Source.objects.select_related("connection__organization")
    return Groups(
        products=ranked(Product.objects.all(), counts["product"]),
        teams=ranked(Team.objects.all(), counts["team"]),
        sources=ranked(sources, counts["source"]),
        of_nobody=sum(counts["nobody"].values()),
    )


def ranked(rows: QuerySet[Any], counts: dict[UUID, int]) -> list[Group]:
    groups = [Group(row, counts[row.pk]) for row in rows.filter(pk__in=counts)]
    return sorted(groups, key=lambda group: (-group.loose, group.of.name))


def holders_of(access: Access, items: Iterable[UUID]) -> dict[UUID, Holders]:
    """Whose each of these loose tickets is; those of nobody are left out. Four queries."""
    these = [current_organization_id(), list(items)]
    found = asked(f"{THESE}{ASSIGNED} SELECT * FROM assigned", these, access)
    products = Product.objects.in_bulk({row[1] for row in found if row[1]})
    teams = Team.objects.in_bulk({row[2] for row in found if row[2]})
    held: dict[UUID, Holders] = {}
    for item, product, team in found:
        holders = held.setdefault(item, Holders())
        if product and products[product] not in holders.products:
            holders.products.append(products[product])
        if team and teams[team] not in holders.teams:
            holders.teams.append(teams[team])
    for holders in held.values():
        holders.products.sort(key=lambda unit: unit.name)
        holders.teams.sort(key=lambda unit: unit.name)
    return held


def asked(statement: str, first: list[Any], access: Access) -> list[Any]:
    parameters = [*first, *fed(access)]
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
