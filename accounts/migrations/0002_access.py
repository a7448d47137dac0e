"""Look-ups before a tenant is known, and what the dispatcher and the application may touch."""

from django.db import migrations

DEFINER = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public"

FUNCTIONS = {
    # The person's active membership behind an organisation's present or former address.
    "flotilla_principal(slug text, person uuid)": f"""
        RETURNS TABLE (organization_id uuid, member_id uuid, present_slug text) {DEFINER} AS $$
            SELECT o.id, m.id, o.slug FROM public.accounts_organization o
            JOIN public.accounts_member m ON m.organization_id = o.id
            WHERE m.person_id = $2 AND m.left_at IS NULL
              AND (o.slug = $1 OR o.id = (
                SELECT f.organization_id FROM public.accounts_formerslug f WHERE f.slug = $1))
            ORDER BY o.slug = $1 DESC LIMIT 1
        $$""",
    # The organisations that a person may switch to.
    "flotilla_organizations_of(person uuid)": f"""
        RETURNS TABLE (id uuid, slug text, name text) {DEFINER} AS $$
            SELECT o.id, o.slug, o.name FROM public.accounts_organization o
            JOIN public.accounts_member m ON m.organization_id = o.id
            WHERE m.person_id = $1 AND m.left_at IS NULL ORDER BY lower(o.name)
        $$""",
    "flotilla_administers_any(person uuid)": f"""
        RETURNS boolean {DEFINER} AS $$
            SELECT EXISTS (SELECT FROM public.accounts_member
            WHERE person_id = $1 AND left_at IS NULL AND role = 'admin')
        $$""",
    # The organisation of a token, by its public prefix; the secret part is checked later.
    "flotilla_token(prefix text)": f"""
        RETURNS TABLE (organization_id uuid, slug text) {DEFINER} AS $$
            SELECT t.organization_id, o.slug FROM public.accounts_apitoken t
            JOIN public.accounts_organization o ON o.id = t.organization_id WHERE t.prefix = $1
        $$""",
    "flotilla_invitation(token_hash text)": f"""
        RETURNS uuid {DEFINER} AS $$
            SELECT organization_id FROM public.accounts_invitation
            WHERE token_hash = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL
              AND expires_at > now()
        $$""",
    "flotilla_slug_taken(slug text)": f"""
        RETURNS boolean {DEFINER} AS $$
            SELECT EXISTS (SELECT FROM public.accounts_organization o WHERE o.slug = $1)
                OR EXISTS (SELECT FROM public.accounts_formerslug f WHERE f.slug = $1)
        $$""",
}
DISPATCH_FUNCTIONS = {
    "flotilla_organization_ids()": f"""
        RETURNS TABLE (organization_id uuid) {DEFINER} AS $$
            SELECT id FROM public.accounts_organization ORDER BY id
        $$""",
    "flotilla_forget_expired(present timestamptz)": """
        RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
            DELETE FROM public.accounts_outboxentry WHERE dispatched_at < $1 - interval '7 days';
            DELETE FROM public.accounts_idempotencykey WHERE expires_at < $1;
        $$""",
}


def made_for(role: str, functions: dict[str, str]) -> list[migrations.RunSQL]:
    return [
        migrations.RunSQL(
            f"CREATE FUNCTION {signature} {body};"
            f" REVOKE ALL ON FUNCTION {signature} FROM PUBLIC;"
            f" GRANT EXECUTE ON FUNCTION {signature} TO {role}",
            f"DROP FUNCTION {signature}",
        )
        for signature, body in functions.items()
    ]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        *made_for("flotilla_app", FUNCTIONS),
        *made_for("flotilla_dispatch", DISPATCH_FUNCTIONS),
        migrations.RunSQL(
            """
            REVOKE INSERT, UPDATE, DELETE ON accounts_auditentry FROM flotilla_app;
            GRANT SELECT, UPDATE (dispatched_at) ON accounts_outboxentry TO flotilla_dispatch;
            CREATE POLICY dispatch_all ON accounts_outboxentry TO flotilla_dispatch
                USING (true) WITH CHECK (true);
            CREATE INDEX accounts_outbox_all_waiting ON accounts_outboxentry (id)
                WHERE dispatched_at IS NULL;
            """,
            """
            DROP INDEX accounts_outbox_all_waiting;
            DROP POLICY dispatch_all ON accounts_outboxentry;
            REVOKE SELECT, UPDATE (dispatched_at) ON accounts_outboxentry FROM flotilla_dispatch;
            GRANT INSERT, UPDATE, DELETE ON accounts_auditentry TO flotilla_app;
            """,
        ),
    ]
