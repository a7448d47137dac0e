"""Objectives and portfolios: the edges of the roll-up and its laws."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from okrs.scoring import (
    Band,
    Child,
    ChildKind,
    Mode,
    NoNumber,
    ObjectiveScore,
    Scored,
    portfolio_figure,
    roll_up,
)

D = Decimal

scores = st.decimals(min_value=0, max_value=1, places=6)
weights = st.decimals(min_value=D("0.01"), max_value=100, places=2)
children_lists = st.lists(
    st.builds(Child, id=st.uuids(), score=st.none() | scores, weight=weights), max_size=8
)


def child(score: str | None, weight: str = "1", kind: ChildKind = ChildKind.KEY_RESULT) -> Child:
    parsed = None if score is None else D(score)
    return Child(id=(score, weight, kind), score=parsed, weight=D(weight), kind=kind)


def used_score(children: Sequence[Child], mode: Mode = Mode.OWN) -> Decimal | None:
    return roll_up(children, mode).score


class TestRollUp:
    family = (
        child("0.8", "2"),
        child("0.2"),
        child("0.1", kind=ChildKind.OBJECTIVE),
    )

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            (Mode.OWN, D("0.6")),
            (Mode.OWN_AND_ALIGNED, D("0.475")),
            (Mode.WEAKEST, D("0.2")),
            (Mode.BY_HAND, None),
        ],
    )
    def test_each_mode_scores_the_same_children_its_own_way(
        self, mode: Mode, expected: Decimal | None
    ) -> None:
        assert used_score(self.family, mode) == expected

    def test_judged_by_hand_the_assessment_is_used(self) -> None:
        assert roll_up(self.family, Mode.BY_HAND, assessed=D("0.5")).score == D("0.5")

    def test_judged_by_hand_the_computed_score_stays_beside_it(self) -> None:
        assert roll_up(self.family, Mode.BY_HAND, assessed=D("0.5")).computed == D("0.6")

    def test_an_assessment_does_not_replace_a_computed_score(self) -> None:
        result = roll_up(self.family, assessed=D("0.9"))
        assert (result.score, result.assessed) == (D("0.6"), D("0.9"))

    def test_judged_by_hand_without_an_assessment_says_so(self) -> None:
        assert roll_up(self.family, Mode.BY_HAND).reason is NoNumber.NOT_ASSESSED

    def test_the_weakest_at_the_close_is_the_one_that_never_reported(self) -> None:
        result = roll_up([child("0.8"), child(None)], Mode.WEAKEST, closed=True)
        assert result.score == D(0)

    def test_0_9_beside_0_3_shows_its_spread(self) -> None:
        spread = roll_up([child("0.9"), child("0.3")]).spread
        assert spread is not None
        assert (spread.lowest, spread.highest, spread.width) == (D("0.3"), D("0.9"), D("0.6"))

    def test_one_of_four_reporting_is_told(self) -> None:
        coverage = roll_up([child("0.9"), child(None), child(None, "2"), child(None, "3")]).coverage
        assert (coverage.reporting, coverage.total, coverage.is_complete) == (1, 4, False)

    @pytest.mark.parametrize("score", ["1.3", "-0.1", "NaN"])
    def test_a_raw_attainment_never_rolls_up(self, score: str) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            child(score)

    @pytest.mark.parametrize("weight", ["0", "-1", "Infinity"])
    def test_a_weight_that_is_not_above_0_never_rolls_up(self, weight: str) -> None:
        with pytest.raises(ValueError, match="above 0"):
            child("0.5", weight)

    @given(st.data())
    def test_the_order_of_children_does_not_matter(self, data: st.DataObject) -> None:
        children = data.draw(children_lists)
        assert used_score(data.draw(st.permutations(children))) == used_score(children)

    @given(children_lists, weights)
    def test_weights_are_relative(self, children: list[Child], scale: Decimal) -> None:
        scaled = [replace(child, weight=child.weight * scale) for child in children]
        assert used_score(scaled) == used_score(children)

    @given(children_lists, st.sampled_from([Mode.OWN, Mode.WEAKEST]))
    def test_a_roll_up_lies_between_its_lowest_and_highest_child(
        self, children: list[Child], mode: Mode
    ) -> None:
        result = roll_up(children, mode)
        assume(result.spread)
        assert_within_spread(result)

    @given(children_lists)
    def test_a_child_without_data_never_changes_a_running_score(
        self, children: list[Child]
    ) -> None:
        assert used_score([*children, child(None)]) == used_score(children)

    @given(children_lists)
    def test_closing_never_lifts_a_score(self, children: list[Child]) -> None:
        running = used_score(children)
        assume(running is not None)
        closed = roll_up(children, closed=True).score
        assert running is not None
        assert closed is not None
        assert closed <= running

    @given(st.lists(children_lists, max_size=4))
    def test_coverage_of_a_whole_is_the_sum_of_its_parts(self, parts: list[list[Child]]) -> None:
        whole = roll_up([child for part in parts for child in part]).coverage
        coverages = [roll_up(part).coverage for part in parts]
        assert (whole.reporting, whole.total) == (
            sum(coverage.reporting for coverage in coverages),
            sum(coverage.total for coverage in coverages),
        )


def assert_within_spread(result: ObjectiveScore) -> None:
    assert result.spread is not None
    assert result.score is not None
    assert result.spread.lowest <= result.score <= result.spread.highest


class TestPortfolioFigure:
    def test_bands_are_counted_over_what_reports(self) -> None:
        items = [Scored(id=n, score=s) for n, s in enumerate([D("0.1"), D("0.7"), D("0.8"), None])]
        assert portfolio_figure(items).bands == {
            Band.SIGNIFICANT_MISS: 1,
            Band.FELL_SHORT: 0,
            Band.STRONG: 2,
            Band.FULL: 0,
        }

    def test_nothing_reported_is_no_figure(self) -> None:
        assert portfolio_figure([Scored(id=1, score=None)]).mean is None

    def test_what_never_reported_counts_0_at_the_close(self) -> None:
        items = [Scored(id=1, score=None), Scored(id=2, score=D(1))]
        assert portfolio_figure(items, closed=True).mean == D("0.5")

    def test_objectives_of_two_tiers_are_never_mixed(self) -> None:
        items = [Scored(id=1, score=D(1), tier="product"), Scored(id=2, score=D(1), tier="team")]
        with pytest.raises(ValueError, match="one tier"):
            portfolio_figure(items)

    def test_one_row_with_two_scores_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="two scores"):
            portfolio_figure([Scored(id=1, score=D(1)), Scored(id=1, score=None)])
