"""One unreadable record must not stop a run, nor pass unseen."""

from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from integrations.ports import Item, Quarantined

Raws = dict[str, msgspec.Raw]
"""Records as they were sent, by remote id."""

EXCERPT = 500
# What is stored of an item is cut where it only says something, and never where it names something.
LONGEST_ID = 64
LONGEST_URL = 500
# Beyond the first half of the last place that is kept, an estimate would be rounded up to 10⁹.
LARGEST_POINTS = Decimal("999999999.9995")
# A hundred thousand of these can be added up.
LARGEST_NUMBER = Decimal("1E15")


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
            item = _with_room(read(_storable(record)))
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


def _with_room(item: Item) -> Item:
    """ValueError for an item that no row can hold, which would keep the others of its page out."""
    names = (
        item.remote_id, item.key, item.status_id, item.project_remote_id, item.project_key,
        item.team_remote_id, item.parent_remote_id, item.parent_key,
    )  # fmt: skip
    if any(name is not None and len(name) > LONGEST_ID for name in names):
        raise ValueError("an id or a key is too long")
    if len(item.url) > LONGEST_URL:
        raise ValueError("the address of its page is too long")
    if item.points is not None and abs(item.points) >= LARGEST_POINTS:
        raise ValueError("the estimate is larger than is counted with")
    if any(abs(number) >= LARGEST_NUMBER for number in item.numbers.values()):
        raise ValueError("a number is larger than is counted with")
    return item


def _quarantined(record: msgspec.Raw, reason: str) -> Quarantined:
    raw = bytes(record)
    try:
        known = msgspec.json.decode(raw, type=_Named).id
    except ValueError:
        known = None
    remote_id = None if known is None else str(known)
    return Quarantined(remote_id, reason[:EXCERPT], raw.decode(errors="replace")[:EXCERPT])
