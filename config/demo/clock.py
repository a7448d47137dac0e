"""Working at another moment, so that the product's own actions note the time of the story."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo

from django.db import connection
from django.utils import timezone


@contextmanager
def clock_at(moment: datetime) -> Iterator[datetime]:
    """Inside the block, `django.utils.timezone.now` says `moment` to the whole process.

    What it reads is replaced, not the function: defaults of models hold the function itself. What
    the database remembers of goals and links is of that moment as well (the setting `app.clock`).
    Wants a transaction.
    """

    class Standing(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz)

    before = database_clock()
    usual = timezone.datetime  # type: ignore[attr-defined]  # imported there
    timezone.datetime = Standing  # type: ignore[attr-defined]
    set_database_clock(moment.isoformat())
    try:
        yield moment
    finally:
        timezone.datetime = usual  # type: ignore[attr-defined]
    set_database_clock(before)


def database_clock() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.clock', true), '')")
        (found,) = cursor.fetchone()
    return str(found)


def set_database_clock(moment: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.clock', %s, true)", [moment])
