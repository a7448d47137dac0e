-- What a check-in has to leave behind: the value, the word, the scores and their history, and the
-- work that is owed to the units above.
BEGIN;
INSERT INTO portfolio_metricvalue
    (id, organization_id, created_at, metric_id, value, effective_at, recorded_at, source,
     actor_id, note)
VALUES (gen_random_uuid(), %(org)s, now(), %(metric)s, %(value)s, now(), now(), 'person',
        %(member)s, 'As planned');
INSERT INTO okrs_checkin
    (id, organization_id, created_at, key_result_id, author_id, at, value, confidence, status,
     note, score, raw)
VALUES (gen_random_uuid(), %(org)s, now(), %(key_result)s, %(member)s, now(), %(value)s, 0.6, '',
        'As planned', %(value)s / 100, %(value)s / 100);
UPDATE okrs_keyresult SET current_value = %(value)s, current_at = now(), score = %(value)s / 100,
    raw = %(value)s / 100, confidence = 0.6, checked_in_at = now(), evidence_at = now(),
    scored_at = now()
WHERE organization_id = %(org)s AND id = %(key_result)s;
UPDATE okrs_objective SET score = (
    SELECT round(avg(score), 10) FROM okrs_keyresult
    WHERE organization_id = %(org)s AND objective_id = %(objective)s), scored_at = now()
WHERE organization_id = %(org)s AND id = %(objective)s;
INSERT INTO okrs_scorepoint
    (id, organization_id, created_at, key_result_id, objective_id, at, score, cause)
SELECT gen_random_uuid(), %(org)s, now(), %(key_result)s, NULL, now(), %(value)s / 100, 'check-in'
UNION ALL
SELECT gen_random_uuid(), %(org)s, now(), NULL, id, now(), score, 'check-in' FROM okrs_objective
WHERE organization_id = %(org)s AND id = %(objective)s;
INSERT INTO accounts_outboxentry (id, organization_id, created_at, job, arguments)
VALUES (gen_random_uuid(), %(org)s, now(), 'okrs.tasks.recompute_ancestors', '{}');
COMMIT
