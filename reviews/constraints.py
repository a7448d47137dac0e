"""Rules of reviews that look at a second row or at the row before, kept by the database.

They hold for the application; the owner may still load and erase whole organisations.
"""

from django.db import models

from accounts.constraints import APP_ROLE
from governance.constraints import HEAD, TriggerRule, refusal

# ruff: noqa: S608 (the names of tables and columns are our own)

CLOSED = "a closed review stays as it is"


class ReviewStays(TriggerRule):
    """Once closed, a review is only taken out of the lists or brought back."""

    def made(self, table: str, model: type[models.Model]) -> str:
        moving = "ARRAY['archived_at', 'version', 'updated_at']"
        return (
            f"CREATE FUNCTION {self.name}() {HEAD} BEGIN"
            f" IF current_user = '{APP_ROLE}' AND (TG_OP = 'DELETE'"
            f" OR to_jsonb(NEW) - {moving} <> to_jsonb(OLD) - {moving})"
            f" THEN {refusal(self.name, CLOSED)}"
            " END IF; RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$;"
            f' CREATE TRIGGER "{self.name}" BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW'
            f" WHEN (OLD.state = 'closed') EXECUTE FUNCTION {self.name}()"
        )


class StaysWithReview(TriggerRule):
    """Rows of a closed review are neither added nor, unless they `go_on`, changed.

    The review is held until the change is over, so that it cannot be closed beside it.
    """

    def __init__(self, *, name: str, go_on: bool = False) -> None:
        self.go_on = go_on
        super().__init__(name=name)

    def made(self, table: str, model: type[models.Model]) -> str:
        events = "INSERT" if self.go_on else "INSERT OR UPDATE OR DELETE"
        return (
            f"CREATE FUNCTION {self.name}() {HEAD} BEGIN"
            f" IF current_user = '{APP_ROLE}' AND 'closed' = (SELECT r.state"
            " FROM public.reviews_review r"
            " WHERE r.id = CASE TG_OP WHEN 'DELETE' THEN OLD.review_id ELSE NEW.review_id END"
            " FOR SHARE)"
            f" THEN {refusal(self.name, CLOSED)}"
            " END IF; RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$;"
            f' CREATE TRIGGER "{self.name}" BEFORE {events} ON "{table}"'
            f" FOR EACH ROW EXECUTE FUNCTION {self.name}()"
        )

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, object]]:
        path, _, options = super().deconstruct()
        return path, (), {**options, "go_on": self.go_on}


class SentStays(TriggerRule):
    """What was sent is only taken out of the lists or brought back."""

    def made(self, table: str, model: type[models.Model]) -> str:
        moving = "ARRAY['archived_at', 'version', 'updated_at']"
        return (
            f"CREATE FUNCTION {self.name}() {HEAD} BEGIN"
            f" IF current_user = '{APP_ROLE}' AND (TG_OP = 'DELETE'"
            f" OR to_jsonb(NEW) - {moving} <> to_jsonb(OLD) - {moving})"
            f" THEN {refusal(self.name, 'what was sent stays as it is')}"
            " END IF; RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$;"
            f' CREATE TRIGGER "{self.name}" BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW'
            f" WHEN (OLD.sent_at IS NOT NULL) EXECUTE FUNCTION {self.name}()"
        )
