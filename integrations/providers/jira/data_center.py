"""Jira Data Center, REST version 2, where pages are offsets into a list that moves."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from functools import cached_property
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from integrations.ports import (
    AccessLost,
    IdPage,
    Item,
    ListIncomplete,
    Page,
    Preview,
    RemoteSource,
    Selection,
    SourceKind,
    UnexpectedReply,
)
from integrations.providers.jira import jql, mapping
from integrations.providers.jira.adapter import SAMPLE, Jira
from integrations.providers.paging import GAP, Place, fingerprint, resumed
from integrations.providers.quarantine import sift

PAGE = 200
BARE_PAGE = 1000
FETCH = 50
SEARCH = "/rest/api/2/search"


class SearchReply(msgspec.Struct):
    """The server cuts maxResults without a word, so only what came is counted."""

    issues: list[msgspec.Raw]
    total: int


class Offset(Place, frozen=True, kw_only=True, omit_defaults=True):
    """A place in a list by offset. last_id is the issue last seen, which stands at the offset.

    The next page begins with that issue again. If it does not, issues before it have gone and
    others moved up, nobody knows how far: then the list is read again, so that none is skipped.
    """

    at: int = 0
    last_id: str | None = None


class JiraDataCenter(Jira):
    name: ClassVar[str] = "jira-data-center"
    api: ClassVar[str] = "/rest/api/2"

    @property
    def _site_id(self) -> str:
        """The host with the path below it: not every version tells an id of its own."""
        return self._host

    def told_site(self) -> str:
        """Nothing that any host could not say of itself."""
        return ""

    def sources(self) -> list[RemoteSource]:
        """The projects the account may see."""
        self.identify()
        found = self._client.get(f"{self.api}/project", list[mapping.Project])
        return [
            RemoteSource(remote_id=it.id, key=it.key, name=it.name, kind=SourceKind.PROJECT)
            for it in found
        ]

    def changes(
        self, selection: Selection, *, since: datetime | None, checkpoint: str | None = None
    ) -> Iterator[Page]:
        """Oldest change first. Each page asks anew from the time reached, so that no offset is
        needed but within changes of one and the same moment.
        """
        restriction = self._restriction(selection)
        self.identify()
        read, fields = self._reader(selection), mapping.asked_fields(selection, self._epic_link)
        place: Offset | None = resumed(checkpoint, Offset, selection) or _start(selection, since)
        while place is not None:
            query = jql.changed_since(restriction, place.since, "updated ASC, key ASC")
            reply, place = self._search_at(place, query, fields, PAGE)
            page = self._page(place, reply.issues, read)
            place = self._after(place, reply, page)
            yield replace(page, checkpoint=place.encode() if place else None)

    def census(self, selection: Selection, *, checkpoint: str | None = None) -> Iterator[IdPage]:
        """Every id in the order of keys, which nobody's work changes."""
        restriction = self._restriction(selection)
        self.identify()
        query = jql.changed_since(restriction, None, "key ASC")
        place: Offset | None = resumed(checkpoint, Offset, selection) or _start(selection, None)
        while place is not None:
            reply, place = self._search_at(place, query, ["id"], BARE_PAGE)
            place = self._further(place, reply)
            yield IdPage(
                remote_ids=self._seen(reply),
                checkpoint=place.encode() if place else None,
                requests=self._client.take_requests(),
            )

    def items(self, selection: Selection, remote_ids: Collection[str]) -> Iterator[Page]:
        """One request an item: a query that names a deleted issue fails as a whole."""
        self.identify()
        read, wanted = self._reader(selection), list(remote_ids)
        place = _start(selection, None)
        for start in range(0, len(wanted), FETCH):
            found = [self._issue(it, selection) for it in wanted[start : start + FETCH]]
            yield self._page(place, [it for it in found if it is not None], read)

    def _issue(self, remote_id: str, selection: Selection) -> msgspec.Raw | None:
        path = f"{self.api}/issue/{remote_id}"
        params = {"fields": ",".join(mapping.asked_fields(selection, self._epic_link))}
        try:
            found = self._client.get(path, msgspec.Raw, params)
        except AccessLost as error:
            # Only so Jira says that an issue is gone, or hidden: 403 comes of something else.
            if error.status != 404:
                raise
            return None
        if self._ids([found], f"GET {path}") != [remote_id]:
            raise UnexpectedReply(self.name, f"GET {path}", "another issue came than was asked for")
        return found

    def _preview(self, selection: Selection, restriction: str) -> Preview:
        fields = mapping.asked_fields(selection, self._epic_link)
        query = jql.changed_since(restriction, None, "updated DESC")
        reply = self._search(query, fields, 0, SAMPLE)
        items, refused, _ = sift(reply.issues, self._reader(selection))
        return Preview(
            items=items,
            quarantined=refused,
            count=reply.total,
            approximate=False,
            whole=len(reply.issues) >= reply.total,
        )

    def _reader(self, selection: Selection) -> Callable[[msgspec.Raw], Item]:
        return mapping.item_reader(self._client.base, selection, self._epic_link)

    @cached_property
    def _epic_link(self) -> str | None:
        return mapping.epic_link_field(self._fields())

    def _search_at(
        self, place: Offset, query: str, fields: list[str], size: int
    ) -> tuple[SearchReply, Offset]:
        """The page at a place, or the first one again when the list has moved."""
        reply = self._search(query, fields, place.at, size)
        if place.last_id is not None and self._seen(reply)[:1] != [place.last_id]:
            place = replace(place, at=0, last_id=None)
            reply = self._search(query, fields, 0, size)
        return reply, place

    def _search(self, query: str, fields: list[str], start: int, size: int) -> SearchReply:
        body = {"jql": query, "fields": fields, "startAt": start, "maxResults": size}
        return self._client.post(SEARCH, body, SearchReply)

    def _after(self, place: Offset, reply: SearchReply, page: Page) -> Offset | None:
        """The next place of a run of changes: from the latest time on this page, if it moved."""
        further = self._further(place, reply)
        if further is None:
            return None
        latest = max((item.updated_at for item in page.items), default=None)
        further = replace(further, high=page.watermark)
        if latest is None or (place.since is not None and latest <= place.since):
            return further
        return replace(further, since=latest, at=0, last_id=None)

    def _further(self, place: Offset, reply: SearchReply) -> Offset | None:
        """The place at the last issue of this page; None when the list ends with it."""
        received = len(reply.issues)
        if received == 0 and reply.total > 0:
            raise ListIncomplete(self.name, f"POST {SEARCH}", GAP)
        if received == 0 or place.at + received >= reply.total:
            return None
        with self._ending(f"POST {SEARCH}"):
            trail = place.trail.step()
        return replace(
            place, trail=trail, at=place.at + received - 1, last_id=self._seen(reply)[-1]
        )

    def _seen(self, reply: SearchReply) -> list[str]:
        return self._ids(reply.issues, f"POST {SEARCH}")


def _start(selection: Selection, since: datetime | None) -> Offset:
    bound = None if since is None else since - jql.OVERLAP
    return Offset(selection=fingerprint(selection), since=bound, start=since, high=since)
