"""Let the product see which migrations ran: it is ready once its own are among them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_due_mail")]
    operations = [
        migrations.RunSQL(
            "GRANT SELECT ON django_migrations TO flotilla_app",
            "REVOKE SELECT ON django_migrations FROM flotilla_app",
        )
    ]
