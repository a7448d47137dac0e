"""What a tracker knows, as plain values that can be written to one JSON file and read back.

One vocabulary serves both companies. A *space* is what issues are numbered in: a Jira project or a
Linear team. A status carries its company's own word for how far work is: Jira's category key
(``new``, ``indeterminate``, ``done``) or Linear's state type (``backlog`` to ``duplicate``).
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    JIRA = "jira"
    LINEAR = "linear"


class Edition(StrEnum):
    """The two Jiras, which answer the same questions in different shapes."""

    CLOUD = "cloud"
    DATA_CENTER = "data-center"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    email: str
    time_zone: str = "Etc/UTC"


class Status(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    category: str
    space_id: str | None = None
    """Linear's states belong to a team; Jira's are shared."""


class IssueType(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    level: int
    """1 epic, 0 standard, -1 sub-task."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A resolution, a label or a version: an id and a name that people choose."""

    id: str
    name: str


class Sprint(msgspec.Struct, frozen=True, kw_only=True):
    """A Jira sprint or a Linear cycle."""

    id: str
    name: str
    state: str
    space_id: str | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    completed: datetime | None = None


class Space(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    key: str
    name: str
    style: str = "classic"
    """Jira's ``classic`` or ``next-gen``; it decides which story point field is in use."""
    archived: bool = False
    hidden: bool = False
    """The account that asks may not see it."""
    last_number: int = 0
    updated: datetime | None = None


class Undertaking(msgspec.Struct, frozen=True, kw_only=True):
    """A Linear project."""

    id: str
    name: str
    status: str
    space_ids: tuple[str, ...]
    created: datetime
    updated: datetime
    initiative_ids: tuple[str, ...] = ()
    starts: date | None = None
    target: date | None = None
    archived: datetime | None = None


class Initiative(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    status: str
    created: datetime
    updated: datetime
    parent_id: str | None = None
    target: date | None = None
    archived: datetime | None = None


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    undertaking_id: str
    created: datetime
    updated: datetime
    target: date | None = None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Another issue, which may lie outside what this tracker holds."""

    id: str
    key: str


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    key: str
    space_id: str
    type_id: str
    title: str
    status_id: str
    created: datetime
    updated: datetime
    resolution_id: str | None = None
    started: datetime | None = None
    resolved: datetime | None = None
    archived: datetime | None = None
    trashed: bool = False
    hidden: bool = False
    """A security level that the account is not in: for it, the issue does not exist."""
    label_ids: tuple[str, ...] = ()
    estimate: Decimal | None = None
    parent: Link | None = None
    epic: Link | None = None
    sprint_ids: tuple[str, ...] = ()
    version_ids: tuple[str, ...] = ()
    undertaking_id: str | None = None
    milestone_id: str | None = None
    previous_keys: tuple[str, ...] = ()


class Site(msgspec.Struct, kw_only=True):
    """Everything one tracker holds, by id."""

    kind: Kind
    id: str
    name: str
    account: Person
    spaces: dict[str, Space] = {}
    statuses: dict[str, Status] = {}
    types: dict[str, IssueType] = {}
    resolutions: dict[str, Named] = {}
    labels: dict[str, Named] = {}
    versions: dict[str, Named] = {}
    sprints: dict[str, Sprint] = {}
    undertakings: dict[str, Undertaking] = {}
    initiatives: dict[str, Initiative] = {}
    milestones: dict[str, Milestone] = {}
    issues: dict[str, Issue] = {}
    last_issue_id: int = 10000
    """Jira never gives an id twice, not even after a deletion."""
