"""How often sources are counted whose items leave without a change that tells."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0024_last_look_at_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='query_census_hours',
            field=models.PositiveSmallIntegerField(db_default=4, default=4, help_text='Queries, filters and initiatives: until then the item counts.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(720)], verbose_name='look for items that left a query every (hours)'),
        ),
    ]
