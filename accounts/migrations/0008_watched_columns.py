"""The audit log is not asked about statements that set no column of which it tells."""

import accounts.constraints
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_rounds'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='apitoken',
            name='accounts_apitoken_audit',
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=accounts.constraints.Audited(name='accounts_apitoken_audit', secret=['token_hash'], silent=['last_used_at', 'last_used_from'], watched=['id', 'organization_id', 'created_at', 'member_id', 'name', 'scope', 'prefix', 'token_hash', 'expires_at', 'revoked_at']),
        ),
    ]
