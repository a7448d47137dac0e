"""Writes on budgets and their ledgers; all of them need the grant to change money."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import EditableModel, save_edit
from funding.choices import EntryKind
from funding.models import Budget, LedgerEntry
from funding.queries.entries import is_hidden
from lib.display import show_day
from okrs.models import Initiative, Objective

ONE_RECEIVER = "Choose one product or value stream."
ABOVE_ZERO = "Enter an amount above 0. To take an entry back, reverse it."
NO_SUCH = "Choose one that exists."


@transaction.atomic
def create_budget(access: Access, **fields: Any) -> Budget:
    """A budget for one product or value stream, in the reporting currency unless another is given.

    Raises `ValidationError` by field.
    """
    access.require(Permission.MONEY_WRITE)
    fields["currency"] = fields.get("currency") or access.organization.currency
    budget = Budget(**fields)
    check_receiver(access, budget)
    budget.full_clean()
    budget.save(force_insert=True)
    return budget


@transaction.atomic
def edit_budget(
    access: Access, budget: Budget, *, expected_version: int | None, **changes: Any
) -> Budget:
    """Change a budget; its currency is fixed once the ledger counts in it.

    Raises `StaleVersion` when somebody was faster, else as `create_budget`.
    """
    access.require(Permission.MONEY_WRITE)
    stored = hold(budget)
    for field, value in changes.items():
        setattr(budget, field, value)
    check_receiver(access, budget)
    check_currency(budget, before=stored.currency)
    return save_edit(budget, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def archive_budget(
    access: Access, budget: Budget, *, expected_version: int | None, archived: bool = True
) -> Budget:
    """Take a budget out of every list and sum, or bring it back; its ledger stays."""
    access.require(Permission.MONEY_WRITE)
    hold(budget)
    budget.archived_at = timezone.now() if archived else None
    return save_edit(budget, fields=["archived_at"], expected_version=expected_version)


@transaction.atomic
def add_entry(
    access: Access,
    budget: Budget,
    *,
    kind: str,
    amount: Decimal,
    on_date: date | None = None,
    objective: Objective | None = None,
    initiative: Initiative | None = None,
    note: str = "",
) -> LedgerEntry:
    """Enter a movement of money, today unless another day is given.

    More may be spent than was planned: the budget then shows it. Raises `ValidationError` by field.
    """
    access.require(Permission.MONEY_WRITE)
    check_open(hold(budget))
    check_amount(amount)
    on_date = on_date or timezone.localdate()
    check_date(budget, kind, on_date)
    check_purpose(access, objective, initiative)
    entry = LedgerEntry(
        budget=budget,
        kind=kind,
        amount=amount,
        on_date=on_date,
        objective=objective,
        initiative=initiative,
        note=note,
        actor=access.member,
    )
    return store(entry)


@transaction.atomic
def reverse_entry(access: Access, entry: LedgerEntry, *, reason: str) -> LedgerEntry:
    """Take an entry back by another one, dated today; the entry itself stays as it is.

    Raises `ValidationError` by field, also for an entry that was taken back already.
    """
    access.require(Permission.MONEY_WRITE)
    check_open(hold(entry.budget))
    check_reversible(entry)
    if not reason.strip():
        raise ValidationError({"reason": "Say why: the ledger keeps it."})
    reversal = LedgerEntry(
        budget=entry.budget,
        kind=entry.kind,
        amount=-entry.amount,
        # Never before the entry, so that no day's sum falls below zero.
        on_date=max(timezone.localdate(), entry.on_date),
        objective=entry.objective,
        initiative=entry.initiative,
        reverses=entry,
        note=reason.strip(),
        actor=access.member,
    )
    return store(reversal)


def store(entry: LedgerEntry) -> LedgerEntry:
    entry.full_clean()
    entry.save(force_insert=True)
    return entry


def hold(budget: Budget) -> Budget:
    """The stored budget, with other writers of it and of its ledger waiting until commit."""
    return Budget.objects.select_for_update(no_key=True).get(pk=budget.pk)


# --- What is refused ------------------------------------------------------------------------
def check_receiver(access: Access, budget: Budget) -> None:
    if (budget.product_id is None) == (budget.value_stream_id is None):
        raise ValidationError({"product": ONE_RECEIVER})
    if budget.product_id in access.units.hidden:
        raise ValidationError({"product": NO_SUCH})


def check_currency(budget: Budget, *, before: str) -> None:
    if budget.currency != before and budget.entries.exists():
        message = f"The ledger counts in {before} already. Make another budget instead."
        raise ValidationError({"currency": message})


def check_open(budget: EditableModel) -> None:
    if budget.archived_at is not None:
        raise ValidationError("This budget is archived. Restore it before you enter anything.")


def check_amount(amount: Decimal) -> None:
    if amount <= 0:
        raise ValidationError({"amount": ABOVE_ZERO})


def check_date(budget: Budget, kind: str, on_date: date) -> None:
    """Spending may be entered late, as invoices come late, but never ahead of its day."""
    if on_date < budget.starts_on:
        message = f"The budget begins on {show_day(budget.starts_on)}."
        raise ValidationError({"on_date": message})
    if kind == EntryKind.SPEND:
        if on_date > timezone.localdate():
            message = "Enter spending once it has happened: choose today or an earlier day."
            raise ValidationError({"on_date": message})
    elif on_date > budget.ends_on:
        message = f"The budget ends on {show_day(budget.ends_on)}."
        raise ValidationError({"on_date": message})


def check_purpose(
    access: Access, objective: Objective | None, initiative: Initiative | None
) -> None:
    if objective and initiative:
        raise ValidationError({"initiative": "Name one objective or one initiative, not both."})
    for field, goal in (("objective", objective), ("initiative", initiative)):
        if goal and (goal.archived_at is not None or is_hidden(access, goal)):
            raise ValidationError({field: NO_SUCH})


def check_reversible(entry: LedgerEntry) -> None:
    if entry.reverses_id is not None:
        message = "A reversal stands. To take the money up again, add a new entry."
        raise ValidationError(message)
    if entry.reversed_by.exists():
        raise ValidationError("This entry was already reversed.")
