"""Expected progress, pace and silence: every threshold on both sides of its edge."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from okrs.scoring import (
    PACED_SHAPES,
    Cadence,
    Course,
    CoursePoint,
    Expectation,
    FieldError,
    Pace,
    PaceReading,
    Shape,
    Thresholds,
    expectation_errors,
    expected_progress,
    is_outdated,
    is_owed,
    judge_pace,
    next_due,
    turns_missed,
)

D = Decimal
STARTS, ENDS = date(2026, 1, 1), date(2026, 4, 11)  # a hundred days apart
HALF_WAY = date(2026, 2, 20)


def expectation(course: Course, *points: tuple[date, str]) -> Expectation:
    return Expectation(
        course=course,
        starts=STARTS,
        ends=ENDS,
        points=tuple(CoursePoint(on, D(expected)) for on, expected in points),
    )


def judge(score: str, expected: str = "0.5", *, outdated: bool = False) -> PaceReading:
    return judge_pace(Shape.FROM_TO, D(score), D(expected), outdated=outdated)


LINEAR = expectation(Course.LINEAR)
BACK_LOADED = expectation(Course.CUSTOM, (HALF_WAY, "0.2"))
STEPPED = expectation(Course.STEPPED, (HALF_WAY, "0.2"))


class TestExpectedProgress:
    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            (date(2025, 12, 31), None),
            (STARTS, D(0)),
            (date(2026, 1, 2), D("0.01")),
            (HALF_WAY, D("0.5")),
            (date(2026, 4, 10), D("0.99")),
            (ENDS, D(1)),
            (date(2026, 5, 1), D(1)),
        ],
    )
    def test_a_straight_line_runs_from_the_first_date_to_the_last(
        self, on: date, expected: Decimal | None
    ) -> None:
        assert expected_progress(LINEAR, on) == expected

    @pytest.mark.parametrize(
        ("on", "expected"),
        [(date(2026, 1, 26), "0.1"), (HALF_WAY, "0.2"), (date(2026, 3, 17), "0.6"), (ENDS, "1")],
    )
    def test_a_back_loaded_curve_expects_little_at_half_time(self, on: date, expected: str) -> None:
        assert expected_progress(BACK_LOADED, on) == D(expected)

    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            (HALF_WAY - timedelta(days=1), "0"),
            (HALF_WAY, "0.2"),
            (ENDS - timedelta(days=1), "0.2"),
            (ENDS, "1"),
        ],
    )
    def test_a_step_holds_until_the_next(self, on: date, expected: str) -> None:
        assert expected_progress(STEPPED, on) == D(expected)

    def test_a_curve_may_end_below_1(self) -> None:
        assert expected_progress(expectation(Course.CUSTOM, (ENDS, "0.7")), ENDS) == D("0.7")

    def test_a_straight_line_takes_no_points(self) -> None:
        line = expectation(Course.LINEAR, (HALF_WAY, "0.2"))
        assert expected_progress(line, HALF_WAY) == D("0.5")

    def test_nothing_may_be_expected(self) -> None:
        assert expected_progress(expectation(Course.NONE), HALF_WAY) is None

    def test_a_key_result_of_a_single_day_expects_all_on_it(self) -> None:
        single = Expectation(course=Course.LINEAR, starts=STARTS, ends=STARTS)
        assert expected_progress(single, STARTS) == D(1)

    @given(
        st.sampled_from([LINEAR, BACK_LOADED, STEPPED]), st.integers(0, 120), st.integers(0, 120)
    )
    def test_expected_progress_never_falls(
        self, course: Expectation, early: int, late: int
    ) -> None:
        assume(early <= late)
        before = expected_progress(course, STARTS + timedelta(days=early))
        after = expected_progress(course, STARTS + timedelta(days=late))
        assert before is not None
        assert after is not None
        assert before <= after

    @pytest.mark.parametrize(
        "points",
        [
            [(date(2025, 12, 31), "0.2")],
            [(date(2026, 4, 12), "0.2")],
            [(HALF_WAY, "1.2")],
            [(HALF_WAY, "0.5"), (date(2026, 3, 1), "0.4")],
            [(HALF_WAY, "0.5"), (HALF_WAY, "0.6")],
        ],
    )
    def test_points_that_make_no_course_are_refused(self, points: list[tuple[date, str]]) -> None:
        errors = expectation_errors(expectation(Course.CUSTOM, *points))
        assert [error.field for error in errors] == ["points"]

    def test_an_end_before_the_start_is_refused(self) -> None:
        backwards = Expectation(course=Course.LINEAR, starts=ENDS, ends=STARTS)
        assert [error.field for error in expectation_errors(backwards)] == ["ends"]

    def test_a_course_in_order_is_taken(self) -> None:
        assert list(expectation_errors(BACK_LOADED)) == []


class TestPace:
    @pytest.mark.parametrize(
        ("score", "pace", "gap"),
        [
            ("0.6", Pace.ON_TRACK, "-10"),
            ("0.5", Pace.ON_TRACK, "0"),
            ("0.499", Pace.BEHIND, "0.1"),
            ("0.25", Pace.BEHIND, "25"),
            ("0.249", Pace.AT_RISK, "25.1"),
        ],
    )
    def test_the_gap_decides_the_pace(self, score: str, pace: Pace, gap: str) -> None:
        reading = judge(score)
        assert (reading.pace, reading.gap) == (pace, D(gap))

    @pytest.mark.parametrize(
        ("score", "pace"),
        [
            ("0.40", Pace.ON_TRACK),
            ("0.39", Pace.BEHIND),
            ("0.10", Pace.BEHIND),
            ("0.09", Pace.AT_RISK),
        ],
    )
    def test_an_organisation_may_move_the_thresholds(self, score: str, pace: Pace) -> None:
        loose = Thresholds(on_track=D(10), behind=D(40))
        reading = judge_pace(Shape.FROM_TO, D(score), D("0.5"), outdated=False, thresholds=loose)
        assert reading.pace is pace

    @pytest.mark.parametrize(("on_track", "behind"), [("26", "25"), ("NaN", "25"), ("0", "NaN")])
    def test_thresholds_out_of_order_are_refused(self, on_track: str, behind: str) -> None:
        with pytest.raises(FieldError):
            Thresholds(on_track=D(on_track), behind=D(behind))

    @pytest.mark.parametrize("score", ["0", "0.4", "1"])
    def test_outdated_is_never_green_nor_any_other_colour(self, score: str) -> None:
        assert judge(score, outdated=True).pace is Pace.OUTDATED

    def test_outdated_still_tells_the_gap(self) -> None:
        assert judge("0.4", outdated=True).gap == D(10)

    def test_no_score_has_no_pace(self) -> None:
        reading = judge_pace(Shape.FROM_TO, None, D("0.5"), outdated=False)
        assert (reading.pace, reading.gap) == (Pace.NONE, None)

    def test_nothing_expected_has_no_pace(self) -> None:
        assert judge_pace(Shape.FROM_TO, D(0), None, outdated=False).pace is Pace.NONE

    @pytest.mark.parametrize("shape", sorted(set(Shape) - PACED_SHAPES))
    def test_a_shape_that_is_met_or_not_has_no_pace(self, shape: Shape) -> None:
        assert judge_pace(shape, D(0), D("0.5"), outdated=False).pace is Pace.NONE

    @pytest.mark.parametrize("shape", [Shape.FROM_TO, Shape.MILESTONES, Shape.COUNT])
    def test_a_shape_that_moves_step_by_step_has_a_pace(self, shape: Shape) -> None:
        assert judge_pace(shape, D(0), D("0.5"), outdated=False).pace is Pace.AT_RISK


class TestOutdated:
    @pytest.mark.parametrize(
        ("cadence", "due"),
        [
            (Cadence.WEEKLY, date(2026, 2, 7)),
            (Cadence.BIWEEKLY, date(2026, 2, 14)),
            (Cadence.MONTHLY, date(2026, 2, 28)),
            (Cadence.QUARTERLY, date(2026, 4, 30)),
        ],
    )
    def test_evidence_is_fresh_until_the_day_the_next_is_due(
        self, cadence: Cadence, due: date
    ) -> None:
        assert next_due(date(2026, 1, 31), cadence) == due

    def test_a_month_may_cross_the_year(self) -> None:
        assert next_due(date(2025, 11, 30), Cadence.QUARTERLY) == date(2026, 2, 28)

    @pytest.mark.parametrize(("on", "outdated"), [(8, False), (9, True)])
    def test_a_week_after_the_last_evidence_it_is_outdated(
        self, on: int, *, outdated: bool
    ) -> None:
        today = date(2026, 2, on)
        assert outdated is is_outdated(
            date(2026, 2, 1), starts=STARTS, today=today, cadence=Cadence.WEEKLY
        )

    @pytest.mark.parametrize(("on", "outdated"), [(8, False), (9, True)])
    def test_silence_counts_from_the_first_date(self, on: int, *, outdated: bool) -> None:
        today = date(2026, 1, on)
        assert outdated is is_outdated(None, starts=STARTS, today=today, cadence=Cadence.WEEKLY)

    def test_evidence_from_before_the_first_date_gives_no_head_start(self) -> None:
        early = date(2025, 12, 1)
        assert not is_outdated(early, starts=STARTS, today=date(2026, 1, 8), cadence=Cadence.WEEKLY)


class TestOwed:
    @pytest.mark.parametrize(("today", "owed"), [(7, False), (8, True), (14, True), (20, True)])
    def test_a_check_in_is_asked_for_in_the_week_that_ends_with_its_day(
        self, today: int, *, owed: bool
    ) -> None:
        due, said = date(2026, 2, 14), date(2026, 1, 31)
        assert owed is is_owed(due, since=said, today=date(2026, 2, today))

    @pytest.mark.parametrize(("today", "owed"), [(4, False), (5, True)])
    def test_nobody_is_asked_again_before_half_of_the_time_has_passed(
        self, today: int, *, owed: bool
    ) -> None:
        due, said = date(2026, 2, 8), date(2026, 2, 1)
        assert owed is is_owed(due, since=said, today=date(2026, 2, today))


class TestTurnsMissed:
    @pytest.mark.parametrize(
        ("day", "missed"),
        [
            (date(2026, 2, 1), 0),
            (date(2026, 2, 2), 0),  # the due day itself
            (date(2026, 2, 3), 1),
            (date(2026, 2, 9), 1),
            (date(2026, 2, 10), 2),
            (date(2026, 2, 23), 3),
        ],
    )
    def test_each_due_day_that_passes_in_silence_is_one(self, day: date, missed: int) -> None:
        assert turns_missed(date(2026, 2, 2), day, Cadence.WEEKLY) == missed

    def test_months_are_counted_by_the_calendar(self) -> None:
        assert turns_missed(date(2026, 1, 31), date(2026, 4, 1), Cadence.MONTHLY) == 3
