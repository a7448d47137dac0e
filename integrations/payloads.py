"""Versions of items as they are kept: what the service sent, beside how it was read.

JSON of one record is short and repeats itself from record to record, so it is packed with a
dictionary of what such records have in common. A dictionary is part of the format: a better one
gets a number of its own, and the old one stays for what was packed with it.
"""

import zlib
from typing import NamedTuple

import msgspec

from integrations.ports import Item

# Later words are cheaper to refer to: what nearly every record holds stands at the end.
WORDS = (
    b'"statuscategorychangedate":null,"resolutiondate":null,"parent":{"id":"","key":"","fields":'
    b'{"summary":"","subtask":false,"hierarchyLevel":0,"labels":[],"created":"20","updated":"20'
    b'"trashed":null,"archivedAt":null,"completedAt":null,"estimate":null,"identifier":"'
    b'"labels":{"nodes":[],"pageInfo":{"hasNextPage":false}},"project":null,"parent":null}'
    b'"state":{"id":"","name":"Done","type":"completed"},"team":{"id":"","key":"'
    b'"project":{"self":"https://.atlassian.net/rest/api/3/project/","id":"","key":"","name":"'
    b'"issuetype":{"self":"https://.atlassian.net/rest/api/3/issuetype/","id":"","name":"Story"'
    b'"statusCategory":{"self":"https://.atlassian.net/rest/api/3/statuscategory/","id":2,"key":'
    b'"done","colorName":"green","name":"Done"},"status":{"self":"https://.atlassian.net/rest/api'
    b'"fields":{"summary":"","resolution":{"name":"Done"},"customfield_100'
    b'{"facts":{"remote_id":"","key":"","title":"","url":"https://.atlassian.net/browse/'
    b'","type_id":"","type_name":"Story","level":0,"status_id":"","status_name":"To Do",'
    b'"status_kind":"new","project_remote_id":"","project_key":"","created_at":"20-","updated_at":'
    b'"20Z","team_remote_id":null,"resolution_id":null,"resolution_name":null,"points":null,'
    b'"numbers":{},"labels":[],"parent_remote_id":null,"parent_key":null,"completed_at":null,'
    b'"archived":false,"deleted":false},"raw":{"id":"'
)
DICTIONARIES = {1: WORDS}
PRESENT = 1
# Higher ones take a third more time for a twentieth less room.
LEVEL = 3
NOTHING = msgspec.Raw(b"null")


class Payload(NamedTuple):
    """`raw` is the record as the service sent it; None for what we worked out ourselves."""

    item: Item
    raw: msgspec.Raw | None


class _Stored(msgspec.Struct):
    facts: Item
    raw: msgspec.Raw = NOTHING


def pack(item: Item, raw: bytes | None) -> bytes:
    """A version small enough to be kept for a year."""
    body = b'{"facts":' + msgspec.json.encode(item) + b',"raw":' + (raw or b"null") + b"}"
    packer = zlib.compressobj(level=LEVEL, zdict=DICTIONARIES[PRESENT])
    return bytes([PRESENT]) + packer.compress(body) + packer.flush()


def unpack(body: bytes) -> Payload:
    """Raises KeyError for a format of another release, `zlib.error` for what is no version."""
    unpacker = zlib.decompressobj(zdict=DICTIONARIES[body[0]])
    stored = msgspec.json.decode(unpacker.decompress(body[1:]), type=_Stored)
    return Payload(stored.facts, None if stored.raw == NOTHING else stored.raw)
