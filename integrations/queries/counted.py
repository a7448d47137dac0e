"""Which items a link counts: one definition for the measure and for its explanation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.db.models import QuerySet

from accounts.tenancy import current_organization_id
from integrations.models import Link, Observation, SyncedItem
from integrations.ports import Category
from integrations.queries.judged import judged_anew
from integrations.queries.plans import hash_joins
from integrations.rules import rules_of_link

# What hangs below a parent at any depth. A child knows its parent by id, or by key alone. Each step
# is found by its index, whatever the planner believes of a connection that was just filled.
BELOW = """
WITH RECURSIVE below AS (
    SELECT i.id, i.remote_id, i.key FROM integrations_synceditem i
    WHERE i.organization_id = %(org)s AND i.connection_id = %(connection)s
      AND i.parent_remote_id = %(parent)s AND i.parent_remote_id <> ''
    UNION
    SELECT i.id, i.remote_id, i.key FROM integrations_synceditem i
    WHERE i.organization_id = %(org)s AND i.connection_id = %(connection)s
      AND i.parent_remote_id = '' AND i.parent_key <> '' AND i.parent_key = (
        SELECT p.key FROM integrations_synceditem p
        WHERE p.organization_id = %(org)s AND p.connection_id = %(connection)s
          AND p.remote_id = %(parent)s)
    UNION
    SELECT i.* FROM below b CROSS JOIN LATERAL (
        SELECT c.id, c.remote_id, c.key FROM integrations_synceditem c
        WHERE c.organization_id = %(org)s AND c.connection_id = %(connection)s
          AND c.parent_remote_id = b.remote_id AND c.parent_remote_id <> ''
        UNION ALL
        SELECT c.id, c.remote_id, c.key FROM integrations_synceditem c
        WHERE c.organization_id = %(org)s AND c.connection_id = %(connection)s
          AND c.parent_remote_id = '' AND c.parent_key <> '' AND c.parent_key = b.key
    ) i
)
"""
IDS_BELOW = f"{BELOW} SELECT remote_id FROM below"  # noqa: S608 (statements of ours)
# Those of them that the source holds.
HELD_BELOW = f"""{BELOW}
SELECT i.facts::text, i.is_leaf, i.category FROM below b CROSS JOIN LATERAL (
    SELECT facts, is_leaf, category FROM integrations_synceditem
    WHERE organization_id = %(org)s AND connection_id = %(connection)s
      AND remote_id = b.remote_id AND gone_at IS NULL
    LIMIT 1
) i CROSS JOIN LATERAL (
    SELECT FROM integrations_sourceitem
    WHERE organization_id = %(org)s AND source_id = %(source)s AND item_id = b.id
      AND left_at IS NULL
    LIMIT 1
) m
"""  # noqa: S608 (statements of ours)
# The newest of each sort, in order; the items are judged once for all three.
NEWEST = """
WITH judged (id, category, completed_at, updated_at) AS MATERIALIZED ({judging})
(SELECT id, 'done' FROM judged WHERE category = 'done'
 ORDER BY completed_at DESC, id DESC LIMIT %s)
UNION ALL
(SELECT id, 'open' FROM judged WHERE category IN ('todo', 'doing')
 ORDER BY updated_at DESC, id DESC LIMIT %s)
UNION ALL
(SELECT id, 'left_out' FROM judged WHERE category = 'left_out'
 ORDER BY updated_at DESC, id DESC LIMIT %s)
"""
# The newest observation of each link, found by the index of their course.
LATEST = """
SELECT o.* FROM integrations_link l CROSS JOIN LATERAL (
    SELECT * FROM integrations_observation
    WHERE organization_id = %(org)s AND link_id = l.id {limits}
    ORDER BY effective_at DESC, recorded_at DESC, id DESC LIMIT 1
) o
WHERE l.organization_id = %(org)s AND l.id = ANY(%(links)s)
"""


def counted_items(link: Link) -> QuerySet[SyncedItem]:
    """Items of the link's source with its label, below its parent; epics and sub-tasks as well."""
    items = items_of(link.source_id)
    if link.label:
        items = items.filter(labels__contains=[link.label])
    if link.parent_remote_id:
        items = items.filter(
            remote_id__in=ids_below(link.source.connection_id, link.parent_remote_id)
        )
    return items


def items_of(source_id: UUID) -> QuerySet[SyncedItem]:
    """What a source holds now."""
    return SyncedItem.objects.filter(
        sources__source_id=source_id, sources__left_at=None, gone_at=None
    )


def ids_below(connection_id: UUID, remote_id: str) -> list[str]:
    """Remote ids of everything below an item of a connection, whichever source holds it."""
    found = found_below(IDS_BELOW, connection=connection_id, parent=remote_id)
    return [below for (below,) in found]


def held_below(link: Link) -> list[tuple[str, bool, str]]:
    """Facts as JSON, whether it is a leaf, and category of what the source holds below the parent;
    whatever its label."""
    return found_below(
        HELD_BELOW,
        connection=link.source.connection_id,
        source=link.source_id,
        parent=link.parent_remote_id,
    )


def found_below(statement: str, **parameters: Any) -> list[Any]:
    with database.cursor() as cursor:
        cursor.execute(statement, {"org": current_organization_id(), **parameters})
        return list(cursor.fetchall())


@dataclass(frozen=True)
class CountedItems:
    """The first items behind a link's number, as `.values()` rows, and how many there are."""

    done: list[dict[str, Any]]
    open: list[dict[str, Any]]
    left_out: list[dict[str, Any]]


def behind(link: Link, columns: Iterable[str], *, shown: int) -> CountedItems:
    """The newest items that a link counts as done, as open and as left out, `shown` of each."""
    if link.rules:
        return behind_own_rules(link, columns, shown=shown)
    items = counted_items(link).filter(is_leaf=True)
    return CountedItems(
        *(
            list(items.filter(category__in=those).order_by(order, "-id").values(*columns)[:shown])
            for those, order in (
                ([Category.DONE], "-completed_at"),
                ([Category.TO_DO, Category.DOING], "-remote_updated_at"),
                ([Category.LEFT_OUT], "-remote_updated_at"),
            )
        )
    )


def behind_own_rules(link: Link, columns: Iterable[str], *, shown: int) -> CountedItems:
    """As `behind`, for a link with rules of its own: its items are judged once, where they are."""
    ordered = ("id", "judged", "completed_at", "remote_updated_at")
    found = of_own_rules(link, NEWEST, ordered, shown, shown, shown)
    shown_rows = SyncedItem.objects.filter(pk__in=[pk for pk, _ in found])
    rows = {row["id"]: row for row in shown_rows.values(*{"id", *columns})}
    of: dict[str, list[dict[str, Any]]] = {"done": [], "open": [], "left_out": []}
    for pk, sort in found:
        of[sort].append(rows[pk])
    return CountedItems(**of)


def of_own_rules(
    link: Link, statement: str, columns: Iterable[Any], *parameters: Any
) -> list[tuple[Any, ...]]:
    """The rows of a statement over what a link counts, judged by its own rules at `{judging}`."""
    with hash_joins(), database.cursor() as cursor:
        items = judged_anew(counted_items(link), rules_of_link(link)).values_list(*columns)
        judging, given = items.query.sql_with_params()
        cursor.execute(statement.format(judging=judging), [*given, *parameters])
        return list(cursor.fetchall())


def latest_observations(
    links: Iterable[Link],
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    present_line: bool = False,
) -> dict[UUID, Observation]:
    """The observation of each link that held at `as_of` as known at `known_at`; one query.

    None means no limit; `present_line` leaves out what was observed by other rules than today's.
    Links without such an observation are left out. However long the history, a row or two of each
    link are read: the newest that fits.
    """
    ids = [link.pk for link in links]
    if not ids:
        return {}
    limits = [
        "AND line = l.line" if present_line else "",
        "AND effective_at <= %(as_of)s" if as_of else "",
        "AND recorded_at <= %(known_at)s" if known_at else "",
    ]
    given = {"org": current_organization_id(), "links": ids, "as_of": as_of, "known_at": known_at}
    found = Observation.objects.raw(LATEST.format(limits=" ".join(limits)), given)
    return {row.link_id: row for row in found}
