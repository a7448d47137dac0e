"""The trigger of every audited table, one by one: what it records, watches and keeps to itself."""

# ruff: noqa: S608 (the names of tables and columns are our own)

from typing import Any
from uuid import UUID

import orjson
import pytest

from accounts.constraints import NEVER_TOLD, Audited
from accounts.tenant_models import TenantModel
from tests.plain_rows import OwnersTransaction, tenant_models


def rule_of(model: type[TenantModel]) -> Audited | None:
    return next((r for r in model._meta.constraints if isinstance(r, Audited)), None)


# Columns that the trigger of a table is about; none where it is about all of them.
WATCHED = """
    SELECT a.attname FROM pg_trigger t
    JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr::int2[])
    WHERE t.tgname = 'audit' AND t.tgrelid = %s::regclass
"""
AUDITED = [model for model in tenant_models() if rule_of(model)]
by_model = pytest.mark.parametrize("model", AUDITED, ids=lambda model: model.__name__)


def entries(owner: OwnersTransaction, row: UUID) -> list[tuple[Any, ...]]:
    found = owner.run(
        "SELECT operation, organization_id, actor_id, request_id, changes"
        " FROM accounts_auditentry WHERE row_id = %s ORDER BY id",
        [row],
    )
    return [(*entry, orjson.loads(changes)) for *entry, changes in found]


@by_model
def test_a_new_row_is_recorded_with_who_and_when(
    model: type[TenantModel], owner: OwnersTransaction
) -> None:
    with owner.as_application(owner.acme):
        row = owner.insert(model, owner.acme)
    told = [entry[:4] for entry in entries(owner, row)]
    assert told == [("insert", owner.acme, owner.actor, "walls")]


@by_model
def test_a_change_by_raw_sql_is_recorded_with_before_and_after(
    model: type[TenantModel], owner: OwnersTransaction
) -> None:
    row = owner.insert(model, owner.acme)
    owner.run(
        f"UPDATE {model._meta.db_table} SET created_at = '2020-05-05T00:00:00Z' WHERE id = %s",
        [row],
    )
    operation, *_, changes = entries(owner, row)[-1]
    before, after = changes["created_at"]
    assert (operation, before == after, after[:10]) == ("update", False, "2020-05-05")


@by_model
def test_secrets_never_reach_the_log(model: type[TenantModel], owner: OwnersTransaction) -> None:
    row = owner.insert(model, owner.acme)
    changes = entries(owner, row)[0][4]
    secret = rule_of(model).secret  # type: ignore[union-attr]
    copied = {name: changes[name] for name in secret if name in changes}
    assert set(map(tuple, copied.values())) <= {("hidden", "hidden")}


@by_model
def test_every_column_is_watched_that_is_not_silent(
    model: type[TenantModel], owner: OwnersTransaction
) -> None:
    rule = rule_of(model)
    assert rule is not None
    columns = {field.column for field in model._meta.local_concrete_fields}
    watched = {name for (name,) in owner.run(WATCHED, [model._meta.db_table])}
    assert watched == (columns - {*rule.silent, *NEVER_TOLD} if rule.silent else set())
