"""Which promise hurts most: criticality × lateness × reach."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrs.scoring import DAYS_UNTIL_LOST, Promise, PromiseState, Trouble, hurt_of

D = Decimal
S = PromiseState
TODAY = date(2026, 11, 4)


def day(number: int) -> date:
    """A day counted from today."""
    return TODAY + timedelta(days=number)


def promise(
    state: PromiseState, needed: int, promised: int | None = None, criticality: str = "0.5"
) -> Promise:
    return Promise(
        state=state,
        needed_by=day(needed),
        promised_by=None if promised is None else day(promised),
        criticality=D(criticality),
    )


# (state, needed in days, promised in days) → trouble, days late, lateness
GOLDEN = [
    (S.ACCEPTED, 10, 5, Trouble.NONE, 0, "0"),
    (S.ACCEPTED, 10, 10, Trouble.NONE, 0, "0"),
    (S.ACCEPTED, 0, 0, Trouble.NONE, 0, "0"),
    (S.ACCEPTED, 10, 17, Trouble.LATE, 7, "0.25"),
    (S.ACCEPTED, 10, 24, Trouble.LATE, 14, "0.5"),
    (S.ACCEPTED, 10, 38, Trouble.LATE, 28, "1"),
    (S.ACCEPTED, 10, 90, Trouble.LATE, 80, "1"),
    (S.ACCEPTED, 5, -1, Trouble.OVERDUE, 0, "0.25"),
    (S.ACCEPTED, -14, -14, Trouble.OVERDUE, 14, "0.625"),
    (S.ACCEPTED, -7, 7, Trouble.OVERDUE, 14, "0.625"),
    (S.ASKED, 20, None, Trouble.UNANSWERED, 0, "0.5"),
    (S.ASKED, -14, None, Trouble.UNANSWERED, 14, "0.75"),
    (S.COUNTERED, 10, 24, Trouble.UNANSWERED, 14, "0.75"),
    (S.DECLINED, 20, None, Trouble.DECLINED, 0, "1"),
    (S.BROKEN, 20, 10, Trouble.BROKEN, 0, "1"),
    (S.DELIVERED, -20, -10, Trouble.NONE, 0, "0"),
    (S.WITHDRAWN, -20, -10, Trouble.NONE, 0, "0"),
]


@pytest.mark.parametrize(("state", "needed", "promised", "trouble", "days", "lateness"), GOLDEN)
def test_a_promise_is_as_late_as_the_table_says(
    state: PromiseState,
    needed: int,
    promised: int | None,
    trouble: Trouble,
    days: int,
    lateness: str,
) -> None:
    hurt = hurt_of(promise(state, needed, promised), reach=1, today=TODAY)
    assert (hurt.trouble, hurt.days_late, hurt.lateness) == (trouble, days, D(lateness))


def test_every_state_is_in_the_table() -> None:
    assert {row[0] for row in GOLDEN} == set(PromiseState)


def test_hurt_is_the_product_of_its_factors() -> None:
    hurt = hurt_of(promise(S.ACCEPTED, 10, 24, "0.8"), reach=4, today=TODAY)
    assert hurt.amount == D("1.6")


@pytest.mark.parametrize(
    ("state", "needed", "promised", "fails"),
    [
        (S.BROKEN, 10, 5, True),
        (S.ACCEPTED, 10, 11, True),
        (S.ACCEPTED, -1, -1, True),
        (S.ACCEPTED, 0, 0, False),
        (S.ACCEPTED, 10, -1, False),
        (S.ASKED, -5, None, False),
        (S.COUNTERED, 5, 20, False),
        (S.DECLINED, 5, None, False),
        (S.DELIVERED, -5, 3, False),
        (S.WITHDRAWN, -5, 3, False),
    ],
)
def test_a_commitment_rests_on_what_was_accepted_and_comes_in_time(
    state: PromiseState, needed: int, promised: int | None, fails: bool
) -> None:
    assert promise(state, needed, promised).fails(TODAY) is fails


promises = st.builds(
    promise,
    st.sampled_from(list(S)),
    st.integers(-100, 100),
    st.integers(-100, 100),
    st.sampled_from(["0", "0.3", "0.5", "1"]),
)


@given(promises, st.integers(1, 50))
def test_lateness_is_a_share(one: Promise, reach: int) -> None:
    assert 0 <= hurt_of(one, reach=reach, today=TODAY).lateness <= 1


@given(promises, st.integers(1, 50), st.integers(1, 400))
def test_waiting_never_makes_an_open_promise_hurt_less(one: Promise, reach: int, days: int) -> None:
    now = hurt_of(one, reach=reach, today=TODAY)
    later = hurt_of(one, reach=reach, today=day(days))
    assert later.amount >= now.amount


@given(promises, st.integers(1, 50))
def test_the_more_hangs_on_it_the_more_it_hurts(one: Promise, reach: int) -> None:
    less, more = (hurt_of(one, reach=n, today=TODAY) for n in (reach, reach + 1))
    assert more.amount >= less.amount


@given(st.integers(DAYS_UNTIL_LOST, 1000))
def test_four_weeks_late_is_as_bad_as_never(days: int) -> None:
    late, never = promise(S.ACCEPTED, 0, days), promise(S.BROKEN, 0, days)
    assert hurt_of(late, reach=2, today=TODAY).amount == hurt_of(never, reach=2, today=TODAY).amount
