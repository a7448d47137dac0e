-- The same figures as they are stored.
SELECT product_id, key_results, on_track, behind, at_risk, outdated, score
FROM okrs_unitscore
WHERE organization_id = %(org)s AND cycle_id = %(cycle)s AND product_id IS NOT NULL
