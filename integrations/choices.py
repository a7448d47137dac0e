"""Enumerations of the sync; imports nothing of ours."""

from django.db import models


class ConnectionState(models.TextChoices):
    NEW = "new", "Not tried yet"
    WORKING = "working", "Working"
    BROKEN = "broken", "Broken"
    PAUSED = "paused", "Paused"


class CredentialKind(models.TextChoices):
    TOKEN = "token", "Token or key"
    OAUTH = "oauth", "Signed in there"


class SourceState(models.TextChoices):
    NEW = "new", "Not read yet"
    CURRENT = "current", "Current"
    ACCESS_LOST = "access-lost", "Access lost"
    UNOBSERVED = "unobserved", "Not observed"


# A source in one of these states freezes what it feeds.
OUT_OF_SIGHT = (SourceState.ACCESS_LOST, SourceState.UNOBSERVED)


class RunState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    COMPLETE = "complete", "Complete"
    PARTIAL = "partial", "Partial"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Wait(models.TextChoices):
    """What a run waits for until its time comes."""

    LIMIT = "limit", "the service allows no more requests for now"
    RETRY = "retry", "something went wrong, and is tried again"
    TURN = "turn", "other runs of the organisation are at work"


# A run in one of these states is not over.
OPEN_RUNS = (RunState.WAITING, RunState.RUNNING)


class RunTrigger(models.TextChoices):
    SCHEDULE = "schedule", "On schedule"
    PERSON = "person", "On demand"
    SETUP = "setup", "On set-up"
    WEBHOOK = "webhook", "By webhook"


class Measure(models.TextChoices):
    SHARE_OF_ITEMS = "share-of-items", "Share of items done"
    SHARE_OF_POINTS = "share-of-points", "Share of points done"
    COUNT = "count", "Number of items done"
    SUM = "sum-of-field", "Sum of a field over done items"
