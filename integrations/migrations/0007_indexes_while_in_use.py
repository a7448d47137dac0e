"""The indexes that a trusted sync asks for, built while people work.

Each step may be repeated, for databases whose third migration built these indexes itself.
"""

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q


def while_in_use(forward: str, backward: str, state: Operation) -> Operation:
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(forward, backward)], state_operations=[state]
    )


def index(kind: str, name: str, on: str) -> tuple[str, str]:
    """SQL that builds an index without a lock on its table, and SQL that drops it."""
    return (
        f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} ON {on}",
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("integrations", "0006_webhook_lookup")]
    operations = [
        while_in_use(
            *index(
                "INDEX",
                "observation_course",
                "integrations_observation"
                " (organization_id, link_id, effective_at DESC, recorded_at DESC)",
            ),
            migrations.AddIndex(
                "observation",
                models.Index(
                    fields=["organization", "link", "-effective_at", "-recorded_at"],
                    name="observation_course",
                ),
            ),
        ),
        while_in_use(
            *reversed(
                index(
                    "INDEX",
                    "observation_latest",
                    "integrations_observation (organization_id, link_id, recorded_at DESC)",
                )
            ),
            migrations.RemoveIndex("observation", "observation_latest"),
        ),
        while_in_use(
            *index(
                "INDEX",
                "source_item_ever",
                "integrations_sourceitem (organization_id, source_id, item_id)",
            ),
            migrations.AddIndex(
                "sourceitem",
                models.Index(fields=["organization", "source", "item"], name="source_item_ever"),
            ),
        ),
        while_in_use(
            *index(
                "UNIQUE INDEX",
                "source_item_once_at_a_time",
                "integrations_sourceitem (organization_id, source_id, item_id)"
                " WHERE left_at IS NULL",
            ),
            migrations.AddConstraint(
                "sourceitem",
                models.UniqueConstraint(
                    fields=("organization", "source", "item"),
                    condition=Q(left_at=None),
                    name="source_item_once_at_a_time",
                ),
            ),
        ),
        while_in_use(
            "ALTER TABLE integrations_sourceitem DROP CONSTRAINT IF EXISTS source_item_once",
            "ALTER TABLE integrations_sourceitem ADD CONSTRAINT source_item_once"
            " UNIQUE (organization_id, source_id, item_id)",
            migrations.RemoveConstraint("sourceitem", "source_item_once"),
        ),
        while_in_use(
            *index(
                "UNIQUE INDEX",
                "quarantined_once_at_a_time",
                "integrations_quarantinedrecord (organization_id, source_id, remote_id)"
                " WHERE resolved_at IS NULL AND NOT (remote_id = '')",
            ),
            migrations.AddConstraint(
                "quarantinedrecord",
                models.UniqueConstraint(
                    fields=("organization", "source", "remote_id"),
                    condition=Q(resolved_at=None) & ~Q(remote_id=""),
                    name="quarantined_once_at_a_time",
                ),
            ),
        ),
    ]
