"""Stored roll-ups of units, so that dashboards read one row a unit and never the key results."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from accounts.tenancy import current_organization_id
from okrs.choices import LIVE_STATES
from okrs.models import Objective

# The plain mean over distinct live objectives of one tier, and counts over their own distinct
# key results; an outdated one counts as nothing else. Rows whose figures did not change are not
# written; a changed score leaves a point. The lateral join reads the key results of each
# objective by index whatever the planner believes of tables that were just filled.
STORE = """
WITH wanted AS (
    SELECT DISTINCT cycle_id, tier_id, portfolio_id, product_id, team_id
    FROM okrs_objective WHERE organization_id = %(org)s AND id = ANY(%(objectives)s)
), live AS (
    SELECT w.cycle_id, w.tier_id, w.portfolio_id, w.product_id, w.team_id,
           o.id, o.score, o.confidence
    FROM wanted w LEFT JOIN okrs_objective o
      ON o.organization_id = %(org)s AND o.cycle_id = w.cycle_id AND o.tier_id = w.tier_id
     AND o.portfolio_id IS NOT DISTINCT FROM w.portfolio_id
     AND o.product_id IS NOT DISTINCT FROM w.product_id
     AND o.team_id IS NOT DISTINCT FROM w.team_id
     AND o.archived_at IS NULL AND o.state = ANY(%(states)s)
), figures AS (
    SELECT l.cycle_id, l.tier_id, l.portfolio_id, l.product_id, l.team_id,
           round(avg(l.score), 10) AS score, count(l.id) AS objectives,
           count(l.score) AS objectives_reporting,
           coalesce(sum(r.total), 0) AS key_results, coalesce(sum(r.reporting), 0) AS reporting,
           coalesce(sum(r.on_track), 0) AS on_track, coalesce(sum(r.behind), 0) AS behind,
           coalesce(sum(r.at_risk), 0) AS at_risk, coalesce(sum(r.outdated), 0) AS outdated,
           round(avg(l.confidence), 1) AS confidence,
           max(r.evidence_at) AS evidence_at, min(r.outdated_from) AS outdated_from
    FROM live l CROSS JOIN LATERAL (
        SELECT count(*) AS total, count(k.score) AS reporting,
               count(*) FILTER (WHERE k.pace = 'on-track' AND k.outdated_from > %(now)s)
                   AS on_track,
               count(*) FILTER (WHERE k.pace = 'behind' AND k.outdated_from > %(now)s) AS behind,
               count(*) FILTER (WHERE k.pace = 'at-risk' AND k.outdated_from > %(now)s)
                   AS at_risk,
               count(*) FILTER (WHERE k.outdated_from <= %(now)s) AS outdated,
               max(k.evidence_at) AS evidence_at, min(k.outdated_from) AS outdated_from
        FROM okrs_keyresult k
        WHERE k.organization_id = %(org)s AND k.archived_at IS NULL AND k.objective_id = l.id
    ) r
    GROUP BY l.cycle_id, l.tier_id, l.portfolio_id, l.product_id, l.team_id
), before AS (
    SELECT u.id, u.score FROM okrs_unitscore u JOIN wanted w
      ON u.organization_id = %(org)s AND u.cycle_id = w.cycle_id AND u.tier_id = w.tier_id
     AND u.portfolio_id IS NOT DISTINCT FROM w.portfolio_id
     AND u.product_id IS NOT DISTINCT FROM w.product_id
     AND u.team_id IS NOT DISTINCT FROM w.team_id
), stored AS (
    INSERT INTO okrs_unitscore AS u (
        id, organization_id, created_at, cycle_id, tier_id, portfolio_id, product_id, team_id,
        score, objectives, objectives_reporting, key_results, reporting, on_track, behind,
        at_risk, outdated, confidence, evidence_at, outdated_from, scored_at)
    SELECT gen_random_uuid(), %(org)s, %(now)s, f.cycle_id, f.tier_id, f.portfolio_id,
           f.product_id, f.team_id, f.score, f.objectives, f.objectives_reporting, f.key_results,
           f.reporting, f.on_track, f.behind, f.at_risk, f.outdated, f.confidence, f.evidence_at,
           f.outdated_from, %(now)s
    FROM figures f
    ON CONFLICT (organization_id, cycle_id, tier_id, portfolio_id, product_id, team_id)
    DO UPDATE SET (score, objectives, objectives_reporting, key_results, reporting, on_track,
                   behind, at_risk, outdated, confidence, evidence_at, outdated_from, scored_at)
        = (EXCLUDED.score, EXCLUDED.objectives, EXCLUDED.objectives_reporting,
           EXCLUDED.key_results, EXCLUDED.reporting, EXCLUDED.on_track, EXCLUDED.behind,
           EXCLUDED.at_risk, EXCLUDED.outdated, EXCLUDED.confidence, EXCLUDED.evidence_at,
           EXCLUDED.outdated_from, EXCLUDED.scored_at)
    WHERE (u.score, u.objectives, u.objectives_reporting, u.key_results, u.reporting, u.on_track,
           u.behind, u.at_risk, u.outdated, u.confidence, u.evidence_at, u.outdated_from)
        IS DISTINCT FROM
          (EXCLUDED.score, EXCLUDED.objectives, EXCLUDED.objectives_reporting,
           EXCLUDED.key_results, EXCLUDED.reporting, EXCLUDED.on_track, EXCLUDED.behind,
           EXCLUDED.at_risk, EXCLUDED.outdated, EXCLUDED.confidence, EXCLUDED.evidence_at,
           EXCLUDED.outdated_from)
    RETURNING u.id, u.score
)
INSERT INTO okrs_scorepoint (id, organization_id, created_at, unit_score_id, at, score, cause)
SELECT gen_random_uuid(), %(org)s, %(now)s, s.id, %(now)s, s.score, 'roll-up'
FROM stored s LEFT JOIN before b ON b.id = s.id
WHERE b.id IS NULL OR b.score IS DISTINCT FROM s.score
"""


def recompute_unit_scores(objectives: Q, *, now: datetime) -> None:
    """Store the roll-ups that the objectives meeting the condition belong to; two statements."""
    store_unit_scores(Objective.objects.filter(objectives).values_list("id", flat=True), now=now)


def store_unit_scores(objective_ids: Iterable[UUID], *, now: datetime) -> None:
    """Store the roll-ups that objectives belong to, in one statement."""
    ids = list(objective_ids)
    if not ids:
        return
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "objectives": ids,
        "states": [str(state) for state in LIVE_STATES],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, parameters)
