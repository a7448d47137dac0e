"""Counts that are kept: what a page changes is added to them, so that a run need not read the rest.

Whoever changes items or their places in sources holds the connection, and changes the kept counts
in the same transaction. Whatever cannot be followed item by item has the counts forgotten; links
without one are counted anew at the end of a run, and stored. Nobody else stores them: an edited
link has another line, by which its old count is known as such. A census counts everything one by
one, and puts right what it finds wrong.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import orjson
from django.db import connection as database
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.tenancy import current_organization_id
from integrations.choices import Measure
from integrations.models import Connection, Link, LinkTally, Source, SourceItem
from integrations.ports import Category, DoneRules
from integrations.queries.tallies import (
    NAMES,
    Counted,
    Counting,
    Judged,
    Tally,
    counted_of,
    share_in,
    tallies,
)
from integrations.rules import item_of, rules_of_link

logger = logging.getLogger(__name__)

# The counts of links that still hold, with what their links count. A page is stored without the
# rest of those, and without a statement that is built anew for it.
KEPT = """
SELECT t.id, l.id, l.source_id, l.label, l.parent_remote_id,
       CASE WHEN l.measure = %(sum)s THEN l.field ELSE '' END, l.rules
FROM integrations_source s
JOIN integrations_link l ON l.organization_id = %(org)s AND l.source_id = s.id
JOIN integrations_linktally t ON t.organization_id = %(org)s AND t.link_id = l.id
WHERE s.organization_id = %(org)s AND s.connection_id = %(connection)s
  AND l.archived_at IS NULL AND t.line = l.line
"""
ADD = """
UPDATE integrations_linktally t SET
    (done, standing, left_out, unestimated, points_done, points_total, summed)
    = (t.done + c.done, t.standing + c.standing, t.left_out + c.left_out,
       t.unestimated + c.unestimated, t.points_done + c.points_done,
       t.points_total + c.points_total, t.summed + c.summed)
FROM jsonb_to_recordset(%(changes)s) AS c(
    id uuid, done int, standing int, left_out int, unestimated int, points_done numeric,
    points_total numeric, summed numeric)
WHERE t.organization_id = %(org)s AND t.id = c.id
"""
RESIZE = """
UPDATE integrations_source s SET item_count = greatest(0, s.item_count + c.change)
FROM unnest(%(sources)s::uuid[], %(changes)s::int[]) AS c(id, change)
WHERE s.organization_id = %(org)s AND s.id = c.id
"""
# What is above items now, themselves included. A parent known by its key alone is not looked for.
ABOVE = """
WITH RECURSIVE above AS (
    SELECT id, false AS by_key FROM unnest(%(ids)s::text[]) AS asked(id)
    UNION
    SELECT p.parent_remote_id, p.parent_remote_id = '' AND p.parent_key <> ''
    FROM above a CROSS JOIN LATERAL (
        SELECT i.parent_remote_id, i.parent_key FROM integrations_synceditem i
        WHERE i.organization_id = %(org)s AND i.connection_id = %(connection)s
          AND i.remote_id = a.id
        LIMIT 1
    ) p
)
SELECT id, by_key FROM above
"""


@dataclass(frozen=True, slots=True)
class Change:
    """An item that is stored otherwise than before, or in other sources.

    `before` and `after` are None for an item that did not exist, or exists no more; the sources
    are those that held it then and hold it now.
    """

    remote_id: str
    before: Judged | None
    after: Judged | None
    held_before: frozenset[UUID]
    held_after: frozenset[UUID]

    @property
    def parents(self) -> set[str]:
        """Ids of what the item hung below, and hangs below."""
        both = (self.before, self.after)
        return {it.item.parent_remote_id or "" for it in both if it is not None}

    @property
    def has_parent_by_key(self) -> bool:
        both = (self.before, self.after)
        return any(it.item.parent_key and not it.item.parent_remote_id for it in both if it)


class Kept(NamedTuple):
    """What a link counts, and the count that is kept of it."""

    pk: UUID
    link_id: UUID
    source_id: UUID
    label: str
    parent_remote_id: str
    added_up: str
    rules: dict[str, Any]


def follow_changes(connection_id: UUID, changes: Sequence[Change]) -> None:
    """Bring the kept counts up to date with changes of stored items."""
    if not changes:
        return
    resize_sources(changes)
    sources = {pk for it in changes for pk in (*it.held_before, *it.held_after)}
    kept = kept_of_connection(connection_id)
    below = [it for it in kept if it.parent_remote_id]
    if below:
        forget_below_parents(connection_id, below, changes)
    over = [it for it in kept if it.source_id in sources and not it.parent_remote_id]
    add_differences(over, changes)


def kept_of_connection(connection_id: UUID) -> list[Kept]:
    """The counts that still hold, in one statement."""
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "connection": connection_id,
        "sum": Measure.SUM.value,
    }
    with database.cursor() as cursor:
        cursor.execute(KEPT, parameters)
        return [Kept._make([*told, orjson.loads(rules)]) for *told, rules in cursor.fetchall()]


def resize_sources(changes: Sequence[Change]) -> None:
    sizes: Counter[UUID] = Counter()
    for it in changes:
        sizes.update(it.held_after - it.held_before)
        sizes.subtract(it.held_before - it.held_after)
    moved = {pk: change for pk, change in sizes.items() if change}
    if moved:
        parameters: dict[str, Any] = {
            "org": current_organization_id(),
            "sources": list(moved),
            "changes": list(moved.values()),
        }
        with database.cursor() as cursor:
            cursor.execute(RESIZE, parameters)


def add_differences(kept: Collection[Kept], changes: Sequence[Change]) -> None:
    """Add to each count what the changes make of it; links that count alike are worked out once."""
    own = own_rules(kept)
    known: dict[Counted, dict[str, Any]] = {}
    rows = []
    for it in kept:
        alike = counted_of(it)
        if alike not in known:
            known[alike] = asdict(difference(it, own.get(it.link_id), changes))
        if any(known[alike].values()):
            rows.append({"id": it.pk, **known[alike]})
    if rows:
        parameters: dict[str, Any] = {
            "org": current_organization_id(),
            "changes": msgspec.json.encode(rows).decode(),
        }
        with database.cursor() as cursor:
            cursor.execute(ADD, parameters)


def own_rules(kept: Iterable[Kept]) -> dict[UUID, DoneRules]:
    """The rules of those links that have some of their own, by link; one statement or none."""
    ids = [it.link_id for it in kept if it.rules]
    if not ids:
        return {}
    links = Link.objects.filter(pk__in=ids).select_related("source__connection")
    return {link.pk: rules_of_link(link) for link in links}


def difference(link: Counting, own: DoneRules | None, changes: Iterable[Change]) -> Tally:
    """What changes add to a link of a whole source, and take away from it."""
    tally = Tally()
    for it in changes:
        for sign, judged, held in ((-1, it.before, it.held_before), (1, it.after, it.held_after)):
            if judged is not None and link.source_id in held:
                share = share_in(link, own, judged)
                if share is not None:
                    tally.add(share, sign)
    return tally


def forget_below_parents(
    connection_id: UUID, kept: Collection[Kept], changes: Sequence[Change]
) -> None:
    """Have those links counted anew that count below something that a change is part of.

    An item takes along what hangs below it when it gets another parent, so its own share does not
    tell the difference. What is counted anew is what hangs below those parents, and no more.
    """
    asked = {it.remote_id for it in changes}.union(*(it.parents for it in changes)) - {""}
    is_vague = any(it.has_parent_by_key for it in changes)
    above: set[str] = set()
    if not is_vague:
        parameters: dict[str, Any] = {
            "org": current_organization_id(),
            "connection": connection_id,
            "ids": list(asked),
        }
        with database.cursor() as cursor:
            cursor.execute(ABOVE, parameters)
            rows = cursor.fetchall()
        above = {remote_id for remote_id, _ in rows}
        is_vague = any(by_key for _, by_key in rows)
    touched = [it.pk for it in kept if is_vague or it.parent_remote_id in above]
    if touched:
        LinkTally.objects.filter(pk__in=touched).delete()


def forget_tallies(connection: Connection) -> None:
    """Have all links of a connection counted anew."""
    LinkTally.objects.filter(link__source__connection=connection).delete()


def departures(places: QuerySet[SourceItem]) -> list[Change]:
    """The changes that ending these places in sources will be; to be asked before."""
    columns = "source_id", "item__remote_id", "item__facts", "item__is_leaf", "item__category"
    rows = places.filter(left_at=None, item__gone_at=None).values_list(*columns)
    before: dict[str, Judged] = {}
    sources: dict[str, set[UUID]] = {}
    for source_id, remote_id, facts, leaf, category in rows:
        before[remote_id] = Judged(item_of(facts), leaf, Category(category))
        sources.setdefault(remote_id, set()).add(source_id)
    nowhere: frozenset[UUID] = frozenset()
    return [
        Change(remote_id, judged, None, frozenset(sources[remote_id]), nowhere)
        for remote_id, judged in before.items()
    ]


def current_tallies(links: Collection[Link]) -> dict[UUID, Tally]:
    """What links count now, by their ids: as it is kept, and counted where nothing is."""
    found = kept_of(links)
    missing = [link for link in links if link.pk not in found]
    return found | tallies(missing)


def kept_of(links: Collection[Link]) -> dict[UUID, Tally]:
    rows = LinkTally.objects.filter(link__in=list(links)).values("link_id", "line", *NAMES)
    lines = {link.pk: link.line for link in links}
    return {
        row["link_id"]: tally
        for row in rows
        if row["line"] == lines[row["link_id"]] and is_sound(tally := read(row))
    }


def read(row: Mapping[str, Any]) -> Tally:
    return Tally(**{name: row[name] for name in NAMES})


def is_sound(tally: Tally) -> bool:
    """Whether the numbers of items can be numbers of items; a census says more."""
    return min(tally.done, tally.left_out, tally.unestimated, tally.standing - tally.done) >= 0


def kept_or_counted(links: Collection[Link]) -> dict[UUID, Tally]:
    """As `current_tallies`; what had to be counted is kept. The connection has to be held."""
    found = kept_of(links)
    missing = [link for link in links if link.pk not in found]
    if missing:
        counted = tallies(missing)
        keep(missing, counted)
        found |= counted
    return found


def keep(links: Collection[Link], counted: Mapping[UUID, Tally]) -> None:
    now = timezone.now()
    LinkTally.objects.bulk_create(
        [
            LinkTally(link=link, line=link.line, counted_at=now, **asdict(counted[link.pk]))
            for link in links
        ],
        update_conflicts=True,
        unique_fields=["organization", "link"],
        update_fields=["line", "counted_at", *NAMES],
    )


def count_source(source: Source) -> int:
    """Count the items of a source one by one."""
    source.counted_at = timezone.now()
    source.item_count = source.members.filter(left_at=None, item__gone_at=None).count()
    source.save(update_fields=["counted_at", "item_count"])
    return source.item_count


def verify(source: Source) -> int:
    """Count a source and its links one by one, and put right what is kept of them.

    Returns how many counts were wrong. The connection has to be held.
    """
    return verify_size(source) + verify_links(source)


def verify_size(source: Source) -> int:
    kept = Source.objects.values_list("item_count", flat=True).get(pk=source.pk)
    was_kept = source.counted_at is not None
    counted = count_source(source)
    if not was_kept or kept == counted:
        return 0
    logger.error("source %s holds %s items and not %s", source.pk, counted, kept)
    return 1


def verify_links(source: Source) -> int:
    rows = LinkTally.objects.filter(
        link__source=source, link__archived_at=None, line=F("link__line")
    ).select_related("link__source__connection")
    kept = {row.link: read(vars(row)) for row in rows}
    counted = tallies(list(kept))
    wrong = {link: tally for link, tally in kept.items() if tally != counted[link.pk]}
    for link, tally in wrong.items():
        logger.error("link %s counts %s and not %s", link.pk, counted[link.pk], tally)
    keep(list(kept), counted)
    return len(wrong)
