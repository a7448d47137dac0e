"""What was renamed there, or has another meaning by now: no item there says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from integrations.actions.items import FOLLOW_NAMES, follow
from integrations.actions.pages import Turn, hold
from integrations.actions.tallies import forget_tallies
from integrations.models import ItemVersion, Source, SyncedItem
from integrations.payloads import pack
from integrations.ports import RemoteStatus, Vocabulary
from integrations.providers.counting import classify, is_leaf
from integrations.rules import item_of, rules_of_connection

BATCH = 1000
Known = dict[str, list[str]]


def known(vocabulary: Vocabulary) -> Known:
    """Name and kind of each status, by its id."""
    return {status.remote_id: [status.name, status.kind] for status in vocabulary.statuses}


@transaction.atomic
def take_vocabulary(turn: Turn, vocabulary: Vocabulary) -> None:
    """Store what statuses are called and mean now, also on the items that are in them."""
    connection = hold(turn)
    present: Known = known(vocabulary)
    if present == connection.vocabulary:
        return
    changed = [
        status
        for status in vocabulary.statuses
        if connection.vocabulary.get(status.remote_id) != present[status.remote_id]
    ]
    if connection.vocabulary:
        restate(turn, {status.remote_id: status for status in changed})
    connection.vocabulary = present
    connection.save(update_fields=["vocabulary"])


@transaction.atomic
def newest_watermark(connection_id: UUID) -> datetime | None:
    """The last change that any source was read up to; None before the first reading.

    Every run asks for names before it reads: what projects were renamed to before this, one of them
    was told.
    """
    sources = Source.objects.filter(connection=connection_id, archived_at=None)
    newest: datetime | None = sources.aggregate(newest=Max("watermark"))["newest"]
    return newest


@transaction.atomic
def take_project_names(turn: Turn, names: Mapping[str, str]) -> None:
    """Call the items of projects by the names, by id, that these have now."""
    hold(turn)
    follow(turn.run.connection_id, FOLLOW_NAMES, {it: name[:160] for it, name in names.items()})


def restate(turn: Turn, statuses: Mapping[str, RemoteStatus]) -> None:
    rules = rules_of_connection(turn.run.connection)
    items = SyncedItem.objects.filter(
        connection=turn.run.connection_id, status_id__in=list(statuses)
    ).order_by("id")
    last = None
    while batch := list((items.filter(id__gt=last) if last else items)[:BATCH]):
        last = batch[-1].pk
        changed = [row for row in batch if restated(row, statuses[row.status_id])]
        for row in changed:
            item = item_of(row.facts)
            row.is_leaf, row.category = is_leaf(item, rules), classify(item, rules).value
        columns = ["facts", "status_name", "is_leaf", "category"]
        SyncedItem.objects.bulk_update(changed, columns)
        ItemVersion.objects.bulk_create(
            ItemVersion(item=row, run=turn.run, body=pack(item_of(row.facts), None))
            for row in changed
        )
        turn.run.changed += len(changed)
        turn.stored()
    forget_tallies(turn.run.connection)


def restated(row: SyncedItem, status: RemoteStatus) -> bool:
    """Put the status' present name and kind into the facts; whether that changed them."""
    told: dict[str, Any] = {"status_name": status.name, "status_kind": status.kind}
    if {name: row.facts.get(name) for name in told} == told:
        return False
    row.facts = {**row.facts, **told}
    row.status_name = status.name[:120]
    return True
