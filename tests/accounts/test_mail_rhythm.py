"""When people are written to, on their own clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.choices import MailRhythm
from accounts.mail_rhythm import mail_moment

BERLIN = ZoneInfo("Europe/Berlin")
# Told at (UTC), clock, and when it may go out once a day (UTC).
DAILY = [
    ("2026-11-02T06:59", "Europe/Berlin", "2026-11-02T07:00"),
    ("2026-11-02T07:00", "Europe/Berlin", "2026-11-03T07:00"),
    ("2026-11-02T20:00", "Europe/Berlin", "2026-11-03T07:00"),
    ("2026-11-02T06:59", "America/Los_Angeles", "2026-11-02T16:00"),
    ("2026-11-02T22:59", "Asia/Tokyo", "2026-11-02T23:00"),
    ("2026-11-02T23:00", "Asia/Tokyo", "2026-11-03T23:00"),
    # The night in which clocks go back, and the one in which they go forward.
    ("2026-10-24T20:00", "Europe/Berlin", "2026-10-25T07:00"),
    ("2026-03-28T20:00", "Europe/Berlin", "2026-03-29T06:00"),
    ("2026-12-31T23:30", "UTC", "2027-01-01T08:00"),
]
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (hypothesis adds the zone)
zones = st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"])


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("told", "zone", "due"), DAILY)
def test_once_a_day_means_the_next_morning_of_the_person(told: str, zone: str, due: str) -> None:
    assert mail_moment(MailRhythm.DAILY, ZoneInfo(zone), utc(told)) == utc(due)


def test_at_once_waits_a_minute_for_what_follows() -> None:
    told = utc("2026-11-02T12:00")
    assert mail_moment(MailRhythm.AT_ONCE, BERLIN, told) == told + timedelta(minutes=1)


def test_never_is_never() -> None:
    assert mail_moment(MailRhythm.NEVER, BERLIN, utc("2026-11-02T12:00")) is None


@given(told=moments, zone=zones)
def test_the_morning_comes_within_a_day_and_at_eight(told: datetime, zone: str) -> None:
    due = mail_moment(MailRhythm.DAILY, ZoneInfo(zone), told)
    assert due is not None
    assert timedelta(0) < due - told <= timedelta(hours=25)
    assert due.astimezone(ZoneInfo(zone)).hour == 8
