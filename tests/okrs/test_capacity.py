"""What teams are asked for, month by month."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrs.capacity import Ask, by_month, loads, months_between

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
FULL = {JAN: Decimal(10), FEB: Decimal(10), MAR: Decimal(10)}


def ask(weeks: str, first: date, last: date, *, promised: bool = False, name: str = "a") -> Ask:
    return Ask(name, Decimal(weeks), first, last, promised)


def test_an_ask_within_a_month_falls_into_it_whole() -> None:
    assert by_month(ask("4", date(2026, 2, 3), date(2026, 2, 20))) == {FEB: Fraction(4)}


def test_an_ask_is_spread_by_the_days_of_each_month() -> None:
    # 31 + 28 + 31 days of 2026.
    shares = by_month(ask("9", JAN, date(2026, 3, 31)))
    assert shares == {JAN: Fraction(31, 10), FEB: Fraction(28, 10), MAR: Fraction(31, 10)}


def test_an_ask_of_one_day_is_possible() -> None:
    assert by_month(ask("0.2", FEB, FEB)) == {FEB: Fraction(1, 5)}


def test_an_ask_reaches_over_the_turn_of_the_year() -> None:
    shares = by_month(ask("2", date(2025, 12, 31), date(2026, 1, 1)))
    assert shares == {date(2025, 12, 1): Fraction(1), JAN: Fraction(1)}


def test_what_is_asked_beyond_the_capacity_is_told() -> None:
    asks = [
        ask("7", FEB, date(2026, 2, 28), promised=True, name="kept"),
        ask("5", FEB, date(2026, 2, 28), name="wanted"),
    ]
    [_, february, _] = loads(asks, FULL)
    assert [february.promised, february.asked, february.over] == [7, 5, 2]


def test_promises_alone_may_already_be_too_much() -> None:
    [january, *_] = loads([ask("12", JAN, date(2026, 1, 31), promised=True)], FULL)
    assert january.promised_over == 2


def test_a_team_with_room_is_not_over_asked() -> None:
    [january, *_] = loads([ask("10", JAN, date(2026, 1, 31))], FULL)
    assert january.over == 0


def test_a_month_names_who_asks_for_most_first() -> None:
    asks = [
        ask("1", JAN, date(2026, 1, 31), name="small"),
        ask("3", JAN, date(2026, 1, 31), name="big"),
    ]
    [january, *_] = loads(asks, FULL)
    assert [name for name, _ in january.asks] == ["big", "small"]


def test_months_outside_the_capacity_are_left_out() -> None:
    [february] = loads([ask("9", JAN, date(2026, 3, 31))], {FEB: Decimal(10)})
    assert february.asked == Decimal("2.8")


@pytest.mark.parametrize(
    ("weeks", "first", "last"),
    [("1", FEB, JAN), ("-1", JAN, FEB)],
    ids=["upside down", "less than nothing"],
)
def test_an_impossible_ask_is_refused(weeks: str, first: date, last: date) -> None:
    with pytest.raises(ValueError, match="ask"):
        ask(weeks, first, last)


DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
WEEKS = st.decimals(0, 500, places=1)


@given(weeks=WEEKS, days=st.lists(DAYS, min_size=2, max_size=2))
def test_the_months_add_up_to_the_ask(weeks: Decimal, days: list[date]) -> None:
    first, last = sorted(days)
    shares = by_month(Ask("a", weeks, first, last))
    assert sum(shares.values()) == Fraction(weeks)
    assert list(shares) == list(months_between(first, last))
