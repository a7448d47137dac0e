"""How numbers, money and dates read."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from lib import display
from okrs.scoring import bands
from okrs.scoring.pace import Pace

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("score", "shown"),
    [
        ("0", "0.00"),
        ("0.625", "0.63"),
        ("0.349", "0.34"),
        ("0.35", "0.35"),
        ("0.849", "0.84"),
        ("1", "1.00"),
        ("1.304", "1.30"),
        ("-0.1", f"{MINUS}0.10"),
    ],
)
def test_a_score_never_reads_as_another_band(score: str, shown: str) -> None:
    assert display.show_score(Decimal(score)) == shown


def test_bands_are_those_of_the_scorer() -> None:
    scores = [Decimal(thousandth) / 1000 for thousandth in range(1001)]
    ours = [display.score_band(score).value for score in scores]
    assert ours == [bands.band_of(score).value for score in scores]


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("band", list(display.Band))
def test_band_words_are_those_of_the_scorer(band: display.Band, final: bool) -> None:
    theirs = bands.band_label(bands.Band(band.value), closed=final)
    assert display.band_words(band, final=final) == theirs


def test_every_pace_has_words() -> None:
    assert {pace.value for pace in Pace} == set(display.PACE_WORDS)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234.5", "1,234.5"),
        ("1000000", "1,000,000"),
        ("0.126", "0.13"),
        ("-0.001", "0"),
        ("-12", f"{MINUS}12"),
        ("100", "100"),
        ("1E+3", "1,000"),
    ],
)
def test_numbers_are_grouped_and_trimmed(value: str, shown: str) -> None:
    assert display.show_number(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 items"),
        (1, "1 item"),
        (Decimal("1.00"), "1 item"),
        (Decimal("0.5"), "0.5 items"),
        (1200, "1,200 items"),
    ],
)
def test_one_thing_takes_no_plural(count: Decimal | int, shown: str) -> None:
    assert display.show_count(count, "item") == shown


def test_asked_for_decimals_are_kept() -> None:
    assert display.show_number(Decimal(3), places=1) == "3.0"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("950", "950"),
        ("999.94", "1,000"),
        ("1250", "1.25k"),
        ("34560", "34.6k"),
        ("999949", "1,000k"),
        ("999950", "1M"),
        ("-2100000", f"{MINUS}2.1M"),
        ("4000000000", "4B"),
        ("0", "0"),
        ("0.5", "0.5"),
    ],
)
def test_compact_numbers_have_three_digits(value: str, shown: str) -> None:
    assert display.show_compact(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1250", "EUR", "\N{EURO SIGN}1,250"),
        ("1250.5", "USD", "$1,250.50"),
        ("-40", "GBP", f"{MINUS}\N{POUND SIGN}40"),
        ("99.6", "JPY", "\N{YEN SIGN}100"),
        ("12", "CHF", f"CHF{SPACE}12"),
    ],
)
def test_money_shows_cents_only_where_there_are_some(
    amount: str, currency: str, shown: str
) -> None:
    assert display.show_money(Decimal(amount), currency) == shown


def test_compact_money_keeps_its_sign_before_the_symbol() -> None:
    assert (
        display.show_money(Decimal(-2_100_000), "EUR", compact=True) == f"{MINUS}\N{EURO SIGN}2.1M"
    )


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("42", "%", "42%"),
        ("1200", "users", f"1,200{SPACE}users"),
        ("1200", "EUR", "€1,200"),
        ("7", "", "7"),
    ],
)
def test_a_value_carries_its_unit(value: str, unit: str, shown: str) -> None:
    assert display.show_value(Decimal(value), unit) == shown


@pytest.mark.parametrize(("share", "shown"), [("0.625", "62.5%"), ("1.3", "130%"), ("0", "0%")])
def test_a_share_reads_as_a_percentage(share: str, shown: str) -> None:
    assert display.show_percent(Decimal(share)) == shown


@pytest.mark.parametrize(
    ("change", "shown"), [("0.1", "+0.1"), ("-0.1", f"{MINUS}0.1"), ("0", "0")]
)
def test_a_change_has_a_sign(change: str, shown: str) -> None:
    assert display.show_change(Decimal(change)) == shown


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        ("31.4", "31 points behind"),
        ("-7", "7 points ahead"),
        ("1", "1 point behind"),
        ("0.4", "as expected"),
        (None, "no pace expected"),
    ],
)
def test_a_gap_is_told_in_points(points: str | None, shown: str) -> None:
    assert display.show_gap(None if points is None else Decimal(points)) == shown


def test_no_data_is_a_dash_and_not_a_zero() -> None:
    shown = [
        display.show_score(None),
        display.show_number(None),
        display.show_compact(None),
        display.show_change(None),
        display.show_percent(None),
        display.show_money(None, "EUR"),
        display.show_value(None, "%"),
        display.show_day(None),
    ]
    assert shown == [DASH] * 8


def test_a_day_has_no_leading_zero() -> None:
    assert display.show_day(date(2026, 11, 4)) == "4 Nov 2026"


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2026, 10, 1), date(2026, 12, 31), f"1 Oct {DASH} 31 Dec 2026"),
        (date(2026, 10, 1), date(2026, 10, 9), f"1 {DASH} 9 Oct 2026"),
        (date(2026, 12, 1), date(2027, 1, 9), f"1 Dec 2026 {DASH} 9 Jan 2027"),
        (date(2026, 12, 1), date(2026, 12, 1), "1 Dec 2026"),
    ],
)
def test_a_span_says_nothing_twice(first: date, last: date, shown: str) -> None:
    assert display.show_span(first, last) == shown


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=27), "27 days ago"),
        (timedelta(days=28), "23 Oct 2026"),
        (timedelta(hours=-3), "in 3 hours"),
    ],
)
def test_a_moment_is_told_in_one_unit(before: timedelta, shown: str) -> None:
    assert display.show_ago(NOW - before, NOW) == shown


@pytest.mark.parametrize(
    ("ahead", "shown"),
    [
        (timedelta(hours=3), "next in 3 hours"),
        (timedelta(minutes=1), "next in 1 minute"),
        (timedelta(seconds=59), "due now"),
        (timedelta(minutes=-3), "due now"),
        (timedelta(days=28), "next 18 Dec 2026"),
    ],
)
def test_what_comes_next_is_told_as_ahead_or_due(ahead: timedelta, shown: str) -> None:
    assert display.show_due(NOW + ahead, NOW) == shown


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (1, "every minute"),
        (15, "every 15 minutes"),
        (60, "every hour"),
        (90, "every 90 minutes"),
        (360, "every 6 hours"),
        (1440, "every day"),
        (10080, "every week"),
    ],
)
def test_an_interval_is_told_in_the_largest_unit_that_is_whole(minutes: int, shown: str) -> None:
    assert display.show_interval(minutes) == shown


def test_what_never_happened_says_never() -> None:
    assert display.show_ago(None, NOW) == "never"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Maya Okafor", "MO"), ("Ana Maria da Costa", "AC"), ("plato", "P"), ("  ", "?"), ("", "?")],
)
def test_initials_are_the_first_and_the_last(name: str, letters: str) -> None:
    assert display.initials(name) == letters
