"""Whether the background work is alive, as pages and operators see it."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from accounts.models import Heartbeat
from accounts.outbox import waiting_since

BACKGROUND = "background"


@dataclass(frozen=True)
class Banner:
    kind: str
    text: str


def last_sign_of_life() -> datetime | None:
    """When a job that the scheduler sent was last run by a worker."""
    return Heartbeat.objects.filter(name=BACKGROUND).values_list("at", flat=True).first()


def background_is_alive() -> bool:
    seen = last_sign_of_life()
    return seen is not None and timezone.now() - seen <= settings.HEARTBEAT_STALE_AFTER


def note_sign_of_life() -> None:
    Heartbeat.objects.update_or_create(name=BACKGROUND, defaults={"at": timezone.now()})


def banners() -> list[Banner]:
    """Warnings for every page: scores that cannot move just now."""
    if background_is_alive():
        return []
    waits = " Changes are kept, and scores catch up when it returns." if waiting_since() else ""
    return [Banner("warn", f"Background work is not running, so nothing syncs.{waits}")]
