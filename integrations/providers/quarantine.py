"""One unreadable record must not stop a run, nor pass unseen."""

from collections.abc import Callable, Iterable

import msgspec

from integrations.ports import Item, Quarantined

EXCERPT = 500


class _Named(msgspec.Struct):
    id: str | int | None = None


def sift(
    records: Iterable[msgspec.Raw], read: Callable[[msgspec.Raw], Item]
) -> tuple[list[Item], list[Quarantined]]:
    """Items that could be read, and the records that could not."""
    items: list[Item] = []
    refused: list[Quarantined] = []
    for record in records:
        try:
            items.append(read(record))
        except (ValueError, OverflowError) as error:
            refused.append(_quarantined(record, str(error)))
    return items, refused


def _quarantined(record: msgspec.Raw, reason: str) -> Quarantined:
    raw = bytes(record)
    try:
        known = msgspec.json.decode(raw, type=_Named).id
    except ValueError:
        known = None
    remote_id = None if known is None else str(known)
    return Quarantined(remote_id, reason[:EXCERPT], raw.decode(errors="replace")[:EXCERPT])
