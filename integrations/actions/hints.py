"""Asking the service what became of the items that webhooks named."""

import logging
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from integrations.actions.census import part_of
from integrations.actions.items import store_items
from integrations.actions.measures import observe_links
from integrations.actions.pages import Turn, hold, note_page, selection_of
from integrations.actions.tallies import departures, follow_changes
from integrations.choices import SourceState
from integrations.models import Link, Source, SourceItem, SyncedItem, WebhookDelivery
from integrations.ports import (
    AccessLost,
    ListIncomplete,
    Page,
    ProviderError,
    RemoteUnavailable,
    SelectionRefused,
    UnexpectedReply,
)
from integrations.rules import rules_of_connection

logger = logging.getLogger(__name__)
# What stands against reading these items, and not against the credential or the number of requests.
OF_ITEMS = (AccessLost, ListIncomplete, SelectionRefused, UnexpectedReply)
SETBACKS = (*OF_ITEMS, RemoteUnavailable)
# What the service said of deliveries whose items it refuses, by their ids.
Refused = dict[UUID, ProviderError]

# So many are asked for and settled in one step, also where each is a request of its own.
AT_A_TIME = 25


def follow_hints(turn: Turn) -> None:
    """Read the items that deliveries named before the run began and nobody asked for since.

    What comes meanwhile is for the next run: where deliveries never cease, each run ends. An item
    that is refused by itself keeps no others back; its delivery is followed again by the next run,
    and why it was refused is raised at the end.
    """
    of_run = {"received_at__lte": turn.run.started_at}
    refused: Refused = {}
    while deliveries := waiting(turn, besides=refused, **of_run):
        refused |= follow_some(turn, deliveries)
        turn.rest()
    for error in refused.values():
        raise error


def follow_first(turn: Turn) -> None:
    """A step's worth before a turn of a reading, which finds what they tell by itself.

    Nothing of theirs keeps it from reading. What is left is for a run of its own.
    """
    deliveries = waiting(turn)
    if not deliveries:
        return
    try:
        for error in follow_some(turn, deliveries).values():
            raise error
    except SETBACKS as error:
        logger.warning("what deliveries named was not read: %s", error)


def follow_some(turn: Turn, deliveries: list[WebhookDelivery]) -> Refused:
    """Settle deliveries, but for those whose items are refused by themselves."""
    removed = {it.remote_id for it in deliveries if it.removed}
    try:
        read_named(turn, {it.remote_id for it in deliveries}, removed)
    except OF_ITEMS as error:
        return one_by_one(turn, deliveries) if len(deliveries) > 1 else {deliveries[0].pk: error}
    settle(turn, [it.pk for it in deliveries])
    return {}


def one_by_one(turn: Turn, deliveries: list[WebhookDelivery]) -> Refused:
    """As `follow_some`; raises what is said of each of them, for then it is not about an item."""
    refused: Refused = {}
    for delivery in deliveries:
        refused |= follow_some(turn, [delivery])
    if len(refused) == len(deliveries):
        raise next(iter(refused.values()))
    return refused


@transaction.atomic
def waiting(turn: Turn, *, besides: Collection[UUID] = (), **among: Any) -> list[WebhookDelivery]:
    rows = WebhookDelivery.objects.filter(
        webhook__connection=turn.run.connection_id, settled_at=None, **among
    ).exclude(pk__in=list(besides))
    return list(rows.order_by("id")[:AT_A_TIME])


@transaction.atomic
def settle(turn: Turn, ids: list[UUID]) -> None:
    hold(turn)
    WebhookDelivery.objects.filter(pk__in=ids).update(settled_at=timezone.now())
    turn.run.attempts = 0


def read_named(turn: Turn, remote_ids: set[str], removed: set[str]) -> None:
    sources = sources_in_sight(turn)
    if not sources:
        return
    found: set[str] = set()
    for page in turn.provider.items(selection_of(sources[0]), sorted(remote_ids)):
        keep_where_it_belongs(turn, sources, page)
        found |= {item.remote_id for item in page.items}
        found |= {record.remote_id for record in page.quarantined if record.remote_id}
    drop_removed(turn, removed - found)
    observe_touched(turn, remote_ids)


@transaction.atomic
def sources_in_sight(turn: Turn) -> list[Source]:
    """Sources that were read once; others are read whole by the next poll."""
    connection = hold(turn)
    sources = list(
        Source.objects.filter(
            connection=connection, archived_at=None, state=SourceState.CURRENT
        ).order_by("id")
    )
    for source in sources:
        source.connection = connection
    return sources


@transaction.atomic
def keep_where_it_belongs(turn: Turn, sources: list[Source], page: Page) -> None:
    """Store items in the sources that hold them, or select them by project or team.

    Whether a new item matches a query only the service can say: the poll brings it. It also brings
    a record that cannot be read and that no source holds.
    """
    connection = hold(turn)
    rules = rules_of_connection(connection)
    for source in sources:
        store_items(turn.run, source, part_of(source, page), rules)
    turn.run.requests += page.requests
    note_page(turn, page)


@transaction.atomic
def drop_removed(turn: Turn, remote_ids: set[str]) -> None:
    """What the service said it deleted, and does not know any more, is gone."""
    hold(turn)
    now = timezone.now()
    items = SyncedItem.objects.filter(
        connection=turn.run.connection_id, remote_id__in=remote_ids, gone_at=None
    )
    places = SourceItem.objects.filter(item__in=items, left_at=None)
    changes = departures(places)
    places.update(left_at=now)
    turn.run.gone += items.update(gone_at=now)
    follow_changes(turn.run.connection_id, changes)
    turn.stored()


@transaction.atomic
def observe_touched(turn: Turn, remote_ids: set[str]) -> None:
    """Measure the links of the sources that hold the items, or held them until now."""
    hold(turn)
    touched = SourceItem.objects.filter(
        item__connection=turn.run.connection_id, item__remote_id__in=remote_ids
    )
    links = Link.objects.filter(
        source__in=touched.values("source_id"),
        source__state=SourceState.CURRENT,
        archived_at=None,
    ).select_related("source__connection")
    observe_links(turn.run, list(links))
