"""Kept counts of links with a field say from now on what lacks it, so they are counted anew."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("integrations", "0021_number_fields")]

    operations = [
        migrations.RunSQL(
            """
            DELETE FROM integrations_linktally t USING integrations_link l
            WHERE l.organization_id = t.organization_id AND l.id = t.link_id AND l.field <> ''
            """,
            migrations.RunSQL.noop,
        ),
    ]
