"""Days that a text names as deadlines, held against a cycle."""

import re
from calendar import month_abbr, month_name, monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from lib.display import show_day
from okrs.writing.remarks import Code, Remark, Tone

MONTHS = {name.lower(): n for n, name in enumerate(month_name) if name} | {
    name.lower(): n for n, name in enumerate(month_abbr) if name
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?:19|20)\d\d"
# A month, quarter or year is a deadline only after one of these; "May" is also a verb.
_BEFORE = r"\b(?P<word>by|until|till|before|no later than|in|during|for|on)\s+"
_PLACE = r"(?:the\s+)?(?:(?P<part>end|middle|start|beginning)\s+of\s+)?(?:the\s+)?"
_DAY = re.compile(
    rf"(?:{_BEFORE})?(?:the\s+)?(?:"
    rf"(?P<iso>{_YEAR}-\d\d-\d\d)"
    rf"|(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?"
    rf"(?:,?\s+(?P<year>{_YEAR})\b)?"
    rf"|(?P<month2>{_MONTH})\b\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b"
    rf"(?:,?\s+(?P<year2>{_YEAR})\b)?"
    r")",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    rf"{_BEFORE}{_PLACE}(?:"
    rf"q(?P<quarter>[1-4])\b(?:[\s/]+(?:fy\s*)?(?P<quarter_year>{_YEAR}))?"
    rf"|(?P<month>{_MONTH})\b\.?(?:\s+(?P<month_year>{_YEAR}))?"
    rf"|(?P<year>{_YEAR})(?=\s*(?:$|[,.;:)]))"
    r")",
    re.IGNORECASE,
)
# A day before the cycle is a deadline after these, and else may say where a number came from.
_STRICT = frozenset({"by", "until", "till", "before", "no later than"})


@dataclass(frozen=True, slots=True)
class Period:
    """A cycle as the checks need it; both days inclusive."""

    name: str
    starts_on: date
    ends_on: date
    fiscal_year_start: int = 1


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of days that the text names, both inclusive, and the words that name it."""

    words: str
    first: date
    last: date
    is_strict: bool


def without_deadlines(text: str) -> str:
    """The text without the days that it names, so that their numbers count for nothing."""
    return _PERIOD.sub(" ", _DAY.sub(" ", text))


def outside_cycle(text: str, period: Period, *, field: str = "title") -> list[Remark]:
    """A warning for each deadline in the text that the cycle does not hold."""
    return [
        _remark(mention, period, field)
        for mention in mentions(text, period)
        if mention.first > period.ends_on or (mention.is_strict and mention.last < period.starts_on)
    ]


def mentions(text: str, period: Period) -> Iterator[Mention]:
    """Days, months, quarters and years in their order; one without a year is the next one."""
    for found in _DAY.finditer(text):
        on = _day_of(found, period)
        if on is not None:
            yield _mention(found, on, on)
    for found in _PERIOD.finditer(_DAY.sub(lambda match: " " * len(match[0]), text)):
        span = _span_of(found, period)
        if span is not None:
            yield _mention(found, *span)


def _mention(found: re.Match[str], first: date, last: date) -> Mention:
    word = (found["word"] or "").lower()
    words = found[0].strip()
    return Mention(words[len(word) :].strip(), first, last, is_strict=word in _STRICT)


def _day_of(found: re.Match[str], period: Period) -> date | None:
    if found["iso"]:
        return _date(*map(int, found["iso"].split("-")))
    month = MONTHS[(found["month"] or found["month2"]).lower()]
    day = int(found["day"] or found["day2"])
    year = found["year"] or found["year2"]
    return _date(int(year), month, day) if year else _next(month, day, period)


def _next(month: int, day: int, period: Period) -> date | None:
    """The day in the cycle, or the first one after it began."""
    candidates = (_date(period.starts_on.year + n, month, day) for n in range(5))
    return next((on for on in candidates if on and on >= period.starts_on), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _span_of(found: re.Match[str], period: Period) -> tuple[date, date] | None:
    if found["quarter"]:
        return _quarter(int(found["quarter"]), found["quarter_year"], period)
    if found["month"]:
        return _month(MONTHS[found["month"].lower()], found["month_year"], period)
    year = int(found["year"])
    span = date(year, 1, 1), date(year, 12, 31)
    return (span[1], span[1]) if (found["part"] or "").lower() == "end" else span


def _month(month: int, year: str | None, period: Period) -> tuple[date, date] | None:
    if year:
        first = date(int(year), month, 1)
    else:
        began = period.starts_on
        first = date(began.year + (month < began.month), month, 1)
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _quarter(number: int, year: str | None, period: Period) -> tuple[date, date] | None:
    """A quarter of the fiscal year in which the cycle begins, or of the year that is named.

    None for a named fiscal year that begins within a calendar year: some name it after its
    first year, some after its last.
    """
    starts = period.fiscal_year_start
    if year and starts != 1:
        return None
    began = period.starts_on
    first_year = int(year) if year else began.year - (began.month < starts)
    month = starts - 1 + 3 * (number - 1)
    return _first_of(first_year, month), _first_of(first_year, month + 3) - timedelta(days=1)


def _first_of(year: int, months: int) -> date:
    """The first day of the month that lies `months` after January of `year`."""
    return date(year + months // 12, months % 12 + 1, 1)


def _remark(mention: Mention, period: Period, field: str) -> Remark:
    is_late = mention.first > period.ends_on
    ends, begins = show_day(period.ends_on), show_day(period.starts_on)
    edge = f"ends on {ends}" if is_late else f"begins on {begins}"
    return Remark(
        code=Code.OUTSIDE_CYCLE,
        tone=Tone.WARNING,
        field=field,
        seen=f"It names {mention.words}, and {period.name} {edge}.",
        why="What falls outside the cycle cannot be told when the cycle closes.",
        suggestion="Say what will be true by the last day of the cycle, or choose another cycle.",
    )
