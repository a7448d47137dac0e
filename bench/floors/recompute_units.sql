UPDATE okrs_unitscore u
SET score = f.score, key_results = f.total, on_track = f.on_track, behind = f.behind,
    at_risk = f.at_risk, scored_at = now()
FROM (
    SELECT o.tier_id, o.portfolio_id, o.product_id, o.team_id, round(avg(o.score), 10) AS score,
           sum(k.total) AS total, sum(k.on_track) AS on_track, sum(k.behind) AS behind,
           sum(k.at_risk) AS at_risk
    FROM okrs_objective o JOIN (
        SELECT objective_id, count(*) AS total,
               count(*) FILTER (WHERE pace = 'on-track' AND outdated_from > now()) AS on_track,
               count(*) FILTER (WHERE pace = 'behind' AND outdated_from > now()) AS behind,
               count(*) FILTER (WHERE pace = 'at-risk' AND outdated_from > now()) AS at_risk
        FROM okrs_keyresult WHERE organization_id = %(org)s AND archived_at IS NULL
        GROUP BY objective_id
    ) k ON k.objective_id = o.id
    WHERE o.organization_id = %(org)s AND o.archived_at IS NULL
    GROUP BY o.tier_id, o.portfolio_id, o.product_id, o.team_id
) f
WHERE u.organization_id = %(org)s AND u.tier_id = f.tier_id
  AND u.portfolio_id IS NOT DISTINCT FROM f.portfolio_id
  AND u.product_id IS NOT DISTINCT FROM f.product_id
  AND u.team_id IS NOT DISTINCT FROM f.team_id
