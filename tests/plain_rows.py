"""One row of any table, whatever its rules, made by the owner in a transaction.

The walls between organisations are tried on every model, so rows are made from the columns
alone: check constraints are dropped first, and keys, which are deferred, are never examined
unless a test asks for it. Everything is rolled back: rows after each test, the rest after the
module, since dropping all checks takes longer than most tests. A module with an `owner` asks for
no `db`, whose connection would wait for the tables.
"""

# ruff: noqa: S608 (the names of tables and columns are our own)

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connections, models, transaction
from pytest_django import DjangoDbBlocker

from accounts.fields import TenantForeignKey, new_id
from accounts.tenant_models import TenantModel

Values = dict[str, Any]
BIND = (
    "SELECT set_config('app.org_id', %s, true), set_config('app.actor_id', %s, true),"
    " set_config('app.request_id', 'walls', true)"
)
CHECKS = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
    WHERE contype = 'c' AND connamespace = 'public'::regnamespace
"""

TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname FROM pg_trigger
    WHERE NOT tgisinternal AND tgname <> 'audit'
"""


def tenant_models() -> list[type[TenantModel]]:
    """Every tenant model of the product, by table."""
    found = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    return sorted(found, key=lambda model: model._meta.db_table)


def tenant_keys() -> list[tuple[type[TenantModel], TenantForeignKey]]:
    """Every reference from one tenant table to another."""
    return [
        (model, field)
        for model in tenant_models()
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey)
    ]


class OwnersTransaction:
    """The owner's connection, which may become the application and stop being it."""

    def __init__(self) -> None:
        self.connection = connections["owner"]
        self.acme, self.rival, self.actor = new_id(), new_id(), new_id()

    def run(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def count(self, sql: str, parameters: list[Any] | None = None) -> int:
        """The number of rows that a statement touched."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            touched: int = cursor.rowcount
            return touched

    def drop_checks(self) -> None:
        """Drop what asks more of a row than its columns do: checks and triggers of ours."""
        for table, name in self.run(CHECKS):
            self.run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for table, name in self.run(TRIGGERS):
            self.run(f'ALTER TABLE {table} DISABLE TRIGGER "{name}"')

    @contextmanager
    def as_application(self, organization: UUID | None) -> Iterator[None]:
        """Bound to `organization`, in a savepoint of its own."""
        with transaction.atomic(using="owner"):
            self.run(BIND, [str(organization or ""), str(self.actor)])
            self.run("SET LOCAL ROLE flotilla_app")
            yield
            self.run("RESET ROLE")

    def insert(self, model: type[models.Model], organization: UUID, **given: Any) -> UUID:
        """A row of `organization`; its id."""
        values = plain_values(model, organization) | given
        columns = ", ".join(f'"{name}"' for name in values)
        places = ", ".join(["%s"] * len(values))
        sql = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places})'
        self.run(sql, list(values.values()))
        pk: UUID = values["id"]
        return pk


@pytest.fixture(scope="module")
def without_checks(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic(using="owner"):
        OwnersTransaction().drop_checks()
        yield
        transaction.set_rollback(True, using="owner")


@pytest.fixture
def owner(without_checks: None) -> Iterator[OwnersTransaction]:
    with transaction.atomic(using="owner"):
        yield OwnersTransaction()
        # The rows keep none of the rules that are examined at the end.
        transaction.set_rollback(True, using="owner")


def plain_values(model: type[models.Model], organization: UUID) -> Values:
    """A value for each column that needs one; references lead nowhere."""
    values: Values = {
        str(field.column): plain_value(field)
        for field in model._meta.concrete_fields
        if not field.generated and (not field.null or field.primary_key)
    }
    return values | {"organization_id": organization}


SAMPLES: list[tuple[type[Any], Any]] = [
    (models.DateTimeField, "2026-01-01T00:00:00Z"),
    (models.DateField, date(2026, 1, 1)),
    (models.JSONField, "{}"),
    (models.BooleanField, False),
    (models.IntegerField, 1),
    (models.DecimalField, 1),
    (models.BinaryField, b"x"),
    (ArrayField, []),
]


def plain_value(field: Any) -> Any:
    if field.is_relation or isinstance(field, models.UUIDField):
        return new_id()
    for kind, sample in SAMPLES:
        if isinstance(field, kind):
            return sample
    # Unique text may not repeat: the tail of a fresh id is random.
    return new_id().hex[-8:][: field.max_length or 8]
