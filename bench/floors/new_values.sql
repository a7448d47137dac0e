-- Another value for each key result, in turns: what a reading of a tracker brings.
INSERT INTO portfolio_metricvalue
    (id, organization_id, created_at, metric_id, value, effective_at, recorded_at, source,
     actor_id, note)
SELECT gen_random_uuid(), %(org)s, now(), k.metric_id,
       ((row_number() OVER (ORDER BY k.id) * 31 + %(turn)s * 17) %% 1000) / 10.0,
       clock_timestamp(), clock_timestamp(), 'sync', %(member)s, ''
FROM okrs_keyresult k WHERE k.organization_id = %(org)s AND k.id = ANY(%(key_results)s::uuid[])
