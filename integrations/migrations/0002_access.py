"""The one look over all organisations that the sync needs: who has something due."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION flotilla_organizations_due_to_sync()
            RETURNS TABLE (organization_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
                SELECT c.organization_id FROM public.integrations_connection c
                WHERE c.archived_at IS NULL AND c.state <> 'paused' AND c.next_run_at <= now()
                UNION
                SELECT r.organization_id FROM public.integrations_syncrun r
                WHERE (r.state = 'waiting' AND r.resume_at <= now())
                   OR (r.state = 'running' AND r.progressed_at < now() - interval '2 minutes')
            $$;
            REVOKE ALL ON FUNCTION flotilla_organizations_due_to_sync() FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION flotilla_organizations_due_to_sync() TO flotilla_dispatch
            """,
            "DROP FUNCTION flotilla_organizations_due_to_sync()",
        ),
    ]
