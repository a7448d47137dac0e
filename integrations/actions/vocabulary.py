"""What was renamed there, or has another meaning by now: no item there says so."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from integrations.actions.items import FOLLOW_NAMES, follow
from integrations.actions.number_fields import ids_of, told_fields
from integrations.actions.pages import Turn, hold
from integrations.actions.recounts import Told, owe_judging
from integrations.asked import names_any
from integrations.models import Connection, Source, SyncedItem
from integrations.ports import NumberField, Vocabulary
from integrations.queries.vocabulary import used


@transaction.atomic
def take_vocabulary(turn: Turn, vocabulary: Vocabulary) -> None:
    """Store what statuses and types are called and mean now, and owe it to the items of them."""
    connection = hold(turn)
    statuses: Told = {it.remote_id: [it.name, it.kind] for it in vocabulary.statuses}
    types: Told = {it.remote_id: [it.name, it.level] for it in vocabulary.types}
    if (statuses, types) == (connection.vocabulary, connection.item_types):
        return
    restated, regraded = other_statuses(connection, statuses), other_types(connection, types)
    if restated or regraded:
        owe_judging(connection, restated, regraded)
    connection.vocabulary, connection.item_types = statuses, types
    connection.save(update_fields=["vocabulary", "item_types"])


def other_statuses(connection: Connection, present: Told) -> Told:
    """Those that are told otherwise than at the last look, if a stored item is in one of them."""
    former: Told = connection.vocabulary
    changed = {pk: told for pk, told in present.items() if former.get(pk) != told}
    items = SyncedItem.objects.filter(connection=connection, status_id__in=list(changed))
    return changed if former and items.exists() else {}


def other_types(connection: Connection, present: Told) -> Told:
    """Those that stored items know otherwise.

    The items tell, and not the last look, which connections of former releases never took.
    """
    if present == connection.item_types:
        return {}
    items = SyncedItem.objects.filter(connection=connection)
    known = used(items, "type_id", "type_name", "level")
    stale = {it["term_id"] for it in known if present.get(it["term_id"]) != told_by(it)}
    return {pk: told for pk, told in present.items() if pk in stale}


def told_by(row: dict[str, Any]) -> list[Any]:
    return [row["name"], int(row["fact"])]


@transaction.atomic
def take_number_fields(turn: Turn, fields: Sequence[NumberField]) -> None:
    """Store which numeric fields there are: links are checked by them, no other is asked for."""
    connection = hold(turn)
    before = ids_of(connection) or set()
    connection.number_fields = told_fields(fields)
    connection.save(update_fields=["number_fields"])
    if vanished := before.difference(field.remote_id for field in fields):
        forget_asked(connection, vanished)


def forget_asked(connection: Connection, fields: Collection[str]) -> None:
    """Have everything that was read with some of the fields read again as a whole.

    From now on items are stored without them, also by sources that do not need them and share
    items with others: who only reads on when a field is back would not know of these.
    """
    for source in Source.objects.filter(connection=connection, archived_at=None):
        kept = {it: at for it, at in source.asked_since.items() if not names_any(it, fields)}
        if kept != source.asked_since:
            source.asked_since, source.read_as = kept, ""
            source.save(update_fields=["asked_since", "read_as"])


@transaction.atomic
def newest_watermark(connection_id: UUID) -> datetime | None:
    """The last change that any source was read up to; None before the first reading.

    So it was, by the service's own clock, before whatever is asked of it now.
    """
    sources = Source.objects.filter(connection=connection_id, archived_at=None)
    newest: datetime | None = sources.aggregate(newest=Max("watermark"))["newest"]
    return newest


def names_since(connection: Connection, newest: datetime) -> datetime:
    """From when on renamings may not be told yet: since the last look, and not the last reading.

    One that is made while a run reads may be older than the last change that the run meets.
    """
    read_to: datetime | None = connection.names_read_to
    return read_to or min(connection.created_at, newest)


@transaction.atomic
def take_project_names(turn: Turn, names: Mapping[str, str], *, read_to: datetime) -> None:
    """Call the items of projects by the names, by id, that these have now."""
    connection = hold(turn)
    connection.names_read_to = read_to
    connection.save(update_fields=["names_read_to"])
    follow(turn.run.connection_id, FOLLOW_NAMES, {it: name[:160] for it, name in names.items()})
