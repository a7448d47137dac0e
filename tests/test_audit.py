"""Every way to change a record leaves an entry, and nobody can touch the entries."""

# ruff: noqa: S608 (the names of tables and columns are our own)

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.constraints import NEVER_TOLD, Audited
from accounts.models import AuditEntry
from accounts.tasks import TenantTask
from accounts.tenant_models import TenantModel
from config.celery import app
from okrs.models import KeyResult
from portfolio.models import Portfolio
from tests.factories.okrs import KeyResultFactory
from tests.factories.portfolio import PortfolioFactory
from tests.personas import World
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
on_owner = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def owner(db: None) -> Iterator[OwnersTransaction]:
    with transaction.atomic(using="owner"):
        owner = OwnersTransaction()
        owner.drop_checks()
        yield owner
        transaction.set_rollback(True, using="owner")


def entries(owner: OwnersTransaction, row: UUID) -> list[tuple[Any, ...]]:
    found = owner.run(
        "SELECT operation, organization_id, actor_id, request_id, changes"
        " FROM accounts_auditentry WHERE row_id = %s ORDER BY id",
        [row],
    )
    return [(*entry, orjson.loads(changes)) for *entry, changes in found]


@on_owner
@by_model
def test_a_new_row_is_recorded_with_who_and_when(
    model: type[TenantModel], owner: OwnersTransaction
) -> None:
    with owner.as_application(owner.acme):
        row = owner.insert(model, owner.acme)
    told = [entry[:4] for entry in entries(owner, row)]
    assert told == [("insert", owner.acme, owner.actor, "walls")]


@on_owner
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


@on_owner
@by_model
def test_secrets_never_reach_the_log(model: type[TenantModel], owner: OwnersTransaction) -> None:
    row = owner.insert(model, owner.acme)
    changes = entries(owner, row)[0][4]
    secret = rule_of(model).secret  # type: ignore[union-attr]
    copied = {name: changes[name] for name in secret if name in changes}
    assert set(map(tuple, copied.values())) <= {("hidden", "hidden")}


@pytest.mark.django_db
@by_model
def test_every_column_is_watched_that_is_not_silent(model: type[TenantModel]) -> None:
    rule = rule_of(model)
    assert rule is not None
    columns = {field.column for field in model._meta.local_concrete_fields}
    with connection.cursor() as cursor:
        cursor.execute(WATCHED, [model._meta.db_table])
        watched = {name for (name,) in cursor.fetchall()}
    assert watched == (columns - {*rule.silent, *NEVER_TOLD} if rule.silent else set())


def save(row: Portfolio) -> None:
    row.name = "Renamed"
    row.save(update_fields=["name"])


def update(row: Portfolio) -> None:
    Portfolio.objects.filter(pk=row.pk).update(name="Renamed")


def bulk_update(row: Portfolio) -> None:
    row.name = "Renamed"
    Portfolio.objects.bulk_update([row], ["name"])


def raw_sql(row: Portfolio) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE portfolio_portfolio SET name = 'Renamed' WHERE id = %s", [row.pk])


@pytest.mark.parametrize("write", [save, update, bulk_update, raw_sql])
def test_every_way_of_writing_leaves_an_entry(
    write: Callable[[Portfolio], None], in_acme: World
) -> None:
    row = PortfolioFactory.create(name="Growth")
    write(row)
    entry = AuditEntry.objects.filter(row_id=row.pk).latest("id")
    assert entry.changes["name"] == ["Growth", "Renamed"]
    assert (entry.actor_id, entry.request_id) == (in_acme["admin"].pk, "test")


def changes_of(row: KeyResult, **columns: Any) -> list[set[str]]:
    """The columns told by each entry that a change leaves."""
    KeyResult.objects.filter(pk=row.pk).update(**columns)
    entries = AuditEntry.objects.filter(row_id=row.pk, operation="update")
    return [set(entry.changes) for entry in entries]


def test_a_change_of_stored_scores_alone_leaves_no_entry(in_acme: World) -> None:
    row = KeyResultFactory.create()
    assert changes_of(row, score=Decimal("0.5"), pace="behind") == []


def test_a_stored_score_beside_another_change_is_not_told(in_acme: World) -> None:
    row = KeyResultFactory.create()
    assert changes_of(row, score=Decimal("0.5"), title="Renamed") == [{"title"}]


def test_rows_made_in_bulk_leave_an_entry_each(in_acme: World) -> None:
    made = Portfolio.objects.bulk_create(
        [Portfolio(name=f"Bulk {n}", slug=f"bulk-{n}") for n in range(3)]
    )
    assert AuditEntry.objects.filter(row_id__in=[row.pk for row in made]).count() == 3


def test_a_deleted_row_leaves_its_last_state(in_acme: World) -> None:
    row = PortfolioFactory.create(name="Growth")
    pk = row.pk
    row.delete()
    entry = AuditEntry.objects.filter(row_id=pk).latest("id")
    assert (entry.operation, entry.changes["name"]) == ("delete", ["Growth", None])


def test_a_task_is_named_by_its_id(acme: World) -> None:
    @app.task(base=TenantTask, name="tests.rename", bind=False)
    def rename() -> None:
        Portfolio.objects.update(name="By a task")

    rename.apply(kwargs={"org_id": str(acme.organization.pk)}, task_id="0123456789abcdef")
    app.tasks.unregister("tests.rename")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.org_id', %s, true)", [str(acme.organization.pk)])
        cursor.execute(
            "SELECT request_id, changes -> 'name' ->> 1 FROM accounts_auditentry"
            " WHERE table_name = 'portfolio_portfolio' ORDER BY id DESC LIMIT 1"
        )
        assert cursor.fetchone() == ("0123456789abcdef", "By a task")


def test_a_change_that_is_rolled_back_leaves_nothing(in_acme: World) -> None:
    before = AuditEntry.objects.count()
    with transaction.atomic():
        PortfolioFactory.create()
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    "attempt",
    [
        "INSERT INTO accounts_auditentry DEFAULT VALUES",
        "UPDATE accounts_auditentry SET operation = 'none'",
        "DELETE FROM accounts_auditentry",
        "TRUNCATE accounts_auditentry",
        "ALTER TABLE portfolio_portfolio DISABLE TRIGGER audit",
        "DROP TRIGGER audit ON portfolio_portfolio",
        "DROP TABLE accounts_auditentry",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_cannot_tamper_with_the_log(attempt: str, in_acme: World) -> None:
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attempt)
