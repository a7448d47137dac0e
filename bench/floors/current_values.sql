-- What some key results stand at.
SELECT current_value FROM okrs_keyresult
WHERE organization_id = %(org)s AND id = ANY(%(key_results)s::uuid[])
