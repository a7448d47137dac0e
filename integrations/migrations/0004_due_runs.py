"""Who has something due: also runs whose message the queue forgot."""

from django.db import migrations

SIGNATURE = "flotilla_organizations_due_to_sync()"
HEAD = f"""
    CREATE OR REPLACE FUNCTION {SIGNATURE} RETURNS TABLE (organization_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        SELECT c.organization_id FROM public.integrations_connection c
        WHERE c.archived_at IS NULL AND c.state <> 'paused' AND c.next_run_at <= now()
        UNION
        SELECT r.organization_id FROM public.integrations_syncrun r
        WHERE (r.state = 'running' AND r.progressed_at < now() - interval '2 minutes')
"""
BEFORE = "OR (r.state = 'waiting' AND r.resume_at <= now()) $$"
# Keep in step with `integrations.actions.runs.stuck`.
AFTER = """
           OR (r.state = 'waiting' AND coalesce(r.resume_at, r.created_at) <= now()
               AND (r.enqueued_at IS NULL OR r.enqueued_at < r.resume_at
                    OR r.enqueued_at < now() - interval '2 minutes')) $$
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_trusted_sync")]
    operations = [migrations.RunSQL(HEAD + AFTER, HEAD + BEFORE)]
