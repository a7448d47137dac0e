-- The connection as it was before it was read.
BEGIN;
DELETE FROM integrations_itemversion v USING integrations_synceditem i
WHERE i.id = v.item_id AND i.connection_id = %(connection)s;
DELETE FROM integrations_sourceitem s USING integrations_synceditem i
WHERE i.id = s.item_id AND i.connection_id = %(connection)s;
DELETE FROM integrations_synceditem WHERE connection_id = %(connection)s;
DELETE FROM integrations_linktally t USING integrations_link l, integrations_source s
WHERE l.id = t.link_id AND s.id = l.source_id AND s.connection_id = %(connection)s;
UPDATE integrations_source SET item_count = 0 WHERE connection_id = %(connection)s;
COMMIT;
