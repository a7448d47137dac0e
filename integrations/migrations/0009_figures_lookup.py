"""The organisation of a push address before any is bound, and who has something due to pull."""

from django.db import migrations

DEFINER = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public"
DUE = f"""
    CREATE OR REPLACE FUNCTION flotilla_organizations_due_to_sync()
    RETURNS TABLE (organization_id uuid) {DEFINER} AS $$
        SELECT c.organization_id FROM public.integrations_connection c
        WHERE c.archived_at IS NULL AND c.state <> 'paused' AND c.next_run_at <= now()
        UNION
        SELECT r.organization_id FROM public.integrations_syncrun r
        WHERE (r.state = 'running' AND r.progressed_at < now() - interval '2 minutes')
           OR (r.state = 'waiting' AND coalesce(r.resume_at, r.created_at) <= now()
               AND (r.enqueued_at IS NULL OR r.enqueued_at < r.resume_at
                    OR r.enqueued_at < now() - interval '2 minutes'))
"""
# Keep in step with `integrations.actions.pulls.due_pulls`.
PULLS = """
        UNION
        SELECT p.organization_id FROM public.integrations_pull p
        WHERE p.archived_at IS NULL AND p.state <> 'paused' AND p.next_run_at <= now()
"""
END = "$$"


class Migration(migrations.Migration):
    dependencies = [("integrations", "0008_figures")]
    operations = [
        migrations.RunSQL(
            f"""
            CREATE FUNCTION flotilla_push_address(token_hash text) RETURNS uuid {DEFINER} AS $$
                SELECT a.organization_id FROM public.integrations_pushaddress a
                WHERE a.token_hash = $1 AND a.closed_at IS NULL
            $$;
            REVOKE ALL ON FUNCTION flotilla_push_address(text) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION flotilla_push_address(text) TO flotilla_app
            """,
            "DROP FUNCTION flotilla_push_address(text)",
        ),
        migrations.RunSQL(DUE + PULLS + END, DUE + END),
    ]
