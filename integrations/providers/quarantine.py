"""One unreadable record must not stop a run, nor pass unseen."""

from collections.abc import Callable, Iterable

import msgspec

from integrations.ports import Item, Quarantined

Raws = dict[str, msgspec.Raw]
"""Records as they were sent, by remote id."""

EXCERPT = 500


class _Named(msgspec.Struct):
    id: str | int | None = None


def sift(
    records: Iterable[msgspec.Raw], read: Callable[[msgspec.Raw], Item]
) -> tuple[list[Item], list[Quarantined], Raws]:
    """Items that could be read, the records that could not, and the text of the former."""
    items: list[Item] = []
    refused: list[Quarantined] = []
    raws: Raws = {}
    for record in records:
        try:
            item = read(_storable(record))
        except (ValueError, OverflowError) as error:
            refused.append(_quarantined(record, str(error)))
        else:
            items.append(item)
            raws[item.remote_id] = record
    return items, refused, raws


def _storable(record: msgspec.Raw) -> msgspec.Raw:
    """PostgreSQL has no text with NUL, which JSON may well have."""
    raw = bytes(record)
    # Few records escape anything, and a single byte is found much faster.
    if b"\\" in raw and b"\\u0000" in raw:
        raise ValueError("the record holds a NUL character")
    return record


def _quarantined(record: msgspec.Raw, reason: str) -> Quarantined:
    raw = bytes(record)
    try:
        known = msgspec.json.decode(raw, type=_Named).id
    except ValueError:
        known = None
    remote_id = None if known is None else str(known)
    return Quarantined(remote_id, reason[:EXCERPT], raw.decode(errors="replace")[:EXCERPT])
