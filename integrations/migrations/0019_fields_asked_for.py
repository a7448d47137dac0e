"""Since when sources are read with which fields.

Of those that were read, the estimates are taken as asked for from the beginning. Fields that are
added up are noted by the next run, and their sums stand until then.
"""

import accounts.constraints
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_rounds'),
        ('integrations', '0018_grants_of_no_connection'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='source',
            name='integrations_source_audit',
        ),
        migrations.AddField(
            model_name='source',
            name='asked_since',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, editable=False),
        ),
        migrations.RunSQL(
            """
            UPDATE integrations_source s SET asked_since = jsonb_build_object(
                'estimate:' || array_to_string(c.points_fields, ','),
                to_char(s.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))
            FROM integrations_connection c
            WHERE c.organization_id = s.organization_id AND c.id = s.connection_id
              AND s.read_as <> ''
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=accounts.constraints.Audited(name='integrations_source_audit', secret=[], silent=['watermark', 'checkpoint', 'state', 'last_complete_at', 'item_count', 'problem', 'read_as', 'settled_in', 'generation', 'census_checkpoint', 'census_started_at', 'censused_at', 'missing_count', 'counted_at', 'asked_since']),
        ),
    ]
