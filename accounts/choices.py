"""Enumerations of accounts; imports nothing of ours."""

from functools import cache
from zoneinfo import available_timezones

from django.db import models


@cache
def time_zones() -> frozenset[str]:
    """Every name in the time zone database; reading it takes a while."""
    return frozenset(available_timezones())


class OrgRole(models.TextChoices):
    ADMIN = "admin", "Administrator"
    FACILITATOR = "facilitator", "Facilitator"
    MEMBER = "member", "Member"


class MoneyAccess(models.TextChoices):
    NONE = "none", "No access"
    SEE = "see", "Can see"
    CHANGE = "change", "Can change"


class UnitRole(models.TextChoices):
    LEAD = "lead", "Lead"
    CONTRIBUTOR = "contributor", "Contributor"
    VIEWER = "viewer", "Viewer"


class TokenScope(models.TextChoices):
    READ = "read", "Read"
    WRITE = "write", "Read and write"


class MailRhythm(models.TextChoices):
    """How often a person wants to be written to about what they were told on the pages."""

    AT_ONCE = "at-once", "Within a few minutes"
    DAILY = "daily", "Once a day, in the morning"
    NEVER = "never", "Never"


class LetterState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    DROPPED = "dropped", "Not needed any more"
    FAILED = "failed", "Could not be sent"


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"
