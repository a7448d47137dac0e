"""Which cycle, which moment and which address an overview is about."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from okrs.queries.moment import instant
from okrs.queries.scope import CycleChoice, chosen_cycle
from okrs.views.addresses import Address

YEAR = CycleChoice(uuid4(), "2026", date(2026, 1, 1), date(2026, 12, 31), "open")
Q4 = CycleChoice(uuid4(), "Q4", date(2026, 10, 1), date(2026, 12, 31), "open")
Q3 = CycleChoice(uuid4(), "Q3", date(2026, 7, 1), date(2026, 9, 30), "closed")
CYCLES = [Q4, Q3, YEAR]
BERLIN = ZoneInfo("Europe/Berlin")
LATER = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_the_wanted_cycle_is_shown() -> None:
    assert chosen_cycle(CYCLES, Q3.id, date(2026, 11, 1)) is Q3


def test_without_a_wish_the_shortest_running_cycle_is_shown() -> None:
    assert chosen_cycle(CYCLES, None, date(2026, 11, 1)) is Q4


def test_an_open_year_is_preferred_to_a_closed_quarter_of_today() -> None:
    assert chosen_cycle(CYCLES, None, date(2026, 8, 1)) is YEAR


def test_when_nothing_runs_the_newest_cycle_is_shown() -> None:
    assert chosen_cycle(CYCLES, None, date(2027, 5, 1)) is Q4


def test_without_any_cycle_there_is_none_to_show() -> None:
    assert chosen_cycle([], None, date(2026, 11, 1)) is None


@pytest.mark.parametrize(
    ("day", "share"),
    [
        (date(2026, 9, 30), None),
        (date(2026, 10, 1), Decimal(1) / 92),
        (date(2026, 12, 31), Decimal(1)),
        (date(2027, 2, 1), Decimal(1)),
    ],
)
def test_a_cycle_knows_how_much_of_it_has_passed(day: date, share: Decimal | None) -> None:
    assert Q4.elapsed(day) == share


def test_a_day_means_its_end_where_the_organisation_is() -> None:
    end = datetime(2026, 11, 1, 22, 59, 59, 999999, tzinfo=UTC)
    assert instant("2026-11-01", BERLIN, LATER) == end


def test_today_means_now() -> None:
    assert instant("2026-11-20", BERLIN, LATER) == LATER


def test_a_moment_with_a_zone_is_taken_as_it_is() -> None:
    moment = datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert instant("2026-11-01T10:00:00Z", BERLIN, LATER) == moment


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-02-30T10:00", "0001-01-01"])
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 2026-09-30"):
        instant(text, BERLIN, LATER)


@pytest.mark.parametrize("text", ["2026-11-21", "2026-11-20T13:00:00Z"])
def test_what_lies_ahead_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="in the future"):
        instant(text, BERLIN, LATER)


def test_an_address_replaces_a_parameter_and_drops_it_when_empty() -> None:
    address = Address("/o/acme/", (("sort", "name"), ("mine", "1")))
    assert str(address.having(sort="score")) == "/o/acme/?mine=1&sort=score"
    assert str(address.having(sort="")) == "/o/acme/?mine=1"


def test_an_address_takes_a_repeated_value_in_and_out() -> None:
    address = Address("/o/acme/", (("open", "a"),))
    assert str(address.toggled("open", "b")) == "/o/acme/?open=a&open=b"
    assert str(address.toggled("open", "a")) == "/o/acme/"
