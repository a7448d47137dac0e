"""A large project that was just read: no statistics yet, and no time to wait.

The role of the application may take a few seconds for a statement. Compared each with each, the
items of these tests would take minutes, and the test would fail on that limit.
"""

import pytest
from django.db import connection as database
from django.db.models import Value
from django.db.models.functions import Concat, Right
from django.test import Client

from accounts.tenancy import current_organization_id
from integrations.models import Link, Source, SourceItem, SyncedItem
from integrations.queries.loose import loose_groups, loose_items
from integrations.queries.plans import hash_joins
from integrations.queries.work import level_of, served_by
from tests.factories.okrs import InitiativeFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address, make_source

EPICS, ITEMS = 200, 20_000
# Epics first, then stories below them in turn, the second half below those of the first.
FILL = """
INSERT INTO integrations_synceditem (
    id, organization_id, created_at, connection_id, remote_id, key, title, url, kind, facts,
    is_leaf, category, status_id, status_name, resolution, labels, parent_remote_id, parent_key,
    project_remote_id, project_key, team_remote_id, remote_created_at, remote_updated_at,
    is_archived)
SELECT gen_random_uuid(), %(org)s, now(), %(connection)s, n::text, 'K-' || n, 'Title', '', 'Story',
       '{}', n > %(epics)s, 'todo', '1', 'Open', '', '{}',
       CASE WHEN n <= %(epics)s THEN ''
            WHEN n <= %(items)s / 2 THEN (n %% %(epics)s + 1)::text
            ELSE (n - %(items)s / 2 + %(epics)s)::text END,
       '', '', '', '', now(), now(), false
FROM generate_series(1, %(items)s) n
"""
JOIN = """
INSERT INTO integrations_sourceitem
    (id, organization_id, created_at, source_id, item_id, generation)
SELECT gen_random_uuid(), organization_id, now(), %s, id, 0 FROM integrations_synceditem
"""


@pytest.fixture
def large(source: Source) -> Source:
    with database.cursor() as cursor:
        # Making the items may take its time, unlike reading them.
        cursor.execute("SET LOCAL statement_timeout = '60s'")
        cursor.execute(
            FILL,
            {
                "org": current_organization_id(),
                "connection": source.connection_id,
                "epics": EPICS,
                "items": ITEMS,
            },
        )
        cursor.execute(JOIN, [source.pk])
        # Here and not at the end of the test, whose limit is that of the role.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    return source


@pytest.fixture
def link(portal: Portal, large: Source) -> Link:
    initiative = InitiativeFactory.create(product=portal.world.product, owner=portal.admin)
    return Link.objects.create(source=large, initiative=initiative)


def test_the_tree_of_a_large_project_is_there_at_once(link: Link) -> None:
    (first, *_), after = level_of(link).rows, level_of(link).after
    assert first.total == pytest.approx(ITEMS / EPICS, rel=0.05)
    assert after is not None
    assert len(level_of(link, below=first.id).rows) > 1


def test_the_projects_of_a_large_team_are_there_at_once(link: Link) -> None:
    link.source.kind = "team"
    SyncedItem.objects.filter(is_leaf=False).update(
        project_remote_id=Right("remote_id", 1), project_name=Concat(Value("P "), "key")
    )
    projects = level_of(link).projects
    assert len(projects) == 10
    assert sum(project.total for project in projects) == ITEMS - EPICS


def test_the_line_up_is_found_at_once(portal: Portal, link: Link) -> None:
    deepest = SyncedItem.objects.get(remote_id=str(ITEMS))
    assert len(served_by(portal.world.access("admin"), deepest).above) > 1


def test_what_hangs_in_the_air_is_counted_at_once(portal: Portal, link: Link) -> None:
    link.parent_remote_id = "7"
    link.save()
    access = portal.world.access("admin")
    with hash_joins():
        groups = loose_groups(access)
        page = loose_items(access, product=portal.world.product.pk).order_by("key", "id")[:50]
        assert len(page) == 50
    (source,), (product,) = groups.sources, groups.products
    assert source.loose == product.loose
    assert 0 < ITEMS - EPICS - source.loose < 2 * ITEMS / EPICS


def test_whose_the_tickets_of_a_project_are_is_found_at_once(portal: Portal, link: Link) -> None:
    link.label = "none has it"
    link.save()
    bugs = make_source(link.source.connection, "Bugs")
    SyncedItem.objects.update(project_remote_id="10")
    with hash_joins():
        SourceItem.objects.filter(item__is_leaf=True).update(source=bugs)
        groups = loose_groups(portal.world.access("admin"))
    assert [group.loose for group in groups.products] == [ITEMS - EPICS]


def lines_of(client: Client, place: str) -> int:
    answer = client.get(place)
    assert answer.status_code == 200
    return len(answer.content.splitlines()) - 1


def test_the_file_of_a_source_holds_all_that_the_source_holds(admin: Client, large: Source) -> None:
    assert lines_of(admin, address("source-csv", large.pk)) == ITEMS


def test_the_file_of_tickets_without_a_goal_holds_them_all(admin: Client, large: Source) -> None:
    assert lines_of(admin, f"{address('gaps-csv')}?list=items") == ITEMS - EPICS
