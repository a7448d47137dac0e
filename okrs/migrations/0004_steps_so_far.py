"""The first words and the last of links that were asked for before their steps were kept."""

from django.db import migrations

STEPS = """
    INSERT INTO okrs_linkmove
      (id, organization_id, created_at, at, {column}, from_state, to_state, actor_id, side,
       kind, amount, weight, note)
    SELECT gen_random_uuid(), organization_id, created_at, created_at, id, 'proposed', 'proposed',
           asked_by_id, 'below', {kind}, {offered}, {weight}, ''
    FROM {table};
    INSERT INTO okrs_linkmove
      (id, organization_id, created_at, at, {column}, from_state, to_state, actor_id, side,
       kind, amount, weight, note)
    SELECT gen_random_uuid(), organization_id, answered_at, answered_at, id, 'proposed', state,
           answered_by_id, CASE state WHEN 'withdrawn' THEN 'below' ELSE 'above' END,
           {kind}, {amount}, {weight}, note
    FROM {table}
    WHERE state <> 'proposed' AND answered_by_id IS NOT NULL AND answered_at IS NOT NULL
"""
ALIGNMENTS = STEPS.format(
    table="okrs_objectivealignment", column="alignment_id", kind="kind", weight="weight",
    offered="NULL", amount="NULL",
)
SUPPORTS = STEPS.format(
    table="okrs_objectivesupport", column="support_id", kind="''", weight="NULL",
    offered="NULL", amount="NULL",
)
CONTRIBUTIONS = STEPS.format(
    table="okrs_contribution", column="contribution_id", kind="''", weight="weight",
    offered="offered", amount="amount",
)


class Migration(migrations.Migration):
    dependencies = [("okrs", "0003_negotiation_history")]
    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (ALIGNMENTS, SUPPORTS, CONTRIBUTIONS)
    ]
