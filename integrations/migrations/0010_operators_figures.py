"""Counts and ages over all organisations, for the operator's figures; no name, no id."""

from django.db import migrations

FIGURES = """
CREATE FUNCTION flotilla_figures()
RETURNS TABLE (name text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT 'outbox_entries', '', count(*)::float8
    FROM public.accounts_outboxentry WHERE dispatched_at IS NULL
    UNION ALL
    SELECT 'outbox_age_seconds', '',
        coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
    FROM public.accounts_outboxentry WHERE dispatched_at IS NULL
    UNION ALL
    SELECT 'connections', state, count(*)::float8
    FROM public.integrations_connection WHERE archived_at IS NULL GROUP BY state
    UNION ALL
    SELECT 'sync_lag_seconds', provider,
        max(extract(epoch FROM now() - coalesce(last_complete_at, created_at)))::float8
    FROM public.integrations_connection
    WHERE archived_at IS NULL AND state <> 'paused' GROUP BY provider
    UNION ALL
    SELECT 'sync_runs_last_hour', state, count(*)::float8
    FROM public.integrations_syncrun WHERE finished_at > now() - interval '1 hour' GROUP BY state
    UNION ALL
    SELECT 'sync_runs_open', state, count(*)::float8
    FROM public.integrations_syncrun WHERE state IN ('waiting', 'running') GROUP BY state
$$;
REVOKE ALL ON FUNCTION flotilla_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flotilla_figures() TO flotilla_app
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0009_figures_lookup")]
    operations = [migrations.RunSQL(FIGURES, "DROP FUNCTION flotilla_figures()")]
