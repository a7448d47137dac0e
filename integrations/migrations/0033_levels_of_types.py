"""What types of items are called there and on which level they are: no item tells another one."""

import accounts.constraints
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_watched_columns'),
        ('integrations', '0032_figures_of_numbers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='connection',
            name='integrations_connection_audit',
        ),
        migrations.AddField(
            model_name='connection',
            name='item_types',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='recount',
            name='types',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=accounts.constraints.Audited(name='integrations_connection_audit', secret=[], silent=['next_run_at', 'last_complete_at', 'state', 'requests_left', 'resets_at', 'failures', 'vocabulary', 'item_types', 'number_fields', 'names_read_to', 'forgotten_to'], watched=['id', 'organization_id', 'created_at', 'archived_at', 'name', 'provider', 'address', 'owner_id', 'account', 'site_id', 'time_zone', 'rules', 'points_fields', 'interval_minutes', 'shrink_percent', 'census_hours', 'query_census_hours', 'keep_days', 'problem', 'remedy']),
        ),
    ]
