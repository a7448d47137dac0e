"""Rules of goals that look beyond their own row, kept by the database.

Goals remember what they were, take their turn to change, and stand still once their cycle is
closed, whatever way a change comes.
"""

from collections.abc import Sequence

from django.db import models

from accounts.constraints import OWNER_ROLE, DatabaseRule, Deconstructed

REMEMBER = """
CREATE FUNCTION {name}() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    seen public.{table};
    moment timestamptz := coalesce(
        nullif(current_setting('app.clock', true), '')::timestamptz, clock_timestamp());
BEGIN
    IF TG_OP = 'UPDATE' AND ({old}) IS NOT DISTINCT FROM ({new}) THEN
        RETURN NULL;
    ELSIF TG_OP = 'DELETE' THEN
        seen := OLD;
    ELSE
        seen := NEW;
    END IF;
    INSERT INTO public.{history}
        (id, organization_id, created_at, row_id, recorded_at, is_there, {columns})
    VALUES (gen_random_uuid(), seen.organization_id, clock_timestamp(), seen.id, moment,
        TG_OP <> 'DELETE' AND seen.archived_at IS NULL, {seen});
    RETURN NULL;
END $$;
CREATE TRIGGER remembered AFTER INSERT OR DELETE OR UPDATE OF {watched} ON {table}
    FOR EACH ROW EXECUTE FUNCTION {name}()
"""
STAND_STILL = """
CREATE FUNCTION {name}() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    seen public.{table};
    term uuid;
BEGIN
    IF TG_OP = 'UPDATE' AND ({old}) IS NOT DISTINCT FROM ({new}) THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        seen := OLD;
    ELSE
        seen := NEW;
    END IF;
    term := ({cycle});
    IF current_user <> '{owner}'
        AND EXISTS (
            SELECT FROM public.okrs_cycle c
            WHERE c.organization_id = seen.organization_id AND c.id = term AND c.state = 'closed')
        AND NOT EXISTS (
            SELECT FROM public.okrs_closingrevision r
            WHERE r.organization_id = seen.organization_id AND r.cycle_id = term
              AND r.id::text = current_setting('app.revision_id', true))
    THEN
        RAISE EXCEPTION 'the cycle is closed, and no revision was opened'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closed_with_cycle BEFORE {changes} ON {table}
    FOR EACH ROW EXECUTE FUNCTION {name}();
CREATE TRIGGER closed_with_cycle_add BEFORE INSERT ON {table}
    FOR EACH ROW WHEN ({adds}) EXECUTE FUNCTION {name}();
CREATE TRIGGER changed_in_turn BEFORE INSERT OR DELETE OR UPDATE{of} ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION flotilla_take_turn()
"""
# The same of what a statement has changed, in one look at all of it: at its cycles, and where one
# of them is closed at its rows. These are compared by hashing or sorting, for what is planned when
# one row changes is carried out when thousands do.
STAND_STILL_IN_SETS = """
CREATE FUNCTION {name}_in_sets() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF current_user <> '{owner}'
        AND EXISTS (
            SELECT FROM (SELECT DISTINCT organization_id, ({cycle}) AS id FROM changed seen) term
            WHERE EXISTS ({closed_term}))
        AND EXISTS (
            SELECT seen.id, {new} FROM changed seen WHERE EXISTS ({closed_seen})
            EXCEPT SELECT was.id, {old} FROM former was)
    THEN
        RAISE EXCEPTION 'the cycle is closed, and no revision was opened'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER closed_with_cycle_in_sets AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION {name}_in_sets()
"""
CLOSED = """
                SELECT FROM public.okrs_cycle c
                WHERE c.organization_id = {row}.organization_id AND c.id = {cycle}
                  AND c.state = 'closed' AND NOT EXISTS (
                    SELECT FROM public.okrs_closingrevision r
                    WHERE r.organization_id = c.organization_id AND r.cycle_id = c.id
                      AND r.id::text = current_setting('app.revision_id', true))"""


def of_row(row: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{row}.{column}" for column in columns)


class Remembered(DatabaseRule):
    """Each change of `columns` adds a row to `history`, so that any past moment can be read.

    A row that was archived or deleted is remembered as not there. A loader that connects as the
    owner may say when it was, in the setting `app.clock`.
    """

    def __init__(self, *, name: str, history: str, columns: Sequence[str]) -> None:
        self.history = history
        self.columns = list(columns)
        super().__init__(name=name)

    def made(self, table: str, model: type[models.Model]) -> str:
        watched = [*self.columns, "archived_at"]
        return REMEMBER.format(
            name=self.name,
            table=table,
            history=self.history,
            old=of_row("OLD", watched),
            new=of_row("NEW", watched),
            seen=of_row("seen", self.columns),
            columns=", ".join(self.columns),
            watched=", ".join(watched),
        )

    def unmade(self, table: str) -> str:
        return (
            f'DROP TRIGGER IF EXISTS remembered ON "{table}"; DROP FUNCTION IF EXISTS {self.name}()'
        )

    def deconstruct(self) -> Deconstructed:
        path, args, options = super().deconstruct()
        return path, args, {**options, "history": self.history, "columns": self.columns}


class ClosedWithCycle(DatabaseRule):
    """A row stands still once its cycle is closed, except under a revision of that cycle.

    `cycle` is an SQL expression for the id of the cycle of `{row}`; `columns` are those that
    stand still; `adds` is a condition on NEW for rows that may not be added. Whoever changes such
    a row takes the turn to recompute first, so that no change runs beside the closing of its
    cycle. The revision is named by the setting `app.revision_id`; a loader that connects as the
    owner needs none.

    Rows that change `in_sets` are looked at once a statement, after it; not so where the change
    itself closes the cycle.
    """

    def __init__(
        self,
        *,
        name: str,
        cycle: str,
        columns: Sequence[str] = (),
        adds: str = "true",
        in_sets: bool = False,
    ) -> None:
        self.cycle = cycle
        self.columns = list(columns)
        self.adds = adds
        self.in_sets = in_sets
        super().__init__(name=name)

    def made(self, table: str, model: type[models.Model]) -> str:
        columns = self.columns or [str(f.column) for f in model._meta.local_concrete_fields]
        of = f" OF {', '.join(self.columns)}" if self.columns else ""
        cycle = self.cycle.format(row="seen")
        by_row = STAND_STILL.format(
            name=self.name,
            table=table,
            cycle=cycle,
            old=of_row("OLD", columns),
            new=of_row("NEW", columns),
            changes="DELETE" if self.in_sets else f"UPDATE{of} OR DELETE",
            of=of,
            adds=self.adds,
            owner=OWNER_ROLE,
        )
        if not self.in_sets:
            return by_row
        in_sets = STAND_STILL_IN_SETS.format(
            name=self.name,
            table=table,
            cycle=cycle,
            closed_term=CLOSED.format(row="term", cycle="term.id"),
            closed_seen=CLOSED.format(row="seen", cycle=f"({cycle})"),
            old=of_row("was", columns),
            new=of_row("seen", columns),
            owner=OWNER_ROLE,
        )
        return f"{by_row}; {in_sets}"

    def unmade(self, table: str) -> str:
        return (
            f'DROP TRIGGER IF EXISTS changed_in_turn ON "{table}";'
            f' DROP TRIGGER IF EXISTS closed_with_cycle_add ON "{table}";'
            f' DROP TRIGGER IF EXISTS closed_with_cycle ON "{table}";'
            f" DROP FUNCTION IF EXISTS {self.name}();"
            f' DROP TRIGGER IF EXISTS closed_with_cycle_in_sets ON "{table}";'
            f" DROP FUNCTION IF EXISTS {self.name}_in_sets()"
        )

    def deconstruct(self) -> Deconstructed:
        path, args, options = super().deconstruct()
        given = {"cycle": self.cycle, "columns": self.columns, "adds": self.adds}
        sets = {"in_sets": True} if self.in_sets else {}
        return path, args, {**options, **given, **sets}
