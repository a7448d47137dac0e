"""What the tests of pages share: addresses, sources and items as if they had been read."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from integrations.actions.connections import connect, prove
from integrations.choices import SourceState
from integrations.models import (
    Connection,
    Source,
    SourceItem,
    SyncedItem,
)
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.personas import World


def address(name: str, *keys: Any) -> str:
    return reverse(f"integrations:{name}", args=["acme", *keys])


def text_of(response: Any) -> str:
    return str(response.content.decode())


def make_source(connection: Connection, name: str) -> Source:
    return Source.objects.create(
        connection=connection,
        kind="project",
        remote_id=name,
        name=name,
        state=SourceState.CURRENT,
        last_complete_at=timezone.now(),
    )


def make_item(source: Source, key: str, **fields: Any) -> SyncedItem:
    now = timezone.now()
    given = {
        "remote_id": key, "title": f"Title of {key}", "kind": "Story", "is_leaf": True,
        "category": "todo", "status_id": "1", "status_name": "Open", "facts": facts_of(key),
        "remote_created_at": now, "remote_updated_at": now, **fields,
    }  # fmt: skip
    item = SyncedItem.objects.create(connection_id=source.connection_id, key=key, **given)
    SourceItem.objects.create(source=source, item=item)
    return item


def facts_of(key: str, **facts: Any) -> dict[str, Any]:
    """An item as an adapter reported it: open, of an ordinary type."""
    now = timezone.now().isoformat()
    return {
        "remote_id": key, "key": key, "title": key, "url": "", "type_id": "7",
        "type_name": "Story", "level": 0, "status_id": "1", "status_name": "Open",
        "status_kind": "new", "project_remote_id": "1", "project_key": "SHOP",
        "created_at": now, "updated_at": now, **facts,
    }  # fmt: skip


TOKEN = "token-of-the-tests"
SECRETS = {"email": "sync@example.com", "token": TOKEN}


def connected(world: World, jira: Server[JiraCloud]) -> Connection:
    row = Connection(provider="jira-cloud", name="Jira", address=jira.url)
    return connect(world.access("admin"), row, SECRETS, prove(row, SECRETS))
