"""What Jira Cloud and Jira Data Center share as providers."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import ClassVar, Self

import msgspec

from integrations.ports import (
    DoneRules,
    Gate,
    Identity,
    Item,
    NumberField,
    Page,
    Preview,
    RemoteStatus,
    RemoteType,
    Selection,
    SelectionRefused,
    UnexpectedReply,
    Vocabulary,
)
from integrations.providers.jira import jql, mapping
from integrations.providers.jira.client import JiraClient
from integrations.providers.jira.credentials import (
    JiraCloudGrant,
    JiraCloudToken,
    JiraDataCenterToken,
)
from integrations.providers.paging import PagingError, Place
from integrations.providers.quarantine import sift
from lib.outbound import OutboundClient

SAMPLE = 100


class Identified(msgspec.Struct):
    """An issue of which only the id is wanted."""

    id: str


class Jira(ABC):
    """One site with one credential."""

    name: ClassVar[str]
    api: ClassVar[str]
    default_rules: ClassVar[DoneRules] = mapping.RULES
    edition: ClassVar[int] = 1

    def __init__(self, client: JiraClient, granted_for: str = "") -> None:
        """granted_for is the id of the site that a grant is for; a token names none."""
        self._client = client
        self._granted_for = granted_for

    @classmethod
    def connect(
        cls,
        credential: JiraCloudToken | JiraCloudGrant | JiraDataCenterToken,
        outbound: OutboundClient,
        gate: Gate | None = None,
    ) -> Self:
        """ValueError when the credential's address is not one of this kind of Jira."""
        base = credential.base(allow_loopback=outbound.policy.allow_loopback)
        client = JiraClient(
            outbound,
            provider=cls.name,
            base=base,
            authorization=credential.authorization,
            api=credential.api,
            gate=gate,
        )
        return cls(client, credential.cloud_id)

    def identify(self) -> Identity:
        """Which site it is, then the account: the one thing that Jira never tells a stranger."""
        site_id = self._site_id
        path = f"{self.api}/myself"
        me = self._client.get(path, mapping.Myself)
        account = me.account_id or me.key or me.name
        if not account:
            raise UnexpectedReply(self.name, f"GET {path}", "Jira did not name the account")
        return Identity(
            account_id=account,
            name=me.display_name,
            site_id=site_id,
            site_name=self._host,
            former_site_id=self._host,
            email=me.email_address,
            time_zone=me.time_zone,
        )

    @property
    def _host(self) -> str:
        return self._client.base.partition("://")[2]

    @property
    @abstractmethod
    def _site_id(self) -> str:
        """What the site is known by, whatever credential opens it. Any ProviderError."""

    def number_fields(self) -> list[NumberField]:
        """Numeric fields of the site, likely estimates first."""
        return mapping.number_fields(self._fields())

    def vocabulary(self) -> Vocabulary:
        """All statuses and types of the site."""
        statuses = self._client.get(f"{self.api}/status", list[mapping.Status])
        types = self._client.get(f"{self.api}/issuetype", list[mapping.IssueType])
        return Vocabulary(
            [RemoteStatus(it.id, it.name, it.category.key) for it in statuses],
            [RemoteType(it.id, it.name, mapping.level_of(it)) for it in types],
        )

    def project_names(self, *, since: datetime) -> dict[str, str]:
        """Items are not told with the names of their projects."""
        return {}

    def check_selection(self, selection: Selection) -> None:
        """Look at the text here, then let Jira look at it."""
        self.preview(selection)

    def preview(self, selection: Selection) -> Preview:
        """The issues changed last, and how many there are in all."""
        restriction = self._restriction(selection)
        self.identify()
        return self._preview(selection, restriction)

    @abstractmethod
    def _preview(self, selection: Selection, restriction: str) -> Preview: ...

    @abstractmethod
    def _reader(self, selection: Selection) -> Callable[[msgspec.Raw], Item]: ...

    def _fields(self) -> list[mapping.Field]:
        return self._client.get(f"{self.api}/field", list[mapping.Field])

    def _restriction(self, selection: Selection) -> str:
        try:
            self._require_field_ids(selection)
            return jql.selected(selection)
        except ValueError as refusal:
            detail = str(refusal).rstrip(".")
            raise SelectionRefused(self.name, "query", detail) from refusal

    @staticmethod
    def _require_field_ids(selection: Selection) -> None:
        names = {*selection.points_fields, *selection.number_fields}
        if unusable := [name for name in names if not mapping.is_number_field_id(name)]:
            raise ValueError(f"{min(unusable)!r} is not the id of a numeric field.")

    def _page(
        self, place: Place, issues: list[msgspec.Raw], read: Callable[[msgspec.Raw], Item]
    ) -> Page:
        """The page without its checkpoint, which depends on how the list goes on."""
        items, refused, raws = sift(issues, read)
        return Page(
            items=items,
            raws=raws,
            quarantined=refused,
            watermark=place.watermark(items, self._client.server_time),
            requests=self._client.take_requests(),
            budget=self._client.budget,
        )

    def _ids(self, issues: list[msgspec.Raw], request: str) -> list[str]:
        try:
            return [msgspec.json.decode(issue, type=Identified).id for issue in issues]
        except msgspec.DecodeError:
            raise UnexpectedReply(self.name, request, "an issue came without its id") from None

    @contextmanager
    def _ending(self, request: str) -> Iterator[None]:
        """A list without an end is a fault of the service."""
        try:
            yield
        except PagingError as error:
            raise error.told(self.name, request) from error
