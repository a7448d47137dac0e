"""What a sync came to, as tests compare it."""

from decimal import Decimal

from accounts.models import Notification, OutboxEntry
from integrations.models import Link, Observation
from okrs.models import KeyResult


def score_of(key_result: KeyResult) -> Decimal | None:
    key_result.refresh_from_db()
    score: Decimal | None = key_result.score
    return score


def last(link: Link) -> Observation:
    return Observation.objects.filter(link=link).latest("recorded_at")


def told() -> list[str]:
    """What members were told, by the titles of it, in order."""
    return list(Notification.objects.order_by("id").values_list("title", flat=True))


def owed(job: str) -> list[dict[str, str]]:
    """Arguments of the jobs of that name that wait in the outbox."""
    rows = OutboxEntry.objects.filter(job__endswith=f".{job}").order_by("id")
    return list(rows.values_list("arguments", flat=True))
