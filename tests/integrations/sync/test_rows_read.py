"""What a run reads follows what changed there, however many items are stored here."""

from typing import Any

import pytest
from django.db import connection as database

from accounts.tenancy import current_organization_id
from integrations.actions.statistics import tell_planner
from integrations.choices import Measure
from integrations.models import Connection, Link, LinkTally, Source
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.twins import SlowClock

# Rows that any statement of this transaction met so far, in tables and through indexes.
MET = """
SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables
"""
# Stories of the project, the first ten below the epic of the tests, a third of all done.
FILL = """
WITH told AS (
    SELECT n, (20000 + n)::text AS id, 'SHOP-' || 1000 + n AS key,
           CASE n %% 3 WHEN 0 THEN 'done' ELSE 'new' END AS kind,
           CASE WHEN n <= 10 THEN %(epic)s ELSE '' END AS parent
    FROM generate_series(%(first)s, %(last)s) n
), stored AS (
    INSERT INTO integrations_synceditem (
        id, organization_id, created_at, connection_id, remote_id, key, title, url, kind, facts,
        is_leaf, category, status_id, status_name, resolution, labels, parent_remote_id,
        parent_key, project_remote_id, project_key, team_remote_id, remote_created_at,
        remote_updated_at, is_archived)
    SELECT gen_random_uuid(), %(org)s, now(), %(connection)s, id, key, 'Story', '', 'Story',
           jsonb_build_object(
               'remote_id', id, 'key', key, 'title', 'Story', 'url', '', 'type_id', '7',
               'type_name', 'Story', 'level', 0, 'status_id', '1', 'status_name', 'Open',
               'status_kind', kind, 'project_remote_id', %(project)s, 'project_key', 'SHOP',
               'created_at', '2026-01-01T00:00:00Z', 'updated_at', '2026-01-01T00:00:00Z',
               'parent_remote_id', parent),
           true, CASE kind WHEN 'done' THEN 'done' ELSE 'todo' END, '1', 'Open', '', '{speed}',
           parent, '', %(project)s, 'SHOP', '', '2026-01-01', '2026-01-01', false
    FROM told RETURNING id
)
INSERT INTO integrations_sourceitem
    (id, organization_id, created_at, source_id, item_id, generation)
SELECT gen_random_uuid(), %(org)s, now(), %(source)s, id, 0 FROM stored
"""


def rows_met() -> int:
    with database.cursor() as cursor:
        cursor.execute(MET)
        return int(cursor.fetchone()[0])


def fill(source: Source, epic: str, first: int, last: int) -> None:
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '60s'")
        cursor.execute(
            FILL,
            {
                "org": current_organization_id(),
                "connection": source.connection_id,
                "source": source.pk,
                "project": source.remote_id,
                "epic": epic,
                "first": first,
                "last": last,
            },
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    tell_planner()


@pytest.fixture
def links(portal: Portal, jira: Tracker, connection: Connection, link: Link) -> list[Link]:
    """One link of each sort over the shop, which was read once."""
    clock = SlowClock()
    clock.moment = jira.now()
    jira.turn_clock(clock)
    shop, epic = link.source.remote_id, jira.find("SHOP-1").id
    sorts: tuple[dict[str, Any], ...] = (
        {"label": "speed"},
        {"measure": Measure.SHARE_OF_POINTS},
        {"rules": {"status_kinds": {"indeterminate": "done"}}},
        {"parent_remote_id": epic},
    )
    made = [
        portal.link(connection, portal.key_result(f"Sort {number}"), shop, **fields)
        for number, fields in enumerate(sorts)
    ]
    portal.sync(connection)
    return [link, *made]


def a_day(jira: Tracker, number: int) -> None:
    """Changes of five stories: of one below the epic and one elsewhere, two that are new, one done
    again."""
    for key in ("SHOP-3", "SHOP-4", "SHOP-2"):
        jira.reopen(key)
        jira.finish(key)
    jira.add("SHOP", f"Story {number}", epic="SHOP-1", labels=("speed",))
    jira.add("SHOP", f"Other story {number}")


def test_a_run_reads_less_than_a_tenth_of_nine_thousand_items_that_did_not_change(
    portal: Portal, jira: Tracker, connection: Connection, links: list[Link]
) -> None:
    epic, read = jira.find("SHOP-1").id, {}
    for first, last in ((1, 1000), (1001, 10_000)):
        fill(links[0].source, epic, first, last)
        LinkTally.objects.all().delete()
        Source.objects.update(counted_at=None)
        portal.sync(connection)
        a_day(jira, last)
        before = rows_met()
        assert portal.sync(connection).changed == 5
        read[last] = rows_met() - before
    assert read[10_000] - read[1000] < 900
