"""A point of history stands in the one index of what it is of; built while people work."""

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q

FORMER = {"key_result": "point_of_key_result", "objective": "point_of_objective",
          "unit_score": "point_of_unit"}  # fmt: skip


def by_key(key: str, former: str) -> list[Operation]:
    """The new index first, so that no query goes without."""
    name = f"score_point_of_{key}"
    table = f"okrs_scorepoint (organization_id, {key}_id, at)"
    index = models.Index(
        fields=["organization", key, "at"], condition=~Q(**{key: None}), name=name
    )
    return [
        while_in_use(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} WHERE {key}_id IS NOT NULL",
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            migrations.AddIndex("scorepoint", index),
        ),
        while_in_use(
            f"DROP INDEX CONCURRENTLY IF EXISTS {former}",
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {former} ON {table}",
            migrations.RemoveIndex("scorepoint", former),
        ),
    ]


def while_in_use(forward: str, backward: str, state: Operation) -> Operation:
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(forward, backward)], state_operations=[state]
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("okrs", "0011_sets_stand_still")]
    operations = [operation for key, former in FORMER.items() for operation in by_key(key, former)]
