-- What the last check-in of a key result has left behind, but for its times.
SELECT v.value, v.source, v.actor_id, v.note,
       c.author_id, c.value, c.confidence, c.status, c.note, c.score, c.raw,
       k.current_value, k.score, k.raw, k.confidence, o.score, of_k.score, of_k.cause, of_o.score, of_o.cause
FROM okrs_keyresult k JOIN okrs_objective o ON o.id = %(objective)s
CROSS JOIN LATERAL (
    SELECT * FROM portfolio_metricvalue WHERE organization_id = %(org)s AND metric_id = %(metric)s
    ORDER BY effective_at DESC, recorded_at DESC, id DESC LIMIT 1
) v
CROSS JOIN LATERAL (
    SELECT * FROM okrs_checkin WHERE organization_id = %(org)s AND key_result_id = k.id
    ORDER BY at DESC LIMIT 1
) c
CROSS JOIN LATERAL (
    SELECT * FROM okrs_scorepoint WHERE organization_id = %(org)s AND key_result_id = k.id
    ORDER BY at DESC LIMIT 1
) of_k
CROSS JOIN LATERAL (
    SELECT * FROM okrs_scorepoint WHERE organization_id = %(org)s AND objective_id = o.id
    ORDER BY at DESC LIMIT 1
) of_o
WHERE k.organization_id = %(org)s AND k.id = %(key_result)s
