"""Since when histories are kept, of each organisation that is older than they are."""

import accounts.constraints
import accounts.fields
import accounts.tenancy
import django.db.models.deletion
from django.db import migrations, models

# What was there when histories began got their beginning from that migration.
SO_FAR = """
    INSERT INTO okrs_historystart (id, organization_id, created_at, begins_at)
    SELECT gen_random_uuid(), o.id, clock_timestamp(), m.applied
    FROM accounts_organization o
    JOIN django_migrations m ON m.app = 'okrs' AND m.name = '0008_histories_so_far'
    WHERE o.created_at < m.applied
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_schema_seen'),
        ('okrs', '0009_people_weeks_of_dependencies'),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoryStart',
            fields=[
                ('id', models.UUIDField(default=accounts.fields.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('begins_at', models.DateTimeField()),
                ('organization', models.ForeignKey(db_index=False, default=accounts.tenancy.current_organization_id, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organization')),
            ],
            options={
                'constraints': [accounts.constraints.AppendOnly(name='okrs_historystart_append_only'), models.UniqueConstraint(fields=('organization',), name='history_start_once'), models.UniqueConstraint(fields=('organization', 'id'), name='okrs_historystart_org_id'), accounts.constraints.RowLevelSecurity(column='organization_id', name='okrs_historystart_tenant')],
            },
        ),
        migrations.RunSQL(SO_FAR, migrations.RunSQL.noop),
    ]
