"""The seam between the sync engine and other companies' trackers: one Protocol and its values.

An adapter reports raw facts. What they mean for a key result is decided by DoneRules in
integrations.providers.counting: a link can carry its own rules and re-apply them to stored facts.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec


class Category(StrEnum):
    """What an item counts as. LEFT_OUT is in neither the numerator nor the denominator."""

    TO_DO = "todo"
    DOING = "doing"
    DONE = "done"
    LEFT_OUT = "left_out"


class SourceKind(StrEnum):
    """What a source selects by; each provider accepts some of these."""

    PROJECT = "project"
    TEAM = "team"
    INITIATIVE = "initiative"
    FILTER = "filter"
    JQL = "jql"


class DoneRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which items count, and which of them are done. Keys are the remote service's own ids.

    status_kinds maps the service's fixed word for progress (a Jira status category key, a Linear
    state type); statuses overrides it by status id. Of what is then done, done_resolutions (names
    in lower case) stays done and any other resolution is left out; resolutions overrides that by
    resolution id, and None in done_resolutions means that resolutions are not looked at.
    levels are the hierarchy levels that count as leaf items; types overrides that by type id.
    """

    status_kinds: dict[str, Category]
    statuses: dict[str, Category] = {}
    done_resolutions: tuple[str, ...] | None = None
    resolutions: dict[str, Category] = {}
    levels: tuple[int, ...] = (0,)
    types: dict[str, bool] = {}


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One work item as the service tells it. remote_id is its identity; key is for people.

    level is 1 and up for epics and above, 0 for ordinary items, below 0 for sub-tasks. points and
    numbers are None or absent where the service holds nothing: 0 is a real estimate. A parent may
    be known by id, by key, or not at all. deleted means restorable but gone from every list.
    project_name is told where projects are parts of the work, as in Linear; a Jira project is what
    keys are numbered in, and is not named.
    """

    remote_id: str
    key: str
    title: str
    url: str
    type_id: str
    type_name: str
    level: int
    status_id: str
    status_name: str
    status_kind: str
    project_remote_id: str | None
    project_key: str
    created_at: datetime
    updated_at: datetime
    team_remote_id: str | None = None
    resolution_id: str | None = None
    resolution_name: str | None = None
    points: Decimal | None = None
    numbers: dict[str, Decimal] = {}
    labels: tuple[str, ...] = ()
    parent_remote_id: str | None = None
    parent_key: str | None = None
    completed_at: datetime | None = None
    archived: bool = False
    deleted: bool = False
    project_name: str = ""


class Quarantined(msgspec.Struct, frozen=True):
    """A record that could not be read. The excerpt is the start of its JSON."""

    remote_id: str | None
    reason: str
    excerpt: str


class Budget(msgspec.Struct, frozen=True):
    """What the service last said of its rate limit; None where it said nothing."""

    remaining: int | None = None
    resets_at: datetime | None = None
    near_limit: bool = False


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """One of the budgets that a service keeps for us, by its own name for it.

    left of limit units remain, of which a request takes about cost. They come back per_second, or
    all at once at resets_at, as far as the service says.
    """

    name: str
    left: float
    limit: float
    per_second: float = 0
    resets_at: datetime | None = None
    cost: float = 1


class Gate(Protocol):
    """What every request of a connection passes, whichever process makes it."""

    def enter(self, request: str) -> None:
        """Wait one's turn for a moment; RateLimited, and nothing is asked, if it takes longer."""

    def note(self, allowances: Sequence[Allowance]) -> None:
        """Keep what the service said is left."""

    def shut(self, seconds: float) -> None:
        """Let nobody through for so long."""


class OpenGate:
    """Lets everything through, for requests before there is a connection."""

    def enter(self, request: str) -> None:
        return

    def note(self, allowances: Sequence[Allowance]) -> None:
        return

    def shut(self, seconds: float) -> None:
        return


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some items of a run, and where to go on after storing them.

    checkpoint continues the run after this page and is None on the last one. watermark is the
    highest time of change seen in the whole run so far, by the service's clock: keep it as the
    next run's since, once the last page is stored. requests counts calls made for this page. raws
    has the records as they were sent, by remote id.
    """

    items: list[Item]
    raws: dict[str, msgspec.Raw] = {}
    quarantined: list[Quarantined] = []
    checkpoint: str | None = None
    watermark: datetime | None = None
    requests: int = 0
    budget: Budget = Budget()

    @property
    def last(self) -> bool:
        return self.checkpoint is None


class IdPage(msgspec.Struct, frozen=True, kw_only=True):
    """Ids that a selection holds now; an id missing from a whole census is gone or out of sight."""

    remote_ids: list[str]
    checkpoint: str | None = None
    requests: int = 0

    @property
    def last(self) -> bool:
        return self.checkpoint is None


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Whose credential it is. A connection must stay with one site_id.

    former_site_id is what the site was known by before its service told an id of it, if ever.
    """

    account_id: str
    name: str
    site_id: str
    site_name: str
    former_site_id: str = ""
    email: str | None = None
    time_zone: str | None = None


class RemoteSource(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person can choose to follow."""

    remote_id: str
    key: str
    name: str
    kind: SourceKind
    archived: bool = False


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a service granted to us in the name of a person who signed in there.

    A refresh token may be good for one use only: whoever uses it stores what comes back before
    anything else. site_id is the service's id of the site that was chosen, if it has several.
    """

    access_token: str
    refresh_token: str
    expires_at: datetime
    scopes: tuple[str, ...] = ()
    site_id: str = ""

    @property
    def header(self) -> str:
        return f"Bearer {self.access_token}"

    def __repr__(self) -> str:
        return f"Grant(expires_at={self.expires_at:%Y-%m-%d %H:%M}, site_id={self.site_id!r})"


class Authorization(Protocol):
    """What proves us to a service, request by request."""

    def header(self) -> str:
        """The value of the Authorization header. Any ProviderError when there is none to be had."""

    def renew(self, refused: str) -> bool:
        """Whether there is another header to try, now that the service refused this one."""


class NumberField(msgspec.Struct, frozen=True):
    """A numeric field of items; is_points marks the likely estimates, the likeliest first."""

    remote_id: str
    name: str
    is_points: bool


class RemoteStatus(msgspec.Struct, frozen=True):
    """A status with the service's own word for how far work in it is."""

    remote_id: str
    name: str
    kind: str


class RemoteType(msgspec.Struct, frozen=True):
    """An item type and its hierarchy level, as in Item.level."""

    remote_id: str
    name: str
    level: int


class Vocabulary(msgspec.Struct, frozen=True):
    """The statuses and types that DoneRules can be set for."""

    statuses: list[RemoteStatus]
    types: list[RemoteType]


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What a source reads. value is a remote id, or the query itself for JQL.

    points_fields are candidates in order: an item takes the first that holds a value.
    """

    kind: SourceKind
    value: str
    points_fields: tuple[str, ...] = ()
    number_fields: tuple[str, ...] = ()


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The items of a selection that changed last, a page of them at most.

    whole says that these are all there are. count is None when unknown, a lower bound or guess if
    approximate.
    """

    items: list[Item]
    quarantined: list[Quarantined]
    count: int | None
    approximate: bool
    whole: bool


class ProviderError(Exception):
    """A request to a tracker that failed. No text here holds a credential or a query string.

    request is the method and path; status is the HTTP status or None; advice is one sentence for
    the person who can do something about it; retry_after is in seconds, None when not said.
    """

    advice: ClassVar[str] = "Try again later."

    def __init__(
        self,
        provider: str,
        request: str,
        detail: str,
        *,
        status: int | None = None,
        retry_after: int | None = None,
        advice: str | None = None,
    ) -> None:
        self.provider = provider
        self.request = request
        self.detail = detail
        self.status = status
        self.retry_after = retry_after
        self.what_to_do = advice or self.advice
        super().__init__(f"{provider}, {request}: {detail}. {self.what_to_do}")


class AuthenticationFailed(ProviderError):  # the engine reads these as outcomes
    advice = "Enter a new credential on the connection page."


class AccessLost(ProviderError):
    advice = "Give the connected account access again, or choose another source."


class RateLimited(ProviderError):
    advice = "Nothing to do: the sync goes on when the service allows it."


class RemoteUnavailable(ProviderError):
    advice = "Nothing to do now: the sync tries again by itself."


class OurFault(ProviderError):
    advice = "Report it to the operator with the time of the run: the log has more."


class UnexpectedReply(ProviderError):
    advice = "Check the address of the connection; if it is right, report this to the operator."


class GarbledReply(UnexpectedReply):
    """No JSON at all: cut off, or a page of something that stands between."""


class PlaceLost(UnexpectedReply):
    """A list leads back to where it was, or on without end: nobody gets further from there."""

    advice = "Nothing to do now: a place that leads nowhere twice is forgotten."


class ListStuck(PlaceLost):
    """A list was begun again as often as makes sense: whoever tries again goes the same round."""

    advice = "Nothing to do now: what is stored stays, and the next run begins the list anew."


class SelectionRefused(ProviderError):
    advice = "Change what the source selects."


class ListIncomplete(ProviderError):
    advice = "Nothing to do: the next run reads again what may be missing."


class Provider(Protocol):
    """One tracker with one credential. Every method may raise any ProviderError."""

    name: ClassVar[str]
    default_rules: ClassVar[DoneRules]
    # Raised when more is told of an item than before: every source is then read anew, once.
    edition: ClassVar[int]

    def identify(self) -> Identity:
        """Prove the credential; AuthenticationFailed when it does not hold."""

    def told_site(self) -> str:
        """The id of the site as it tells everybody; the credential is kept back.

        Empty where it tells none, or where others than the service could answer at an address.
        """

    def sources(self) -> list[RemoteSource]:
        """Everything that can be chosen, by name."""

    def number_fields(self) -> list[NumberField]:
        """Numeric fields, likely estimates first."""

    def vocabulary(self) -> Vocabulary:
        """What statuses and types are called and mean now: their items do not tell changes."""

    def project_names(self, *, since: datetime) -> dict[str, str]:
        """What projects that changed since are called, by id: those that changed last, one request.

        Empty where items are not told with the names of their projects.
        """

    def check_selection(self, selection: Selection) -> None:
        """SelectionRefused with the reason, when the selection cannot be followed."""

    def preview(self, selection: Selection) -> Preview:
        """A page of items and a count, before anything is stored."""

    def changes(
        self, selection: Selection, *, since: datetime | None, checkpoint: str | None = None
    ) -> Iterator[Page]:
        """Items changed since a watermark, with overlap and without an upper bound.

        The credential and the source are proved first. Store each page with its checkpoint before
        asking for the next; an item may come more than once. ListIncomplete, after the last page,
        where the service left open whether that was all.
        """

    def census(self, selection: Selection, *, checkpoint: str | None = None) -> Iterator[IdPage]:
        """Every id the selection holds now; ListIncomplete where that may not be all."""

    def items(self, selection: Selection, remote_ids: Collection[str]) -> Iterator[Page]:
        """These items wherever they are now; what is gone or out of sight is left out."""
