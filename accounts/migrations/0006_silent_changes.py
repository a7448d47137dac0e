"""Leave changes of silent columns alone before their keys are compared one by one.

Each recomputation changes nothing but stored scores, in many rows.
"""

from django.db import migrations

AUDIT = """
CREATE OR REPLACE FUNCTION flotilla_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    secret text[] := string_to_array(TG_ARGV[0], ',');
    silent text[] := string_to_array(TG_ARGV[1], ',') || ARRAY['version', 'updated_at'];
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    changes jsonb;
BEGIN
    {shortcut}
    SELECT jsonb_object_agg(key, CASE WHEN key = ANY (secret) THEN '["hidden", "hidden"]'::jsonb
                                      ELSE jsonb_build_array(before -> key, after -> key) END)
    INTO changes
    FROM jsonb_object_keys(before || after) AS key
    WHERE before -> key IS DISTINCT FROM after -> key
      AND coalesce(before -> key, 'null') IS DISTINCT FROM coalesce(after -> key, 'null')
      AND NOT (TG_OP = 'UPDATE' AND key = ANY (silent));
    IF changes IS NOT NULL THEN
        INSERT INTO public.accounts_auditentry
            (organization_id, actor_id, request_id, table_name, row_id, operation, changes)
        VALUES (
            coalesce(after ->> 'organization_id', before ->> 'organization_id',
                     after ->> 'id', before ->> 'id')::uuid,
            nullif(current_setting('app.actor_id', true), '')::uuid,
            coalesce(current_setting('app.request_id', true), ''),
            TG_TABLE_NAME,
            coalesce(after ->> 'id', before ->> 'id')::uuid,
            lower(TG_OP),
            changes);
    END IF;
    RETURN NULL;
END $$
"""
SHORTCUT = """IF TG_OP = 'UPDATE' AND before - silent = after - silent THEN
        RETURN NULL;
    END IF;"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_schema_seen")]
    operations = [
        migrations.RunSQL(AUDIT.replace("{shortcut}", SHORTCUT), AUDIT.replace("{shortcut}", ""))
    ]
