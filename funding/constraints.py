"""The rule of the ledger that looks at a second row, kept by the database."""

from django.db import models

from accounts.constraints import DatabaseRule

SAME = ("budget_id", "kind", "objective_id", "initiative_id")


class ReversesExactly(DatabaseRule):
    """A reversal takes back the whole of one entry that is none itself: budget, kind, purpose."""

    def made(self, table: str, model: type[models.Model]) -> str:
        same = " AND ".join(f"entry.{column} IS NOT DISTINCT FROM NEW.{column}" for column in SAME)
        return (
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql"
            " SET search_path = pg_catalog, public AS $$ BEGIN"
            f' IF NOT EXISTS (SELECT FROM public."{table}" entry'
            " WHERE entry.organization_id = NEW.organization_id AND entry.id = NEW.reverses_id"
            f" AND entry.reverses_id IS NULL AND entry.amount = -NEW.amount AND {same})"
            " THEN RAISE EXCEPTION 'a reversal repeats one entry with its amount negated'"
            f" USING ERRCODE = 'check_violation', CONSTRAINT = '{self.name}';"
            " END IF; RETURN NEW; END $$;"
            f' CREATE TRIGGER reverses_exactly BEFORE INSERT OR UPDATE ON "{table}" FOR EACH ROW'
            f" WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION {self.name}()"
        )

    def unmade(self, table: str) -> str:
        return (
            f'DROP TRIGGER IF EXISTS reverses_exactly ON "{table}";'
            f" DROP FUNCTION IF EXISTS {self.name}()"
        )
