"""Writes on budgets: what is stored, and what is refused at which field."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.tenancy import tenant
from accounts.tenant_models import StaleVersion
from funding import actions
from funding.choices import EntryKind
from funding.models import Budget, LedgerEntry
from okrs.models import Objective
from portfolio.models import Portfolio, Product
from tests.factories.funding import BudgetFactory, LedgerEntryFactory
from tests.factories.okrs import InitiativeFactory, ObjectiveFactory
from tests.factories.portfolio import ProductFactory, ValueStreamFactory
from tests.personas import World

# Asked anew each time: a day may end while the tests run.
TODAY = timezone.localdate
DAY = timedelta(days=1)
YEAR = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}


def errors_of(call: Any, *args: Any, **kwargs: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        call(*args, **kwargs)
    return refused.value.message_dict


def messages_of(call: Any, *args: Any, **kwargs: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        call(*args, **kwargs)
    return refused.value.messages


def new_budget(world: World, **changes: Any) -> Budget:
    fields = {"name": "Run 2026", "product": Product.objects.get(), "amount": Decimal(100), **YEAR}
    return actions.create_budget(world.access("admin"), **{**fields, **changes})


def enter(world: World, budget: Budget, **changes: Any) -> LedgerEntry:
    fields = {"kind": EntryKind.SPEND, "amount": Decimal(10), "on_date": TODAY()}
    return actions.add_entry(world.access("admin"), budget, **{**fields, **changes})


def running(**changes: Any) -> Budget:
    """A budget whose period began and ends ten days from today."""
    return BudgetFactory.create(
        **{"starts_on": TODAY() - 10 * DAY, "ends_on": TODAY() + 10 * DAY, **changes}
    )


def hide_the_product() -> None:
    Portfolio.objects.update(is_private=True)


# --- Budgets --------------------------------------------------------------------------------
def test_a_budget_counts_in_the_reporting_currency_unless_told_otherwise(in_acme: World) -> None:
    assert new_budget(in_acme).currency == in_acme.organization.currency


def test_a_budget_may_count_in_another_currency(in_acme: World) -> None:
    assert new_budget(in_acme, currency="CHF").currency == "CHF"


def test_a_value_stream_may_have_a_budget(in_acme: World) -> None:
    stream = ValueStreamFactory.create()
    assert new_budget(in_acme, product=None, value_stream=stream).receiver == stream


@pytest.mark.parametrize("both", [True, False])
def test_a_budget_is_for_exactly_one_receiver(both: bool, in_acme: World) -> None:
    changes = {"value_stream": ValueStreamFactory.create()} if both else {"product": None}
    assert errors_of(new_budget, in_acme, **changes) == {"product": [actions.ONE_RECEIVER]}


def test_a_budget_does_not_end_before_it_starts(in_acme: World) -> None:
    errors = errors_of(new_budget, in_acme, ends_on=date(2025, 12, 31))
    assert errors["ends_on"] == ["The period must not end before it starts."]


def test_a_budget_of_one_day_is_fine(in_acme: World) -> None:
    assert new_budget(in_acme, ends_on=YEAR["starts_on"]).covers(YEAR["starts_on"])


def test_a_budget_below_zero_is_refused(in_acme: World) -> None:
    assert "amount" in errors_of(new_budget, in_acme, amount=Decimal("-0.01"))


def test_a_currency_is_a_code(in_acme: World) -> None:
    assert "currency" in errors_of(new_budget, in_acme, currency="euro")


@pytest.mark.parametrize("persona", ["facilitator", "lead"])
def test_a_budget_needs_the_money_grant(persona: str, in_acme: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.create_budget(in_acme.access(persona), name="Run")


def test_the_product_of_a_private_portfolio_does_not_exist_for_others(in_acme: World) -> None:
    hide_the_product()
    in_acme["bystander"].money = "change"
    errors = errors_of(
        actions.create_budget,
        in_acme.access("bystander"),
        name="Run",
        product=Product.objects.get(),
        amount=Decimal(1),
        **YEAR,
    )
    assert errors == {"product": [actions.NO_SUCH]}


def test_an_edit_is_stored_and_counted(in_acme: World) -> None:
    budget = new_budget(in_acme)
    access = in_acme.access("admin")
    actions.edit_budget(access, budget, expected_version=1, amount=Decimal(250))
    stored = Budget.objects.get(pk=budget.pk)
    assert (stored.amount, stored.version) == (Decimal(250), 2)


def test_the_slower_of_two_edits_is_told(in_acme: World) -> None:
    budget = new_budget(in_acme)
    access = in_acme.access("admin")
    actions.edit_budget(access, budget, expected_version=1, name="Run it")
    with pytest.raises(StaleVersion):
        actions.edit_budget(access, budget, expected_version=1, name="Run it well")


def test_the_currency_is_fixed_once_the_ledger_counts_in_it(in_acme: World) -> None:
    entry = LedgerEntryFactory.create(budget=BudgetFactory.create())
    errors = errors_of(
        actions.edit_budget,
        in_acme.access("admin"),
        entry.budget,
        expected_version=1,
        currency="USD",
    )
    assert errors == {
        "currency": ["The ledger counts in EUR already. Make another budget instead."]
    }


def test_the_currency_of_an_empty_budget_may_change(in_acme: World) -> None:
    budget = new_budget(in_acme)
    access = in_acme.access("admin")
    actions.edit_budget(access, budget, expected_version=1, currency="USD")
    assert Budget.objects.get(pk=budget.pk).currency == "USD"


def test_an_archived_budget_comes_back(in_acme: World) -> None:
    budget = new_budget(in_acme)
    access = in_acme.access("admin")
    actions.archive_budget(access, budget, expected_version=1)
    actions.archive_budget(access, budget, expected_version=2, archived=False)
    assert Budget.objects.get(pk=budget.pk).archived_at is None


# --- Entries --------------------------------------------------------------------------------
def test_an_entry_is_stored_with_who_entered_it(in_acme: World) -> None:
    entry = enter(in_acme, running(), amount=Decimal("10.50"), note="Invoice 7")
    stored = LedgerEntry.objects.get(pk=entry.pk)
    assert (stored.amount, stored.note, stored.actor) == (
        Decimal("10.50"),
        "Invoice 7",
        in_acme["admin"],
    )


def test_an_entry_names_the_objective_that_it_serves(in_acme: World) -> None:
    objective = ObjectiveFactory.create()
    assert enter(in_acme, running(), objective=objective).objective == objective


def test_more_may_be_spent_than_was_planned(in_acme: World) -> None:
    budget = running(amount=Decimal(5))
    assert enter(in_acme, budget, amount=Decimal(6)).amount == Decimal(6)


@pytest.mark.parametrize("amount", [Decimal(0), Decimal(-1)])
def test_an_entry_is_above_zero(amount: Decimal, in_acme: World) -> None:
    errors = errors_of(enter, in_acme, running(), amount=amount)
    assert errors == {"amount": ["Enter an amount above 0. To take an entry back, reverse it."]}


def test_an_entry_of_no_known_kind_is_refused(in_acme: World) -> None:
    assert "kind" in errors_of(enter, in_acme, running(), kind="gift")


@pytest.mark.parametrize("kind", EntryKind.values)
def test_nothing_is_entered_before_the_period(kind: str, in_acme: World) -> None:
    early = TODAY() - 11 * DAY
    assert "on_date" in errors_of(enter, in_acme, running(), kind=kind, on_date=early)


@pytest.mark.parametrize("kind", EntryKind.values)
def test_the_first_day_of_the_period_counts(kind: str, in_acme: World) -> None:
    first = TODAY() - 10 * DAY
    assert enter(in_acme, running(), kind=kind, on_date=first).on_date == first


@pytest.mark.parametrize("kind", [EntryKind.ALLOCATION, EntryKind.RELEASE])
def test_money_is_not_set_aside_after_the_period(kind: str, in_acme: World) -> None:
    late = TODAY() + 11 * DAY
    assert "on_date" in errors_of(enter, in_acme, running(), kind=kind, on_date=late)


@pytest.mark.parametrize("kind", [EntryKind.ALLOCATION, EntryKind.RELEASE])
def test_money_may_be_set_aside_ahead_of_time(kind: str, in_acme: World) -> None:
    last = TODAY() + 10 * DAY
    assert enter(in_acme, running(), kind=kind, on_date=last).on_date == last


def test_spending_is_not_entered_ahead_of_time(in_acme: World) -> None:
    errors = errors_of(enter, in_acme, running(), on_date=TODAY() + DAY)
    assert errors["on_date"] == [
        "Enter spending once it has happened: choose today or an earlier day."
    ]


def test_a_late_invoice_may_be_entered_after_the_period(in_acme: World) -> None:
    budget = running(ends_on=TODAY() - DAY)
    assert enter(in_acme, budget, on_date=TODAY()).on_date == TODAY()


def test_an_entry_serves_an_objective_or_an_initiative(in_acme: World) -> None:
    errors = errors_of(
        enter,
        in_acme,
        running(),
        objective=ObjectiveFactory.create(),
        initiative=InitiativeFactory.create(),
    )
    assert errors == {"initiative": ["Name one objective or one initiative, not both."]}


def test_an_archived_objective_gets_no_money(in_acme: World) -> None:
    objective = ObjectiveFactory.create(archived_at=timezone.now())
    errors = errors_of(enter, in_acme, running(), objective=objective)
    assert errors == {"objective": [actions.NO_SUCH]}


@pytest.fixture
def foreign_objective(rival: World) -> Objective:
    with tenant(rival.organization.pk):
        return ObjectiveFactory.create()


def test_the_objective_of_another_organisation_is_refused(
    foreign_objective: Objective, in_acme: World
) -> None:
    errors = errors_of(enter, in_acme, running(), objective=foreign_objective)
    assert "objective" in errors


def test_an_archived_budget_takes_no_entries(in_acme: World) -> None:
    budget = running(archived_at=timezone.now())
    assert messages_of(enter, in_acme, budget) == [
        "This budget is archived. Restore it before you enter anything."
    ]


def test_an_entry_needs_the_grant_to_change_money(in_acme: World) -> None:
    in_acme["bystander"].money = "see"
    with pytest.raises(PermissionDenied):
        actions.add_entry(
            in_acme.access("bystander"),
            running(),
            kind=EntryKind.SPEND,
            amount=Decimal(1),
            on_date=TODAY(),
        )


# --- Reversals ------------------------------------------------------------------------------
def reverse(world: World, entry: LedgerEntry, reason: str = "Booked twice") -> LedgerEntry:
    return actions.reverse_entry(world.access("admin"), entry, reason=reason)


def test_a_reversal_repeats_its_entry_with_the_amount_negated(in_acme: World) -> None:
    entry = LedgerEntryFactory.create(
        initiative=InitiativeFactory.create(), kind=EntryKind.ALLOCATION
    )
    reversal = reverse(in_acme, entry)
    assert (reversal.kind, reversal.amount, reversal.initiative, reversal.note) == (
        entry.kind,
        -entry.amount,
        entry.initiative,
        "Booked twice",
    )


def test_a_reversal_is_dated_today(in_acme: World) -> None:
    assert reverse(in_acme, LedgerEntryFactory.create(on_date=TODAY() - DAY)).on_date == TODAY()


def test_the_reversal_of_a_coming_entry_does_not_precede_it(in_acme: World) -> None:
    entry = enter(in_acme, running(), kind=EntryKind.RELEASE, on_date=TODAY() + DAY)
    assert reverse(in_acme, entry).on_date == TODAY() + DAY


def test_a_reversal_needs_a_reason(in_acme: World) -> None:
    errors = errors_of(reverse, in_acme, LedgerEntryFactory.create(), reason="  ")
    assert errors == {"reason": ["Say why: the ledger keeps it."]}


def test_an_entry_is_not_reversed_twice(in_acme: World) -> None:
    entry = LedgerEntryFactory.create()
    reverse(in_acme, entry)
    assert messages_of(reverse, in_acme, entry) == ["This entry was already reversed."]


def test_a_reversal_is_not_reversed(in_acme: World) -> None:
    reversal = reverse(in_acme, LedgerEntryFactory.create())
    assert messages_of(reverse, in_acme, reversal) == [
        "A reversal stands. To take the money up again, add a new entry."
    ]


def test_a_reversal_needs_the_money_grant(in_acme: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.reverse_entry(in_acme.access("lead"), LedgerEntryFactory.create(), reason="Wrong")


def test_what_serves_an_archived_objective_can_still_be_reversed(in_acme: World) -> None:
    entry = LedgerEntryFactory.create(objective=ObjectiveFactory.create(archived_at=timezone.now()))
    assert reverse(in_acme, entry).objective == entry.objective


def test_an_entry_for_a_private_goal_is_refused_to_those_who_cannot_see_it(in_acme: World) -> None:
    hide_the_product()
    in_acme["bystander"].money = "change"
    objective = ObjectiveFactory.create(product=Product.objects.get(name="Acme product"))
    errors = errors_of(
        actions.add_entry,
        in_acme.access("bystander"),
        running(product=ProductFactory.create()),
        kind=EntryKind.SPEND,
        amount=Decimal(1),
        on_date=TODAY(),
        objective=objective,
    )
    assert errors == {"objective": [actions.NO_SUCH]}
