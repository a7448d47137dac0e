UPDATE okrs_objective o
SET score = f.score, lowest = f.lowest, highest = f.highest, reporting = f.reporting,
    counted = f.counted, scored_at = now()
FROM (
    SELECT objective_id, round(sum(score * weight) / sum(weight), 10) AS score,
           min(score) AS lowest, max(score) AS highest, count(score) AS reporting,
           count(*) AS counted
    FROM okrs_keyresult
    WHERE organization_id = %(org)s AND objective_id = ANY(%(objectives)s::uuid[])
      AND archived_at IS NULL
    GROUP BY objective_id
) f
WHERE o.organization_id = %(org)s AND o.id = f.objective_id
