"""Whether the background work is alive, as pages and operators see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounts.choices import LetterState
from accounts.models import Heartbeat, Letter
from accounts.outbox import waiting_since

# Names under which the kinds of workers show life.
BACKGROUND, SYNCS, CHORES = "background", "syncs", "chores"
SIGNS_OF_LIFE = "SELECT name, at FROM accounts_heartbeat"
LOOK_BACK = timedelta(days=7)
# No mail server is that slow: the worker died while it was sending.
BROKEN_OFF_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Banner:
    tone: str
    title: str
    text: str


def signs_of_life() -> dict[str, datetime]:
    """When a job that the scheduler sent was last run by each kind of worker."""
    with connection.cursor() as cursor:
        cursor.execute(SIGNS_OF_LIFE)
        return dict(cursor.fetchall())


def is_recent(seen: datetime | None) -> bool:
    return seen is not None and timezone.now() - seen <= settings.HEARTBEAT_STALE_AFTER


def background_is_alive() -> bool:
    return is_recent(signs_of_life().get(BACKGROUND))


def note_sign_of_life(name: str) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def banners(seen: Mapping[str, datetime]) -> list[Banner]:
    """Warnings for every page, by when workers were seen: scores that cannot move just now."""
    if not is_recent(seen.get(BACKGROUND)):
        waits = " Changes are kept, and scores catch up when it returns." if waiting_since() else ""
        title = "Background work is not running."
        return [Banner("warn", title, f"Nothing syncs until it does.{waits}")]
    if not is_recent(seen.get(SYNCS)):
        text = "Values from other services stand still until they do. Everything else goes on."
        return [Banner("warn", "Syncs are not running.", text)]
    return []


@dataclass(frozen=True)
class Vital:
    """One thing that must be alive, and what is known of it; `at` is when it was last seen."""

    name: str
    is_well: bool
    text: str
    at: datetime | None = None


def vitals() -> list[Vital]:
    """Each kind of workers, the queue, the waiting work, mail and the database, as of now."""
    seen = signs_of_life()
    of_kinds = [background(seen.get(BACKGROUND)), syncs(seen.get(SYNCS)), chores(seen.get(CHORES))]
    return [*of_kinds, queue(), outbox_state(), mail(), database()]


def background(seen: datetime | None) -> Vital:
    alive = is_recent(seen)
    text = "Jobs run on time." if alive else "No job has run lately: start the worker and beat."
    return Vital("Background work", alive, text, seen)


def syncs(seen: datetime | None) -> Vital:
    alive = is_recent(seen)
    trouble = "Nothing is read from other services: start the worker for syncs and beat."
    return Vital("Syncs", alive, "Other services are read." if alive else trouble, seen)


def chores(seen: datetime | None) -> Vital:
    alive = is_recent(seen)
    trouble = "Nobody is reminded or gets mail: start the worker for chores and beat."
    return Vital("Reminders and mail", alive, "They go out on time." if alive else trouble, seen)


def queue() -> Vital:
    if not queue_answers():
        return Vital("Queue", is_well=False, text="It does not answer; work waits in the database.")
    return Vital("Queue", is_well=True, text="It answers.")


def queue_answers() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        with client:
            client.ping()
    except (redis.RedisError, OSError):
        return False
    return True


def outbox_state() -> Vital:
    since = waiting_since()
    late = since is not None and timezone.now() - since > settings.HEARTBEAT_STALE_AFTER
    text = "Changes wait to be worked on." if since else "Nothing waits."
    return Vital("Work that waits", not late, text, since)


def mail() -> Vital:
    """Letters of the last week that nobody got, or of which nobody knows whether they did."""
    now = timezone.now()
    broken_off = Q(state=LetterState.SENDING, begun_at__lt=now - BROKEN_OFF_AFTER)
    lost = Letter.objects.filter(created_at__gte=now - LOOK_BACK)
    lost = lost.filter(Q(state=LetterState.FAILED) | broken_off)
    last = lost.order_by("-created_at").first()
    if last is None:
        return Vital("Mail", is_well=True, text="Every letter of the last week was handed over.")
    count = lost.count()
    letters = "One letter" if count == 1 else f"{count} letters"
    reason = f" The last trouble: {last.error}" if last.error else ""
    text = f"{letters} of the last week did not get through.{reason}"
    return Vital("Mail", is_well=False, text=text, at=last.created_at)


def database() -> Vital:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_user")
        version, role = cursor.fetchone()
    return Vital("Database", is_well=True, text=f"PostgreSQL {version}, connected as {role}.")
