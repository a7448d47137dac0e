-- Of some key results and objectives, how many have the score that their last values amount to.
SELECT (
    SELECT count(*) FROM okrs_keyresult k WHERE k.organization_id = %(org)s
       AND k.id = ANY(%(key_results)s::uuid[]) AND k.score = round((
           SELECT value / 100 FROM portfolio_metricvalue
           WHERE organization_id = %(org)s AND metric_id = k.metric_id
           ORDER BY effective_at DESC, recorded_at DESC, id DESC LIMIT 1), 10)
), (
    SELECT count(*) FROM okrs_objective o WHERE o.organization_id = %(org)s
       AND o.id = ANY(%(objectives)s::uuid[]) AND o.score = (
           SELECT round(avg(score), 10) FROM okrs_keyresult
           WHERE organization_id = %(org)s AND objective_id = o.id AND archived_at IS NULL)
)
