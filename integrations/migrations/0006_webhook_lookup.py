"""The organisation of a webhook by its address, before any is bound; and the end of deliveries."""

from django.db import migrations

DEFINER = "LANGUAGE sql {} SECURITY DEFINER SET search_path = pg_catalog, public"


class Migration(migrations.Migration):
    dependencies = [("integrations", "0005_webhooks")]
    operations = [
        migrations.RunSQL(
            f"""
            CREATE FUNCTION flotilla_webhook(token text) RETURNS uuid
            {DEFINER.format("STABLE")} AS $$
                SELECT organization_id FROM public.integrations_webhook w WHERE w.token = $1
            $$;
            REVOKE ALL ON FUNCTION flotilla_webhook(text) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION flotilla_webhook(text) TO flotilla_app
            """,
            "DROP FUNCTION flotilla_webhook(text)",
        ),
    ]
