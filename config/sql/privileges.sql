-- What the application may do in one database with tables that the owner makes later. Run as the
-- owner or a superuser; plain SQL, so that the first migration can run it in a test database too.
-- The dispatcher gets nothing here: migrations grant it the few tables that it may see.
GRANT USAGE ON SCHEMA public TO flotilla_app, flotilla_dispatch;
ALTER DEFAULT PRIVILEGES FOR ROLE flotilla_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO flotilla_app;
ALTER DEFAULT PRIVILEGES FOR ROLE flotilla_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO flotilla_app;
