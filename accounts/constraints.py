"""Rules of tenant tables that live in the database and that `makemigrations` sees.

Their SQL runs at the end of the migration that adds them, when every table and key that it
refers to exists.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OWNER_ROLE = "flotilla_owner"
APP_ROLE = "flotilla_app"
# What `flotilla_audit` says nothing of, in any table.
NEVER_TOLD = frozenset({"version", "updated_at"})
Model = type[models.Model] | None
Editor = BaseDatabaseSchemaEditor | None
Deconstructed = tuple[str, Sequence[Any], dict[str, Any]]


class DatabaseRule(models.BaseConstraint):
    """A rule that is `made` of SQL and can be `unmade`."""

    @abstractmethod
    def made(self, table: str, model: type[models.Model]) -> str: ...

    @abstractmethod
    def unmade(self, table: str) -> str: ...

    def create_sql(self, model: Model, schema_editor: Editor) -> str:
        if model is not None and schema_editor is not None:
            sql = self.made(model._meta.db_table, model)
            schema_editor.deferred_sql.append(sql)
        return ""

    def constraint_sql(self, model: Model, schema_editor: Editor) -> str:
        return self.create_sql(model, schema_editor)

    def remove_sql(self, model: Model, schema_editor: Editor) -> str:
        return self.unmade(model._meta.db_table) if model is not None else ""

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Any = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Nothing a single row could break."""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, DatabaseRule)
            and type(self) is type(other)
            and self.deconstruct() == other.deconstruct()
        )

    def __hash__(self) -> int:
        return hash(self.name)


class SameTenant(DatabaseRule):
    """`field` may only refer to a row of the same organisation (composite foreign key)."""

    def __init__(self, *, field: str, name: str) -> None:
        self.field = field
        super().__init__(name=name)

    def made(self, table: str, model: type[models.Model]) -> str:
        key: Any = model._meta.get_field(self.field)
        target = key.related_model._meta.db_table
        return (
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{self.name}"'
            f' FOREIGN KEY (organization_id, "{key.column}")'
            f' REFERENCES "{target}" (organization_id, id) DEFERRABLE INITIALLY DEFERRED'
        )

    def unmade(self, table: str) -> str:
        return f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{self.name}"'

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Any = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        key: Any = model._meta.get_field(self.field)
        if (exclude and self.field in exclude) or not key.is_cached(instance):
            return  # `TenantForeignKey.validate` looks ids up among the tenant's own rows
        related = getattr(instance, self.field)
        if related is not None and related.organization_id != instance.organization_id:  # type: ignore[attr-defined]
            raise ValidationError({self.field: "This belongs to another organisation."})

    def deconstruct(self) -> Deconstructed:
        path, args, options = super().deconstruct()
        return path, args, {**options, "field": self.field}


class RowLevelSecurity(DatabaseRule):
    """The application role sees and writes rows of the bound organisation only.

    The bare `current_setting` raises when nothing is bound and keeps the planner's
    estimates right; `owner_all` lets migrations check constraints over all rows.
    """

    def __init__(self, *, name: str, column: str = "organization_id") -> None:
        self.column = column
        super().__init__(name=name)

    def made(self, table: str, model: type[models.Model]) -> str:
        mine = f"{self.column} = current_setting('app.org_id')::uuid"
        return (
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;'
            f' CREATE POLICY tenant ON "{table}" TO {APP_ROLE} USING ({mine}) WITH CHECK ({mine});'
            f' CREATE POLICY owner_all ON "{table}" TO {OWNER_ROLE} USING (true) WITH CHECK (true)'
        )

    def unmade(self, table: str) -> str:
        return (
            f'DROP POLICY IF EXISTS tenant ON "{table}";'
            f' DROP POLICY IF EXISTS owner_all ON "{table}";'
            f' ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY'
        )

    def deconstruct(self) -> Deconstructed:
        path, args, options = super().deconstruct()
        return path, args, {**options, "column": self.column}


class Audited(DatabaseRule):
    """Each change of a row leaves an entry in the audit log, bulk and raw SQL included.

    `secret` columns are never copied; a change of `silent` columns alone leaves no entry
    (stored scores, which follow from the logs). `watched` are the others, where there are silent
    ones: a statement that sets none of them is not looked at, however many rows it changes.
    """

    def __init__(
        self,
        *,
        name: str,
        secret: Sequence[str] = (),
        silent: Sequence[str] = (),
        watched: Sequence[str] = (),
    ) -> None:
        self.secret = list(secret)
        self.silent = list(silent)
        self.watched = list(watched)
        super().__init__(name=name)

    def made(self, table: str, model: type[models.Model]) -> str:
        secret, silent = ",".join(self.secret), ",".join(self.silent)
        columns = ", ".join(f'"{name}"' for name in self.watched)
        of = f" OF {columns}" if columns else ""
        return (
            f'CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE{of} ON "{table}" FOR EACH ROW'
            f" EXECUTE FUNCTION flotilla_audit('{secret}', '{silent}')"
        )

    def unmade(self, table: str) -> str:
        return f'DROP TRIGGER IF EXISTS audit ON "{table}"'

    def deconstruct(self) -> Deconstructed:
        path, args, options = super().deconstruct()
        given = {"secret": self.secret, "silent": self.silent}
        watched = {"watched": self.watched} if self.watched else {}
        return path, args, {**options, **given, **watched}


class AppendOnly(DatabaseRule):
    """The application role may add rows and read them, nothing else."""

    def made(self, table: str, model: type[models.Model]) -> str:
        return f'REVOKE UPDATE, DELETE ON "{table}" FROM {APP_ROLE}'

    def unmade(self, table: str) -> str:
        return f'GRANT UPDATE, DELETE ON "{table}" TO {APP_ROLE}'


class RecordedNow(DatabaseRule):
    """`recorded_at` is the database's clock; only a loader running as the owner may set it."""

    def made(self, table: str, model: type[models.Model]) -> str:
        return (
            f'CREATE TRIGGER recorded_now BEFORE INSERT ON "{table}"'
            " FOR EACH ROW EXECUTE FUNCTION flotilla_recorded_now()"
        )

    def unmade(self, table: str) -> str:
        return f'DROP TRIGGER IF EXISTS recorded_now ON "{table}"'
