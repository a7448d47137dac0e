"""The arithmetic of budgets."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funding.choices import EntryKind
from funding.ledger import (
    Kind,
    MixedCurrencies,
    Movement,
    Position,
    Totals,
    by_currency,
    by_purpose,
    position,
    shares,
    totals,
)

CHECKOUT, SEARCH = UUID(int=1), UUID(int=2)
amounts = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10**9), places=2)
movements = st.builds(
    Movement, st.sampled_from(Kind), amounts, st.sampled_from([None, CHECKOUT, SEARCH])
)
ledgers = st.lists(movements, max_size=30)


def allocation(amount: int, purpose: UUID | None = None) -> Movement:
    return Movement(Kind.ALLOCATION, Decimal(amount), purpose)


def release(amount: int, purpose: UUID | None = None) -> Movement:
    return Movement(Kind.RELEASE, Decimal(amount), purpose)


def spend(amount: int, purpose: UUID | None = None) -> Movement:
    return Movement(Kind.SPEND, Decimal(amount), purpose)


def euros(planned: int, *rows: Movement) -> Position:
    return position("EUR", Decimal(planned), rows)


def reversal(of: Movement) -> Movement:
    return Movement(of.kind, -of.amount, of.purpose)


# --- Sums by kind ---------------------------------------------------------------------------
def test_each_kind_is_summed_on_its_own() -> None:
    rows = [allocation(50), allocation(20), release(30), spend(12)]
    assert totals(rows) == Totals(Decimal(70), Decimal(30), Decimal(12))


def test_an_empty_ledger_has_moved_nothing() -> None:
    assert totals([]) == Totals(Decimal(0), Decimal(0), Decimal(0))


def test_a_reversed_entry_does_not_count() -> None:
    rows = [spend(40), spend(5), reversal(spend(40))]
    assert totals(rows).spent == Decimal(5)


def test_cents_are_exact() -> None:
    rows = [Movement(Kind.SPEND, Decimal("0.10")), Movement(Kind.SPEND, Decimal("0.20"))]
    assert totals(rows).spent == Decimal("0.30")


def test_the_ledger_and_the_database_know_the_same_kinds() -> None:
    assert [str(kind) for kind in Kind] == EntryKind.values


# --- Planned against spent ------------------------------------------------------------------
def test_what_remains_is_planned_less_spent() -> None:
    assert euros(100, spend(30)).remaining == Decimal(70)


def test_an_overspent_budget_remains_below_zero() -> None:
    assert euros(100, spend(130)).remaining == Decimal(-30)


def test_an_overspent_budget_says_by_how_much() -> None:
    assert euros(100, spend(130)).overspent == Decimal(30)


def test_a_budget_spent_to_the_last_cent_is_not_overspent() -> None:
    assert euros(100, spend(100)).overspent == Decimal(0)


def test_the_spent_share_may_pass_the_whole() -> None:
    assert euros(100, spend(130)).spent_share == Decimal("1.3")


def test_a_budget_that_plans_nothing_has_no_spent_share() -> None:
    assert euros(0, spend(10)).spent_share is None


def test_what_is_not_set_aside_is_unallocated() -> None:
    assert euros(100, allocation(60)).unallocated == Decimal(40)


def test_promising_more_than_planned_shows_below_zero() -> None:
    assert euros(100, allocation(120)).unallocated == Decimal(-20)


def test_what_was_released_and_not_spent_may_be_spent() -> None:
    assert euros(100, release(50), spend(20)).spendable == Decimal(30)


def test_spending_ahead_of_the_releases_shows_below_zero() -> None:
    assert euros(100, release(10), spend(20)).spendable == Decimal(-10)


# --- Promises -------------------------------------------------------------------------------
def test_money_set_aside_is_promised_until_it_is_spent() -> None:
    assert euros(100, allocation(60, CHECKOUT), spend(25, CHECKOUT)).promised == Decimal(35)


def test_spending_on_one_purpose_leaves_the_promise_to_another() -> None:
    assert euros(100, allocation(60, CHECKOUT), spend(60, SEARCH)).promised == Decimal(60)


def test_spending_beyond_a_promise_does_not_make_it_negative() -> None:
    assert euros(100, allocation(10, CHECKOUT), spend(25, CHECKOUT)).promised == Decimal(0)


def test_purposes_are_summed_apart() -> None:
    rows = [allocation(10, CHECKOUT), spend(4, CHECKOUT), spend(7, SEARCH), spend(1)]
    assert by_purpose(rows) == {
        CHECKOUT: Totals(Decimal(10), Decimal(0), Decimal(4)),
        SEARCH: Totals(spent=Decimal(7)),
        None: Totals(spent=Decimal(1)),
    }


# --- Several budgets ------------------------------------------------------------------------
def test_budgets_of_one_currency_add_up() -> None:
    together = euros(100, allocation(40), spend(30)) + euros(50, spend(60))
    assert together == Position(
        "EUR", Decimal(150), Totals(Decimal(40), Decimal(0), Decimal(90)), Decimal(10)
    )


def test_currencies_never_mix() -> None:
    with pytest.raises(MixedCurrencies, match="EUR and USD"):
        Position("EUR", Decimal(1)) + Position("USD", Decimal(1))


def test_each_currency_has_its_own_sum_with_the_reporting_currency_first() -> None:
    rows = [Position("CHF", Decimal(1)), Position("USD", Decimal(2)), Position("CHF", Decimal(4))]
    assert by_currency(rows, first="USD") == [
        Position("USD", Decimal(2)),
        Position("CHF", Decimal(5)),
    ]


def test_no_budgets_have_no_sums() -> None:
    assert by_currency([], first="EUR") == []


# --- Shares ---------------------------------------------------------------------------------
def test_shares_are_parts_of_the_whole() -> None:
    assert shares({CHECKOUT: Decimal(30), None: Decimal(10)}) == {
        CHECKOUT: Decimal("0.75"),
        None: Decimal("0.25"),
    }


def test_nothing_spent_has_no_shares() -> None:
    assert shares({CHECKOUT: Decimal(0)}) == {}


# --- Laws -----------------------------------------------------------------------------------
@given(ledgers)
def test_a_ledger_with_every_entry_reversed_is_empty(rows: list[Movement]) -> None:
    assert totals([*rows, *map(reversal, rows)]) == Totals()


@given(ledgers, ledgers)
def test_the_order_and_the_grouping_of_entries_do_not_matter(
    some: list[Movement], more: list[Movement]
) -> None:
    assert totals([*reversed(some), *more]) == totals(some) + totals(more)


@given(ledgers)
def test_the_sums_of_the_purposes_are_the_sums_of_the_ledger(rows: list[Movement]) -> None:
    assert sum(by_purpose(rows).values(), Totals()) == totals(rows)


@given(ledgers, amounts)
def test_spent_and_remaining_are_the_plan(rows: list[Movement], planned: Decimal) -> None:
    stands = position("EUR", planned, rows)
    assert stands.totals.spent + stands.remaining == planned


@given(ledgers, amounts)
def test_a_promise_is_never_larger_than_what_was_set_aside(
    rows: list[Movement], planned: Decimal
) -> None:
    stands = position("EUR", planned, rows)
    assert Decimal(0) <= stands.promised <= stands.totals.allocated


@given(st.dictionaries(st.sampled_from([None, CHECKOUT, SEARCH]), amounts, min_size=1))
def test_shares_make_up_the_whole(spent: dict[UUID | None, Decimal]) -> None:
    assert abs(sum(shares(spent).values(), Decimal(0)) - 1) < Decimal("1e-20")
