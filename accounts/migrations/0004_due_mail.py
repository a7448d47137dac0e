"""The look over all organisations that mail needs, and how long what people were told is kept."""

from django.db import migrations

KEPT = """
    DELETE FROM public.accounts_outboxentry WHERE dispatched_at < $1 - interval '7 days';
    DELETE FROM public.accounts_idempotencykey WHERE expires_at < $1;
"""
KEPT_NOW = f"""{KEPT}
    DELETE FROM public.accounts_notification WHERE created_at < $1 - interval '180 days';
    DELETE FROM public.accounts_letter WHERE created_at < $1 - interval '180 days';
"""


def forget_expired(statements: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION flotilla_forget_expired(present timestamptz) RETURNS void
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
        AS $$ {statements} $$;
    """


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_notifications")]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION flotilla_organizations_due_to_mail()
            RETURNS TABLE (organization_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
                SELECT n.organization_id FROM public.accounts_notification n
                JOIN public.accounts_member m
                  ON m.organization_id = n.organization_id AND m.id = n.member_id
                WHERE n.letter_id IS NULL AND n.read_at IS NULL AND n.mail_at <= now()
                  AND m.left_at IS NULL
                UNION
                SELECT l.organization_id FROM public.accounts_letter l
                WHERE l.state = 'waiting' AND l.due_at <= now()
            $$;
            REVOKE ALL ON FUNCTION flotilla_organizations_due_to_mail() FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION flotilla_organizations_due_to_mail() TO flotilla_dispatch;
            """,
            "DROP FUNCTION flotilla_organizations_due_to_mail()",
        ),
        migrations.RunSQL(forget_expired(KEPT_NOW), forget_expired(KEPT)),
    ]
