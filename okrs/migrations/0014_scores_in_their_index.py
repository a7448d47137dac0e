"""What a dashboard reads of the past stands in the index itself; built while people work."""

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import Q


def with_score(key: str) -> list[Operation]:
    """The new index first, so that no query goes without."""
    name, former = f"scores_of_{key}", f"score_point_of_{key}"
    place = f"okrs_scorepoint (organization_id, {key}_id, at)"
    index = models.Index(
        fields=["organization", key, "at"],
        include=["score"],
        condition=~Q(**{key: None}),
        name=name,
    )
    return [
        while_in_use(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {place} INCLUDE (score)"
            f" WHERE {key}_id IS NOT NULL",
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            migrations.AddIndex("scorepoint", index),
        ),
        while_in_use(
            f"DROP INDEX CONCURRENTLY IF EXISTS {former}",
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {former} ON {place}"
            f" WHERE {key}_id IS NOT NULL",
            migrations.RemoveIndex("scorepoint", former),
        ),
    ]


def while_in_use(forward: str, backward: str, state: Operation) -> Operation:
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(forward, backward)], state_operations=[state]
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("okrs", "0013_watched_columns")]
    operations = [*with_score("objective"), *with_score("unit_score")]
