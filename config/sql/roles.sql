-- The three roles of Flotilla and its database. Run by psql as a superuser; harmless to repeat,
-- which is also how a password is changed:
--
--   export FLOTILLA_OWNER_PASSWORD=… FLOTILLA_APP_PASSWORD=… FLOTILLA_DISPATCH_PASSWORD=…
--   psql --dbname=postgres --file=config/sql/roles.sql
--
-- Row-level security means nothing to a superuser, to a role with BYPASSRLS, or to a member of
-- the owner. New roles are none of these, and nothing here makes them so.
\set ON_ERROR_STOP on
\getenv owner_password FLOTILLA_OWNER_PASSWORD
\getenv app_password FLOTILLA_APP_PASSWORD
\getenv dispatch_password FLOTILLA_DISPATCH_PASSWORD
SELECT :{?owner_password} AND :{?app_password} AND :{?dispatch_password} AS all_given \gset
\if :all_given
\else
DO $$ BEGIN
  RAISE 'Set FLOTILLA_OWNER_PASSWORD, FLOTILLA_APP_PASSWORD and FLOTILLA_DISPATCH_PASSWORD.';
END $$;
\endif

SELECT format('CREATE ROLE %I', wanted.role)
FROM unnest(ARRAY['flotilla_owner', 'flotilla_app', 'flotilla_dispatch']) AS wanted (role)
WHERE wanted.role NOT IN (SELECT rolname FROM pg_roles) \gexec

-- NOINHERIT: the owner may become the application (tests do), yet is not subject to its policies.
ALTER ROLE flotilla_owner LOGIN CREATEDB NOINHERIT PASSWORD :'owner_password';
ALTER ROLE flotilla_app LOGIN PASSWORD :'app_password';
ALTER ROLE flotilla_dispatch LOGIN PASSWORD :'dispatch_password';
GRANT flotilla_app TO flotilla_owner;

-- A migration gives up its place in the lock queue rather than stall everybody behind it.
ALTER ROLE flotilla_owner SET lock_timeout = '2s';
-- Measured: compiling costs more than it gains on queries as short as a page's.
ALTER ROLE flotilla_owner SET jit = off;
ALTER ROLE flotilla_app SET jit = off;
ALTER ROLE flotilla_dispatch SET jit = off;
-- Measured: pages read along foreign keys, from few rows on. Weighing all orders of eight tables
-- takes several times as long as reading them in the order that is written.
ALTER ROLE flotilla_app SET join_collapse_limit = 4;
-- Right for a web request. Background work raises them for its own connection with
-- options='-c statement_timeout=… -c idle_in_transaction_session_timeout=…'.
ALTER ROLE flotilla_app SET statement_timeout = '10s';
ALTER ROLE flotilla_dispatch SET statement_timeout = '10s';
ALTER ROLE flotilla_app SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE flotilla_dispatch SET idle_in_transaction_session_timeout = '15s';

SELECT 'CREATE DATABASE flotilla OWNER flotilla_owner TEMPLATE template0 ENCODING ''UTF8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'flotilla') \gexec

REVOKE ALL ON DATABASE flotilla FROM PUBLIC;
GRANT CONNECT ON DATABASE flotilla TO flotilla_app, flotilla_dispatch;

\connect flotilla
\ir privileges.sql
