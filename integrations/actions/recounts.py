"""Owing what other rules ask for: a row in the database, and a job that is only the quickest way.

Whoever changes rules writes the row in the same transaction. It is carried out in chunks that each
commit where to go on, by a job or by the next run, and deleted with the last of them. Rules that
change again in the middle have it begin anew. A job that got lost is sent again.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import outbox
from integrations.actions.tallies import forget_tallies
from integrations.models import Connection, Link, Recount

JUDGE_JOB = "integrations.tasks.apply_rules"
REPLAY_JOB = "integrations.tasks.replay_link"
# Without a chunk for this long, its job is lost.
FORGOTTEN_AFTER = timedelta(minutes=2)
# Seconds that a job may keep its worker; what is left goes to the back of the queue.
JOB_SECONDS = 20.0

# Name and kind of statuses, name and level of types, by their ids.
Told = Mapping[str, list[Any]]


def owe_judging(
    connection: Connection, statuses: Told | None = None, types: Told | None = None
) -> Recount:
    """Have every stored item judged anew, and told what these statuses and types are now.

    The connection has to be held. Nothing is measured until all items are judged.
    """
    forget_tallies(connection)
    row = Recount.objects.filter(connection=connection, link=None).first()
    row = row or Recount(connection=connection)
    row.after, row.items_done, row.progressed_at = "", 0, timezone.now()
    row.kept = {**row.kept, **(statuses or {})}
    row.types = {**row.types, **(types or {})}
    row.save()
    return row


def owe_past(links: Collection[Link]) -> None:
    """Have the past of links of one connection counted by their present rules. Holds the links."""
    Recount.objects.bulk_create(
        [Recount(connection_id=link.source.connection_id, link=link) for link in links],
        update_conflicts=True,
        unique_fields=["organization", "connection", "link"],
        update_fields=["after", "items_done", "kept", "progressed_at"],
    )


def send(row: Recount) -> None:
    """Hand what is owed to the queue."""
    Recount.objects.filter(pk=row.pk).update(progressed_at=timezone.now())
    if row.link_id is None:
        outbox.enqueue(JUDGE_JOB, connection_id=str(row.connection_id))
    else:
        outbox.enqueue(REPLAY_JOB, link_id=str(row.link_id))


@transaction.atomic
def send_owed(**whose: UUID | None) -> None:
    """Send the rest of what a job began; nothing if it was carried out meanwhile.

    whose: `link_id`, and `connection_id` with a link of None for its items.
    """
    for row in Recount.objects.filter(**whose):
        send(row)


@transaction.atomic
def send_forgotten() -> int:
    """Send again what shows no life; `0020_recounts` says the same in SQL."""
    silent = Recount.objects.filter(progressed_at__lt=timezone.now() - FORGOTTEN_AFTER)
    rows = list(silent.select_for_update(skip_locked=True).order_by("id"))
    for row in rows:
        send(row)
    return len(rows)
