-- A page of the API's list of key results.
SELECT k.*, CASE WHEN c.state <> 'closed' AND k.outdated_from <= now() THEN 'outdated'
                 ELSE k.pace END
FROM okrs_keyresult k
JOIN okrs_objective o ON o.organization_id = %(org)s AND o.id = k.objective_id
JOIN okrs_cycle c ON c.organization_id = %(org)s AND c.id = o.cycle_id
WHERE k.organization_id = %(org)s AND k.archived_at IS NULL AND k.id > %(after)s
ORDER BY k.id LIMIT 101
