"""Storing what was read: idempotent, set-based, a page at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import orjson
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts.fields import new_id
from accounts.tenancy import current_organization_id
from integrations.actions.alerts import alert
from integrations.choices import OUT_OF_SIGHT, SourceState
from integrations.models import ItemVersion, QuarantinedRecord, Source, SyncRun
from integrations.payloads import pack
from integrations.ports import DoneRules, Item, Page, SourceKind
from integrations.providers.counting import classify, is_leaf

# A row is written only when something about it changed, and never by an older reading.
UPSERT = """
WITH read AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s) AS r(
        id uuid, remote_id text, key text, title text, url text, kind text, facts jsonb,
        is_leaf boolean, category text, status_id text, status_name text, resolution text,
        points numeric, labels jsonb, parent_remote_id text, parent_key text,
        project_remote_id text, project_key text, team_remote_id text,
        remote_created_at timestamptz, remote_updated_at timestamptz, completed_at timestamptz,
        is_archived boolean, gone_at timestamptz)
), stored AS (
    INSERT INTO integrations_synceditem AS i (
        id, organization_id, created_at, connection_id, remote_id, key, title, url, kind, facts,
        is_leaf, category, status_id, status_name, resolution, points, labels, parent_remote_id,
        parent_key, project_remote_id, project_key, team_remote_id, remote_created_at,
        remote_updated_at, completed_at, is_archived, gone_at)
    SELECT id, %(org)s, %(now)s, %(connection)s, remote_id, key, title, url, kind, facts, is_leaf,
           category, status_id, status_name, resolution, points,
           ARRAY(SELECT jsonb_array_elements_text(labels)), parent_remote_id, parent_key,
           project_remote_id, project_key, team_remote_id, remote_created_at, remote_updated_at,
           completed_at, is_archived, gone_at
    FROM read
    ON CONFLICT (organization_id, connection_id, remote_id) DO UPDATE SET
        (key, title, url, kind, facts, is_leaf, category, status_id, status_name, resolution,
         points, labels, parent_remote_id, parent_key, project_remote_id, project_key,
         team_remote_id, remote_updated_at, completed_at, is_archived, gone_at)
        = (EXCLUDED.key, EXCLUDED.title, EXCLUDED.url, EXCLUDED.kind, EXCLUDED.facts,
           EXCLUDED.is_leaf, EXCLUDED.category, EXCLUDED.status_id, EXCLUDED.status_name,
           EXCLUDED.resolution, EXCLUDED.points, EXCLUDED.labels, EXCLUDED.parent_remote_id,
           EXCLUDED.parent_key, EXCLUDED.project_remote_id, EXCLUDED.project_key,
           EXCLUDED.team_remote_id, EXCLUDED.remote_updated_at, EXCLUDED.completed_at,
           EXCLUDED.is_archived, EXCLUDED.gone_at)
    WHERE i.remote_updated_at <= EXCLUDED.remote_updated_at
      AND (i.facts, i.is_leaf, i.category, i.gone_at IS NULL)
        IS DISTINCT FROM (EXCLUDED.facts, EXCLUDED.is_leaf, EXCLUDED.category,
                          EXCLUDED.gone_at IS NULL)
    RETURNING i.remote_id, i.id
)
SELECT * FROM stored
"""
JOIN_SOURCE = """
INSERT INTO integrations_sourceitem
    (id, organization_id, created_at, source_id, item_id, generation)
SELECT gen_random_uuid(), %(org)s, %(now)s, %(source)s, i.id, %(generation)s
FROM integrations_synceditem i
WHERE i.organization_id = %(org)s AND i.connection_id = %(connection)s
  AND i.remote_id = ANY(%(remote_ids)s) AND i.gone_at IS NULL
ON CONFLICT (organization_id, source_id, item_id) WHERE left_at IS NULL DO NOTHING
"""
# An item that moved to another project or team leaves the sources that select by the old one.
LEAVE_OTHERS = """
UPDATE integrations_sourceitem m SET left_at = %(now)s
FROM integrations_source s, integrations_synceditem i
WHERE m.left_at IS NULL
  AND m.organization_id = %(org)s AND s.organization_id = %(org)s AND i.organization_id = %(org)s
  AND m.source_id = s.id AND m.item_id = i.id AND i.connection_id = %(connection)s
  AND i.remote_id = ANY(%(remote_ids)s)
  AND ((s.kind = %(by_project)s AND s.remote_id <> i.project_remote_id)
    OR (s.kind = %(by_team)s AND s.remote_id <> i.team_remote_id))
"""
SET_ASIDE = """
INSERT INTO integrations_quarantinedrecord AS q (
    id, organization_id, created_at, run_id, source_id, remote_id, reason, excerpt, tries,
    last_tried_at)
SELECT r.id, %(org)s, now(), %(run)s, %(source)s, r.remote_id, r.reason, r.excerpt, 1, now()
FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, remote_id text, reason text, excerpt text)
ON CONFLICT (organization_id, source_id, remote_id)
    WHERE resolved_at IS NULL AND NOT remote_id = ''
DO UPDATE SET run_id = EXCLUDED.run_id, reason = EXCLUDED.reason, excerpt = EXCLUDED.excerpt,
    tries = q.tries + 1, last_tried_at = now()
"""


@transaction.atomic
def store_page(run: SyncRun, source: Source, page: Page, rules: DoneRules) -> None:
    """Store a page with its checkpoint and counts, all or nothing."""
    store_items(run, source, page, rules)
    source.checkpoint = page.checkpoint
    Source.objects.filter(pk=source.pk).update(checkpoint=page.checkpoint)


@transaction.atomic
def store_items(run: SyncRun, source: Source, page: Page, rules: DoneRules) -> None:
    """Store a page that is no step of a longer reading."""
    changed = upsert(source, page.items, rules)
    keep_versions(run, page, changed)
    run.changed += len(changed)
    run.seen += len(page.items)
    run.requests += page.requests
    quarantine(run, source, page)


def upsert(source: Source, items: Sequence[Item], rules: DoneRules) -> dict[str, UUID]:
    """Store items and their place in the source; the rows that changed, by remote id."""
    if not items:
        return {}
    newest = {item.remote_id: item for item in sorted(items, key=lambda i: i.updated_at)}
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "now": timezone.now(),
        "connection": source.connection_id,
        "source": source.pk,
        "generation": source.generation,
        "remote_ids": list(newest),
        "by_project": SourceKind.PROJECT.value,
        "by_team": SourceKind.TEAM.value,
        "rows": orjson.dumps([row_of(item, rules) for item in newest.values()]).decode(),
    }
    with database.cursor() as cursor:
        cursor.execute(UPSERT, parameters)
        changed = dict(cursor.fetchall())
        cursor.execute(JOIN_SOURCE, parameters)
        cursor.execute(LEAVE_OTHERS, parameters)
    return changed


def keep_versions(run: SyncRun, page: Page, changed: dict[str, UUID]) -> None:
    """Keep what was sent of the items that changed, so that other rules can judge it later."""
    newest = {item.remote_id: item for item in sorted(page.items, key=lambda i: i.updated_at)}
    ItemVersion.objects.bulk_create(
        ItemVersion(
            item_id=pk, run=run, body=pack(newest[remote_id], bytes(page.raws.get(remote_id, b"")))
        )
        for remote_id, pk in changed.items()
    )


def row_of(item: Item, rules: DoneRules) -> dict[str, Any]:
    """The columns of an item; `facts` keeps everything, so that rules can be applied anew."""
    return {
        "id": str(new_id()),
        "remote_id": item.remote_id,
        "key": item.key,
        "title": item.title[:500],
        "url": item.url,
        "kind": item.type_name[:80],
        "facts": msgspec.to_builtins(item),
        "is_leaf": is_leaf(item, rules),
        "category": classify(item, rules).value,
        "status_id": item.status_id,
        "status_name": item.status_name[:120],
        "resolution": (item.resolution_name or "")[:120],
        "points": None if item.points is None else str(item.points),
        "labels": [label[:120] for label in item.labels],
        "parent_remote_id": item.parent_remote_id or "",
        "parent_key": item.parent_key or "",
        "project_remote_id": item.project_remote_id or "",
        "project_key": item.project_key,
        "team_remote_id": item.team_remote_id or "",
        "remote_created_at": item.created_at,
        "remote_updated_at": item.updated_at,
        "completed_at": item.completed_at,
        "is_archived": item.archived,
        "gone_at": item.updated_at if item.deleted else None,
    }


def quarantine(run: SyncRun, source: Source, page: Page) -> None:
    """Keep unreadable records with the reason, and let go of those that could be read now."""
    now = timezone.now()
    read = [item.remote_id for item in page.items]
    aside = QuarantinedRecord.objects.filter(source=source, resolved_at=None)
    aside.filter(remote_id__in=read).update(resolved_at=now)
    if not page.quarantined:
        return
    run.quarantined += len(page.quarantined)
    latest = {(it.remote_id or f"unnamed {n}"): it for n, it in enumerate(page.quarantined)}
    rows = [
        {
            "id": str(new_id()),
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
        "rows": orjson.dumps(rows).decode(),
    }
    with database.cursor() as cursor:
        cursor.execute(SET_ASIDE, parameters)


@transaction.atomic
def note_watermark(source: Source, watermark: datetime | None, read_as: str) -> None:
    """All that changed is stored: from here on only what changes later."""
    source.watermark = watermark or source.watermark
    source.read_as, source.checkpoint = read_as, None
    source.save(update_fields=["watermark", "read_as", "checkpoint"])


@transaction.atomic
def settle_source(run: SyncRun, source: Source) -> None:
    """The source was read to its end and is what it seems: it may be measured."""
    now = timezone.now()
    source.censused_at = source.censused_at or now
    source.last_complete_at, source.settled_in = now, run.pk
    source.state, source.problem, source.missing_count = SourceState.CURRENT, "", 0
    source.item_count = source.members.filter(left_at=None, item__gone_at=None).count()
    source.save(
        update_fields=[
            "censused_at", "last_complete_at", "settled_in", "state", "problem", "missing_count",
            "item_count",
        ]
    )  # fmt: skip


@transaction.atomic
def freeze_source(run: SyncRun, source: Source, state: SourceState, problem: str) -> None:
    """Freeze what the source feeds: its last values stand, with a banner, until it is back."""
    if source.state not in OUT_OF_SIGHT:
        alert(source.connection_id, "unseen")
    source.state, source.problem, source.settled_in = state, problem[:500], run.pk
    source.save(update_fields=["state", "problem", "settled_in", "missing_count"])
