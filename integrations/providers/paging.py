"""Reading a long list in steps that can be stored, to the documented end and no further."""

from datetime import datetime
from hashlib import sha256
from typing import Self, TypeVar

import msgspec

from integrations.ports import Item, ListStuck, PlaceLost, Selection

MAX_PAGES = 20_000
# How often in a row a list is begun again that gets no further.
MOST_STALLS = 3
# Why a list may be incomplete.
GAP = "a page in the middle of the list was empty"
OPEN_END = "the list broke off without saying that it ended"
REFUSED = "the service refused its own page tokens again and again"


class PagingError(Exception):
    """The service sends the reader in a circle, or without end."""

    def told(self, provider: str, request: str) -> PlaceLost:
        return PlaceLost(provider, request, str(self))


class Stalled(PagingError):
    """A list was begun again and again and gets no further."""

    def told(self, provider: str, request: str) -> PlaceLost:
        return ListStuck(provider, request, str(self))


class Trail(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a reader is in a list of pages, small enough to be stored after every page.

    anchor is a token met earlier, moved forward at every power of two: Brent's way of finding any
    circle without remembering every token (R. P. Brent, BIT 20, 1980).
    """

    page: int = 0
    token: str | None = None
    anchor: str | None = None

    def step(self) -> "Trail":
        """The trail one page on; PagingError when that is one too many."""
        if self.page + 1 >= MAX_PAGES:
            raise PagingError(f"the list did not end after {MAX_PAGES} pages")
        return msgspec.structs.replace(self, page=self.page + 1)

    def follow(self, token: str) -> "Trail":
        """The trail after a page that named the next one; PagingError when it leads back."""
        if not token or token in {self.token, self.anchor}:
            raise PagingError("the service repeated a page token")
        page = self.step().page
        anchor = token if page & (page - 1) == 0 else self.anchor
        return Trail(page, token, anchor)


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a run of changes is: its selection, lower bound, highest time seen, and page.

    gap says that a page in the middle was empty: what should have stood there may be older than
    the highest time seen, so the run goes no further than the watermark it started from. Where the
    newest change comes first, low is the lowest time seen, and until where the present list begins
    that went on for one whose token was refused. stalls counts such lists that got no further.
    """

    selection: str
    since: datetime | None = None
    until: datetime | None = None
    start: datetime | None = None
    high: datetime | None = None
    low: datetime | None = None
    gap: bool = False
    stalls: int = 0
    trail: Trail = Trail()

    def begun_again(self, *, is_further: bool) -> Self:
        """The first page of a list that goes on for one whose token was refused.

        `Stalled` when that happens again and again and gets no further.
        """
        stalls = 0 if is_further else self.stalls + 1
        if stalls > MOST_STALLS:
            raise Stalled(REFUSED)
        return msgspec.structs.replace(self, stalls=stalls, trail=Trail(page=self.trail.page))

    def watermark(self, items: list[Item], server_time: datetime | None) -> datetime | None:
        """Where the next run may begin, after these items."""
        return self.start if self.gap else raised(self.high, items, server_time)

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


P = TypeVar("P", bound=Place)


def fingerprint(selection: Selection, edition: int = 1) -> str:
    """What is read, and by which edition of the provider; 16 hexadecimal digits."""
    read = msgspec.json.encode(selection)
    return sha256(read if edition == 1 else b"%d %b" % (edition, read)).hexdigest()[:16]


def resumed(
    checkpoint: str | None, kind: type[P], selection: Selection, edition: int = 1
) -> P | None:
    """The stored place; None when there is none, or the selection or edition is another by now."""
    if checkpoint is None:
        return None
    try:
        place = msgspec.json.decode(checkpoint, type=kind)
    except msgspec.DecodeError:
        return None
    return place if place.selection == fingerprint(selection, edition) else None


def raised(
    high: datetime | None, items: list[Item], server_time: datetime | None
) -> datetime | None:
    """The watermark after these items, by the service's clock.

    Records imported with a date in the future must not lift it past the present, or every change
    until then would be missed.
    """
    times = [item.updated_at for item in items]
    if server_time is not None:
        times = [min(time, server_time) for time in times]
    return max(times if high is None else [*times, high], default=None)


def lowered(low: datetime | None, items: list[Item]) -> datetime | None:
    """The lowest time of change after these items."""
    times = [item.updated_at for item in items]
    return min(times if low is None else [*times, low], default=None)
