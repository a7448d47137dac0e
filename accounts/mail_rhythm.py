"""When a person is written to: arithmetic on clocks, without rows."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.choices import MailRhythm

# What is said in one breath goes out together.
GATHERING = timedelta(minutes=1)
# Between two letters to one person who wants them at once.
PAUSE = timedelta(minutes=15)
MORNING = time(8)


def mail_moment(rhythm: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When something told at `now` may go out by e-mail; None for never.

    The morning is eight o'clock on the person's clock, today's if it is still to come.
    """
    if rhythm == MailRhythm.NEVER:
        return None
    return next_morning(zone, now) if rhythm == MailRhythm.DAILY else now + GATHERING


def next_morning(zone: ZoneInfo, now: datetime) -> datetime:
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), MORNING, zone)
    if today > local:
        return today
    return datetime.combine(local.date() + timedelta(days=1), MORNING, zone)
