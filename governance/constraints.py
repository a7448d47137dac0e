"""Rules of governance that look at a second row or at the row before, kept by the database.

They hold for the application; the owner may still load and erase whole organisations.
"""

from django.db import models

from accounts.constraints import APP_ROLE, DatabaseRule

HEAD = "RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$"


def refusal(name: str, words: str) -> str:
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"


class TriggerRule(DatabaseRule):
    """A function and the trigger that calls it; `made` joins both."""

    def unmade(self, table: str) -> str:
        return (
            f'DROP TRIGGER IF EXISTS "{self.name}" ON "{table}";'
            f" DROP FUNCTION IF EXISTS {self.name}()"
        )


class AnswersBeside(TriggerRule):
    """A reply answers a comment on the same record that is no reply itself."""

    def __init__(self, *, name: str, keys: list[str]) -> None:
        self.keys = list(keys)
        super().__init__(name=name)

    def made(self, table: str, model: type[models.Model]) -> str:
        same = " AND ".join(
            f'first."{column}" IS NOT DISTINCT FROM NEW."{column}"'
            for column in (f"{key}_id" for key in self.keys)
        )
        return (
            f"CREATE FUNCTION {self.name}() {HEAD} BEGIN"
            f' IF NOT EXISTS (SELECT FROM public."{table}" first'
            " WHERE first.organization_id = NEW.organization_id AND first.id = NEW.parent_id"
            f" AND first.parent_id IS NULL AND {same})"
            f" THEN {refusal(self.name, 'a reply answers a first comment on the same record')}"
            " END IF; RETURN NEW; END $$;"
            f' CREATE TRIGGER "{self.name}" BEFORE INSERT OR UPDATE ON "{table}" FOR EACH ROW'
            f" WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION {self.name}()"
        )

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, object]]:
        path, _, options = super().deconstruct()
        return path, (), {**options, "keys": self.keys}


class StaysAsDecided(TriggerRule):
    """Once decided, a row only ever becomes superseded; nothing else of it changes."""

    def made(self, table: str, model: type[models.Model]) -> str:
        moving = "ARRAY['state', 'version', 'updated_at']"
        return (
            f"CREATE FUNCTION {self.name}() {HEAD} BEGIN"
            f" IF current_user = '{APP_ROLE}' AND (TG_OP = 'DELETE'"
            f" OR to_jsonb(NEW) - {moving} <> to_jsonb(OLD) - {moving}"
            " OR NOT (NEW.state = OLD.state"
            " OR (OLD.state = 'decided' AND NEW.state = 'superseded')))"
            f" THEN {refusal(self.name, 'what was decided stays; supersede it')}"
            " END IF; RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$;"
            f' CREATE TRIGGER "{self.name}" BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW'
            f" WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION {self.name}()"
        )


class TouchesAsDecided(TriggerRule):
    """What a decision touches is fixed once it is decided."""

    def made(self, table: str, model: type[models.Model]) -> str:
        return (
            f"CREATE FUNCTION {self.name}() {HEAD} BEGIN"
            f" IF current_user = '{APP_ROLE}' AND EXISTS"
            " (SELECT FROM public.governance_decision d"
            " WHERE d.id IN (OLD.decision_id, NEW.decision_id) AND d.state <> 'proposed')"
            f" THEN {refusal(self.name, 'what was decided stays; supersede it')}"
            " END IF; RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$;"
            f' CREATE TRIGGER "{self.name}" BEFORE INSERT OR UPDATE OR DELETE ON "{table}"'
            f" FOR EACH ROW EXECUTE FUNCTION {self.name}()"
        )
