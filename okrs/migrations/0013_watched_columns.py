"""The audit log is not asked about statements that set no column of which it tells."""

import accounts.constraints
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_watched_columns'),
        ('okrs', '0012_points_by_key'),
        ('portfolio', '0002_cadence_rules'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='initiative',
            name='okrs_initiative_audit',
        ),
        migrations.RemoveConstraint(
            model_name='keyresult',
            name='okrs_keyresult_audit',
        ),
        migrations.RemoveConstraint(
            model_name='objective',
            name='okrs_objective_audit',
        ),
        migrations.AddConstraint(
            model_name='initiative',
            constraint=accounts.constraints.Audited(name='okrs_initiative_audit', secret=[], silent=['items_done', 'items_total'], watched=['id', 'organization_id', 'created_at', 'archived_at', 'title', 'description', 'product_id', 'team_id', 'owner_id', 'state', 'starts_on', 'ends_on']),
        ),
        migrations.AddConstraint(
            model_name='keyresult',
            constraint=accounts.constraints.Audited(name='okrs_keyresult_audit', secret=[], silent=['current_value', 'current_at', 'current_source', 'score', 'raw', 'is_overridden', 'pace', 'pace_gap', 'expected', 'outdated_from', 'evidence_at', 'scored_at', 'confidence', 'reported_status', 'last_note', 'checked_in_at', 'checked_in_by_id', 'postponed_until', 'definition_version'], watched=['id', 'organization_id', 'created_at', 'archived_at', 'objective_id', 'title', 'description', 'metric_id', 'owner_id', 'shape', 'source', 'contribution_mode', 'baseline', 'target', 'lower', 'upper', 'condition', 'weight', 'starts_on', 'ends_on', 'curve', 'curve_points', 'final_score', 'judgement']),
        ),
        migrations.AddConstraint(
            model_name='objective',
            constraint=accounts.constraints.Audited(name='okrs_objective_audit', secret=[], silent=['score', 'lowest', 'highest', 'reporting', 'counted', 'confidence', 'scored_at'], watched=['id', 'organization_id', 'created_at', 'archived_at', 'title', 'description', 'tier_id', 'cycle_id', 'portfolio_id', 'product_id', 'team_id', 'theme_id', 'owner_id', 'state', 'condition', 'roll_up', 'continued_from_id', 'assessed_score', 'assessed_by_id', 'assessed_at', 'assessment']),
        ),
    ]
