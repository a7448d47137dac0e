-- The four objectives that rose most in seven days and the four that fell most.
SELECT id, change FROM (
    SELECT o.id, o.score - before.score AS change, row_number() OVER (
               PARTITION BY sign(o.score - before.score)
               ORDER BY abs(o.score - before.score) DESC, o.id) AS place
    FROM okrs_objective o CROSS JOIN LATERAL (
        SELECT score FROM okrs_scorepoint
        WHERE organization_id = %(org)s AND objective_id = o.id
          AND at <= %(now)s - interval '7 days'
        ORDER BY at DESC LIMIT 1
    ) before
    WHERE o.organization_id = %(org)s AND o.cycle_id = %(cycle)s AND o.archived_at IS NULL
      AND o.state IN ('accepted', 'committed', 'closed')
      AND o.scored_at > %(now)s - interval '7 days' AND o.score <> before.score
) moved WHERE place <= 4 ORDER BY abs(change) DESC, id
