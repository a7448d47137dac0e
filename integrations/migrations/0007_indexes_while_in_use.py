"""The indexes that the third migration asks for, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q


def unique_while_in_use(
    model: str, name: str, fields: tuple[str, ...], condition: Q, where: str
) -> Operation:
    """A partial unique constraint whose index is built without a lock on the table."""
    columns = ", ".join(f"{field}_id" if field != "remote_id" else field for field in fields)
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"CREATE UNIQUE INDEX CONCURRENTLY {name} "
                f"ON integrations_{model} ({columns}) WHERE {where}",
                f"DROP INDEX CONCURRENTLY {name}",
            )
        ],
        state_operations=[
            migrations.AddConstraint(
                model, models.UniqueConstraint(fields=fields, condition=condition, name=name)
            )
        ],
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("integrations", "0006_webhook_lookup")]
    operations = [
        AddIndexConcurrently(
            "observation",
            models.Index(
                fields=["organization", "link", "-effective_at", "-recorded_at"],
                name="observation_course",
            ),
        ),
        RemoveIndexConcurrently("observation", "observation_latest"),
        AddIndexConcurrently(
            "sourceitem",
            models.Index(fields=["organization", "source", "item"], name="source_item_ever"),
        ),
        unique_while_in_use(
            "sourceitem",
            "source_item_once_at_a_time",
            ("organization", "source", "item"),
            Q(left_at=None),
            "left_at IS NULL",
        ),
        migrations.RemoveConstraint("sourceitem", "source_item_once"),
        unique_while_in_use(
            "quarantinedrecord",
            "quarantined_once_at_a_time",
            ("organization", "source", "remote_id"),
            Q(resolved_at=None) & ~Q(remote_id=""),
            "resolved_at IS NULL AND remote_id <> ''",
        ),
    ]
