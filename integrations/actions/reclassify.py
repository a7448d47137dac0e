"""New rules of a connection, applied to everything that is stored of it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts import outbox
from integrations.actions.links import REPLAY_JOB
from integrations.actions.measures import observe_now
from integrations.models import Connection, Link, SyncedItem
from integrations.ports import DoneRules
from integrations.providers.counting import classify, is_leaf
from integrations.rules import item_of, rules_of_connection

BATCH = 1000


@transaction.atomic
def apply_rules(connection_id: UUID) -> None:
    """Judge the stored items by the connection's present rules, and move what they feed.

    Holds the connection, so that no page of a run is stored by the old rules meanwhile.
    """
    connection = Connection.objects.select_for_update().get(pk=connection_id)
    reclassify(connection, rules_of_connection(connection))
    links = Link.objects.filter(source__connection=connection, archived_at=None)
    links.update(line=F("line") + 1)
    for link_id in links.values_list("pk", flat=True):
        outbox.enqueue(REPLAY_JOB, link_id=str(link_id))
    observe_now(list(links.select_related("source__connection")), requested_by=None)


def reclassify(connection: Connection, rules: DoneRules) -> None:
    items = SyncedItem.objects.filter(connection=connection).only("is_leaf", "category", "facts")
    changed = changed_by(rules, items.iterator(chunk_size=BATCH))
    while batch := list(islice(changed, BATCH)):
        SyncedItem.objects.bulk_update(batch, ["is_leaf", "category"])


def changed_by(rules: DoneRules, items: Iterable[SyncedItem]) -> Iterator[SyncedItem]:
    """The items that the rules judge otherwise than before."""
    for row in items:
        item = item_of(row.facts)
        judged = (is_leaf(item, rules), classify(item, rules).value)
        if judged != (row.is_leaf, row.category):
            row.is_leaf, row.category = judged
            yield row
