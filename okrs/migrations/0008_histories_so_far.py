"""What goals, links and closed cycles say now, as the beginning of their histories.

How they were before nobody wrote down: a row is remembered as it stands since it was made, and the
scores of a closed cycle as they stand since its close.
"""

from django.db import migrations

REMEMBER = """
    INSERT INTO {history}
        (id, organization_id, created_at, row_id, recorded_at, is_there, {columns})
    SELECT gen_random_uuid(), organization_id, clock_timestamp(), id, created_at, true, {columns}
    FROM {table};
    INSERT INTO {history}
        (id, organization_id, created_at, row_id, recorded_at, is_there, {columns})
    SELECT gen_random_uuid(), organization_id, clock_timestamp(), id, archived_at, false, {columns}
    FROM {table} WHERE archived_at IS NOT NULL
"""
REMEMBERED = {
    ("okrs_objective", "okrs_objectivepast"): (
        "title, state, condition, roll_up, theme_id, owner_id, assessed_score, assessed_by_id,"
        " assessment"
    ),
    ("okrs_keyresult", "okrs_keyresultpast"): "title, owner_id, final_score",
    ("okrs_objectivealignment", "okrs_alignmentpast"): "child_id, parent_id, kind, state, weight",
    ("okrs_contribution", "okrs_contributionpast"): "child_id, parent_id, state, weight, amount",
    ("okrs_objectivesupport", "okrs_supportpast"): "child_id, key_result_id, state",
    ("okrs_sharedplacement", "okrs_placementpast"): "key_result_id, objective_id, weight",
}
# Edges of `okrs.scoring.bands`: the score is rounded half up to a tenth first.
BAND = """CASE WHEN {score} IS NULL THEN '' WHEN round({score}, 1) <= 0.3 THEN 'significant-miss'
    WHEN round({score}, 1) <= 0.6 THEN 'fell-short' WHEN round({score}, 1) <= 0.8 THEN 'strong'
    ELSE 'full' END"""
CLOSED = f"""
    INSERT INTO okrs_closingrevision
        (id, organization_id, created_at, cycle_id, number, reason, actor_id, recorded_at)
    SELECT gen_random_uuid(), c.organization_id, clock_timestamp(), c.id, 0, '', (
        SELECT m.id FROM accounts_member m WHERE m.organization_id = c.organization_id
        ORDER BY (m.role = 'admin') DESC, m.id LIMIT 1), c.closed_at
    FROM okrs_cycle c WHERE c.state = 'closed' AND c.closed_at IS NOT NULL;

    INSERT INTO okrs_closedkeyresult
        (id, organization_id, created_at, revision_id, key_result_id, definition_id, weight, value,
         computed, raw, judged, confidence, score, band)
    SELECT gen_random_uuid(), k.organization_id, clock_timestamp(), r.id, k.id, (
        SELECT v.id FROM okrs_keyresultversion v
        WHERE v.organization_id = k.organization_id AND v.key_result_id = k.id
        ORDER BY v.number DESC LIMIT 1), k.weight, k.current_value, k.score, k.raw, k.final_score,
        k.confidence, coalesce(k.final_score, k.score, 0),
        {BAND.format(score="coalesce(k.final_score, k.score, 0)")}
    FROM okrs_closingrevision r
    JOIN okrs_objective o ON o.organization_id = r.organization_id AND o.cycle_id = r.cycle_id
    JOIN okrs_keyresult k ON k.organization_id = o.organization_id AND k.objective_id = o.id
    WHERE o.archived_at IS NULL AND k.archived_at IS NULL;

    INSERT INTO okrs_closedobjective
        (id, organization_id, created_at, revision_id, objective_id, state, computed, assessed,
         lowest, highest, reporting, counted, confidence, score, band)
    SELECT gen_random_uuid(), o.organization_id, clock_timestamp(), r.id, o.id, o.state, o.score,
        o.assessed_score, o.lowest, o.highest, o.reporting, o.counted, o.confidence, o.score,
        {BAND.format(score="o.score")}
    FROM okrs_closingrevision r
    JOIN okrs_objective o ON o.organization_id = r.organization_id AND o.cycle_id = r.cycle_id
    WHERE o.archived_at IS NULL;

    INSERT INTO okrs_closedunit
        (id, organization_id, created_at, revision_id, tier_id, portfolio_id, product_id, team_id,
         score, band, objectives, scored, kept, significant_miss, fell_short, strong, "full",
         key_results, reporting)
    SELECT gen_random_uuid(), u.organization_id, clock_timestamp(), r.id, u.tier_id,
        u.portfolio_id, u.product_id, u.team_id, u.score, {BAND.format(score="u.score")},
        u.objectives, u.objectives_reporting, coalesce(b.strong + b."full", 0),
        coalesce(b.significant_miss, 0), coalesce(b.fell_short, 0), coalesce(b.strong, 0),
        coalesce(b."full", 0), u.key_results, u.reporting
    FROM okrs_closingrevision r
    JOIN okrs_unitscore u ON u.organization_id = r.organization_id AND u.cycle_id = r.cycle_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE f.band = 'significant-miss') AS significant_miss,
            count(*) FILTER (WHERE f.band = 'fell-short') AS fell_short,
            count(*) FILTER (WHERE f.band = 'strong') AS strong,
            count(*) FILTER (WHERE f.band = 'full') AS "full"
        FROM okrs_closedobjective f
        JOIN okrs_objective o ON o.organization_id = f.organization_id AND o.id = f.objective_id
        WHERE f.organization_id = r.organization_id AND f.revision_id = r.id
          AND o.tier_id = u.tier_id AND o.state IN ('accepted', 'committed', 'closed')
          AND o.portfolio_id IS NOT DISTINCT FROM u.portfolio_id
          AND o.product_id IS NOT DISTINCT FROM u.product_id
          AND o.team_id IS NOT DISTINCT FROM u.team_id
    ) b
"""


class Migration(migrations.Migration):
    dependencies = [("okrs", "0007_closing_and_history")]
    operations = [
        *(
            migrations.RunSQL(
                REMEMBER.format(table=table, history=history, columns=columns),
                migrations.RunSQL.noop,
            )
            for (table, history), columns in REMEMBERED.items()
        ),
        migrations.RunSQL(CLOSED, migrations.RunSQL.noop),
    ]
