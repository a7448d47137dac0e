"""What is kept of counting sources and links, and the operator's figure of what was wrong in it."""

from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import accounts.constraints
import accounts.fields
import accounts.tenancy

FIGURES_BEFORE = import_module("integrations.migrations.0010_operators_figures").FIGURES
FIGURES = """
CREATE OR REPLACE FUNCTION flotilla_figures()
RETURNS TABLE (name text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT 'outbox_entries', '', count(*)::float8
    FROM public.accounts_outboxentry WHERE dispatched_at IS NULL
    UNION ALL
    SELECT 'outbox_age_seconds', '',
        coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
    FROM public.accounts_outboxentry WHERE dispatched_at IS NULL
    UNION ALL
    SELECT 'connections', state, count(*)::float8
    FROM public.integrations_connection WHERE archived_at IS NULL GROUP BY state
    UNION ALL
    SELECT 'sync_lag_seconds', provider,
        max(extract(epoch FROM now() - coalesce(last_complete_at, created_at)))::float8
    FROM public.integrations_connection
    WHERE archived_at IS NULL AND state <> 'paused' GROUP BY provider
    UNION ALL
    SELECT 'sync_runs_last_hour', state, count(*)::float8
    FROM public.integrations_syncrun WHERE finished_at > now() - interval '1 hour' GROUP BY state
    UNION ALL
    SELECT 'sync_runs_open', state, count(*)::float8
    FROM public.integrations_syncrun WHERE state IN ('waiting', 'running') GROUP BY state
    UNION ALL
    SELECT 'sync_counts_repaired_last_day', '', coalesce(sum(repaired), 0)::float8
    FROM public.integrations_syncrun WHERE finished_at > now() - interval '1 day'
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_schema_seen'),
        ('integrations', '0014_former_grants'),
    ]

    operations = [
        migrations.CreateModel(
            name='LinkTally',
            fields=[
                ('id', models.UUIDField(default=accounts.fields.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('line', models.PositiveIntegerField()),
                ('done', models.IntegerField()),
                ('standing', models.IntegerField()),
                ('left_out', models.IntegerField()),
                ('unestimated', models.IntegerField()),
                ('points_done', models.DecimalField(decimal_places=10, max_digits=30)),
                ('points_total', models.DecimalField(decimal_places=10, max_digits=30)),
                ('summed', models.DecimalField(decimal_places=10, max_digits=30)),
                ('counted_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('link', accounts.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tallies', to='integrations.link')),
                ('organization', models.ForeignKey(db_index=False, default=accounts.tenancy.current_organization_id, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'link'), name='tally_one_a_link'), models.UniqueConstraint(fields=('organization', 'id'), name='integrations_linktally_org_id'), accounts.constraints.SameTenant(field='link', name='integrations_linktally_link_same_org'), accounts.constraints.RowLevelSecurity(column='organization_id', name='integrations_linktally_tenant')],
            },
        ),
        migrations.RemoveConstraint(
            model_name='source',
            name='integrations_source_audit',
        ),
        migrations.AddField(
            model_name='source',
            name='counted_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='syncrun',
            name='repaired',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=accounts.constraints.Audited(name='integrations_source_audit', secret=[], silent=['watermark', 'checkpoint', 'state', 'last_complete_at', 'item_count', 'problem', 'read_as', 'settled_in', 'generation', 'census_checkpoint', 'census_started_at', 'censused_at', 'missing_count', 'counted_at']),
        ),
        migrations.RunSQL(
            FIGURES, FIGURES_BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        ),
    ]
