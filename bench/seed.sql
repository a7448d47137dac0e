-- Organisations of the sizes in bench_org(number, key_results, issues), with everything that hangs
-- on them. Deterministic but for the moment %(now)s, from which all times are reckoned back.
-- Identifiers sort as the product's do: by time, so rows of one organisation lie together.
CREATE FUNCTION pg_temp.id(kind int, org int, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
    SELECT (lpad(to_hex(x'0197a000'::int + kind), 8, '0') || lpad(to_hex(org), 4, '0') || '70008000'
            || lpad(to_hex(n), 12, '0'))::uuid
$$;
-- A number of 0..999 that looks drawn and is the same in every run.
CREATE FUNCTION pg_temp.drawn(org int, n bigint) RETURNS int IMMUTABLE LANGUAGE sql AS $$
    SELECT ((n * 7919 + org * 104729 + (n / 7) * 611953) %% 1000)::int
$$;
CREATE TEMP TABLE shape AS
SELECT number AS org, pg_temp.id(0, number, 0) AS id, key_results, key_results / 5 AS objectives,
       greatest(2, key_results / 250) AS products, greatest(3, key_results / 25) AS teams,
       greatest(1, key_results / 2500) AS portfolios, greatest(8, key_results / 25) AS members,
       issues
FROM bench_org;

INSERT INTO accounts_organization
    (id, slug, name, time_zone, currency, fiscal_year_start, behind_after, at_risk_after,
     created_at, version)
SELECT id, 'bench-' || org, 'Bench ' || org, 'UTC', 'EUR', 1, 0, 25, %(now)s, 1 FROM shape;

INSERT INTO accounts_person
    (id, email, name, password, time_zone, shortcuts, mail_rhythm, is_active, date_joined)
SELECT pg_temp.id(1, org, n), 'member-' || n || '@bench-' || org || '.example',
       'Member ' || n, '!', '', true, 'never', true, %(now)s
FROM shape, generate_series(0, members - 1) n;

INSERT INTO accounts_member
    (id, organization_id, created_at, version, updated_at, person_id, name, role, money, joined_at)
SELECT pg_temp.id(2, org, n), id, %(now)s, 1, %(now)s, pg_temp.id(1, org, n), 'Member ' || n,
       CASE n WHEN 0 THEN 'admin' ELSE 'member' END, 'none', %(now)s
FROM shape, generate_series(0, members - 1) n;

INSERT INTO portfolio_portfolio
    (id, organization_id, created_at, version, updated_at, name, slug, description, is_private)
SELECT pg_temp.id(3, org, n), id, %(now)s, 1, %(now)s, 'Portfolio ' || n, 'portfolio-' || n, '',
       false
FROM shape, generate_series(0, portfolios - 1) n;

INSERT INTO portfolio_product
    (id, organization_id, created_at, version, updated_at, name, slug, description,
     lifecycle_stage, market_position, customer_segment, posture, funding_stage, cadence, lead_id)
SELECT pg_temp.id(4, org, n), id, %(now)s, 1, %(now)s, 'Product ' || n, 'product-' || n, '',
       'growth', 'new', '', 'grow', '', '', pg_temp.id(2, org, n %% members)
FROM shape, generate_series(0, products - 1) n;

INSERT INTO portfolio_productplacement
    (id, organization_id, created_at, version, updated_at, product_id, portfolio_id, share,
     from_date, is_home)
SELECT pg_temp.id(5, org, n), id, %(now)s, 1, %(now)s, pg_temp.id(4, org, n),
       pg_temp.id(3, org, n %% portfolios), 1, %(now)s::date - 365, true
FROM shape, generate_series(0, products - 1) n;

INSERT INTO portfolio_team
    (id, organization_id, created_at, version, updated_at, name, slug, description, lead_id,
     capacity, cadence)
SELECT pg_temp.id(6, org, n), id, %(now)s, 1, %(now)s, 'Team ' || n, 'team-' || n, '',
       pg_temp.id(2, org, n %% members), 20, ''
FROM shape, generate_series(0, teams - 1) n;

INSERT INTO portfolio_teamproduct
    (id, organization_id, created_at, version, updated_at, team_id, product_id, share, from_date,
     tie)
SELECT pg_temp.id(7, org, n), id, %(now)s, 1, %(now)s, pg_temp.id(6, org, n),
       pg_temp.id(4, org, n %% products), 1, %(now)s::date - 365, 'owned'
FROM shape, generate_series(0, teams - 1) n;

INSERT INTO portfolio_measureunit
    (id, organization_id, created_at, version, updated_at, name, symbol, dimension, currency,
     factor, decimals)
SELECT pg_temp.id(8, org, 0), id, %(now)s, 1, %(now)s, 'percent', '%%', 'percent', '', 1, 1
FROM shape;

INSERT INTO okrs_tier (id, organization_id, created_at, version, updated_at, name, kind, rank)
SELECT pg_temp.id(9, org, t.rank), id, %(now)s, 1, %(now)s, initcap(t.kind), t.kind, t.rank
FROM shape, (VALUES (1, 'portfolio'), (2, 'product'), (3, 'team')) t(rank, kind);

INSERT INTO okrs_cycle
    (id, organization_id, created_at, version, updated_at, name, starts_on, ends_on, state)
SELECT pg_temp.id(10, org, 0), id, %(now)s, 1, %(now)s, 'This quarter', %(now)s::date - 45,
       %(now)s::date + 45, 'open'
FROM shape;

-- One objective in fifty is a portfolio's, one in five a product's, the rest are teams'.
CREATE TEMP TABLE goal AS
SELECT s.*, n, pg_temp.id(11, org, n) AS goal, n %% 50 = 0 AS of_portfolio,
       n %% 5 = 1 AS of_product
FROM shape s, generate_series(0, objectives - 1) n;

INSERT INTO okrs_objective
    (id, organization_id, created_at, version, updated_at, title, description, tier_id, cycle_id,
     portfolio_id, product_id, team_id, owner_id, state, condition, roll_up, assessment,
     reporting, counted)
SELECT goal, id, %(now)s, 1, %(now)s, 'Objective ' || n, '',
       pg_temp.id(9, org, CASE WHEN of_portfolio THEN 1 WHEN of_product THEN 2 ELSE 3 END),
       pg_temp.id(10, org, 0),
       CASE WHEN of_portfolio THEN pg_temp.id(3, org, n / 50 %% portfolios) END,
       CASE WHEN NOT of_portfolio AND of_product THEN pg_temp.id(4, org, n / 5 %% products) END,
       CASE WHEN NOT of_portfolio AND NOT of_product THEN pg_temp.id(6, org, n %% teams) END,
       pg_temp.id(2, org, n %% members), 'committed', '', 'own', '', 0, 0
FROM goal;

INSERT INTO okrs_objectivealignment
    (id, organization_id, created_at, version, updated_at, state, asked_by_id, note, child_id,
     parent_id, kind, weight)
SELECT pg_temp.id(12, org, n), id, %(now)s, 1, %(now)s, 'agreed', pg_temp.id(2, org, 0), '', goal,
       pg_temp.id(11, org, n / 5), 'contributes', 1
FROM goal WHERE n > 0;

-- Each runs from 0 to 100 percent, so that a score is the last value divided by a hundred. The
-- last check-in is up to twenty days old: by the two weeks of their products some are outdated.
CREATE TEMP TABLE result AS
SELECT s.*, n, pg_temp.id(13, org, n) AS result, pg_temp.id(14, org, n) AS metric,
       pg_temp.drawn(org, n) AS drawn, pg_temp.id(2, org, n %% members) AS member,
       %(now)s - make_interval(hours => 1 + pg_temp.drawn(org, n + 13) * 480 / 1000) AS last_at,
       45 / 90.0 AS expected, n / 5 AS goal
FROM shape s, generate_series(0, key_results - 1) n;

INSERT INTO portfolio_metric
    (id, organization_id, created_at, version, updated_at, name, description, unit_id, is_silent)
SELECT metric, id, %(now)s, 1, %(now)s, 'Key result ' || n, '', pg_temp.id(8, org, 0), true
FROM result;

INSERT INTO okrs_keyresult
    (id, organization_id, created_at, version, updated_at, objective_id, title, description,
     metric_id, owner_id, shape, source, contribution_mode, baseline, target, condition, weight,
     curve, curve_points, definition_version, confidence, reported_status, last_note,
     checked_in_at, checked_in_by_id, current_value, current_at, current_source, is_overridden,
     score, raw, expected, pace, pace_gap, evidence_at, outdated_from, scored_at)
SELECT result, id, %(now)s, 1, %(now)s, pg_temp.id(11, org, goal), 'Key result ' || n, '',
       metric, member, 'from-to', 'by-hand', '', 0, 100, '', 1, 'linear', '[]', 1,
       (1 + drawn %% 10) / 10.0, '', 'As planned, ' || n, last_at, member, drawn / 10.0, last_at,
       'person', false, drawn / 1000.0, drawn / 1000.0, expected,
       CASE WHEN expected * 100 <= drawn / 10.0 THEN 'on-track'
            WHEN expected * 100 - drawn / 10.0 <= 25 THEN 'behind' ELSE 'at-risk' END,
       expected * 100 - drawn / 10.0, last_at,
       date_trunc('day', last_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
           + CASE WHEN goal %% 50 = 0 THEN interval '1 month' ELSE interval '14 days' END
           + interval '1 day',
       last_at
FROM result;

INSERT INTO okrs_keyresultversion
    (id, organization_id, created_at, key_result_id, number, effective_at, recorded_at,
     definition, reason, actor_id)
SELECT pg_temp.id(15, org, n), id, %(now)s, result, 1, %(now)s - interval '60 days',
       %(now)s - interval '60 days',
       '{"shape": "from-to", "baseline": "0", "target": "100", "weight": "1"}', '', member
FROM result;

UPDATE okrs_objective o
SET score = f.score, lowest = f.lowest, highest = f.highest, confidence = f.confidence,
    reporting = f.counted, counted = f.counted, scored_at = f.at
FROM (SELECT objective_id, round(avg(score), 10) AS score, min(score) AS lowest,
             max(score) AS highest, round(avg(confidence), 1) AS confidence,
             count(*) AS counted, max(scored_at) AS at
      FROM okrs_keyresult GROUP BY objective_id) f
WHERE f.objective_id = o.id;

-- A value, and what was said with it, every three days.
CREATE TEMP TABLE said AS
SELECT r.org, r.id, r.n * %(values)s + j AS m, r.result, r.metric, r.member,
       r.last_at - make_interval(days => 3 * (%(values)s - 1 - j)) AS at,
       CASE WHEN j = %(values)s - 1 THEN r.drawn / 10.0
            ELSE round(r.drawn / 10.0 * (j + 1) / %(values)s, 2) END AS value
FROM result r, generate_series(0, %(values)s - 1) j;

INSERT INTO portfolio_metricvalue
    (id, organization_id, created_at, metric_id, value, effective_at, recorded_at, source,
     actor_id, note)
SELECT pg_temp.id(16, org, m), id, at, metric, value, at, at, 'person', member, '' FROM said;

INSERT INTO okrs_checkin
    (id, organization_id, created_at, key_result_id, author_id, at, value, confidence, status,
     note, score, raw)
SELECT pg_temp.id(17, org, m), id, at, result, member, at, value, 0.7, '', 'As planned', value / 100,
       value / 100
FROM said;

INSERT INTO okrs_scorepoint
    (id, organization_id, created_at, key_result_id, at, score, raw, value, cause)
SELECT pg_temp.id(18, org, m), id, at, result, at, value / 100, value / 100, value, 'check-in'
FROM said WHERE at > %(now)s - interval '45 days';

INSERT INTO okrs_scorepoint (id, organization_id, created_at, objective_id, at, score, cause)
SELECT pg_temp.id(19, g.org, g.n * 15 + j), g.id, o.scored_at, g.goal,
       o.scored_at - make_interval(days => 3 * (14 - j)), round(o.score * (j + 1) / 15, 10),
       'check-in'
FROM goal g JOIN okrs_objective o ON o.id = g.goal, generate_series(0, 14) j;

INSERT INTO okrs_dependency
    (id, organization_id, created_at, version, updated_at, title, description,
     needer_key_result_id, provider_product_id, needer_owner_id, needed_by, promised_by,
     criticality, state)
SELECT pg_temp.id(20, org, n), id, %(now)s, 1, %(now)s, 'Needed by key result ' || n, '', result,
       pg_temp.id(4, org, drawn %% products), member, %(now)s::date + drawn %% 60 - 10,
       %(now)s::date + drawn %% 60 - 5, 0.5, CASE drawn %% 3 WHEN 0 THEN 'asked' ELSE 'accepted' END
FROM result WHERE n %% 2 = 0;

INSERT INTO integrations_connection
    (id, organization_id, created_at, version, updated_at, name, provider, address, owner_id,
     state, account, site_id, time_zone, rules, points_fields, interval_minutes, problem, remedy,
     vocabulary)
SELECT pg_temp.id(21, org, 0), id, %(now)s, 1, %(now)s, 'Delivery', 'jira-cloud',
       'https://bench.invalid', pg_temp.id(2, org, 0), 'working', '', '', 'UTC', '{}', '{}', 60, '',
       '', '{}'
FROM shape WHERE issues > 0;

INSERT INTO integrations_source
    (id, organization_id, created_at, version, updated_at, connection_id, kind, remote_id, name,
     query, state, item_count, problem, last_complete_at, censused_at)
SELECT pg_temp.id(22, org, n), id, %(now)s, 1, %(now)s, pg_temp.id(21, org, 0), 'project',
       (10000 + n)::text, 'Project ' || n, '', 'current', issues / products, '', %(now)s, %(now)s
FROM shape, generate_series(0, products - 1) n WHERE issues > 0;

INSERT INTO integrations_synceditem
    (id, organization_id, created_at, connection_id, remote_id, key, title, url, kind, facts,
     is_leaf, category, status_id, status_name, resolution, points, labels, parent_remote_id,
     parent_key, project_remote_id, project_key, team_remote_id, remote_created_at,
     remote_updated_at, is_archived)
SELECT pg_temp.id(23, org, n), id, %(now)s, pg_temp.id(21, org, 0), n::text,
       'P' || n %% products || '-' || n, 'Issue ' || n, '', 'Story',
       jsonb_build_object('remote_id', n::text, 'title', 'Issue ' || n, 'level', 0,
                          'status_kind', 'new', 'labels', '[]'::jsonb),
       true, CASE n %% 3 WHEN 0 THEN 'done' WHEN 1 THEN 'doing' ELSE 'todo' END, (n %% 3)::text,
       'Status', '', n %% 8, '{}', '', '', (10000 + n %% products)::text, 'P' || n %% products, '',
       %(now)s - interval '60 days', %(now)s - interval '2 days', false
FROM shape, generate_series(0, issues - 1) n;

INSERT INTO integrations_sourceitem (id, organization_id, created_at, source_id, item_id)
SELECT pg_temp.id(24, org, n), id, %(now)s, pg_temp.id(22, org, n %% products),
       pg_temp.id(23, org, n)
FROM shape, generate_series(0, issues - 1) n;
