-- The twenty key results furthest behind what is expected by now.
SELECT k.id, k.title, o.title, coalesce(p.name, t.name, f.name), m.name, k.score, k.pace_gap
FROM okrs_keyresult k
JOIN okrs_objective o ON o.organization_id = %(org)s AND o.id = k.objective_id
JOIN accounts_member m ON m.organization_id = %(org)s AND m.id = k.owner_id
LEFT JOIN portfolio_product p ON p.organization_id = %(org)s AND p.id = o.product_id
LEFT JOIN portfolio_team t ON t.organization_id = %(org)s AND t.id = o.team_id
LEFT JOIN portfolio_portfolio f ON f.organization_id = %(org)s AND f.id = o.portfolio_id
WHERE k.organization_id = %(org)s AND k.pace IN ('behind', 'at-risk') AND k.archived_at IS NULL
  AND o.cycle_id = %(cycle)s AND o.archived_at IS NULL
  AND o.state IN ('accepted', 'committed', 'closed')
ORDER BY k.pace_gap DESC, k.id DESC LIMIT 20
