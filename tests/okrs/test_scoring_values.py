"""Values and overrides: what was true at one moment, as known at another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrs.scoring import (
    Definition,
    DefinitionVersion,
    Override,
    Shape,
    Source,
    Value,
    definition_at,
    override_at,
    score_at,
    value_at,
)

D = Decimal
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def day(number: int) -> datetime:
    return NOON + timedelta(days=number)


def from_to(baseline: Decimal, target: Decimal) -> Definition:
    return Definition(shape=Shape.FROM_TO, baseline=baseline, target=target)


def row(number: int, value: str | None, *, on: int, told: int, voids: int | None = None) -> Value:
    return Value(
        value=None if value is None else D(value),
        effective_at=day(on),
        recorded_at=day(told),
        id=UUID(int=number),
        voids=None if voids is None else UUID(int=voids),
    )


def override(number: int, value: str, *, on: int, until: int | None = None) -> Override:
    return Override(
        value=D(value),
        effective_at=day(on),
        recorded_at=day(on),
        id=UUID(int=number),
        until=None if until is None else day(until),
    )


class TestValues:
    def test_there_is_no_value_before_the_first(self) -> None:
        assert value_at([row(1, "5", on=3, told=3)], day(2)) is None

    def test_a_value_holds_from_the_very_moment_it_is_effective(self) -> None:
        assert value_at([row(1, "5", on=3, told=3)], day(3)) == row(1, "5", on=3, told=3)

    def test_a_value_is_known_from_the_very_moment_it_is_recorded(self) -> None:
        assert value_at([row(1, "5", on=3, told=6)], day(9), day(6)) is not None

    def test_a_value_is_unknown_before_it_is_recorded(self) -> None:
        assert value_at([row(1, "5", on=3, told=6)], day(9), day(5)) is None

    def test_a_withdrawn_value_gives_way_to_the_one_before(self) -> None:
        log = [row(1, "5", on=1, told=1), row(2, "6", on=2, told=2)]
        withdrawal = row(3, None, on=2, told=4, voids=2)
        assert value_at([*log, withdrawal], day(9)) == log[0]

    def test_a_withdrawal_is_not_known_before_it_is_recorded(self) -> None:
        log = [row(1, "5", on=1, told=1), row(2, "6", on=2, told=2)]
        withdrawal = row(3, None, on=2, told=4, voids=2)
        assert value_at([*log, withdrawal], day(9), day(3)) == log[1]

    def test_withdrawing_a_withdrawal_brings_the_value_back(self) -> None:
        log = [
            row(1, "5", on=1, told=1),
            row(2, None, on=1, told=2, voids=1),
            row(3, None, on=1, told=3, voids=2),
        ]
        assert value_at(log, day(9)) == log[0]

    def test_a_correction_with_an_earlier_date_does_not_outlive_a_later_value(self) -> None:
        log = [row(1, "5", on=1, told=1), row(2, "6", on=4, told=4), row(3, "7", on=1, told=5)]
        assert value_at(log, day(9)) == log[1]

    def test_a_late_correction_changes_what_was_true_then(self) -> None:
        log = [row(1, "5", on=1, told=1), row(2, "7", on=1, told=5)]
        assert value_at(log, day(1)) == log[1]

    @given(st.data())
    def test_a_late_correction_never_changes_what_was_known_then(self, data: st.DataObject) -> None:
        moments = st.integers(0, 20)
        known = data.draw(moments)
        log = [
            row(number, str(number), on=on, told=told)
            for number, (on, told) in enumerate(data.draw(st.lists(st.tuples(moments, moments))))
        ]
        voids = data.draw(st.none() | st.integers(0, max(len(log) - 1, 0)))
        late = row(99, "99", on=data.draw(moments), told=known + 1, voids=voids)
        true = day(data.draw(moments))
        assert value_at([*log, late], true, day(known)) == value_at(log, true, day(known))

    @pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
    def test_of_two_rows_at_the_same_time_the_later_id_holds(self, ids: tuple[int, int]) -> None:
        log = [row(number, "5", on=1, told=1) for number in ids]
        found = value_at(log, day(1))
        assert found is not None
        assert found.id.int == 2

    @given(st.permutations(range(5)))
    def test_the_order_of_rows_does_not_matter(self, order: Sequence[int]) -> None:
        log = [
            row(1, "5", on=1, told=1),
            row(2, "6", on=3, told=3),
            row(3, "7", on=3, told=3),
            row(4, None, on=3, told=4, voids=3),
            row(5, "8", on=2, told=5),
        ]
        assert value_at([log[place] for place in order], day(9)) == log[1]

    def test_a_past_score_uses_the_definition_of_then(self) -> None:
        then, now = from_to(D(0), D(10)), from_to(D(0), D(20))
        versions = [
            DefinitionVersion(
                definition=definition, effective_at=day(on), recorded_at=day(on), id=UUID(int=on)
            )
            for on, definition in ((1, then), (5, now))
        ]
        assert definition_at(versions, day(4)) == then

    def test_there_is_no_definition_before_the_first_version(self) -> None:
        assert definition_at([], day(4)) is None


class TestOverride:
    @pytest.mark.parametrize(
        ("on", "expected"), [(0, None), (1, "0.5"), (2, "0.5"), (3, None), (4, None)]
    )
    def test_an_override_holds_from_its_start_until_before_its_end(
        self, on: int, expected: str | None
    ) -> None:
        found = override_at([override(1, "0.5", on=1, until=3)], day(on))
        assert (found and found.value) == (None if expected is None else D(expected))

    def test_of_two_overrides_the_later_one_holds(self) -> None:
        first, second = override(1, "0.5", on=1), override(2, "0.6", on=2)
        assert override_at([second, first], day(9)) == second

    def test_an_override_is_unknown_before_it_is_recorded(self) -> None:
        assert override_at([override(1, "0.5", on=3)], day(9), day(2)) is None

    def test_a_released_override_ends(self) -> None:
        released = replace(override(1, "0.5", on=1), released_at=day(5))
        assert override_at([released], day(5)) is None

    def test_releasing_an_override_leaves_its_past_alone(self) -> None:
        released = replace(override(1, "0.5", on=1), released_at=day(5))
        assert override_at([released], day(4)) == released

    def test_a_release_is_not_known_before_it_happens(self) -> None:
        released = replace(override(1, "0.5", on=1), released_at=day(5))
        assert override_at([released], day(6), day(4)) == released

    def test_an_override_scores_with_the_automatic_value_beside_it(self) -> None:
        result = score_at(
            from_to(D(0), D(10)),
            [row(1, "2", on=1, told=1)],
            [override(1, "8", on=2)],
            true_at=day(9),
            source=Source.SYNCED,
        )
        assert (result.score, result.automatic, result.source) == (
            D("0.8"),
            D(2),
            Source.OVERRIDE,
        )

    def test_sync_goes_on_beneath_an_override_without_ending_it(self) -> None:
        result = score_at(
            from_to(D(0), D(10)),
            [row(1, "2", on=1, told=1), row(2, "5", on=4, told=4)],
            [override(1, "8", on=2)],
            true_at=day(9),
        )
        assert (result.current, result.automatic) == (D(8), D(5))

    def test_without_an_override_the_source_of_the_value_is_told(self) -> None:
        result = score_at(
            from_to(D(0), D(10)),
            [row(1, "2", on=1, told=1)],
            [],
            true_at=day(9),
            source=Source.PUSHED,
        )
        assert (result.score, result.source) == (D("0.2"), Source.PUSHED)
