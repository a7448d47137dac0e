"""The demo's fiscal year, laid around today: its third quarter is always well under way."""

from dataclasses import dataclass
from datetime import date, timedelta

CURRENT = 2


@dataclass(frozen=True)
class Span:
    """A stretch of days, both inclusive."""

    name: str
    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1


def first_of_month(day: date, months: int) -> date:
    """The first day of the month that lies `months` after that of `day`."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def fiscal_year(today: date) -> tuple[Span, list[Span]]:
    """The year and its quarters. The third began with the month before today's."""
    first = first_of_month(today, -1 - 3 * CURRENT)
    label = str(first.year) if first.month == 1 else f"{first.year}/{(first.year + 1) % 100:02}"
    quarters = [
        span(f"Q{number + 1} {label}", first_of_month(first, 3 * number), months=3)
        for number in range(4)
    ]
    return span(label, first, months=12), quarters


def span(name: str, starts_on: date, *, months: int) -> Span:
    return Span(name, starts_on, first_of_month(starts_on, months) - timedelta(days=1))
