"""Linear as a provider."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from html import unescape
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from integrations.ports import (
    AccessLost,
    DoneRules,
    Gate,
    Identity,
    IdPage,
    ListIncomplete,
    NumberField,
    Page,
    Preview,
    RemoteSource,
    RemoteType,
    Selection,
    SelectionRefused,
    SourceKind,
    UnexpectedReply,
    Vocabulary,
)
from integrations.providers.linear import documents, mapping
from integrations.providers.linear.client import NAME, LinearClient
from integrations.providers.linear.credentials import LinearGrant, LinearKey
from integrations.providers.paging import (
    GAP,
    PagingError,
    Place,
    Trail,
    fingerprint,
    lowered,
    resumed,
)
from integrations.providers.quarantine import sift
from lib.outbound import OutboundClient

T = TypeVar("T")
Filter = dict[str, Any]

FORM = "the answer has another form than Linear's"
NO_PROJECT = str(UUID(int=0))
# The second tells what projects are called.
EDITION = 2
# The index may lag a little behind the record.
OVERLAP = timedelta(minutes=2)
# Times are told in milliseconds, and may be kept more exactly.
TICK = timedelta(milliseconds=1)
PAGE = 100
BARE_PAGE = 250
LISTS = {
    SourceKind.TEAM: ("teams", "Teams"),
    SourceKind.PROJECT: ("projects", "Projects"),
    SourceKind.INITIATIVE: ("initiatives", "Initiatives"),
}


class Viewer(msgspec.Struct):
    id: str
    name: str
    email: str | None = None
    timezone: str | None = None


class Organization(msgspec.Struct):
    id: str
    name: str


class Who(msgspec.Struct):
    viewer: Viewer
    organization: Organization


class Connection(msgspec.Struct, rename="camel"):
    """One page of any list."""

    nodes: list[msgspec.Raw]
    page_info: mapping.PageInfo


class Identified(msgspec.Struct):
    id: str
    trashed: bool | None = None


class Initiative(msgspec.Struct):
    projects: Connection


class InInitiative(msgspec.Struct):
    initiative: Initiative


class Linear:
    """One workspace as one account sees it."""

    name: ClassVar[str] = NAME
    default_rules: ClassVar[DoneRules] = mapping.RULES
    edition: ClassVar[int] = EDITION

    def __init__(self, client: LinearClient) -> None:
        self._client = client

    @classmethod
    def connect(
        cls,
        credential: LinearKey | LinearGrant,
        outbound: OutboundClient,
        gate: Gate | None = None,
    ) -> Self:
        """ValueError when the credential points anywhere but to Linear."""
        address = credential.address(allow_loopback=outbound.policy.allow_loopback)
        authorization = credential.authorization
        client = LinearClient(outbound, endpoint=address, authorization=authorization, gate=gate)
        return cls(client)

    def identify(self) -> Identity:
        """Whose key it is, and of which workspace."""
        who = self._client.ask("Identity", documents.IDENTITY, Who)
        return Identity(
            account_id=who.viewer.id,
            name=who.viewer.name,
            site_id=who.organization.id,
            site_name=unescape(who.organization.name),
            email=who.viewer.email,
            time_zone=who.viewer.timezone,
        )

    def told_site(self) -> str:
        """There is one address for all workspaces."""
        return ""

    def sources(self) -> list[RemoteSource]:
        """Teams, then projects, then initiatives."""
        return [source for kind in LISTS for source in self._containers(kind)]

    def number_fields(self) -> list[NumberField]:
        """Linear has one: the estimate, which every item carries as its points."""
        return [NumberField(mapping.ESTIMATE, "Estimate", is_points=True)]

    def vocabulary(self) -> Vocabulary:
        """States of every team; issues and sub-issues are the only types."""
        states = self._all("workflowStates", "States", mapping.State)
        types = [
            RemoteType(mapping.ISSUE_TYPE, "Issue", 0),
            RemoteType(mapping.SUB_ISSUE_TYPE, "Sub-issue", -1),
        ]
        return Vocabulary([state.status() for state in states], types)

    def project_names(self, *, since: datetime) -> dict[str, str]:
        """Of a page of them: a project that is renamed changes none of its issues."""
        changed = {"updatedAt": {"gte": (since - OVERLAP).isoformat()}}
        found = self._list("projects", "ProjectNames", {"filter": changed, "first": PAGE})
        return {it.id: unescape(it.name) for it in _decoded(found.nodes, mapping.Project)}

    def check_selection(self, selection: Selection) -> None:
        """The source must exist: a filter by one that does not finds nothing, without an error."""
        if selection.kind not in LISTS or not _is_uuid(selection.value):
            detail = f"Linear has no {selection.kind} with the id {selection.value!r}"
            raise SelectionRefused(NAME, "selection", detail)
        list_name, operation = LISTS[selection.kind]
        asked = {"filter": {"id": {"eq": selection.value}}, "first": 1}
        if not self._list(list_name, operation, asked).nodes:
            detail = f"the {selection.kind} does not exist or the key may not see it"
            raise AccessLost(NAME, f"POST /graphql {operation}", detail)

    def preview(self, selection: Selection) -> Preview:
        """The issues changed last. Linear counts none, so the count is a lower bound."""
        wanted = self._restriction(selection)
        found = self._list("issues", "Issues", {"filter": wanted, "first": PAGE})
        items, refused, _ = sift(found.nodes, mapping.item)
        goes_on = found.page_info.has_next_page
        return Preview(
            items=items,
            quarantined=refused,
            count=len(found.nodes),
            approximate=goes_on,
            whole=not goes_on,
        )

    def changes(
        self, selection: Selection, *, since: datetime | None, checkpoint: str | None = None
    ) -> Iterator[Page]:
        """Newest change first, as Linear gives no other order: what changes meanwhile lies above
        the watermark of the first page and is met by the next run.
        """
        self.identify()
        wanted = self._restriction(selection)
        place = resumed(checkpoint, Place, selection, EDITION) or _start(selection, since)
        while True:
            found, place = self._changed(wanted, place)
            page = self._page(place, found.nodes)
            trail = self._following(place.trail, found.page_info)
            if trail is None:
                yield page
                if place.gap:
                    raise ListIncomplete(NAME, "POST /graphql Issues", GAP)
                return
            gap, low = place.gap or not found.nodes, lowered(place.low, page.items)
            place = replace(place, trail=trail, high=page.watermark, low=low, gap=gap)
            yield replace(page, checkpoint=place.encode())

    def census(self, selection: Selection, *, checkpoint: str | None = None) -> Iterator[IdPage]:
        """Every id but those in the bin, which no time of change tells about."""
        self.identify()
        wanted = self._restriction(selection)
        place = resumed(checkpoint, Place, selection, EDITION) or _start(selection, None)
        trail: Trail | None = place.trail
        while trail is not None:
            found, place = self._counted(wanted, replace(place, trail=trail))
            trail = self._following(place.trail, found.page_info)
            if trail is not None and not found.nodes:
                raise ListIncomplete(NAME, "POST /graphql IssueIds", GAP)
            nodes = _decoded(found.nodes, Identified)
            yield IdPage(
                remote_ids=[node.id for node in nodes if not node.trashed],
                checkpoint=replace(place, trail=trail).encode() if trail else None,
                requests=self._client.take_requests(),
            )

    def items(self, selection: Selection, remote_ids: Collection[str]) -> Iterator[Page]:
        """By a filter over ids: to ask for one that is gone by itself would void the answer."""
        wanted, place = list(remote_ids), _start(selection, None)
        for start in range(0, len(wanted), PAGE):
            chosen = {"filter": {"id": {"in": wanted[start : start + PAGE]}}, "first": PAGE}
            trail: Trail | None = Trail()
            while trail is not None:
                found = self._list("issues", "Issues", {**chosen, "after": trail.token})
                trail = self._following(trail, found.page_info)
                if trail is not None and not found.nodes:
                    raise ListIncomplete(NAME, "POST /graphql Issues", GAP)
                yield self._page(place, found.nodes)

    def _page(self, place: Place, nodes: list[msgspec.Raw]) -> Page:
        items, refused, raws = sift(nodes, mapping.item)
        return Page(
            items=items,
            raws=raws,
            quarantined=refused,
            watermark=place.watermark(items, self._client.server_time),
            requests=self._client.take_requests(),
            budget=self._client.budget,
        )

    def _changed(self, wanted: Filter, place: Place) -> tuple[Connection, Place]:
        """The page at a place. A cursor that is refused has gone stale: go on below what was read.

        What changes meanwhile goes above that, and is met by the next run.
        """
        try:
            return self._changed_at(wanted, place), place
        except SelectionRefused:
            if place.trail.token is None:
                raise
        with _ending():
            again = replace(place.begun_again(is_further=place.low != place.until), until=place.low)
        return self._changed_at(wanted, again), again

    def _counted(self, wanted: Filter, place: Place) -> tuple[Connection, Place]:
        """The ids at a place; from the top again when its cursor has gone stale."""
        asked = {"filter": wanted, "first": BARE_PAGE, "after": place.trail.token}
        try:
            return self._list("issues", "IssueIds", asked), place
        except SelectionRefused:
            if place.trail.token is None:
                raise
        with _ending():
            again = place.begun_again(is_further=False)
        return self._list("issues", "IssueIds", {**asked, "after": None}), again

    def _changed_at(self, wanted: Filter, place: Place) -> Connection:
        bounds = {}
        if place.since is not None:
            bounds["gte"] = place.since.isoformat()
        if place.until is not None:
            bounds["lte"] = (place.until + TICK).isoformat()
        chosen = {**wanted, "updatedAt": bounds} if bounds else wanted
        asked = {"filter": chosen, "first": PAGE, "after": place.trail.token}
        return self._list("issues", "Issues", asked)

    def _restriction(self, selection: Selection) -> Filter:
        """The filter for a source that was seen to exist."""
        self.check_selection(selection)
        if selection.kind is SourceKind.INITIATIVE:
            return {"project": {"id": {"in": self._projects_of(selection.value)}}}
        return {str(selection.kind): {"id": {"eq": selection.value}}}

    def _projects_of(self, initiative: str) -> list[str]:
        """Its projects and those of its sub-initiatives, which Linear lists together."""
        operation = "InitiativeProjects"
        found: list[str] = []
        trail: Trail | None = Trail()
        while trail is not None:
            asked = {"id": initiative, "first": PAGE, "after": trail.token}
            answer = self._client.ask(operation, documents.ALL[operation], InInitiative, asked)
            page = answer.initiative.projects
            found += [node.id for node in _decoded(page.nodes, Identified)]
            trail = self._following(trail, page.page_info)
        # What an empty list of ids would select is not documented; no project has the nil id.
        return found or [NO_PROJECT]

    def _containers(self, kind: SourceKind) -> list[RemoteSource]:
        found = self._all(*LISTS[kind], mapping.Container)
        return [container.source(kind) for container in found]

    def _all(self, list_name: str, operation: str, kind: type[T]) -> Iterator[T]:
        trail: Trail | None = Trail()
        while trail is not None:
            found = self._list(list_name, operation, {"first": PAGE, "after": trail.token})
            yield from _decoded(found.nodes, kind)
            trail = self._following(trail, found.page_info)

    def _list(self, list_name: str, operation: str, asked: Mapping[str, object]) -> Connection:
        document = documents.ALL[operation]
        data = self._client.ask(operation, document, dict[str, Connection], asked)
        if list_name not in data:
            raise UnexpectedReply(NAME, f"POST /graphql {operation}", FORM)
        return data[list_name]

    def _following(self, trail: Trail, info: mapping.PageInfo) -> Trail | None:
        if not info.has_next_page:
            return None
        with _ending():
            return trail.follow(info.end_cursor or "")


@contextmanager
def _ending() -> Iterator[None]:
    """A list without an end is a fault of the service."""
    try:
        yield
    except PagingError as error:
        raise error.told(NAME, "POST /graphql") from error


def _decoded(nodes: list[msgspec.Raw], kind: type[T]) -> list[T]:
    try:
        return [msgspec.json.decode(node, type=kind) for node in nodes]
    except msgspec.DecodeError:
        raise UnexpectedReply(NAME, "POST /graphql", FORM) from None


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _start(selection: Selection, since: datetime | None) -> Place:
    bound = None if since is None else since - OVERLAP
    read = fingerprint(selection, EDITION)
    return Place(selection=read, since=bound, start=since, high=since)
