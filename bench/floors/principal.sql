-- Who sends a request, in which organisation, and as what.
SELECT s.session_data, p.id, p.name, m.id, m.role, o.id, o.slug, o.time_zone
FROM django_session s, accounts_person p
JOIN accounts_member m ON m.person_id = p.id AND m.left_at IS NULL
JOIN accounts_organization o ON o.id = m.organization_id
WHERE s.session_key = %(session)s AND p.id = %(person)s AND o.slug = %(slug)s
