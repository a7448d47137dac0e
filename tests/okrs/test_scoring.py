"""Definitions, scores, links, bands: the edges, and the laws that hold for any number."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from okrs.scoring import (
    Band,
    Definition,
    DefinitionError,
    LinkReading,
    Measure,
    Milestone,
    NoNumber,
    Shape,
    Term,
    UnlikeMeasuresError,
    Weakest,
    band_label,
    band_of,
    change_in_percent,
    combine_links,
    confidence_errors,
    definition_errors,
    display_number,
    display_percent,
    display_score,
    formula,
    milestone_share,
    score_key_result,
    target_after_change,
    value_errors,
)

D = Decimal

numbers = st.decimals(min_value=-(10**6), max_value=10**6, places=3)
scores = st.decimals(min_value=0, max_value=1, places=6)
weights = st.decimals(min_value=D("0.01"), max_value=100, places=2)


def from_to(baseline: Decimal, target: Decimal) -> Definition:
    return Definition(shape=Shape.FROM_TO, baseline=baseline, target=target)


def raw_score(baseline: Decimal, target: Decimal, current: Decimal) -> Decimal:
    raw = score_key_result(from_to(baseline, target), current).raw
    assert raw is not None
    return raw


def refused_fields(definition: Definition) -> list[str]:
    return [error.field for error in definition_errors(definition)]


class TestDefinition:
    @pytest.mark.parametrize(
        ("definition", "fields"),
        [
            (Definition(shape=Shape.FROM_TO), ["baseline", "target"]),
            (Definition(shape=Shape.FROM_TO, baseline=D(3)), ["target"]),
            (Definition(shape=Shape.AT_LEAST), ["target"]),
            (Definition(shape=Shape.AT_MOST), ["target"]),
            (Definition(shape=Shape.WITHIN), ["lower", "upper"]),
            (Definition(shape=Shape.MILESTONES), ["milestones"]),
            (Definition(shape=Shape.COUNT), ["target"]),
            (Definition(shape=Shape.YES_NO), []),
            (Definition(shape=Shape.BASELINE), []),
        ],
        ids=lambda value: value.shape.value if isinstance(value, Definition) else "",
    )
    def test_a_shape_asks_for_the_numbers_it_lacks(
        self, definition: Definition, fields: list[str]
    ) -> None:
        assert refused_fields(definition) == fields

    @pytest.mark.parametrize("shape", [Shape.FROM_TO, Shape.AT_LEAST, Shape.AT_MOST, Shape.COUNT])
    def test_a_baseline_equal_to_the_target_is_refused(self, shape: Shape) -> None:
        assert refused_fields(Definition(shape=shape, baseline=D(5), target=D("5.0"))) == ["target"]

    def test_a_count_towards_nothing_from_nothing_is_refused(self) -> None:
        assert refused_fields(Definition(shape=Shape.COUNT, target=D(0))) == ["target"]

    def test_at_least_from_above_its_target_is_refused(self) -> None:
        definition = Definition(shape=Shape.AT_LEAST, baseline=D(99), target=D(95))
        assert refused_fields(definition) == ["baseline"]

    def test_at_most_from_below_its_target_is_refused(self) -> None:
        definition = Definition(shape=Shape.AT_MOST, baseline=D(1), target=D(2))
        assert refused_fields(definition) == ["baseline"]

    def test_bounds_in_the_wrong_order_are_refused(self) -> None:
        definition = Definition(shape=Shape.WITHIN, lower=D(2), upper=D(1))
        assert refused_fields(definition) == ["upper"]

    @pytest.mark.parametrize("weight", ["0", "-1", "NaN", "Infinity"])
    def test_a_weight_that_is_not_above_0_is_refused(self, weight: str) -> None:
        assert refused_fields(Definition(shape=Shape.YES_NO, weight=D(weight))) == ["weight"]

    def test_a_target_that_is_no_number_is_refused_before_it_is_compared(self) -> None:
        assert refused_fields(from_to(D(1), D("NaN"))) == ["target"]

    def test_a_weightless_milestone_is_refused(self) -> None:
        definition = Definition(shape=Shape.MILESTONES, milestones=(Milestone("a", D(0)),))
        assert refused_fields(definition) == ["milestones"]

    def test_a_milestone_whose_weight_is_no_number_is_refused(self) -> None:
        definition = Definition(shape=Shape.MILESTONES, milestones=(Milestone("a", D("NaN")),))
        assert refused_fields(definition) == ["milestones"]

    def test_a_milestone_listed_twice_is_refused(self) -> None:
        definition = Definition(shape=Shape.MILESTONES, milestones=(Milestone("a"), Milestone("a")))
        assert refused_fields(definition) == ["milestones"]

    def test_scoring_a_refused_definition_raises(self) -> None:
        with pytest.raises(DefinitionError, match="nothing would change"):
            score_key_result(from_to(D(1), D(1)), D(1))

    def test_minus_30_percent_is_the_baseline_times_0_7(self) -> None:
        assert target_after_change(D(50), D(-30)) == D(35)

    def test_a_stored_target_shows_the_change_it_came_from(self) -> None:
        assert change_in_percent(D(50), D(35)) == D(-30)

    def test_there_is_no_relative_change_from_0(self) -> None:
        assert change_in_percent(D(0), D(35)) is None

    @given(numbers.filter(bool), st.decimals(min_value=-100, max_value=300, places=1))
    def test_a_relative_change_survives_being_stored(self, base: Decimal, change: Decimal) -> None:
        recovered = change_in_percent(base, target_after_change(base, change))
        assert recovered is not None
        assert abs(recovered - change) < D("1e-20")

    def test_a_milestone_counts_by_its_weight(self) -> None:
        milestones = (Milestone("pilot", done=True), Milestone("launch", D(3)))
        assert milestone_share(milestones) == D("0.25")


class TestEntries:
    @pytest.mark.parametrize("confidence", ["0", "0.0", "0.1", "0.70", "1"])
    def test_confidence_in_tenths_is_taken(self, confidence: str) -> None:
        assert list(confidence_errors(D(confidence))) == []

    @pytest.mark.parametrize("confidence", ["-0.1", "0.05", "0.75", "1.1", "7", "NaN"])
    def test_any_other_confidence_is_refused(self, confidence: str) -> None:
        assert [error.field for error in confidence_errors(D(confidence))] == ["confidence"]

    @pytest.mark.parametrize(
        ("shape", "value"),
        [
            (Shape.YES_NO, "0.5"),
            (Shape.YES_NO, "2"),
            (Shape.MILESTONES, "1.01"),
            (Shape.MILESTONES, "-0.01"),
            (Shape.COUNT, "1.5"),
            (Shape.COUNT, "-1"),
            (Shape.FROM_TO, "Infinity"),
        ],
    )
    def test_a_value_that_its_shape_cannot_have_is_refused(self, shape: Shape, value: str) -> None:
        assert [error.field for error in value_errors(shape, D(value))] == ["value"]

    @pytest.mark.parametrize(
        ("shape", "value"),
        [
            (Shape.YES_NO, "1.0"),
            (Shape.MILESTONES, "0.5"),
            (Shape.COUNT, "12.0"),
            (Shape.FROM_TO, "-12.5"),
        ],
    )
    def test_a_value_that_its_shape_can_have_is_taken(self, shape: Shape, value: str) -> None:
        assert list(value_errors(shape, D(value))) == []


class TestKeyResultLaws:
    @given(numbers, numbers, numbers, numbers)
    def test_a_rising_key_result_never_falls_when_its_value_rises(
        self, baseline: Decimal, target: Decimal, low: Decimal, high: Decimal
    ) -> None:
        assume(baseline < target)
        assume(low <= high)
        assert raw_score(baseline, target, low) <= raw_score(baseline, target, high)

    @given(numbers, numbers, numbers)
    def test_a_falling_key_result_mirrors_a_rising_one(
        self, baseline: Decimal, target: Decimal, current: Decimal
    ) -> None:
        assume(baseline != target)
        mirrored = raw_score(-baseline, -target, -current)
        assert raw_score(baseline, target, current) == mirrored

    @given(numbers, numbers, numbers)
    def test_a_score_is_the_raw_attainment_held_between_0_and_1(
        self, baseline: Decimal, target: Decimal, current: Decimal
    ) -> None:
        assume(baseline != target)
        result = score_key_result(from_to(baseline, target), current)
        assert result.raw is not None
        assert result.score == min(max(result.raw, D(0)), D(1))

    @given(numbers, numbers, numbers, weights, numbers)
    def test_the_unit_of_measurement_does_not_change_a_score(
        self, baseline: Decimal, target: Decimal, current: Decimal, scale: Decimal, shift: Decimal
    ) -> None:
        assume(baseline != target)
        moved = (value * scale + shift for value in (baseline, target, current))
        assert raw_score(*moved) == raw_score(baseline, target, current)

    @given(numbers, numbers, numbers)
    def test_the_ambient_precision_does_not_change_a_score(
        self, baseline: Decimal, target: Decimal, current: Decimal
    ) -> None:
        assume(baseline != target)
        with localcontext(prec=3):
            coarse = raw_score(baseline, target, current)
        assert coarse == raw_score(baseline, target, current)

    @pytest.mark.parametrize("shape", list(Shape))
    def test_no_value_is_no_score_in_any_shape(self, shape: Shape) -> None:
        definition = Definition(
            shape=shape,
            baseline=None if shape in {Shape.AT_LEAST, Shape.AT_MOST} else D(0),
            target=D(1),
            lower=D(0),
            upper=D(1),
            milestones=(Milestone("only"),),
        )
        result = score_key_result(definition, None)
        assert (result.score, result.raw, result.reason) == (None, None, NoNumber.NO_VALUE)


class TestLinks:
    @staticmethod
    def share(done: str | None, total: str) -> LinkReading:
        return LinkReading(
            link=(done, total),
            measure=Measure.SHARE_OF_ITEMS,
            amount=None if done is None else D(done),
            total=D(total),
        )

    @staticmethod
    def count(amount: str) -> LinkReading:
        return LinkReading(link=amount, measure=Measure.COUNT, amount=D(amount))

    def test_shares_are_pooled_and_not_averaged(self) -> None:
        assert combine_links([self.share("1", "1"), self.share("0", "9")]).value == D("0.1")

    def test_counts_add_up(self) -> None:
        assert combine_links([self.count("3"), self.count("4")]).value == D(7)

    def test_a_count_of_0_is_a_value(self) -> None:
        assert combine_links([self.count("0")]).value == D(0)

    def test_a_link_that_was_never_observed_leaves_no_value(self) -> None:
        result = combine_links([self.share("1", "2"), self.share(None, "0")])
        assert (result.value, result.reason) == (None, NoNumber.NOT_OBSERVED)

    def test_no_links_leave_no_value(self) -> None:
        result = combine_links([])
        assert (result.value, result.reason) == (None, NoNumber.NO_LINKS)

    def test_a_share_and_a_count_are_never_combined(self) -> None:
        with pytest.raises(UnlikeMeasuresError):
            combine_links([self.share("1", "2"), self.count("3")])


class TestBands:
    @pytest.mark.parametrize(
        ("score", "band"),
        [
            ("0", Band.SIGNIFICANT_MISS),
            ("0.349", Band.SIGNIFICANT_MISS),
            ("0.3499999999999999999999999999", Band.SIGNIFICANT_MISS),
            ("0.35", Band.FELL_SHORT),
            ("0.649", Band.FELL_SHORT),
            ("0.65", Band.STRONG),
            ("0.849", Band.STRONG),
            ("0.85", Band.FULL),
            ("1", Band.FULL),
        ],
    )
    def test_a_band_begins_exactly_at_its_edge(self, score: str, band: Band) -> None:
        assert band_of(D(score)) is band

    @given(scores, scores)
    def test_a_higher_score_is_never_in_a_lower_band(self, low: Decimal, high: Decimal) -> None:
        assume(low <= high)
        assert band_of(low).rank <= band_of(high).rank

    def test_a_low_score_is_no_miss_before_the_close(self) -> None:
        assert [band_label(band, closed=False) for band in Band] == [
            "low so far",
            "part way",
            "strong",
            "full",
        ]

    def test_at_the_close_a_band_says_what_became_of_it(self) -> None:
        assert [band_label(band, closed=True) for band in Band] == [
            "significant miss",
            "fell short",
            "strong",
            "full",
        ]


class TestDisplay:
    @given(scores)
    def test_a_displayed_score_never_reads_as_another_band(self, score: Decimal) -> None:
        assert band_of(D(display_score(score))) is band_of(score)

    @pytest.mark.parametrize(
        ("score", "shown"),
        [("0.625", "0.63"), ("0.349", "0.34"), ("0.35", "0.35"), ("0.6", "0.60"), ("1", "1.00")],
    )
    def test_a_score_is_shown_with_two_decimals(self, score: str, shown: str) -> None:
        assert display_score(D(score)) == shown

    @pytest.mark.parametrize(
        ("number", "shown"),
        [("1000", "1000"), ("1E+3", "1000"), ("0.50", "0.5"), ("-0.0000001", "0"), ("0", "0")],
    )
    def test_a_number_is_shown_without_padding(self, number: str, shown: str) -> None:
        assert display_number(D(number)) == shown

    @pytest.mark.parametrize(("share", "shown"), [("1.3", "130"), ("0.82644", "82.6")])
    def test_a_share_is_shown_as_a_percentage(self, share: str, shown: str) -> None:
        assert display_percent(D(share)) == shown

    def test_a_negative_baseline_stands_in_brackets(self) -> None:
        basis = score_key_result(from_to(D(-20), D(30)), D(5)).basis
        assert basis is not None
        assert formula(basis).replace("\N{MINUS SIGN}", "-") == "(5 - (-20)) / (30 - (-20))"

    @pytest.mark.parametrize(
        ("current", "shown"),
        [
            ("9", "9 < 10"),
            ("21", "21 > 20"),
            ("20", "10 \N{LESS-THAN OR EQUAL TO} 20 \N{LESS-THAN OR EQUAL TO} 20"),
        ],
    )
    def test_a_bound_is_shown_as_the_comparison_that_decided(
        self, current: str, shown: str
    ) -> None:
        definition = Definition(shape=Shape.WITHIN, lower=D(10), upper=D(20))
        basis = score_key_result(definition, D(current)).basis
        assert basis is not None
        assert formula(basis) == shown

    def test_an_upper_bound_is_shown_alone(self) -> None:
        basis = score_key_result(Definition(shape=Shape.AT_MOST, target=D(4)), D(3)).basis
        assert basis is not None
        assert formula(basis) == "3 \N{LESS-THAN OR EQUAL TO} 4"

    def test_a_number_taken_as_it_is_shows_itself(self) -> None:
        basis = score_key_result(Definition(shape=Shape.BASELINE), D(12)).basis
        assert basis is not None
        assert formula(basis) == "1"

    def test_the_weakest_is_shown_among_its_siblings(self) -> None:
        basis = Weakest((Term(D("0.8")), Term(D("0.3333"))))
        assert formula(basis) == "min(0.8, 0.33)"
