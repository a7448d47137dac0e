"""Finding what was deleted: a round over every id that a source holds now.

Nothing tells a reader of changes that an item is gone. A census counts every id; what a whole
round did not meet is asked for by itself, because a list may lag behind, and an item that left the
selection is not a deleted one. When too much is missing at once, nothing is believed: losing a
permission looks the same as a deletion.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from msgspec.structs import replace

from accounts.tenancy import current_organization_id
from integrations.actions.items import freeze_source
from integrations.actions.pages import Turn, hold, keep_items, leads_nowhere, selection_of
from integrations.actions.tallies import departures, follow_changes, verify
from integrations.choices import OUT_OF_SIGHT, SourceState
from integrations.models import Source, SourceItem, SyncedItem
from integrations.ports import (
    IdPage,
    Item,
    Page,
    PlaceLost,
    Selection,
    SourceKind,
)
from integrations.providers.paging import fingerprint
from lib.display import show_count

# As many are believed whatever their share, as long as more than half are left.
FEW = 3
CHUNK = 100
# The index of a service lags behind its records: what changed just now may not be listed yet.
INDEX_LAG = timedelta(minutes=10)
MEET = """
UPDATE integrations_sourceitem m SET generation = %(generation)s
FROM integrations_synceditem i
WHERE m.organization_id = %(org)s AND m.source_id = %(source)s AND m.left_at IS NULL
  AND m.generation < %(generation)s
  AND i.organization_id = %(org)s AND i.id = m.item_id AND i.remote_id = ANY(%(ids)s::text[])
"""
STRANGERS = """
SELECT asked.id FROM unnest(%(ids)s::text[]) AS asked(id) WHERE NOT EXISTS (
    SELECT FROM integrations_synceditem i JOIN integrations_sourceitem m
      ON m.organization_id = %(org)s AND m.item_id = i.id AND m.source_id = %(source)s
     AND m.left_at IS NULL
    WHERE i.organization_id = %(org)s AND i.connection_id = %(connection)s
      AND i.remote_id = asked.id AND i.gone_at IS NULL)
"""


def is_due(source: Source) -> bool:
    """Whether the source is to be counted in this run; a first reading is a census by itself."""
    if source.last_complete_at is None:
        return False
    if source.state in OUT_OF_SIGHT or source.shrink_accepted or source.census_checkpoint:
        return True
    return source.censused_at is None or source.censused_at <= timezone.now() - pause_of(source)


def pause_of(source: Source) -> timedelta:
    """Between two censuses. Where items leave without a change that tells, they are more frequent.

    An item tells which project and team it is in, and not which queries it matches.
    """
    connection = source.connection
    if source.kind in {SourceKind.PROJECT, SourceKind.TEAM}:
        return timedelta(hours=connection.census_hours)
    return timedelta(hours=connection.hours_between_query_censuses)


def take_census(turn: Turn, source: Source) -> bool:
    """Count the source; False when so much is missing that nothing of it is believed."""
    begin(turn, source)
    selection = selection_of(source)
    if source.census_checkpoint != through(selection):
        list_ids(turn, source, selection)
    missing = missing_ids(source)
    lost = count_lost(turn, source, missing)
    if is_shrink(source, lost) and not is_accepted(source, lost):
        disbelieve(turn, source, lost)
        return False
    for number, ids in enumerate(in_chunks(missing)):
        if number:
            turn.rest()
        sort_out(turn, source, ids)
    conclude(turn, source)
    return True


def through(selection: Selection) -> str:
    """The checkpoint of a round that met every id of the selection: what is missing is asked for.

    No service makes one like it. Each chunk that was sorted out counts as met, so a round that
    stops between two chunks goes on with those that are left.
    """
    return f"through {fingerprint(selection)}"


def list_ids(turn: Turn, source: Source, selection: Selection) -> None:
    """Meet every id; a round that leads nowhere is forgotten."""
    stored = source.census_checkpoint
    try:
        for page in turn.provider.census(selection, checkpoint=stored):
            fetch(turn, source, strangers(source, page.remote_ids))
            keep_ids(turn, source, page, page.checkpoint or through(selection))
            if not page.last:
                turn.rest()
    except PlaceLost as error:
        if leads_nowhere(error, stored, source.census_checkpoint):
            give_up(turn, source)
        raise


@transaction.atomic
def give_up(turn: Turn, source: Source) -> None:
    """Forget the round that is under way; the next one meets every id anew."""
    hold(turn)
    source.census_checkpoint = None
    source.save(update_fields=["census_checkpoint"])


@transaction.atomic
def begin(turn: Turn, source: Source) -> None:
    """Begin a round, unless one is under way."""
    hold(turn)
    if source.census_checkpoint is None:
        source.generation += 1
        source.census_started_at = timezone.now()
        source.save(update_fields=["generation", "census_started_at"])


@transaction.atomic
def strangers(source: Source, ids: Sequence[str]) -> list[str]:
    """Ids that the source holds there and not here."""
    with database.cursor() as cursor:
        cursor.execute(STRANGERS, {**place_of(source), "ids": list(ids)})
        return [row[0] for row in cursor.fetchall()]


def fetch(turn: Turn, source: Source, ids: Sequence[str]) -> None:
    if ids:
        for page in turn.provider.items(selection_of(source), ids):
            keep_items(turn, source, page)


@transaction.atomic
def keep_ids(turn: Turn, source: Source, page: IdPage, checkpoint: str) -> None:
    hold(turn)
    meet(source, page.remote_ids)
    source.census_checkpoint = checkpoint
    source.save(update_fields=["census_checkpoint"])
    turn.run.requests += page.requests
    turn.stored()


def meet(source: Source, ids: Sequence[str]) -> None:
    with database.cursor() as cursor:
        cursor.execute(MEET, {**place_of(source), "ids": list(ids)})


def place_of(source: Source) -> dict[str, Any]:
    return {
        "org": current_organization_id(),
        "source": source.pk,
        "connection": source.connection_id,
        "generation": source.generation,
    }


@transaction.atomic
def missing_ids(source: Source) -> list[str]:
    """Ids of members that the round did not meet and that were there when it began."""
    missing = standing_members(source).filter(
        generation__lt=source.generation, created_at__lt=source.census_started_at
    )
    return list(missing.values_list("item__remote_id", flat=True))


def standing_members(source: Source) -> QuerySet[SourceItem]:
    return SourceItem.objects.filter(source=source, left_at=None, item__gone_at=None)


def count_lost(turn: Turn, source: Source, missing: list[str]) -> int:
    """How many are neither listed nor there: not those that only left what is followed.

    They are asked for only where that decides, and not when there are more than a request is for.
    """
    if len(missing) > CHUNK or not is_shrink(source, len(missing)):
        return len(missing)
    lost = set(missing)
    for page in turn.provider.items(selection_of(source), missing):
        lost -= {item.remote_id for item in page.items}
        lost -= {record.remote_id for record in page.quarantined if record.remote_id}
    return len(lost)


@transaction.atomic
def is_shrink(source: Source, missing: int) -> bool:
    """Whether more is missing than a source loses in a day's work."""
    known = standing_members(source).count()
    if missing == known:
        return missing > 0
    if missing <= FEW and missing * 2 < known:
        return False
    percent: int = source.connection.shrink_percent
    return missing * 100 > known * percent


def is_accepted(source: Source, missing: int) -> bool:
    """Whether a person said so of as many: what went missing since may be hidden as well."""
    accepted: int = source.missing_count
    return source.shrink_accepted and missing <= accepted


@transaction.atomic
def disbelieve(turn: Turn, source: Source, missing: int) -> None:
    """Freeze the source until a later census finds the items, or a person says they are gone."""
    hold(turn)
    source.missing_count = missing
    known = standing_members(source).count()
    problem = (
        f"{missing} of {show_count(known, 'item')} cannot be found: deleted, or hidden from the"
        " account that reads"
    )
    source.census_checkpoint, source.shrink_accepted = None, False
    source.save(update_fields=["census_checkpoint", "shrink_accepted"])
    freeze_source(turn.run, source, SourceState.UNOBSERVED, problem)


def in_chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def sort_out(turn: Turn, source: Source, ids: list[str]) -> None:
    """Ask for missing items by themselves: moved, archived, not listed yet, or gone."""
    found: dict[str, Item] = {}
    unreadable: set[str] = set()
    for page in turn.provider.items(selection_of(source), ids):
        keep_items(turn, source, page)
        found |= {item.remote_id: item for item in page.items}
        unreadable |= {record.remote_id for record in page.quarantined if record.remote_id}
    now = timezone.now()
    settled = [item for item in found.values() if not is_fresh(item, now)]
    apart = [item.remote_id for item in settled if not belongs(source, item)]
    archived = [item.remote_id for item in settled if belongs(source, item)]
    gone = [it for it in ids if it not in found and it not in unreadable]
    conclude_chunk(turn, source, ids, apart=apart, archived=archived, gone=gone)


def belongs(source: Source, item: Item) -> bool:
    """Whether the item is of the project or team that the source follows, listed or not."""
    if item.deleted:
        return False
    if source.kind == SourceKind.PROJECT:
        return item.project_remote_id == source.remote_id
    return source.kind == SourceKind.TEAM and item.team_remote_id == source.remote_id


def part_of(source: Source, page: Page) -> Page:
    """What the source may take of items that were asked for by their ids, wherever they are.

    It holds them, or follows their project or team. Whether another one matches a query, a filter
    or an initiative, only a reading of that tells.
    """
    asked = [it.remote_id for it in page.items]
    asked += [it.remote_id for it in page.quarantined if it.remote_id]
    held = members_among(source, asked)
    return Page(
        items=[it for it in page.items if it.remote_id in held or belongs(source, it)],
        raws=page.raws,
        quarantined=[it for it in page.quarantined if it.remote_id in held],
    )


@transaction.atomic
def take_retried(source: Source, page: Page) -> Page:
    """What a source may take of its own records that were asked for once more by their ids.

    A census of its own, by the next run, finds which of the others it selects.
    """
    part = part_of(source, page)
    if len(part.items) < len(page.items):
        source.censused_at = None
        source.save(update_fields=["censused_at"])
    return replace(page, items=part.items)


def members_among(source: Source, remote_ids: Iterable[str]) -> set[str]:
    members = SourceItem.objects.filter(
        source=source, left_at=None, item__remote_id__in=list(remote_ids)
    )
    return set(members.values_list("item__remote_id", flat=True))


def is_fresh(item: Item, now: datetime) -> bool:
    return item.updated_at > now - INDEX_LAG


@transaction.atomic
def conclude_chunk(
    turn: Turn,
    source: Source,
    ids: list[str],
    *,
    apart: list[str],
    archived: list[str],
    gone: list[str],
) -> None:
    """Items that left the source, items put away that count as they were, items that are gone.

    None of the chunk's ids is asked for again in this round.
    """
    hold(turn)
    now = timezone.now()
    of_connection = SyncedItem.objects.filter(connection=source.connection_id)
    members = SourceItem.objects.filter(left_at=None, item__connection=source.connection_id)
    of_connection.filter(remote_id__in=archived, is_archived=False).update(is_archived=True)
    leaving = members.filter(
        Q(source=source, item__remote_id__in=apart) | Q(item__remote_id__in=gone)
    )
    changes = departures(leaving)
    leaving.update(left_at=now)
    meet(source, ids)
    of_connection.filter(remote_id__in=gone, gone_at=None).update(gone_at=now)
    follow_changes(source.connection_id, changes)
    turn.run.gone += len(gone)
    turn.stored()


@transaction.atomic
def conclude(turn: Turn, source: Source) -> None:
    """End the round. What is kept of the source is counted one by one, and put right."""
    hold(turn)
    turn.run.repaired += verify(source)
    source.censused_at, source.census_checkpoint = timezone.now(), None
    source.shrink_accepted, source.missing_count = False, 0
    source.save(
        update_fields=["censused_at", "census_checkpoint", "shrink_accepted", "missing_count"]
    )
    turn.stored()
