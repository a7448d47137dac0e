"""From Linear's JSON to items: pure functions, nothing fetched."""

from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import msgspec

from integrations.ports import (
    Category,
    DoneRules,
    Item,
    RemoteSource,
    RemoteStatus,
    SourceKind,
)

RULES = DoneRules(
    status_kinds={
        "triage": Category.TO_DO,
        "backlog": Category.TO_DO,
        "unstarted": Category.TO_DO,
        "started": Category.DOING,
        "completed": Category.DONE,
        "canceled": Category.LEFT_OUT,
        "duplicate": Category.LEFT_OUT,
    }
)
ISSUE_TYPE = "issue"
ESTIMATE = "estimate"
SUB_ISSUE_TYPE = "sub-issue"


class PageInfo(msgspec.Struct, rename="camel", gc=False):
    has_next_page: bool
    end_cursor: str | None = None


class State(msgspec.Struct, gc=False):
    id: str
    name: str
    type: str

    def status(self) -> RemoteStatus:
        return RemoteStatus(self.id, unescape(self.name), self.type)


class Team(msgspec.Struct, gc=False):
    id: str
    key: str


class Project(msgspec.Struct, gc=False):
    id: str
    name: str


class Parent(msgspec.Struct, gc=False):
    id: str
    identifier: str


class Label(msgspec.Struct, gc=False):
    name: str


class Labels(msgspec.Struct, rename="camel", gc=False):
    nodes: list[Label]
    page_info: PageInfo


class Issue(msgspec.Struct, rename="camel", gc=False):
    id: str
    identifier: str
    title: str
    url: str
    state: State
    team: Team
    labels: Labels
    created_at: datetime
    updated_at: datetime
    estimate: Decimal | None = None
    completed_at: datetime | None = None
    archived_at: datetime | None = None
    trashed: bool | None = None
    project: Project | None = None
    parent: Parent | None = None


class Container(msgspec.Struct, rename="camel"):
    """A team, project or initiative as a list shows it."""

    id: str
    name: str
    key: str = ""
    slug_id: str = ""
    archived_at: datetime | None = None

    def source(self, kind: SourceKind) -> RemoteSource:
        """Names come escaped for HTML now and then."""
        return RemoteSource(
            remote_id=self.id,
            key=self.key or self.slug_id,
            name=unescape(self.name),
            kind=kind,
            archived=self.archived_at is not None,
        )


def item(record: msgspec.Raw) -> Item:
    """The item of one issue; ValueError for an issue that cannot be read."""
    issue = msgspec.json.decode(record, type=Issue)
    if issue.labels.page_info.has_next_page:
        raise ValueError("the issue has more labels than are read")
    parent, project = issue.parent, issue.project
    return Item(
        remote_id=issue.id,
        key=issue.identifier,
        title=issue.title,
        url=issue.url if issue.url.startswith("https://") else "",
        type_id=SUB_ISSUE_TYPE if parent else ISSUE_TYPE,
        type_name="Sub-issue" if parent else "Issue",
        # A project lists parents beside their sub-issues: counting both would count work twice.
        level=-1 if parent else 0,
        status_id=issue.state.id,
        status_name=unescape(issue.state.name),
        status_kind=issue.state.type,
        points=issue.estimate,
        numbers={} if issue.estimate is None else {ESTIMATE: issue.estimate},
        labels=tuple(unescape(label.name) for label in issue.labels.nodes),
        parent_remote_id=parent.id if parent else None,
        parent_key=parent.identifier if parent else None,
        project_remote_id=project.id if project else None,
        project_key=issue.team.key,
        team_remote_id=issue.team.id,
        created_at=_moment(issue.created_at),
        updated_at=_moment(issue.updated_at),
        completed_at=_moment(issue.completed_at) if issue.completed_at else None,
        archived=issue.archived_at is not None,
        deleted=bool(issue.trashed),
        project_name=unescape(project.name) if project else "",
    )


def _moment(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise ValueError("a time has no zone")
    return time.astimezone(UTC)
