"""Storing what was read: idempotent, set-based, a page at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import orjson
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts.fields import new_id
from accounts.tenancy import current_organization_id
from integrations.choices import SourceState
from integrations.models import QuarantinedRecord, Source, SyncRun
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
    SELECT id, %(org)s, now(), %(connection)s, remote_id, key, title, url, kind, facts, is_leaf,
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
    RETURNING 1
)
SELECT count(*) FROM stored
"""
JOIN_SOURCE = """
INSERT INTO integrations_sourceitem (id, organization_id, created_at, source_id, item_id)
SELECT gen_random_uuid(), %(org)s, now(), %(source)s, i.id FROM integrations_synceditem i
WHERE i.organization_id = %(org)s AND i.connection_id = %(connection)s
  AND i.remote_id = ANY(%(remote_ids)s)
ON CONFLICT (organization_id, source_id, item_id) DO NOTHING
"""
# An item that moved to another project or team leaves the sources that select by the old one.
LEAVE_OTHERS = """
DELETE FROM integrations_sourceitem m USING integrations_source s, integrations_synceditem i
WHERE m.organization_id = %(org)s AND s.organization_id = %(org)s AND i.organization_id = %(org)s
  AND m.source_id = s.id AND m.item_id = i.id AND i.connection_id = %(connection)s
  AND i.remote_id = ANY(%(remote_ids)s)
  AND ((s.kind = %(by_project)s AND s.remote_id <> i.project_remote_id)
    OR (s.kind = %(by_team)s AND s.remote_id <> i.team_remote_id))
"""


@transaction.atomic
def store_page(run: SyncRun, source: Source, page: Page, rules: DoneRules) -> None:
    """Store a page with its checkpoint and counts, all or nothing."""
    run.changed += upsert(source, page.items, rules)
    run.seen += len(page.items)
    run.requests += page.requests
    quarantine(run, source, page)
    source.checkpoint = page.checkpoint
    Source.objects.filter(pk=source.pk).update(checkpoint=page.checkpoint)


def upsert(source: Source, items: Sequence[Item], rules: DoneRules) -> int:
    """Store items and their place in the source; the number of rows that changed."""
    if not items:
        return 0
    newest = {item.remote_id: item for item in sorted(items, key=lambda i: i.updated_at)}
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "connection": source.connection_id,
        "source": source.pk,
        "remote_ids": list(newest),
        "by_project": SourceKind.PROJECT.value,
        "by_team": SourceKind.TEAM.value,
        "rows": orjson.dumps([row_of(item, rules) for item in newest.values()]).decode(),
    }
    with database.cursor() as cursor:
        cursor.execute(UPSERT, parameters)
        changed = int(cursor.fetchone()[0])
        cursor.execute(JOIN_SOURCE, parameters)
        cursor.execute(LEAVE_OTHERS, parameters)
    return changed


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
    """Keep unreadable records with the reason; the page goes on without them."""
    run.quarantined += len(page.quarantined)
    QuarantinedRecord.objects.bulk_create(
        QuarantinedRecord(
            run=run,
            source=source,
            remote_id=(record.remote_id or "")[:64],
            reason=record.reason[:500],
            excerpt=record.excerpt[:2000],
        )
        for record in page.quarantined
    )


@transaction.atomic
def finish_source(source: Source, watermark: datetime | None) -> None:
    """The source was read to its end: from here on only what changes."""
    source.watermark = watermark or source.watermark
    source.last_complete_at = timezone.now()
    source.state, source.problem, source.checkpoint = SourceState.CURRENT, "", None
    source.item_count = source.members.filter(item__gone_at=None).count()
    source.save(
        update_fields=[
            "watermark", "last_complete_at", "state", "problem", "checkpoint", "item_count",
        ]
    )  # fmt: skip
