"""What a member's roles reach, and what is private, as functions whose plans PostgreSQL keeps.

Every request asks for both. Planning them took several times as long as carrying them out; the
functions run as whoever calls them, under row security, and any connection can use them at once.
The plan is the same for every tenant: each step follows an index that leads with the organisation.
"""

from django.db import migrations

KEPT = "LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan"

FUNCTIONS = {
    # A member's roles with what they reach: a portfolio reaches the products at home in it, a
    # product its own teams. A unit comes once for each role on it.
    "portfolio_roles_of(org uuid, member uuid, day date)": f"""
        RETURNS TABLE (held varchar, unit uuid) {KEPT} AS $$
        BEGIN RETURN QUERY
            WITH direct AS (
                SELECT role, portfolio_id, product_id, team_id
                FROM public.portfolio_roleassignment
                WHERE organization_id = org AND member_id = member AND archived_at IS NULL
                  AND from_date <= day AND (until_date IS NULL OR until_date >= day)
            ), products AS (
                SELECT role, product_id AS id FROM direct WHERE product_id IS NOT NULL
                UNION SELECT d.role, p.product_id FROM direct d
                JOIN public.portfolio_productplacement p
                  ON p.organization_id = org AND p.portfolio_id = d.portfolio_id AND p.is_home
                 AND p.archived_at IS NULL
                 AND p.from_date <= day AND (p.until_date IS NULL OR p.until_date >= day)
            ), teams AS (
                SELECT role, team_id AS id FROM direct WHERE team_id IS NOT NULL
                UNION SELECT pr.role, t.team_id FROM products pr
                JOIN public.portfolio_teamproduct t
                  ON t.organization_id = org AND t.product_id = pr.id AND t.tie = 'owned'
                 AND t.archived_at IS NULL
                 AND t.from_date <= day AND (t.until_date IS NULL OR t.until_date >= day)
            )
            SELECT role, portfolio_id FROM direct WHERE portfolio_id IS NOT NULL
            UNION ALL SELECT role, id FROM products UNION ALL SELECT role, id FROM teams;
        END $$""",
    # Private portfolios, the products at home in them, and those products' own teams.
    "portfolio_private_units(org uuid, day date)": f"""
        RETURNS TABLE (unit uuid) {KEPT} AS $$
        BEGIN RETURN QUERY
            WITH portfolios AS (
                SELECT id FROM public.portfolio_portfolio
                WHERE organization_id = org AND is_private
            ), products AS (
                SELECT p.product_id AS id FROM public.portfolio_productplacement p
                JOIN portfolios f
                  ON p.organization_id = org AND p.portfolio_id = f.id AND p.is_home
                 AND p.archived_at IS NULL
                 AND p.from_date <= day AND (p.until_date IS NULL OR p.until_date >= day)
            )
            SELECT id FROM portfolios UNION SELECT id FROM products UNION
            SELECT t.team_id FROM public.portfolio_teamproduct t JOIN products pr
              ON t.organization_id = org AND t.product_id = pr.id AND t.tie = 'owned'
             AND t.archived_at IS NULL
             AND t.from_date <= day AND (t.until_date IS NULL OR t.until_date >= day);
        END $$""",
}


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0002_cadence_rules")]
    operations = [
        migrations.RunSQL(f"CREATE FUNCTION {signature} {body}", f"DROP FUNCTION {signature}")
        for signature, body in FUNCTIONS.items()
    ]
