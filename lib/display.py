"""Numbers, scores, money and dates as people read them: rounding happens here, not before."""

from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from lib.decimals import EXACT, rounded

NO_DATA = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_SYMBOLS = {"EUR": "\N{EURO SIGN}", "USD": "$", "GBP": "\N{POUND SIGN}", "JPY": "\N{YEN SIGN}"}
_SCALES = ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k"))
_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86400, 604800
_UNITS = ((_WEEK, "week"), (_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"))


class Band(StrEnum):
    """What a score says; the values are part of class names in the style sheet."""

    SIGNIFICANT_MISS = "significant-miss"
    FELL_SHORT = "fell-short"
    STRONG = "strong"
    FULL = "full"


_FINAL_WORDS = {band: band.value.replace("-", " ") for band in Band}
_EARLY_WORDS = _FINAL_WORDS | {
    Band.SIGNIFICANT_MISS: "low so far",
    Band.FELL_SHORT: "part way",
}
PACE_WORDS = {
    "on-track": "on track",
    "behind": "behind",
    "at-risk": "at risk",
    "outdated": "outdated",
    "none": "no pace",
}


def score_band(score: Decimal) -> Band:
    """The band of a score of 0..1 rounded half up to a tenth: edges at 0.35, 0.65 and 0.85."""
    tenths = rounded(score, 1)
    if tenths <= Decimal("0.3"):
        return Band.SIGNIFICANT_MISS
    if tenths <= Decimal("0.6"):
        return Band.FELL_SHORT
    return Band.STRONG if tenths <= Decimal("0.8") else Band.FULL


def band_words(band: Band, *, final: bool) -> str:
    """A low score is no miss until the cycle is closed."""
    return (_FINAL_WORDS if final else _EARLY_WORDS)[band]


def show_score(score: Decimal | None) -> str:
    """Two decimals, half up, except that 0.349 stays 0.34: 0.35 would promise the next band."""
    if score is None:
        return NO_DATA
    shown = rounded(score, 2)
    if score_band(shown) is not score_band(score):
        shown = score.quantize(Decimal("0.01"), rounding=ROUND_DOWN, context=EXACT)
    return _signed_text(f"{shown:f}")


def show_number(value: Decimal | int | None, *, places: int | None = None) -> str:
    """Grouped by thousands: exactly `places` decimals, or at most two when not given."""
    if value is None:
        return NO_DATA
    text = f"{rounded(Decimal(value), 2 if places is None else places):,f}"
    return _signed_text(_trimmed(text) if places is None else text)


def show_count(count: Decimal | int, noun: str) -> str:
    """A number of things: "1 item", "1,200 items"; of a noun that takes an s."""
    return f"{show_number(count)} {noun}{'' if count == 1 else 's'}"


def show_compact(value: Decimal | int | None) -> str:
    """Three digits and a scale: 950, 1.25k, 34.6M, 1.2B."""
    if value is None:
        return NO_DATA
    amount = Decimal(value)
    for size, suffix in _SCALES:
        # 999,950 and more would round to 1000k.
        if abs(amount) >= size * Decimal("0.99995"):
            return show_number(_three_digits(amount / size)) + suffix
    return show_number(_three_digits(amount))


def show_change(value: Decimal | None, *, places: int | None = None) -> str:
    """A number with its sign: +0.12, or a minus sign."""
    if value is None:
        return NO_DATA
    sign = "+" if value > 0 else ""
    return sign + show_number(value, places=places)


def show_percent(share: Decimal | None, *, places: int | None = None) -> str:
    """A share of 1 as a percentage: 0.625 is 62.5%, 1.3 is 130%."""
    return NO_DATA if share is None else show_number(share * 100, places=places) + "%"


def show_money(amount: Decimal | None, currency: str, *, compact: bool = False) -> str:
    """An amount with its ISO 4217 currency; cents only where there are some."""
    if amount is None:
        return NO_DATA
    whole = amount == amount.to_integral_value() or currency == "JPY"
    digits = abs(amount)
    text = show_compact(digits) if compact else show_number(digits, places=0 if whole else 2)
    symbol = _SYMBOLS.get(currency, currency + _NO_BREAK_SPACE)
    return f"{_MINUS if amount < 0 else ''}{symbol}{text}"


def is_currency(unit: str) -> bool:
    """Whether the unit is written as a sign before the number."""
    return unit in _SYMBOLS


def show_value(value: Decimal | None, unit: str = "") -> str:
    """A measured value and the name of its unit: "42%", "1,200 users", "€3,700"."""
    if value is None:
        return NO_DATA
    if is_currency(unit):
        return show_money(value, unit)
    if unit == "%":
        return show_number(value) + unit
    return f"{show_number(value)}{_NO_BREAK_SPACE}{unit}" if unit else show_number(value)


def show_gap(points: Decimal | None) -> str:
    """Points of 0..100 between expected and actual progress, above 0 is behind."""
    if points is None:
        return "no pace expected"
    whole = rounded(points, 0)
    if whole == 0:
        return "as expected"
    noun = "point" if abs(whole) == 1 else "points"
    return f"{abs(whole)} {noun} {'behind' if whole > 0 else 'ahead'}"


def show_day(day: date | None) -> str:
    """A calendar date: 4 Nov 2026."""
    return NO_DATA if day is None else f"{day.day} {day:%b %Y}"


def show_span(first: date, last: date) -> str:
    """Two dates, both included, with nothing said twice: 1 Oct - 31 Dec 2026."""
    if first == last:
        return show_day(last)
    start = show_day(first)
    if first.year == last.year:
        start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return f"{start} {NO_DATA} {show_day(last)}"


def show_ago(moment: datetime | None, now: datetime) -> str:
    """How long ago in one unit, down to the minute; a plain date after four weeks."""
    if moment is None:
        return "never"
    seconds = int((now - moment).total_seconds())
    if abs(seconds) < _MINUTE:
        return "just now"
    if abs(seconds) >= 28 * _DAY:
        return show_day(moment.date())
    span = _in_one_unit(abs(seconds))
    return f"{span} ago" if seconds > 0 else f"in {span}"


def show_due(moment: datetime, now: datetime) -> str:
    """When something comes next, as the end of a sentence on how often it does."""
    is_ahead = (moment - now).total_seconds() >= _MINUTE
    return f"next {show_ago(moment, now)}" if is_ahead else "due now"


def show_interval(minutes: int) -> str:
    """How often something comes, in the largest unit that is whole."""
    seconds = minutes * _MINUTE
    size, noun = next((size, noun) for size, noun in _UNITS if seconds % size == 0)
    count = seconds // size
    return f"every {noun}" if count == 1 else f"every {show_count(count, noun)}"


def initials(name: str) -> str:
    """First letters of the first and the last word, in capitals; "?" for no name."""
    words = name.split()
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [name.strip()[:1]]
    return "".join(letters).upper() or "?"


def _in_one_unit(seconds: int) -> str:
    for size, noun in _UNITS[1:]:
        if seconds >= size:
            return show_count(seconds // size, noun)
    raise ValueError("less than a minute")


def _three_digits(value: Decimal) -> Decimal:
    return rounded(value, max(0, 2 - max(value.adjusted(), 0)))


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _signed_text(text: str) -> str:
    return text.replace("-", _MINUS)
