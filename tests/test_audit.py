"""Every way to change a record leaves an entry, and nobody can touch the entries."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.models import AuditEntry
from accounts.tasks import TenantTask
from config.celery import app
from okrs.models import KeyResult
from portfolio.models import Portfolio
from tests.factories.okrs import KeyResultFactory
from tests.factories.portfolio import PortfolioFactory
from tests.personas import World


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
