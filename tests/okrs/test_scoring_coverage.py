"""Whether what is promised from below reaches the target above, and weights by target."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from okrs.scoring import (
    Definition,
    Dimension,
    Pledge,
    Shape,
    TargetCoverage,
    Unit,
    UnlikeUnitsError,
    change_needed,
    cover,
    points_the_wrong_way,
    shares_by_target,
    weights_by_target,
)

D = Decimal
POINTS = Unit(Dimension.SCORE)
EUROS = Unit(Dimension.MONEY, "EUR")
THOUSAND_EUROS = Unit(Dimension.MONEY, "EUR", D(1000))
HOURS = Unit(Dimension.DURATION)
DAYS = Unit(Dimension.DURATION, factor=D(24))

amounts = st.decimals(min_value=-1000, max_value=1000, places=3)
pledge_lists = st.lists(st.builds(Pledge, amounts, st.just(POINTS), st.booleans()))


def agreed(*given: str, unit: Unit = POINTS) -> list[Pledge]:
    return [Pledge(D(amount), unit) for amount in given]


def offered(*given: str) -> list[Pledge]:
    return [Pledge(D(amount), POINTS, agreed=False) for amount in given]


class TestSums:
    def test_nine_agreed_of_thirteen_leave_four_missing(self) -> None:
        coverage = cover(D(13), agreed("4", "5"), POINTS)
        assert (coverage.agreed, coverage.missing) == (D(9), D(4))

    def test_an_offer_counts_apart_until_it_is_agreed(self) -> None:
        coverage = cover(D(13), [*agreed("4"), *offered("5")], POINTS)
        assert (coverage.agreed, coverage.offered, coverage.missing) == (D(4), D(5), D(9))

    def test_what_offers_would_leave_missing_is_told(self) -> None:
        assert cover(D(13), [*agreed("4"), *offered("5")], POINTS).missing_after_offers == D(4)

    def test_offers_beyond_the_target_would_leave_nothing_missing(self) -> None:
        assert cover(D(3), offered("5"), POINTS).missing_after_offers == D(0)

    def test_a_fall_is_covered_by_falling_amounts(self) -> None:
        coverage = cover(D(-8), agreed("-6"), POINTS)
        assert (coverage.ratio, coverage.missing, coverage.beyond) == (D("0.75"), D(-2), D(0))

    def test_a_rising_amount_takes_away_from_a_fall(self) -> None:
        assert cover(D(-8), agreed("-6", "1"), POINTS).missing == D(-3)

    @pytest.mark.parametrize(("needed", "given", "beyond"), [(10, "15", 5), (-10, "-15", -5)])
    def test_more_than_is_needed_is_told(self, needed: int, given: str, beyond: int) -> None:
        coverage = cover(D(needed), agreed(given), POINTS)
        assert (coverage.missing, coverage.beyond) == (D(0), D(beyond))

    def test_exactly_enough_is_neither_short_nor_beyond(self) -> None:
        coverage = cover(D(10), agreed("10"), POINTS)
        assert (coverage.is_short, coverage.beyond) == (False, D(0))

    def test_nothing_agreed_leaves_everything_missing(self) -> None:
        assert cover(D(-3), [], POINTS).missing == D(-3)

    def test_where_nothing_is_needed_nothing_is_covered(self) -> None:
        with pytest.raises(ValueError, match="Nothing is needed"):
            cover(D(0), [], POINTS)


class TestUnitsOfPledges:
    def test_days_cover_a_need_in_hours(self) -> None:
        assert cover(D(96), agreed("2", unit=DAYS), HOURS).ratio == D("0.5")

    def test_thousands_of_euros_cover_a_need_in_euros(self) -> None:
        assert cover(D(3000), agreed("2", unit=THOUSAND_EUROS), EUROS).missing == D(1000)

    @pytest.mark.parametrize(
        "other", [d for d in Dimension if d is not Dimension.MONEY], ids=lambda d: d.value
    )
    def test_nothing_but_money_ever_adds_to_money(self, other: Dimension) -> None:
        with pytest.raises(UnlikeUnitsError):
            cover(D(10), agreed("1", unit=Unit(other)), EUROS)

    def test_dollars_do_not_add_to_euros(self) -> None:
        with pytest.raises(UnlikeUnitsError):
            cover(D(10), agreed("1", unit=Unit(Dimension.MONEY, "USD")), EUROS)


class TestProperties:
    @given(st.sampled_from([D(1), D(-1)]), st.data())
    def test_a_tree_with_a_known_shortfall_shows_exactly_that(
        self, sign: Decimal, data: st.DataObject
    ) -> None:
        """Three levels: each key result promises upwards what it needs itself."""
        positive = st.decimals(min_value="0.001", max_value=1000, places=3)
        gap = data.draw(st.one_of(st.just(D(0)), positive), label="shortfall at the top")
        promises = data.draw(st.lists(positive, min_size=1, max_size=6), label="promised")
        top = cover(sign * (sum(promises) + gap), agreed_all(sign, promises), POINTS)
        assert top.missing == sign * gap
        for promised in promises:
            share = data.draw(st.integers(0, 100), label="percent taken on below")
            taken = promised * share / 100
            below = cover(sign * promised, agreed_all(sign, [taken]), POINTS)
            assert below.missing == sign * (promised - taken)

    @given(amounts, pledge_lists)
    def test_agreed_missing_and_beyond_add_up_to_what_is_needed(
        self, needed: Decimal, pledges: list[Pledge]
    ) -> None:
        assume(needed != 0)
        coverage = cover(needed, pledges, POINTS)
        assert coverage.agreed + coverage.missing - coverage.beyond == needed

    @given(amounts, pledge_lists, st.randoms())
    def test_the_order_of_pledges_changes_nothing(
        self, needed: Decimal, pledges: list[Pledge], random: Random
    ) -> None:
        assume(needed != 0)
        shuffled = list(pledges)
        random.shuffle(shuffled)
        assert cover(needed, pledges, POINTS) == cover(needed, shuffled, POINTS)

    @given(amounts, pledge_lists)
    def test_a_fall_is_a_rise_seen_in_a_mirror(
        self, needed: Decimal, pledges: list[Pledge]
    ) -> None:
        assume(needed != 0)
        mirrored = [Pledge(-p.amount, p.unit, p.agreed) for p in pledges]
        here, there = cover(needed, pledges, POINTS), cover(-needed, mirrored, POINTS)
        assert (here.missing, here.beyond) == (-there.missing, -there.beyond)


def agreed_all(sign: Decimal, amounts: list[Decimal]) -> list[Pledge]:
    return [Pledge(sign * amount, POINTS) for amount in amounts]


def define(shape: Shape, **fields: int) -> Definition:
    numbers: dict[str, Any] = {name: D(value) for name, value in fields.items()}
    return Definition(shape=shape, **numbers)


class TestChangeNeeded:
    @pytest.mark.parametrize(
        ("definition", "needed"),
        [
            (define(Shape.FROM_TO, baseline=20, target=33), 13),
            (define(Shape.FROM_TO, baseline=10, target=2), -8),
            (define(Shape.AT_LEAST, baseline=5, target=9), 4),
            (define(Shape.AT_LEAST, target=9), 9),
            (define(Shape.AT_MOST, baseline=9, target=5), -4),
            (define(Shape.COUNT, target=6), 6),
            (define(Shape.AT_MOST, target=5), None),
            (define(Shape.WITHIN, lower=1, upper=2), None),
            (Definition(shape=Shape.YES_NO), None),
            (define(Shape.FROM_TO, baseline=3, target=3), None),
        ],
    )
    def test_it_is_the_way_from_the_baseline_to_the_target(
        self, definition: Definition, needed: int | None
    ) -> None:
        assert change_needed(definition) == needed

    @pytest.mark.parametrize(
        ("amount", "needed", "wrong"),
        [(5, 10, False), (-5, -10, False), (-5, 10, True), (0, 1, True)],
    )
    def test_a_change_away_from_the_target_is_told(
        self, amount: int, needed: int, wrong: bool
    ) -> None:
        assert points_the_wrong_way(D(amount), D(needed)) is wrong


class TestWeights:
    def test_three_targets_of_falling_size_weigh_as_they_should(self) -> None:
        weights = weights_by_target({"a": D(100_000), "b": D(20_000), "c": D(1_000)})
        assert weights == {"a": D("82.645"), "b": D("16.529"), "c": D("0.826")}

    @given(st.lists(st.decimals(min_value=D("0.01"), max_value=10**6, places=2), min_size=1))
    def test_shares_add_up_to_a_whole(self, targets: list[Decimal]) -> None:
        shares = shares_by_target(dict(enumerate(targets)))
        assert abs(sum(shares.values(), D(0)) - 1) < D("1e-20")

    def test_a_target_of_0_has_no_share(self) -> None:
        with pytest.raises(ValueError, match="above 0"):
            shares_by_target({"first": D(10), "second": D(0)})

    def test_no_weight_is_so_small_that_it_would_vanish(self) -> None:
        assert weights_by_target({"a": D(10**9), "b": D(1)})["b"] == D("0.001")


def test_a_coverage_without_offers_has_none() -> None:
    assert TargetCoverage(D(1), D(1)).offered == 0
