"""What other rules owe to what is stored, as a fact; whose job got lost has something due."""

from importlib import import_module

import accounts.constraints
import accounts.fields
import accounts.tenancy
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

LOOKUP = import_module("integrations.migrations.0009_figures_lookup")
# Keep in step with `integrations.actions.recounts.send_forgotten`.
RECOUNTS = """
        UNION
        SELECT o.organization_id FROM public.integrations_recount o
        WHERE o.progressed_at < now() - interval '2 minutes'
"""
BEFORE = LOOKUP.DUE + LOOKUP.PULLS


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_rounds'),
        ('integrations', '0019_fields_asked_for'),
    ]

    operations = [
        migrations.CreateModel(
            name='Recount',
            fields=[
                ('id', models.UUIDField(default=accounts.fields.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('after', models.CharField(blank=True, default='', max_length=64)),
                ('items_done', models.PositiveIntegerField(default=0)),
                ('kept', models.JSONField(default=dict)),
                ('progressed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('connection', accounts.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recounts', to='integrations.connection')),
                ('link', accounts.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='recounts', to='integrations.link')),
                ('organization', models.ForeignKey(db_index=False, default=accounts.tenancy.current_organization_id, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'link'], name='integration_organiz_0b16f2_idx')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'connection', 'link'), name='recount_once_at_a_time', nulls_distinct=False), models.UniqueConstraint(fields=('organization', 'id'), name='integrations_recount_org_id'), accounts.constraints.SameTenant(field='connection', name='integrations_recount_connection_same_org'), accounts.constraints.SameTenant(field='link', name='integrations_recount_link_same_org'), accounts.constraints.RowLevelSecurity(column='organization_id', name='integrations_recount_tenant')],
            },
        ),
        migrations.RunSQL(BEFORE + RECOUNTS + LOOKUP.END, BEFORE + LOOKUP.END),
    ]
