"""The walls of the database one by one, with those of the application switched off.

Raw SQL runs as the application role, so neither permissions nor managers take part. Every
tenant model is tried, new ones by themselves.
"""

# ruff: noqa: S608 (the names of tables and columns are our own)

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, transaction

from accounts.fields import TenantForeignKey
from accounts.tenancy import NoTenant
from accounts.tenant_models import TenantModel
from tests.plain_rows import OwnersTransaction, plain_values, tenant_keys, tenant_models

Model = type[TenantModel]
by_model = pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model.__name__)
by_key = pytest.mark.parametrize(
    ("model", "key"),
    tenant_keys(),
    ids=[f"{model.__name__}.{key.name}" for model, key in tenant_keys()],
)
DENIED = r"permission denied|row-level security"


def table(model: Model) -> str:
    return f'"{model._meta.db_table}"'


def count_or_denied(owner: OwnersTransaction, sql: str, parameters: list[Any]) -> int:
    """Rows that the application touched; none where it may not even try."""
    try:
        with owner.as_application(owner.acme):
            return owner.count(sql, parameters)
    except ProgrammingError as error:
        if "permission denied" in str(error):
            return 0
        raise


@by_model
def test_the_manager_raises_without_an_organisation(model: Model) -> None:
    with pytest.raises(NoTenant):
        model.objects.all()


@by_model
def test_the_database_raises_without_an_organisation(
    model: Model, owner: OwnersTransaction
) -> None:
    owner.insert(model, owner.acme)
    with pytest.raises(DatabaseError), owner.as_application(None):
        owner.run(f"SELECT * FROM {table(model)}")


@by_model
def test_only_own_rows_are_read(model: Model, owner: OwnersTransaction) -> None:
    own = owner.insert(model, owner.acme)
    owner.insert(model, owner.rival)
    with owner.as_application(owner.acme):
        assert owner.run(f"SELECT id FROM {table(model)}") == [(own,)]


@by_model
def test_a_foreign_row_cannot_be_added(model: Model, owner: OwnersTransaction) -> None:
    with pytest.raises(ProgrammingError, match=DENIED), owner.as_application(owner.acme):
        owner.insert(model, owner.rival)


@by_model
def test_a_foreign_row_cannot_be_changed(model: Model, owner: OwnersTransaction) -> None:
    foreign = owner.insert(model, owner.rival)
    sql = f"UPDATE {table(model)} SET created_at = now() WHERE id = %s"
    assert count_or_denied(owner, sql, [foreign]) == 0


@by_model
def test_a_foreign_row_cannot_be_deleted(model: Model, owner: OwnersTransaction) -> None:
    foreign = owner.insert(model, owner.rival)
    assert count_or_denied(owner, f"DELETE FROM {table(model)} WHERE id = %s", [foreign]) == 0


@by_model
def test_an_own_row_cannot_be_given_away(model: Model, owner: OwnersTransaction) -> None:
    own = owner.insert(model, owner.acme)
    with pytest.raises(ProgrammingError, match=DENIED), owner.as_application(owner.acme):
        owner.run(
            f"UPDATE {table(model)} SET organization_id = %s WHERE id = %s", [owner.rival, own]
        )


@by_model
def test_an_upsert_cannot_take_a_foreign_row_over(model: Model, owner: OwnersTransaction) -> None:
    foreign = owner.insert(model, owner.rival)
    values = plain_values(model, owner.acme) | {"id": foreign}
    columns = ", ".join(f'"{name}"' for name in values)
    sql = (
        f"INSERT INTO {table(model)} ({columns}) VALUES ({', '.join(['%s'] * len(values))})"
        " ON CONFLICT (id) DO UPDATE SET organization_id = EXCLUDED.organization_id"
    )
    with pytest.raises(ProgrammingError, match=DENIED), owner.as_application(owner.acme):
        owner.run(sql, list(values.values()))


@by_key
def test_the_database_refuses_a_reference_to_a_foreign_row(
    model: Model, key: TenantForeignKey, owner: OwnersTransaction
) -> None:
    foreign = owner.insert(key.related_model, owner.rival)
    owner.insert(model, owner.acme, **{key.column: foreign})
    name = f"{model._meta.db_table}_{key.name}_same_org"
    with pytest.raises(IntegrityError, match=name), transaction.atomic(using="owner"):
        owner.run(f'SET CONSTRAINTS "{name}" IMMEDIATE')


@by_key
def test_the_database_allows_a_reference_to_an_own_row(
    model: Model, key: TenantForeignKey, owner: OwnersTransaction
) -> None:
    own = owner.insert(key.related_model, owner.acme)
    referring = owner.insert(model, owner.acme, **{key.column: own})
    owner.run(f'SET CONSTRAINTS "{model._meta.db_table}_{key.name}_same_org" IMMEDIATE')
    sql = f'SELECT "{key.column}" FROM {table(model)} WHERE id = %s'
    assert owner.run(sql, [referring]) == [(own,)]
