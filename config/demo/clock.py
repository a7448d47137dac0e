"""Working at another moment, so that the product's own actions note the time of the story."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone


@contextmanager
def clock_at(moment: datetime) -> Iterator[datetime]:
    """Inside the block, `django.utils.timezone.now` says `moment` to the whole process."""
    usual = timezone.now
    timezone.now = lambda: moment
    try:
        yield moment
    finally:
        timezone.now = usual
