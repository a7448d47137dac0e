"""Sums and means of key results below, and the units they meet in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrs.scoring import (
    Contribution,
    Dimension,
    FieldError,
    NoNumber,
    Unit,
    UnlikeUnitsError,
    convert,
    formula,
    mean_contribution,
    sum_contributions,
)

D = Decimal
POINTS = Unit(Dimension.SCORE)
EUROS = Unit(Dimension.MONEY, "EUR")
THOUSAND_EUROS = Unit(Dimension.MONEY, "EUR", D(1000))
HOURS = Unit(Dimension.DURATION)
DAYS = Unit(Dimension.DURATION, factor=D(24))

amounts = st.decimals(min_value=-1000, max_value=1000, places=3)
contribution_lists = st.lists(
    st.builds(
        Contribution,
        id=st.uuids(),
        baseline=amounts,
        current=amounts,
        committed=amounts,
        unit=st.just(POINTS),
    )
)


def contribution(
    baseline: str = "0",
    current: str | None = None,
    *,
    committed: str = "1",
    unit: Unit = POINTS,
    weight: str = "1",
) -> Contribution:
    return Contribution(
        id=(baseline, current, committed),
        baseline=D(baseline),
        current=None if current is None else D(current),
        committed=D(committed),
        unit=unit,
        weight=D(weight),
    )


class TestSum:
    def test_a_sum_is_the_baseline_and_every_change(self) -> None:
        result = sum_contributions(
            D(40), [contribution("10", "15"), contribution("3", "1")], POINTS
        )
        assert result.value == D(43)

    def test_a_sum_prints_its_changes(self) -> None:
        basis = sum_contributions(
            D(40), [contribution("10", "15"), contribution("3", "1")], POINTS
        ).basis
        assert basis is not None
        assert formula(basis) == "40 + 5 + (\N{MINUS SIGN}2)"

    def test_a_silent_contribution_is_left_out_and_reported(self) -> None:
        result = sum_contributions(D(40), [contribution("10", "15"), contribution("3")], POINTS)
        assert (result.value, result.coverage.reporting, result.coverage.total) == (D(45), 1, 2)

    def test_silent_contributions_alone_are_no_value(self) -> None:
        result = sum_contributions(D(40), [contribution("3")], POINTS)
        assert (result.value, result.reason) == (None, NoNumber.NOTHING_REPORTED)

    def test_no_contributions_are_no_value(self) -> None:
        result = sum_contributions(D(40), [], POINTS)
        assert (result.value, result.reason) == (None, NoNumber.NO_LINKS)

    def test_thousands_of_euros_add_up_with_euros(self) -> None:
        below = contribution("1", "3", unit=THOUSAND_EUROS)
        assert sum_contributions(D(500), [below], EUROS).value == D(2500)

    @given(amounts, contribution_lists, contribution_lists)
    def test_changes_of_two_groups_add_up(
        self, baseline: Decimal, left: list[Contribution], right: list[Contribution]
    ) -> None:
        assert summed(baseline, [*left, *right]) == summed(summed(baseline, left), right)


def summed(baseline: Decimal, contributions: list[Contribution]) -> Decimal:
    value = sum_contributions(baseline, contributions, POINTS).value
    return baseline if value is None else value


class TestMean:
    def test_a_mean_weighs_the_current_values(self) -> None:
        below = [contribution("0", "30", weight="3"), contribution("0", "50")]
        assert mean_contribution(below, POINTS).value == D(35)

    def test_a_silent_contribution_is_left_out_of_the_mean(self) -> None:
        below = [contribution("0", "30", weight="3"), contribution("0")]
        assert mean_contribution(below, POINTS).value == D(30)

    def test_a_mean_of_nothing_is_no_value(self) -> None:
        result = mean_contribution([contribution()], POINTS)
        assert (result.value, result.reason) == (None, NoNumber.NOTHING_REPORTED)

    def test_a_silent_contribution_in_another_dimension_is_refused(self) -> None:
        with pytest.raises(UnlikeUnitsError):
            mean_contribution([contribution(unit=HOURS)], POINTS)


class TestUnits:
    @pytest.mark.parametrize("dimension", [d for d in Dimension if d is not Dimension.MONEY])
    def test_only_money_has_a_currency(self, dimension: Dimension) -> None:
        with pytest.raises(FieldError, match="currency"):
            Unit(dimension, "EUR")

    def test_money_without_a_currency_is_refused(self) -> None:
        with pytest.raises(FieldError, match="currency"):
            Unit(Dimension.MONEY)

    def test_a_factor_of_0_is_refused(self) -> None:
        with pytest.raises(FieldError, match="factor"):
            Unit(Dimension.COUNT, factor=D(0))

    @given(amounts, st.sampled_from([(HOURS, DAYS), (EUROS, THOUSAND_EUROS), (DAYS, DAYS)]))
    def test_an_amount_survives_the_way_there_and_back(
        self, amount: Decimal, units: tuple[Unit, Unit]
    ) -> None:
        there, back = units
        assert abs(convert(convert(amount, there, back), back, there) - amount) < D("1e-20")

    @pytest.mark.parametrize("other", [d for d in Dimension if d is not Dimension.MONEY])
    def test_money_is_never_counted_as_anything_else(self, other: Dimension) -> None:
        with pytest.raises(UnlikeUnitsError):
            convert(D(1), EUROS, Unit(other))
