"""New rules of a connection, applied to everything that is stored of it, a chunk at a time.

A status that came to mean something else there, or a type that moved to another level, is such a
rule, too: no item says so.
"""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from integrations.actions.held import hold_connection
from integrations.actions.measures import observation_run, observe_links
from integrations.actions.pages import Turn, hold
from integrations.actions.recounts import JOB_SECONDS, send, send_owed
from integrations.choices import SourceState
from integrations.models import Connection, ItemVersion, Link, Recount, SyncedItem, SyncRun
from integrations.payloads import pack
from integrations.ports import DoneRules
from integrations.providers.counting import classify, is_leaf
from integrations.rules import item_of, rules_of_connection

BATCH = 1000


def apply_rules(connection_id: UUID) -> None:
    """Judge the stored items by the connection's present rules, and move what they feed."""
    until = time.monotonic() + JOB_SECONDS
    while judge_some(connection_id):
        if time.monotonic() >= until:
            send_owed(connection_id=connection_id, link_id=None)
            return


def judge_owed(turn: Turn) -> None:
    """Carry out in a run what is owed, before it measures anything."""
    while judge_some(turn.run.connection_id, turn):
        turn.rest()


@transaction.atomic
def judge_some(connection_id: UUID, turn: Turn | None = None) -> bool:
    """Judge the next items; False when nothing is owed any more.

    Holds the connection, so that its rules stand still and no page of a run is stored meanwhile.
    """
    connection = hold(turn) if turn else hold_connection(connection_id)
    owed = Recount.objects.filter(connection=connection, link=None).first()
    if owed is None:
        return False
    stored = SyncedItem.objects.filter(connection=connection, remote_id__gt=owed.after)
    rows = list(stored.order_by("remote_id")[:BATCH])
    if not rows:
        owed.delete()
        measure_judged(connection, turn)
        return False
    restated = rejudge(rows, owed, rules_of_connection(connection))
    if restated:
        keep_restated(connection, restated, turn)
    owed.after, owed.progressed_at = rows[-1].remote_id, timezone.now()
    owed.items_done += len(rows)
    owed.save(update_fields=["after", "progressed_at", "items_done"])
    if turn:
        turn.stored()
    return True


def rejudge(rows: Sequence[SyncedItem], owed: Recount, rules: DoneRules) -> list[SyncedItem]:
    """Store what items count as by now; those whose status or type is another than before."""
    changed, others = [], []
    for row in rows:
        is_restated = restate(row, owed)
        item = item_of(row.facts)
        judged = (is_leaf(item, rules), classify(item, rules).value)
        is_judged = judged != (row.is_leaf, row.category)
        row.is_leaf, row.category = judged
        if is_restated:
            changed.append(row)
        elif is_judged:
            others.append(row)
    SyncedItem.objects.bulk_update(changed, ["facts", "kind", "status_name", "is_leaf", "category"])
    SyncedItem.objects.bulk_update(others, ["is_leaf", "category"])
    return changed


def restate(row: SyncedItem, owed: Recount) -> bool:
    """Put into an item what its status and its type are by now; whether that changed it."""
    told: dict[str, Any] = {}
    if status := owed.kept.get(row.status_id):
        told["status_name"], told["status_kind"] = status
    if kind := owed.types.get(row.facts["type_id"]):
        told["type_name"], told["level"] = kind
    if all(row.facts[name] == value for name, value in told.items()):
        return False
    row.facts = {**row.facts, **told}
    row.status_name, row.kind = row.facts["status_name"][:120], row.facts["type_name"][:80]
    return True


def keep_restated(connection: Connection, rows: Sequence[SyncedItem], turn: Turn | None) -> None:
    """Keep what the items are by now as versions, of the run that is on or was the last one."""
    run = turn.run if turn else SyncRun.objects.filter(connection=connection).latest("id")
    ItemVersion.objects.bulk_create(
        ItemVersion(item=row, run=run, body=pack(item_of(row.facts), None)) for row in rows
    )
    run.changed += len(rows)
    if turn is None:
        run.save(update_fields=["changed"])


def measure_judged(connection: Connection, turn: Turn | None) -> None:
    """Measure what is in sight, and have the past of links counted that have other rules."""
    links = Link.objects.filter(source__connection=connection, archived_at=None)
    in_sight = links.filter(source__state=SourceState.CURRENT)
    current = list(in_sight.select_related("source__connection"))
    if current:
        run = turn.run if turn else observation_run(connection.pk, requested_by=None)
        observe_links(run, current)
        run.save(update_fields=["values_written"])
    for owed in Recount.objects.filter(link__in=links):
        send(owed)
