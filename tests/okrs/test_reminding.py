"""When a reminder is due on somebody's own clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrs.reminding import GRACE, Hour, Turn, is_current, latest_turn, next_turn

MONDAY, SUNDAY = 0, 6
BERLIN, LOS_ANGELES, KOLKATA = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata")
)
ZONES = [
    "UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Europe/Istanbul",
    "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]  # fmt: skip


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        (BERLIN, utc(2026, 11, 23, 8)),
        (LOS_ANGELES, utc(2026, 11, 23, 17)),
        (KOLKATA, utc(2026, 11, 23, 3, 30)),
    ],
)
def test_nine_on_monday_is_nine_on_the_persons_own_clock(zone: ZoneInfo, moment: datetime) -> None:
    assert latest_turn(Hour(MONDAY, 9, zone), moment) == Turn(date(2026, 11, 23), moment)


def test_a_second_earlier_it_is_still_the_week_before() -> None:
    moment = utc(2026, 11, 23, 8) - timedelta(seconds=1)
    assert latest_turn(Hour(MONDAY, 9, BERLIN), moment).day == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        (date(2026, 3, 22), utc(2026, 3, 22, 8)),  # winter time
        (date(2026, 3, 29), utc(2026, 3, 29, 7)),  # the day on which clocks go forward
        (date(2026, 10, 18), utc(2026, 10, 18, 7)),  # summer time
        (date(2026, 10, 25), utc(2026, 10, 25, 8)),  # the day on which clocks go back
    ],
)
def test_nine_stays_nine_when_clocks_change(day: date, moment: datetime) -> None:
    assert latest_turn(Hour(SUNDAY, 9, BERLIN), moment) == Turn(day, moment)


def test_an_hour_that_is_skipped_comes_an_hour_later() -> None:
    turn = latest_turn(Hour(SUNDAY, 2, BERLIN), utc(2026, 3, 29, 12))
    assert turn.at.astimezone(BERLIN).hour == 3


def test_of_two_equal_hours_the_first_counts() -> None:
    turn = latest_turn(Hour(SUNDAY, 2, BERLIN), utc(2026, 10, 25, 12))
    assert turn.at == utc(2026, 10, 25, 0)


@pytest.mark.parametrize(
    ("late", "current"),
    [(timedelta(0), True), (GRACE - timedelta(seconds=1), True), (GRACE, False)],
)
def test_a_turn_that_was_missed_is_made_good_within_a_day(
    late: timedelta, *, current: bool
) -> None:
    turn = Turn(date(2026, 11, 23), utc(2026, 11, 23, 8))
    assert is_current(turn, turn.at + late) is current


hours = st.builds(Hour, st.integers(0, 6), st.integers(0, 23), st.sampled_from(ZONES).map(ZoneInfo))
moments = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(hour=hours, now=moments)
def test_now_lies_between_two_turns_a_week_apart(hour: Hour, now: datetime) -> None:
    latest, following = latest_turn(hour, now), next_turn(hour, now)
    assert latest.at <= now < following.at
    assert following.day - latest.day == timedelta(days=7)


@given(hour=hours, now=moments)
def test_a_turn_falls_on_the_weekday_that_was_chosen(hour: Hour, now: datetime) -> None:
    assert latest_turn(hour, now).day.weekday() == hour.weekday


@given(hour=hours, now=moments)
def test_looking_every_five_minutes_finds_each_turn_in_time(hour: Hour, now: datetime) -> None:
    following = next_turn(hour, now)
    assert latest_turn(hour, following.at + timedelta(minutes=5)) == following
