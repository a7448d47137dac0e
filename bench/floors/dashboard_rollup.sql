-- Every product's figures from its key results, as the dashboard says them.
SELECT o.product_id, sum(k.total), sum(k.on_track), sum(k.behind), sum(k.at_risk),
       sum(k.outdated), round(avg(o.score), 10)
FROM okrs_objective o JOIN (
    SELECT objective_id, count(*) AS total,
           count(*) FILTER (WHERE pace = 'on-track' AND outdated_from > now()) AS on_track,
           count(*) FILTER (WHERE pace = 'behind' AND outdated_from > now()) AS behind,
           count(*) FILTER (WHERE pace = 'at-risk' AND outdated_from > now()) AS at_risk,
           count(*) FILTER (WHERE outdated_from <= now()) AS outdated
    FROM okrs_keyresult
    WHERE organization_id = %(org)s AND archived_at IS NULL
    GROUP BY objective_id
) k ON k.objective_id = o.id
WHERE o.organization_id = %(org)s AND o.cycle_id = %(cycle)s AND o.product_id IS NOT NULL
  AND o.archived_at IS NULL AND o.state IN ('accepted', 'committed', 'closed')
GROUP BY o.product_id
