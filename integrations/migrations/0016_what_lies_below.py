"""The indexes by which what hangs below a parent is found, built while people work.

An index that also held the items without a parent could be taken to look one up by its id, by
a planner that knows nothing yet of a connection that was just filled: then each of a page's items
costs all of the connection's.
"""

from django.db import migrations, models
from django.db.models import Q

TABLE = "integrations_synceditem"
BY_ID = f"{TABLE} (organization_id, connection_id, parent_remote_id)"


def build(name: str, on: str) -> str:
    return f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}"


def drop(name: str) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("integrations", "0015_kept_counts")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    build("synced_item_below", f"{BY_ID} WHERE NOT (parent_remote_id = '')"),
                    drop("synced_item_below"),
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    "synceditem",
                    models.Index(
                        fields=["organization", "connection", "parent_remote_id"],
                        condition=~Q(parent_remote_id=""),
                        name="synced_item_below",
                    ),
                )
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    build(
                        "synced_item_below_by_key",
                        f"{TABLE} (organization_id, connection_id, parent_key)"
                        " WHERE parent_remote_id = '' AND NOT (parent_key = '')",
                    ),
                    drop("synced_item_below_by_key"),
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    "synceditem",
                    models.Index(
                        fields=["organization", "connection", "parent_key"],
                        condition=Q(parent_remote_id="") & ~Q(parent_key=""),
                        name="synced_item_below_by_key",
                    ),
                )
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(drop("synced_item_parent"), build("synced_item_parent", BY_ID))
            ],
            state_operations=[migrations.RemoveIndex("synceditem", "synced_item_parent")],
        ),
    ]
