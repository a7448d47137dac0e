"""Jira Cloud, REST version 3."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from functools import cached_property
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from integrations.ports import (
    AccessLost,
    IdPage,
    Item,
    ListIncomplete,
    Page,
    Preview,
    Quarantined,
    RemoteSource,
    Selection,
    SelectionRefused,
    SourceKind,
    UnexpectedReply,
)
from integrations.providers.jira import jql, mapping
from integrations.providers.jira.adapter import SAMPLE, Jira
from integrations.providers.paging import (
    GAP,
    OPEN_END,
    Place,
    Trail,
    fingerprint,
    resumed,
)
from integrations.providers.quarantine import sift

PAGE = 100
BARE_PAGE = 5000
FETCH = 100
SEARCH = "/rest/api/3/search/jql"
TENANT = "/_edge/tenant_info"
NOT_RETURNED = "Jira could not return it: "
# A site that was renamed answers at its former name with a redirect, which is never followed.
RENAMED = "Enter the address that the site has now: one that was renamed gave up its former one."


class SearchReply(msgspec.Struct):
    """The list ends where the token is absent; isLast only confirms it."""

    issues: list[msgspec.Raw]
    token: str | None = msgspec.field(name="nextPageToken", default=None)
    is_last: bool | None = msgspec.field(name="isLast", default=None)


class Tenant(msgspec.Struct):
    cloud_id: UUID = msgspec.field(name="cloudId")


class Count(msgspec.Struct):
    count: int


class IssueError(msgspec.Struct):
    id: str
    message: str = msgspec.field(name="errorMessage", default="")


class Fetched(msgspec.Struct):
    """Issues asked for by their ids. What is not there, or out of sight, is in neither list."""

    issues: list[msgspec.Raw]
    errors: list[IssueError] = msgspec.field(name="issueErrors", default_factory=list)


class ProjectPage(msgspec.Struct):
    values: list[mapping.Project]
    is_last: bool = msgspec.field(name="isLast")


class JiraCloud(Jira):
    name: ClassVar[str] = "jira-cloud"
    api: ClassVar[str] = "/rest/api/3"

    @property
    def _site_id(self) -> str:
        """The cloud id, which stays when a site is renamed."""
        return self._granted_for or self.told_site()

    def told_site(self) -> str:
        """The cloud id. All addresses of this kind are Atlassian's, who answers there."""
        return self._cloud_id

    @cached_property
    def _cloud_id(self) -> str:
        try:
            return str(self._client.get_openly(TENANT, Tenant).cloud_id)
        except (AccessLost, UnexpectedReply) as error:
            gone = isinstance(error, AccessLost) or error.status == 404
            detail = "no site of Jira Cloud is at this address" if gone else error.detail
            raise UnexpectedReply(
                self.name, f"GET {TENANT}", detail, status=error.status, advice=RENAMED
            ) from error

    def sources(self) -> list[RemoteSource]:
        """The projects the account may see."""
        self.identify()
        found: list[mapping.Project] = []
        while True:
            params = {"startAt": str(len(found)), "maxResults": str(PAGE)}
            page = self._client.get(f"{self.api}/project/search", ProjectPage, params)
            found += page.values
            if page.is_last or not page.values:
                return [_source(project) for project in found]

    def changes(
        self, selection: Selection, *, since: datetime | None, checkpoint: str | None = None
    ) -> Iterator[Page]:
        """Oldest change first, so that what changes meanwhile is met again at the end."""
        restriction = self._restriction(selection)
        self.identify()
        read = self._reader(selection)
        place = resumed(checkpoint, Place, selection) or _start(selection, since)
        while True:
            reply, place = self._changed(selection, restriction, place)
            page = self._page(place, reply.issues, read)
            trail = self._following(place.trail, reply)
            if trail is None:
                yield page
                self._require_whole(restriction, place, reply)
                return
            gap = place.gap or not reply.issues
            place = replace(place, trail=trail, high=page.watermark, gap=gap)
            yield replace(page, checkpoint=place.encode())

    def census(self, selection: Selection, *, checkpoint: str | None = None) -> Iterator[IdPage]:
        """Every id, thousands at a time."""
        restriction = self._restriction(selection)
        self.identify()
        place = resumed(checkpoint, Place, selection) or _start(selection, None)
        query = jql.changed_since(restriction, None, "key ASC")
        trail: Trail | None = place.trail
        while trail is not None:
            reply, place = self._counted(query, replace(place, trail=trail))
            trail = self._following(place.trail, reply)
            if trail is not None and not reply.issues:
                raise ListIncomplete(self.name, f"POST {SEARCH}", GAP)
            if trail is None:
                self._require_end(jql.changed_since(restriction, None, "key DESC"), reply)
            ids = self._ids(reply.issues, f"POST {SEARCH}")
            goes_on = replace(place, trail=trail).encode() if trail else None
            count = self._client.take_requests()
            yield IdPage(remote_ids=ids, checkpoint=goes_on, requests=count)

    def items(self, selection: Selection, remote_ids: Collection[str]) -> Iterator[Page]:
        """Fetched by id: a query that names a deleted issue would fail as a whole."""
        self.identify()
        read, wanted = self._reader(selection), list(remote_ids)
        place, fields = _start(selection, None), mapping.asked_fields(selection, None)
        for start in range(0, len(wanted), FETCH):
            issues, failed = self._fetched(wanted[start : start + FETCH], fields)
            page = self._page(place, issues, read)
            yield replace(page, quarantined=[*page.quarantined, *failed])

    def _fetched(
        self, wanted: list[str], fields: list[str]
    ) -> tuple[list[msgspec.Raw], list[Quarantined]]:
        """These issues, and those that are there and could not be returned.

        Jira leaves some out when the answer would be too long, or when something of its own
        fails. They are asked for again as long as others came.
        """
        path, issues = f"{self.api}/issue/bulkfetch", []
        while True:
            body = {"issueIdsOrKeys": wanted, "fields": fields}
            found = self._client.post(path, body, Fetched)
            issues += found.issues
            errors = {error.id: error.message for error in found.errors}
            left = [it for it in wanted if it in errors]
            if len(left) < len(errors):
                detail = "Jira could not return an issue that was not asked for"
                raise UnexpectedReply(self.name, f"POST {path}", detail)
            if len(left) in {0, len(wanted)}:
                return issues, [Quarantined(it, NOT_RETURNED + errors[it], "") for it in left]
            wanted = left

    def _preview(self, selection: Selection, restriction: str) -> Preview:
        fields = mapping.asked_fields(selection, None)
        query = jql.changed_since(restriction, None, "updated DESC")
        reply = self._search(query, fields, SAMPLE, None)
        items, refused, _ = sift(reply.issues, self._reader(selection))
        asked = {"jql": restriction}
        total = self._client.post(f"{self.api}/search/approximate-count", asked, Count)
        return Preview(
            items=items,
            quarantined=refused,
            count=total.count,
            approximate=True,
            whole=reply.token is None,
        )

    def _reader(self, selection: Selection) -> Callable[[msgspec.Raw], Item]:
        return mapping.item_reader(self._client.base, selection)

    def _changed(
        self, selection: Selection, restriction: str, place: Place
    ) -> tuple[SearchReply, Place]:
        """The page at a place. A token that is refused has expired: go on from the time reached."""
        try:
            return self._changed_at(selection, restriction, place), place
        except SelectionRefused:
            if place.trail.token is None:
                raise
        reached = place.high or place.since
        with self._ending(f"POST {SEARCH}"):
            again = replace(place.begun_again(is_further=reached != place.since), since=reached)
        return self._changed_at(selection, restriction, again), again

    def _counted(self, query: str, place: Place) -> tuple[SearchReply, Place]:
        """The ids at a place; from the top again when its token has expired."""
        try:
            return self._search(query, ["id"], BARE_PAGE, place.trail.token), place
        except SelectionRefused:
            if place.trail.token is None:
                raise
        with self._ending(f"POST {SEARCH}"):
            again = place.begun_again(is_further=False)
        return self._search(query, ["id"], BARE_PAGE, None), again

    def _changed_at(self, selection: Selection, restriction: str, place: Place) -> SearchReply:
        query = jql.changed_since(restriction, place.since, "updated ASC")
        fields = mapping.asked_fields(selection, None)
        return self._search(query, fields, PAGE, place.trail.token)

    def _search(self, query: str, fields: list[str], size: int, token: str | None) -> SearchReply:
        body: dict[str, object] = {"jql": query, "fields": fields, "maxResults": size}
        if token is not None:
            body["nextPageToken"] = token
        return self._client.post(SEARCH, body, SearchReply)

    def _following(self, trail: Trail, reply: SearchReply) -> Trail | None:
        """Where the list goes on; short and even empty pages are not its end."""
        if reply.token is not None:
            with self._ending(f"POST {SEARCH}"):
                return trail.follow(reply.token)
        if reply.is_last is False:
            detail = "Jira promised another page and did not say where it is"
            raise UnexpectedReply(self.name, f"POST {SEARCH}", detail)
        return None

    def _require_whole(self, restriction: str, place: Place, reply: SearchReply) -> None:
        """ListIncomplete, if the changes that ended with this page may not be all."""
        if place.gap:
            raise ListIncomplete(self.name, f"POST {SEARCH}", GAP)
        self._require_end(jql.changed_since(restriction, place.since, "updated DESC"), reply)

    def _require_end(self, backwards: str, reply: SearchReply) -> None:
        """A list that did not say that it ended has to end with what stands first backwards."""
        if reply.is_last is not None:
            return
        request = f"POST {SEARCH}"
        first = self._search(backwards, ["id"], 1, None)
        if not set(self._ids(first.issues, request)) <= set(self._ids(reply.issues, request)):
            raise ListIncomplete(self.name, request, OPEN_END)


def _start(selection: Selection, since: datetime | None) -> Place:
    bound = None if since is None else since - jql.OVERLAP
    return Place(selection=fingerprint(selection), since=bound, start=since, high=since)


def _source(project: mapping.Project) -> RemoteSource:
    return RemoteSource(
        remote_id=project.id, key=project.key, name=project.name, kind=SourceKind.PROJECT
    )
