"""Working at another moment, so that the product's own actions note the time of the story."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo

from django.utils import timezone


@contextmanager
def clock_at(moment: datetime) -> Iterator[datetime]:
    """Inside the block, `django.utils.timezone.now` says `moment` to the whole process.

    What it reads is replaced, not the function: defaults of models hold the function itself.
    """

    class Standing(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz)

    usual = timezone.datetime  # type: ignore[attr-defined]  # imported there
    timezone.datetime = Standing  # type: ignore[attr-defined]
    try:
        yield moment
    finally:
        timezone.datetime = usual  # type: ignore[attr-defined]
