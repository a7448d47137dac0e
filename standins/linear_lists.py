"""Linear's lists: filtered, newest first, in pages that a cursor continues."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from standins.linear_errors import argument_error
from standins.linear_filters import check_ids, matches

DEFAULT_PAGE = 50
LARGEST_PAGE = 250
ORDERS = {"createdAt": "created_at", "updatedAt": "updated_at"}


class Row(Protocol):
    """What stands in a list."""

    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def archived_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Asked:
    """The arguments of a list, with Linear's defaults."""

    filter: dict[str, Any] | None = None
    first: int | None = None
    after: str | None = None
    include_archived: bool | None = None
    order_by: str | None = None

    @cached_property
    def order(self) -> str:
        return ORDERS[self.order_by or "createdAt"]


@dataclass(frozen=True)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True)
class Edge:
    cursor: str
    node: Row


@dataclass(frozen=True)
class Connection:
    edges: list[Edge]
    page_info: PageInfo

    @property
    def nodes(self) -> list[Row]:
        return [edge.node for edge in self.edges]


def connection(rows: Sequence[Row], filter_type: str, asked: Asked, now: datetime) -> Connection:
    """One page; a GraphQLError in Linear's words for a size or a cursor that it does not take."""
    size = _size(asked)
    wanted = asked.filter or {}
    check_ids(filter_type, wanted)
    found = [
        row
        for row in rows
        if (asked.include_archived or row.archived_at is None)
        and matches(filter_type, wanted, row, now)
    ]
    found.sort(key=lambda row: _place(row, asked), reverse=True)
    # Issues are continued from a place in the order, everything else from a record.
    opaque = filter_type == "IssueFilter"
    start = _start(found, asked, opaque=opaque)
    edges = [Edge(_cursor(row, asked, opaque=opaque), row) for row in found[start : start + size]]
    return Connection(edges, _page_info(edges, start, len(found)))


def _page_info(edges: list[Edge], start: int, total: int) -> PageInfo:
    return PageInfo(
        has_next_page=start + len(edges) < total,
        has_previous_page=start > 0,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )


def _size(asked: Asked) -> int:
    size = DEFAULT_PAGE if asked.first is None else asked.first
    if size > LARGEST_PAGE:
        raise argument_error("first", "max", f"first must not be greater than {LARGEST_PAGE}")
    if size < 1:
        raise argument_error("first", "min", "first must not be less than 1")
    return size


def _place(row: Row, asked: Asked) -> tuple[datetime, str]:
    moment: datetime = getattr(row, asked.order)
    return moment, row.id


def _cursor(row: Row, asked: Asked, *, opaque: bool) -> str:
    if not opaque:
        return row.id
    moment, row_id = _place(row, asked)
    place = {"order": asked.order, "at": moment.isoformat(), "id": row_id}
    return base64.b64encode(json.dumps(place).encode()).decode()


def _start(found: list[Row], asked: Asked, *, opaque: bool) -> int:
    """How many rows stand before the page that was asked for."""
    if asked.after is None:
        return 0
    if opaque:
        last = _decoded(asked.after, asked.order)
        return sum(_place(row, asked) >= last for row in found)
    ids = [row.id for row in found]
    if asked.after not in ids:
        raise argument_error("after", "isCursor", "after must be a cursor of this list")
    return ids.index(asked.after) + 1


def _decoded(cursor: str, order: str) -> tuple[datetime, str]:
    try:
        place = json.loads(base64.b64decode(cursor, validate=True))
        found = datetime.fromisoformat(place["at"]), str(place["id"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise argument_error("after", "isCursor", "after must be a cursor of this list") from None
    if place.get("order") != order:
        raise argument_error("after", "isCursor", "after must be a cursor of this order")
    return found
