"""The operator's figures of pulls, pushes and sources, and a lag that means one thing.

The lag is the time since a connection was last read to the end, or since it began to follow
something. A partial run counts: it read all that the service let it read, and what it did not is
told by the states of sources. What follows nothing or is paused has no lag.
"""

from importlib import import_module

from django.db import migrations

FIGURES_BEFORE = import_module("integrations.migrations.0015_kept_counts").FIGURES
FIGURES = """
CREATE OR REPLACE FUNCTION flotilla_figures()
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
    SELECT 'sources', state, count(*)::float8
    FROM public.integrations_source WHERE archived_at IS NULL GROUP BY state
    UNION ALL
    SELECT 'sync_lag_seconds', c.provider,
        max(extract(epoch FROM now() - coalesce(run.finished_at, followed.since)))::float8
    FROM public.integrations_connection c
    CROSS JOIN LATERAL (
        SELECT min(s.created_at) AS since FROM public.integrations_source s
        WHERE s.organization_id = c.organization_id AND s.connection_id = c.id
          AND s.archived_at IS NULL) followed
    LEFT JOIN LATERAL (
        SELECT r.finished_at FROM public.integrations_syncrun r
        WHERE r.organization_id = c.organization_id AND r.connection_id = c.id
          AND r.state IN ('complete', 'partial') AND r.trigger <> 'webhook'
        ORDER BY r.id DESC LIMIT 1) run ON true
    WHERE c.archived_at IS NULL AND c.state <> 'paused' AND followed.since IS NOT NULL
    GROUP BY c.provider
    UNION ALL
    SELECT 'sync_runs_last_hour', state, count(*)::float8
    FROM public.integrations_syncrun WHERE finished_at > now() - interval '1 hour' GROUP BY state
    UNION ALL
    SELECT 'sync_runs_open', state, count(*)::float8
    FROM public.integrations_syncrun WHERE state IN ('waiting', 'running') GROUP BY state
    UNION ALL
    SELECT 'sync_counts_repaired_last_day', '', coalesce(sum(repaired), 0)::float8
    FROM public.integrations_syncrun WHERE finished_at > now() - interval '1 day'
    UNION ALL
    SELECT 'pulls', p.state, count(*)::float8
    FROM public.integrations_pull p WHERE p.archived_at IS NULL GROUP BY p.state
    UNION ALL
    SELECT figure.name, '', figure.value
    FROM (
        SELECT max(extract(epoch FROM now() - coalesce(p.last_pulled_at, p.created_at)))::float8
                AS age,
            max(extract(epoch FROM now() - coalesce(p.last_pulled_at, p.created_at)
                - p.interval_minutes * interval '1 minute'))::float8 AS overdue,
            count(*) FILTER (WHERE p.failures > 0)::float8 AS failing
        FROM public.integrations_pull p
        JOIN public.portfolio_metric m
            ON m.organization_id = p.organization_id AND m.id = p.metric_id
        WHERE p.archived_at IS NULL AND p.state <> 'paused' AND m.archived_at IS NULL) of_pulls
    CROSS JOIN LATERAL (VALUES
        ('pull_age_seconds', coalesce(age, 0)),
        ('pull_overdue_seconds', greatest(coalesce(overdue, 0), 0)),
        ('pulls_failing', failing)) figure (name, value)
    UNION ALL
    SELECT 'pushes', figure.outcome, coalesce(figure.value, 0)
    FROM (
        SELECT sum(a.received)::float8 AS accepted, sum(a.refused)::float8 AS refused
        FROM public.integrations_pushaddress a) of_pushes
    CROSS JOIN LATERAL (VALUES ('accepted', accepted), ('refused', refused))
        figure (outcome, value)
$$
"""


class Migration(migrations.Migration):

    dependencies = [("integrations", "0031_longest_interval")]

    operations = [migrations.RunSQL(FIGURES, FIGURES_BEFORE)]
