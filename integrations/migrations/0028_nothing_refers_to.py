"""No key refers to these rows: the index for it was written with each of them and never read."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0027_watched_columns'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='itemversion',
            name='integrations_itemversion_org_id',
        ),
        migrations.RemoveConstraint(
            model_name='sourceitem',
            name='integrations_sourceitem_org_id',
        ),
    ]
