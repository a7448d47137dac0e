"""Lets a sync tell the planner of the rows it just stored; only a table's owner may analyze it.

Only the columns that statements choose rows by: the wide ones would cost seconds to read.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION integrations_take_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    ANALYZE (SKIP_LOCKED)
        public.integrations_synceditem
            (id, organization_id, connection_id, remote_id, parent_remote_id, parent_key, gone_at),
        public.integrations_sourceitem (organization_id, source_id, item_id, left_at),
        public.integrations_itemversion (organization_id, item_id, received_at);
END
$$;
REVOKE ALL ON FUNCTION integrations_take_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION integrations_take_statistics() TO flotilla_app
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0016_what_lies_below")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION integrations_take_statistics()")]
