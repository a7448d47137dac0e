"""What the database refuses in the ledger, whoever writes."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from funding.choices import EntryKind
from funding.models import LedgerEntry
from tests.factories.funding import BudgetFactory, LedgerEntryFactory
from tests.factories.okrs import InitiativeFactory, ObjectiveFactory
from tests.personas import World

RULE = "funding_ledgerentry_reverses_exactly"


def store_reversal(entry: LedgerEntry, **changes: Any) -> LedgerEntry:
    same = {name: getattr(entry, name) for name in ("budget", "kind", "objective", "initiative")}
    fields = {**same, "amount": -entry.amount, "reverses": entry, "actor": entry.actor}
    return LedgerEntry.objects.create(**{**fields, **changes})


def test_an_exact_reversal_is_stored(in_acme: World) -> None:
    reversal = store_reversal(LedgerEntryFactory.create(objective=ObjectiveFactory.create()))
    assert reversal.amount == Decimal(-1_000)


@pytest.mark.parametrize("amount", [Decimal("-999.99"), Decimal("-1000.01")])
def test_a_reversal_of_another_amount_is_refused(amount: Decimal, in_acme: World) -> None:
    with pytest.raises(IntegrityError, match="amount negated"), transaction.atomic():
        store_reversal(LedgerEntryFactory.create(), amount=amount)


def test_a_reversal_in_another_budget_is_refused(in_acme: World) -> None:
    with pytest.raises(IntegrityError, match="amount negated"), transaction.atomic():
        store_reversal(LedgerEntryFactory.create(), budget=BudgetFactory.create())


def test_a_reversal_of_another_kind_is_refused(in_acme: World) -> None:
    with pytest.raises(IntegrityError, match="amount negated"), transaction.atomic():
        store_reversal(LedgerEntryFactory.create(), kind=EntryKind.RELEASE)


def test_a_reversal_that_forgets_the_objective_is_refused(in_acme: World) -> None:
    with pytest.raises(IntegrityError, match="amount negated"), transaction.atomic():
        store_reversal(
            LedgerEntryFactory.create(objective=ObjectiveFactory.create()), objective=None
        )


def test_a_reversal_that_invents_an_initiative_is_refused(in_acme: World) -> None:
    with pytest.raises(IntegrityError, match="amount negated"), transaction.atomic():
        store_reversal(LedgerEntryFactory.create(), initiative=InitiativeFactory.create())


def test_a_reversal_cannot_be_reversed(in_acme: World) -> None:
    reversal = store_reversal(LedgerEntryFactory.create())
    with pytest.raises(IntegrityError), transaction.atomic():
        store_reversal(reversal)


def test_an_entry_is_reversed_once(in_acme: World) -> None:
    entry = LedgerEntryFactory.create()
    store_reversal(entry)
    with pytest.raises(IntegrityError, match="ledger_entry_reversed_once"), transaction.atomic():
        store_reversal(entry)


def test_the_refusal_names_its_rule(in_acme: World) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        store_reversal(LedgerEntryFactory.create(), amount=Decimal(-1))
    cause: Any = refused.value.__cause__
    assert cause.diag.constraint_name == RULE


def test_an_entry_below_zero_that_reverses_nothing_is_refused(in_acme: World) -> None:
    with pytest.raises(IntegrityError, match="ledger_entry_sign"), transaction.atomic():
        LedgerEntryFactory.create(amount=Decimal(-5))


def test_an_entry_is_never_changed(in_acme: World) -> None:
    entry = LedgerEntryFactory.create()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        LedgerEntry.objects.filter(pk=entry.pk).update(amount=Decimal(1))


def test_an_entry_is_never_deleted(in_acme: World) -> None:
    entry = LedgerEntryFactory.create()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        LedgerEntry.objects.filter(pk=entry.pk).delete()


def test_an_entry_serves_one_purpose_at_most(in_acme: World) -> None:
    with pytest.raises(IntegrityError, match="ledger_entry_one_purpose"), transaction.atomic():
        LedgerEntryFactory.create(
            objective=ObjectiveFactory.create(), initiative=InitiativeFactory.create()
        )
