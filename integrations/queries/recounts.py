"""What other rules still owe: whether stored items are judged by them, and how far that is."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef

from integrations.models import Connection, Recount, SyncedItem


@dataclass(frozen=True)
class Progress:
    """How far new rules are applied: items judged, of how many, and links whose past is owed.

    `total` is None once all items are judged.
    """

    done: int
    total: int | None
    links: int


def is_judging(connection_id: UUID) -> bool:
    """Whether some stored items are judged by former rules: what they add up to is no number."""
    return Recount.objects.filter(connection=connection_id, link=None).exists()


def progress_of(connection: Connection) -> Progress | None:
    """None when nothing is owed."""
    owed = list(Recount.objects.filter(connection=connection).only("link_id", "items_done"))
    if not owed:
        return None
    judging = next((row for row in owed if row.link_id is None), None)
    links = len(owed) - (judging is not None)
    if judging is None:
        return Progress(0, None, links)
    total = SyncedItem.objects.filter(connection=connection).count()
    return Progress(min(judging.items_done, total), total, links)


def owes_recount() -> Exists:
    """For connections: whether rules are still being applied to what is stored of them."""
    return Exists(Recount.objects.filter(connection=OuterRef("pk")))
