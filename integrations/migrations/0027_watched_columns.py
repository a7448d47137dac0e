"""The audit log is not asked about statements that set no column of which it tells."""

import accounts.constraints
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_watched_columns'),
        ('integrations', '0026_links_once'),
        ('okrs', '0012_points_by_key'),
        ('portfolio', '0002_cadence_rules'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='connection',
            name='integrations_connection_audit',
        ),
        migrations.RemoveConstraint(
            model_name='credential',
            name='integrations_credential_audit',
        ),
        migrations.RemoveConstraint(
            model_name='link',
            name='integrations_link_audit',
        ),
        migrations.RemoveConstraint(
            model_name='pull',
            name='integrations_pull_audit',
        ),
        migrations.RemoveConstraint(
            model_name='pushaddress',
            name='integrations_pushaddress_audit',
        ),
        migrations.RemoveConstraint(
            model_name='source',
            name='integrations_source_audit',
        ),
        migrations.RemoveConstraint(
            model_name='webhook',
            name='integrations_webhook_audit',
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=accounts.constraints.Audited(name='integrations_connection_audit', secret=[], silent=['next_run_at', 'last_complete_at', 'state', 'requests_left', 'resets_at', 'failures', 'vocabulary', 'number_fields', 'names_read_to'], watched=['id', 'organization_id', 'created_at', 'archived_at', 'name', 'provider', 'address', 'owner_id', 'account', 'site_id', 'time_zone', 'rules', 'points_fields', 'interval_minutes', 'shrink_percent', 'census_hours', 'query_census_hours', 'keep_days', 'problem', 'remedy']),
        ),
        migrations.AddConstraint(
            model_name='credential',
            constraint=accounts.constraints.Audited(name='integrations_credential_audit', secret=['sealed'], silent=['sealed'], watched=['id', 'organization_id', 'created_at', 'connection_id', 'kind', 'hint', 'set_by_id', 'set_at']),
        ),
        migrations.AddConstraint(
            model_name='link',
            constraint=accounts.constraints.Audited(name='integrations_link_audit', secret=[], silent=['observed_at', 'line'], watched=['id', 'organization_id', 'created_at', 'archived_at', 'source_id', 'key_result_id', 'initiative_id', 'measure', 'field', 'label', 'parent_remote_id', 'rules']),
        ),
        migrations.AddConstraint(
            model_name='pull',
            constraint=accounts.constraints.Audited(name='integrations_pull_audit', secret=['sealed'], silent=['state', 'next_run_at', 'last_pulled_at', 'failures'], watched=['id', 'organization_id', 'created_at', 'archived_at', 'metric_id', 'provider', 'name', 'address', 'path', 'interval_minutes', 'delay_days', 'sealed', 'header_names', 'owner_id', 'problem', 'remedy']),
        ),
        migrations.AddConstraint(
            model_name='pushaddress',
            constraint=accounts.constraints.Audited(name='integrations_pushaddress_audit', secret=['token_hash'], silent=['received', 'last_received_at', 'refused', 'last_refused_at', 'refused_because'], watched=['id', 'organization_id', 'created_at', 'metric_id', 'name', 'token_hash', 'hint', 'made_by_id', 'closed_at']),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=accounts.constraints.Audited(name='integrations_source_audit', secret=[], silent=['watermark', 'checkpoint', 'state', 'last_complete_at', 'item_count', 'problem', 'read_as', 'settled_in', 'generation', 'census_checkpoint', 'census_started_at', 'censused_at', 'missing_count', 'counted_at', 'asked_since'], watched=['id', 'organization_id', 'created_at', 'archived_at', 'connection_id', 'kind', 'remote_id', 'name', 'query', 'shrink_accepted']),
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=accounts.constraints.Audited(name='integrations_webhook_audit', secret=['token', 'sealed'], silent=['received', 'last_received_at', 'refused', 'last_refused_at', 'refused_because'], watched=['id', 'organization_id', 'created_at', 'connection_id', 'token', 'sealed', 'set_by_id', 'set_at']),
        ),
    ]
