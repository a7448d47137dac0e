"""The numeric fields of a service, as it last told them."""

import accounts.constraints
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_rounds'),
        ('integrations', '0020_recounts'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='connection',
            name='integrations_connection_audit',
        ),
        migrations.AddField(
            model_name='connection',
            name='number_fields',
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=accounts.constraints.Audited(name='integrations_connection_audit', secret=[], silent=['next_run_at', 'last_complete_at', 'state', 'requests_left', 'resets_at', 'failures', 'vocabulary', 'number_fields']),
        ),
    ]
