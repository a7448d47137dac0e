"""Storing what was read: idempotent, set-based, a page at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts.fields import new_id
from accounts.tenancy import current_organization_id
from integrations.actions.alerts import UNSEEN, alert
from integrations.actions.tallies import Change, count_source, follow_changes
from integrations.choices import OUT_OF_SIGHT, SourceState
from integrations.models import QuarantinedRecord, Source, SyncRun
from integrations.payloads import pack
from integrations.ports import Category, DoneRules, Item, Page, Quarantined, SourceKind
from integrations.providers.counting import classify, is_leaf
from integrations.queries.tallies import Judged

# A page in one statement: its items, their places in the source, and the records set aside that
# it brings in readable form. It tells what each item was before that it stored, or let in.
#
# A row is written only when something about it changed, and never by an older reading; what did
# not change is not even locked. An item that moved to another project or team leaves the sources
# that select by the old one, and one that was read late does not come back into them. Stored items
# are found by the index of their identity whatever the planner believes of a connection that was
# just filled.
STORE = """
WITH read AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s) AS r(
        id uuid, remote_id text, key text, title text, url text, kind text, facts jsonb,
        is_leaf boolean, category text, status_id text, status_name text, resolution text,
        points numeric, labels text[], parent_remote_id text, parent_key text,
        project_remote_id text, project_key text, project_name text, team_remote_id text,
        remote_created_at timestamptz, remote_updated_at timestamptz, completed_at timestamptz,
        is_archived boolean, gone_at timestamptz)
), met AS (
    SELECT r.id AS new_id, r.remote_id, i.* FROM read r CROSS JOIN LATERAL (
        SELECT i.id, i.key, i.facts, i.is_leaf, i.category, i.project_remote_id,
               i.project_name, i.team_remote_id, i.gone_at,
               (SELECT m.id FROM integrations_sourceitem m
                WHERE m.organization_id = %(org)s AND m.source_id = %(source)s
                  AND m.item_id = i.id AND m.left_at IS NULL LIMIT 1) AS member_id,
               i.remote_updated_at > r.remote_updated_at
               OR (i.facts, i.is_leaf, i.category, i.gone_at IS NULL)
                   IS NOT DISTINCT FROM (r.facts, r.is_leaf, r.category, r.gone_at IS NULL)
                   AS is_known
        FROM integrations_synceditem i
        WHERE i.organization_id = %(org)s AND i.connection_id = %(connection)s
          AND i.remote_id = r.remote_id
        LIMIT 1
    ) i
), stored AS (
    INSERT INTO integrations_synceditem AS i (
        id, organization_id, created_at, connection_id, remote_id, key, title, url, kind, facts,
        is_leaf, category, status_id, status_name, resolution, points, labels, parent_remote_id,
        parent_key, project_remote_id, project_key, project_name, team_remote_id,
        remote_created_at, remote_updated_at, completed_at, is_archived, gone_at)
    SELECT id, %(org)s, %(now)s, %(connection)s, remote_id, key, title, url, kind, facts, is_leaf,
           category, status_id, status_name, resolution, points, labels, parent_remote_id,
           parent_key, project_remote_id, project_key, project_name, team_remote_id,
           remote_created_at, remote_updated_at, completed_at, is_archived, gone_at
    FROM read WHERE id NOT IN (SELECT new_id FROM met WHERE is_known)
    ON CONFLICT (organization_id, connection_id, remote_id) DO UPDATE SET
        (key, title, url, kind, facts, is_leaf, category, status_id, status_name, resolution,
         points, labels, parent_remote_id, parent_key, project_remote_id, project_key,
         project_name, team_remote_id, remote_updated_at, completed_at, is_archived, gone_at)
        = (EXCLUDED.key, EXCLUDED.title, EXCLUDED.url, EXCLUDED.kind, EXCLUDED.facts,
           EXCLUDED.is_leaf, EXCLUDED.category, EXCLUDED.status_id, EXCLUDED.status_name,
           EXCLUDED.resolution, EXCLUDED.points, EXCLUDED.labels, EXCLUDED.parent_remote_id,
           EXCLUDED.parent_key, EXCLUDED.project_remote_id, EXCLUDED.project_key,
           EXCLUDED.project_name, EXCLUDED.team_remote_id, EXCLUDED.remote_updated_at,
           EXCLUDED.completed_at, EXCLUDED.is_archived, EXCLUDED.gone_at)
    WHERE i.remote_updated_at <= EXCLUDED.remote_updated_at
    RETURNING i.id, i.remote_id, i.project_remote_id, i.team_remote_id, i.gone_at
), entering AS (
    SELECT id, project_remote_id, team_remote_id FROM stored WHERE gone_at IS NULL
    UNION ALL
    SELECT id, project_remote_id, team_remote_id FROM met
    WHERE is_known AND gone_at IS NULL AND member_id IS NULL
), moved AS (
    SELECT s.id, s.project_remote_id, s.team_remote_id FROM stored s JOIN met m ON m.id = s.id
    WHERE (s.project_remote_id, s.team_remote_id) <> (m.project_remote_id, m.team_remote_id)
), joined AS (
    INSERT INTO integrations_sourceitem
        (id, organization_id, created_at, source_id, item_id, generation)
    SELECT gen_random_uuid(), %(org)s, %(now)s, %(source)s, e.id, %(generation)s FROM entering e
    WHERE e.project_remote_id = coalesce(%(project)s, e.project_remote_id)
      AND e.team_remote_id = coalesce(%(team)s, e.team_remote_id)
    ON CONFLICT (organization_id, source_id, item_id) WHERE left_at IS NULL DO NOTHING
    RETURNING item_id
), departed AS (
    UPDATE integrations_sourceitem m SET left_at = %(now)s
    FROM moved i, integrations_source s
    WHERE m.organization_id = %(org)s AND m.item_id = i.id AND m.left_at IS NULL
      AND s.organization_id = %(org)s AND s.id = m.source_id
      AND (s.kind = %(by_project)s AND s.remote_id <> i.project_remote_id
        OR s.kind = %(by_team)s AND s.remote_id <> i.team_remote_id)
    RETURNING m.item_id, m.source_id
), readable AS (
    UPDATE integrations_quarantinedrecord SET resolved_at = %(now)s
    WHERE organization_id = %(org)s AND source_id = %(source)s AND resolved_at IS NULL
      AND remote_id IN (SELECT remote_id FROM read)
)
SELECT t.remote_id, t.id, t.is_stored, m.key, m.facts::text, m.is_leaf, m.category,
       CASE s.project_remote_id WHEN m.project_remote_id THEN m.project_name END,
       m.gone_at IS NOT NULL,
       CASE WHEN m.id IS NULL THEN '{}' ELSE ARRAY(
           SELECT h.source_id FROM integrations_sourceitem h
           WHERE h.organization_id = %(org)s AND h.item_id = m.id AND h.left_at IS NULL) END,
       j.item_id IS NOT NULL,
       ARRAY(SELECT d.source_id FROM departed d WHERE d.item_id = t.id)
FROM (
    SELECT id, remote_id, true AS is_stored FROM stored
    UNION ALL
    SELECT m.id, m.remote_id, false FROM joined j JOIN met m ON m.id = j.item_id WHERE m.is_known
) t
LEFT JOIN met m ON m.id = t.id
LEFT JOIN stored s ON s.id = t.id
LEFT JOIN joined j ON j.item_id = t.id
"""
# What one item tells, others that know the same by it take over; it changes none of them there.
#
# Data Center tells of an epic's stories its key only, and does not change them when it moves.
FOLLOW_KEYS = """
UPDATE integrations_synceditem i
SET parent_key = r.told, facts = jsonb_set(i.facts, '{parent_key}', to_jsonb(r.told))
FROM unnest(%(known_by)s::text[], %(told)s::text[]) AS r(former, told)
WHERE i.organization_id = %(org)s AND i.connection_id = %(connection)s
  AND i.parent_remote_id = '' AND i.parent_key <> '' AND i.parent_key = r.former
"""
# A project that is renamed in Linear changes none of its issues: it tells for all, or one of them.
FOLLOW_NAMES = """
UPDATE integrations_synceditem i
SET project_name = r.told, facts = jsonb_set(i.facts, '{project_name}', to_jsonb(r.told))
FROM unnest(%(known_by)s::text[], %(told)s::text[]) AS r(project, told)
WHERE i.organization_id = %(org)s AND i.connection_id = %(connection)s
  AND i.project_remote_id = r.project AND i.project_name <> r.told
"""
GO_ON_FROM = """
UPDATE integrations_source SET checkpoint = %(checkpoint)s::jsonb
WHERE organization_id = %(org)s AND id = %(source)s
RETURNING item_count
"""
KEEP_VERSIONS = """
INSERT INTO integrations_itemversion
    (id, organization_id, created_at, item_id, run_id, received_at, body)
SELECT kept.id, %(org)s, %(now)s, kept.item_id, %(run)s, %(now)s, kept.body
FROM unnest(%(ids)s::uuid[], %(items)s::uuid[], %(bodies)s::bytea[]) AS kept(id, item_id, body)
"""
# A record without an id is known again by how it begins.
SET_ASIDE = """
WITH read AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s) AS r(
        id uuid, remote_id text, reason text, excerpt text)
), again AS (
    UPDATE integrations_quarantinedrecord q SET run_id = %(run)s, reason = r.reason,
        tries = q.tries + 1, last_tried_at = now()
    FROM read r
    WHERE q.organization_id = %(org)s AND q.source_id = %(source)s AND q.resolved_at IS NULL
      AND q.remote_id = '' AND r.remote_id = '' AND q.excerpt = r.excerpt
    RETURNING r.id
)
INSERT INTO integrations_quarantinedrecord AS q (
    id, organization_id, created_at, run_id, source_id, remote_id, reason, excerpt, tries,
    last_tried_at)
SELECT r.id, %(org)s, now(), %(run)s, %(source)s, r.remote_id, r.reason, r.excerpt, 1, now()
FROM read r WHERE r.id NOT IN (SELECT id FROM again)
ON CONFLICT (organization_id, source_id, remote_id)
    WHERE resolved_at IS NULL AND NOT remote_id = ''
DO UPDATE SET run_id = EXCLUDED.run_id, reason = EXCLUDED.reason, excerpt = EXCLUDED.excerpt,
    tries = q.tries + 1, last_tried_at = now()
"""


# No savepoints: what fails here ends the transaction around it, too.
@transaction.atomic(savepoint=False)
def store_page(run: SyncRun, source: Source, page: Page, rules: DoneRules) -> None:
    """Store a page with its checkpoint and counts, all or nothing; `source` is told how many
    items it holds now."""
    store_items(run, source, page, rules)
    source.checkpoint = page.checkpoint
    told = None if page.checkpoint is None else msgspec.json.encode(page.checkpoint).decode()
    parameters = {"org": current_organization_id(), "source": source.pk, "checkpoint": told}
    with database.cursor() as cursor:
        cursor.execute(GO_ON_FROM, parameters)
        [[source.item_count]] = cursor.fetchall()


@transaction.atomic(savepoint=False)
def store_items(run: SyncRun, source: Source, page: Page, rules: DoneRules) -> None:
    """Store a page that is no step of a longer reading."""
    newest = {item.remote_id: item for item in sorted(page.items, key=attrgetter("updated_at"))}
    changed = upsert(source, newest.values(), rules)
    keep_versions(run, {pk: (newest[it], page.raws.get(it)) for it, pk in changed.items()})
    run.changed += len(changed)
    run.seen += len(page.items)
    run.requests += page.requests
    set_aside(run, source, page.quarantined)


def upsert(source: Source, items: Collection[Item], rules: DoneRules) -> dict[str, UUID]:
    """Store items, one of each, and their place in the source; the changed ones, by remote id."""
    if not items:
        return {}
    rows = {item.remote_id: row_of(item, rules) for item in items}
    by_project, by_team = SourceKind.PROJECT.value, SourceKind.TEAM.value
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "now": timezone.now(),
        "connection": source.connection_id,
        "source": source.pk,
        "generation": source.generation,
        "by_project": by_project,
        "by_team": by_team,
        "project": source.remote_id if source.kind == by_project else None,
        "team": source.remote_id if source.kind == by_team else None,
        "rows": msgspec.json.encode(list(rows.values())).decode(),
    }
    with database.cursor() as cursor:
        cursor.execute(STORE, parameters)
        touched = [Touched(*row) for row in cursor.fetchall()]
    stored = [(it, rows[it.remote_id]) for it in touched if it.is_stored]
    follow(source.connection_id, FOLLOW_KEYS, new_keys(stored))
    follow(source.connection_id, FOLLOW_NAMES, new_names(stored))
    changes = [change_of(it, rows[it.remote_id], source) for it in touched]
    follow_changes(source.connection_id, changes)
    return {it.remote_id: it.id for it, _ in stored}


class Touched(NamedTuple):
    """An item that `STORE` stored or let into the source, and what it was before.

    What it was is None for a new one; `project` is the former name of a project that it has not
    left. `held` are the sources that held it, `left` those of them that do no more.
    """

    remote_id: str
    id: UUID
    is_stored: bool
    key: str | None
    facts: str | None
    is_leaf: bool | None
    category: str | None
    project: str | None
    was_gone: bool
    held: list[UUID]
    has_joined: bool
    left: list[UUID]

    @property
    def judged(self) -> Judged | None:
        if self.facts is None:
            return None
        item = msgspec.json.decode(self.facts, type=Item, strict=False)
        return Judged(item, bool(self.is_leaf), Category(self.category or ""))


def change_of(touched: Touched, row: Mapping[str, Any], source: Source) -> Change:
    """What storing a row of an item did to it; an item that was not stored is what it was."""
    before = after = touched.judged
    if touched.is_stored:
        after = Judged(row["facts"], row["is_leaf"], Category(row["category"]))
    is_gone = touched.is_stored and row["gone_at"] is not None
    held = frozenset(touched.held)
    held_after = held.difference(touched.left).union([source.pk] if touched.has_joined else [])
    return Change(
        touched.remote_id,
        before,
        after,
        held_before=frozenset() if touched.was_gone else held,
        held_after=frozenset() if is_gone else held_after,
    )


def new_keys(stored: Iterable[tuple[Touched, Mapping[str, Any]]]) -> dict[str, str]:
    """The present keys of items that got another, by the former ones."""
    return {it.key: row["key"] for it, row in stored if it.key and it.key != row["key"]}


def new_names(stored: Iterable[tuple[Touched, Mapping[str, Any]]]) -> dict[str, str]:
    """The present names of projects that got another, by their ids."""
    return {
        row["project_remote_id"]: row["project_name"]
        for it, row in stored
        if it.project and it.project != row["project_name"]
    }


def follow(connection_id: UUID, statement: str, told: Mapping[str, str]) -> None:
    """Have all items of the connection follow what a few tell, by what the others know it by."""
    if not told:
        return
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "connection": connection_id,
        "known_by": list(told),
        "told": list(told.values()),
    }
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)


def keep_versions(run: SyncRun, sent: Mapping[UUID, tuple[Item, msgspec.Raw | None]]) -> None:
    """Keep what was sent of items, by their ids, so that other rules can judge it later."""
    if not sent:
        return
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "now": timezone.now(),
        "run": run.pk,
        "ids": [new_id() for _ in sent],
        "items": list(sent),
        "bodies": [pack(item, raw and bytes(raw)) for item, raw in sent.values()],
    }
    with database.cursor() as cursor:
        cursor.execute(KEEP_VERSIONS, parameters)


def row_of(item: Item, rules: DoneRules) -> dict[str, Any]:
    """The columns of an item; `facts` keeps everything, so that rules can be applied anew."""
    return {
        "id": new_id(),
        "remote_id": item.remote_id,
        "key": item.key,
        "title": item.title[:500],
        "url": item.url,
        "kind": item.type_name[:80],
        "facts": item,
        "is_leaf": is_leaf(item, rules),
        "category": classify(item, rules).value,
        "status_id": item.status_id,
        "status_name": item.status_name[:120],
        "resolution": (item.resolution_name or "")[:120],
        "points": item.points,
        "labels": [label[:120] for label in item.labels],
        "parent_remote_id": item.parent_remote_id or "",
        "parent_key": item.parent_key or "",
        "project_remote_id": item.project_remote_id or "",
        "project_key": item.project_key,
        "project_name": item.project_name[:160],
        "team_remote_id": item.team_remote_id or "",
        "remote_created_at": item.created_at,
        "remote_updated_at": item.updated_at,
        "completed_at": item.completed_at,
        "is_archived": item.archived,
        "gone_at": item.updated_at if item.deleted else None,
    }


def set_aside(run: SyncRun, source: Source, records: Sequence[Quarantined]) -> None:
    """Keep unreadable records with the reason; `upsert` lets go of those that could be read."""
    if not records:
        return
    run.quarantined += len(records)
    latest = {(it.remote_id or f"unnamed {it.excerpt}"): it for it in records}
    rows = [
        {
            "id": new_id(),
            "remote_id": (record.remote_id or "")[:64],
            "reason": record.reason.replace("\x00", "")[:500],
            "excerpt": record.excerpt.replace("\x00", "")[:2000],
        }
        for record in latest.values()
    ]
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "run": run.pk,
        "source": source.pk,
        "rows": msgspec.json.encode(rows).decode(),
    }
    with database.cursor() as cursor:
        cursor.execute(SET_ASIDE, parameters)


def let_nameless_go(run: SyncRun, source: Source) -> None:
    """Everything of the source was read in this run: what had no id, and was not met, is over."""
    records = QuarantinedRecord.objects.filter(source=source, remote_id="", resolved_at=None)
    records.exclude(run=run).update(resolved_at=timezone.now())


@transaction.atomic
def note_watermark(
    source: Source, watermark: datetime | None, read_as: str, asked: Collection[str]
) -> None:
    """All that changed is stored, with what was asked: from here on only what changes later."""
    now = timezone.now().isoformat()
    source.watermark = watermark or source.watermark
    source.read_as, source.checkpoint = read_as, None
    source.asked_since = {name: source.asked_since.get(name, now) for name in sorted(asked)}
    source.save(update_fields=["watermark", "read_as", "checkpoint", "asked_since"])


@transaction.atomic
def settle_source(run: SyncRun, source: Source) -> None:
    """The source was read to its end and is what it seems: it may be measured."""
    now = timezone.now()
    source.censused_at = source.censused_at or now
    source.last_complete_at, source.settled_in = now, run.pk
    source.state, source.problem, source.missing_count = SourceState.CURRENT, "", 0
    if source.counted_at is None:
        count_source(source)
    source.save(
        update_fields=[
            "censused_at", "last_complete_at", "settled_in", "state", "problem", "missing_count",
        ]
    )  # fmt: skip


@transaction.atomic
def freeze_source(run: SyncRun, source: Source, state: SourceState, problem: str) -> None:
    """Freeze what the source feeds: its last values stand, with a banner, until it is back."""
    is_news = source.state not in OUT_OF_SIGHT
    source.state, source.problem, source.settled_in = state, problem[:500], run.pk
    source.save(update_fields=["state", "problem", "settled_in", "missing_count"])
    if is_news:
        alert(run, UNSEEN)
