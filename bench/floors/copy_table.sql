-- An empty table with the indexes and keys of the synced items.
DROP TABLE IF EXISTS bench_item;
CREATE TABLE bench_item (LIKE integrations_synceditem INCLUDING ALL);
ALTER TABLE bench_item ALTER created_at SET DEFAULT now(),
    ADD FOREIGN KEY (organization_id) REFERENCES accounts_organization,
    ADD FOREIGN KEY (organization_id, connection_id)
        REFERENCES integrations_connection (organization_id, id)
