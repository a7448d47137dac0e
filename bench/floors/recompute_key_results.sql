UPDATE okrs_keyresult k
SET current_value = v.value, current_at = v.effective_at, current_source = v.source,
    score = least(1, greatest(0, (v.value - k.baseline) / (k.target - k.baseline))),
    raw = (v.value - k.baseline) / (k.target - k.baseline), evidence_at = v.recorded_at,
    pace_gap = k.expected * 100 - v.value,
    pace = CASE WHEN k.expected * 100 <= v.value THEN 'on-track'
                WHEN k.expected * 100 - v.value <= 25 THEN 'behind' ELSE 'at-risk' END,
    scored_at = now()
FROM unnest(%(key_results)s::uuid[]) wanted(id)
JOIN okrs_keyresult w ON w.organization_id = %(org)s AND w.id = wanted.id
CROSS JOIN LATERAL (
    SELECT value, effective_at, recorded_at, source FROM portfolio_metricvalue
    WHERE organization_id = %(org)s AND metric_id = w.metric_id
    ORDER BY effective_at DESC, recorded_at DESC, id DESC LIMIT 1
) v
WHERE k.organization_id = %(org)s AND k.id = w.id
