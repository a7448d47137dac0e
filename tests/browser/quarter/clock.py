"""The days of the quarter, and the clock that the product reads."""

import time
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

# A year that has not come yet, so that nothing was ever recorded after it became true.
YEAR = timezone.now().year + 1


class Clock:
    """What the product takes for now: nine in the morning of a day, and the time since then."""

    def __init__(self) -> None:
        self.turn_to(date(YEAR, 1, 1))

    def turn_to(self, day: date) -> None:
        self.start = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        self.set_at = time.monotonic()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=time.monotonic() - self.set_at)


def day(month: int, number: int) -> date:
    return date(YEAR, month, number)
