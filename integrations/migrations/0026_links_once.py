"""The same items count once for a goal, where they were linked twice by a second click, say.

Of links that say the same the oldest stays; what the younger ones observed stays with them. The
goals are measured by their next run. Each step may be repeated, should an index not be built.
"""

from django.db import migrations, models
from django.db.models import Case, Q, Value, When

TABLE = "integrations_link"
MESSAGE = "These items count for it already: change the link that is there."
SUMMED = "(CASE WHEN measure = 'sum-of-field' THEN field ELSE '' END)"
ARCHIVE_YOUNGER = """
    UPDATE integrations_link SET archived_at = now(), updated_at = now(), version = version + 1
    WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (
                PARTITION BY organization_id, source_id, key_result_id, initiative_id, label,
                    parent_remote_id,
                    CASE WHEN measure = 'sum-of-field' AND initiative_id IS NULL THEN field
                         ELSE '' END
                ORDER BY id
            ) AS position
            FROM integrations_link WHERE archived_at IS NULL
        ) live WHERE position > 1
    )
"""


def unique(name: str, goal: str, last: str) -> migrations.RunSQL:
    """A unique index of live links, built without a lock on the table."""
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    build = (
        f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {TABLE} (organization_id, source_id,"
        f" {goal}_id, label, {last}) WHERE archived_at IS NULL AND {goal}_id IS NOT NULL"
    )
    return migrations.RunSQL([drop, build], drop)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("integrations", "0025_census_of_queries")]
    operations = [
        migrations.RunSQL(ARCHIVE_YOUNGER, migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                unique("link_key_result_once", "key_result", f"parent_remote_id, {SUMMED}")
            ],
            state_operations=[
                migrations.AddConstraint(
                    "link",
                    models.UniqueConstraint(
                        "organization",
                        "source",
                        "key_result",
                        "label",
                        "parent_remote_id",
                        Case(When(measure="sum-of-field", then="field"), default=Value("")),
                        condition=Q(archived_at=None, key_result__isnull=False),
                        name="link_key_result_once",
                        violation_error_message=MESSAGE,
                    ),
                )
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[unique("link_initiative_once", "initiative", "parent_remote_id")],
            state_operations=[
                migrations.AddConstraint(
                    "link",
                    models.UniqueConstraint(
                        fields=[
                            "organization", "source", "initiative", "label", "parent_remote_id",
                        ],
                        condition=Q(archived_at=None, initiative__isnull=False),
                        name="link_initiative_once",
                        violation_error_message=MESSAGE,
                    ),
                )
            ],
        ),
    ]  # fmt: skip
