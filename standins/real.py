"""Recorded issues of a real Jira, as they stood at any day: gzipped JSON lines in one folder.

A recording keeps the last state of every issue and three moments of its life. Until its creation an
issue is absent; until its resolution (or, where none is recorded, its last change) a finished one
is shown open.
"""

import gzip
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import field
from msgspec.structs import replace

from standins.blank import ACCOUNT
from standins.records import (
    Issue,
    IssueType,
    Kind,
    Link,
    Named,
    Site,
    Space,
    Sprint,
    Status,
)

EPIC = "Epic"


class RawNamed(msgspec.Struct):
    id: str
    name: str


class RawCategory(msgspec.Struct):
    key: str


class RawStatus(RawNamed):
    category: RawCategory = field(name="statusCategory")


class RawType(RawNamed):
    subtask: bool


class RawProject(RawNamed):
    key: str


class RawSprint(msgspec.Struct, rename="camel"):
    id: int
    name: str
    state: str
    start_date: datetime | None = None
    end_date: datetime | None = None
    complete_date: datetime | None = None


class RawLink(msgspec.Struct):
    id: int | str
    key: str

    def link(self) -> Link:
        return Link(id=str(self.id), key=self.key)


class RawFields(msgspec.Struct):
    summary: str
    issuetype: RawType
    project: RawProject
    status: RawStatus
    created: str
    updated: str
    resolution: RawNamed | None = None
    resolutiondate: str | None = None
    labels: tuple[str, ...] = ()
    versions: list[RawNamed] = field(name="fixVersions", default_factory=list)
    sprints: list[RawSprint] = field(name="closedSprints", default_factory=list)
    parent: RawLink | None = None
    epic: RawLink | None = None


class RawIssue(msgspec.Struct):
    id: str
    key: str
    fields: RawFields


def read_site(folder: Path, *, up_to: datetime | None = None) -> Site:
    """The recorded site as it stood at a moment; without one, as it was recorded."""
    raws = sorted(_read(folder), key=lambda raw: int(raw.id))
    site = Site(kind=Kind.JIRA, id="recorded", name="Recorded issues", account=ACCOUNT)
    for raw in raws:
        _learn(site, raw.fields)
    # Projects and ids of a later day are known already: nothing is to be numbered over them.
    site.last_issue_id = max((int(raw.id) for raw in raws), default=site.last_issue_id)
    site.spaces = {space.id: space for space in _spaces(raws)}
    issues = (_as_of(_issue(raw), site, up_to) for raw in raws)
    site.issues = {issue.id: issue for issue in issues if up_to is None or issue.created <= up_to}
    return site


def _read(folder: Path) -> Iterator[RawIssue]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line, type=RawIssue)


def _learn(site: Site, raw: RawFields) -> None:
    """Take over the statuses, types and names that an issue mentions."""
    status, kind = raw.status, raw.issuetype
    level = -1 if kind.subtask else int(kind.name == EPIC)
    site.statuses[status.id] = Status(id=status.id, name=status.name, category=status.category.key)
    site.types[kind.id] = IssueType(id=kind.id, name=kind.name, level=level)
    site.labels |= {label: Named(id=label, name=label) for label in raw.labels}
    site.versions |= {it.id: Named(id=it.id, name=it.name) for it in raw.versions}
    site.sprints |= {str(it.id): _sprint(it) for it in raw.sprints}
    if raw.resolution is not None:
        site.resolutions[raw.resolution.id] = Named(id=raw.resolution.id, name=raw.resolution.name)


def _sprint(raw: RawSprint) -> Sprint:
    return Sprint(
        id=str(raw.id),
        name=raw.name,
        state=raw.state,
        starts=raw.start_date,
        ends=raw.end_date,
        completed=raw.complete_date,
    )


def _spaces(raws: Iterable[RawIssue]) -> Iterator[Space]:
    projects = {raw.fields.project.id: raw.fields.project for raw in raws}
    for project in projects.values():
        numbers = (
            int(raw.key.rsplit("-", 1)[1]) for raw in raws if raw.fields.project.id == project.id
        )
        yield Space(id=project.id, key=project.key, name=project.name, last_number=max(numbers))


def _issue(raw: RawIssue) -> Issue:
    fields = raw.fields
    return Issue(
        id=raw.id,
        key=raw.key,
        space_id=fields.project.id,
        type_id=fields.issuetype.id,
        title=fields.summary,
        status_id=fields.status.id,
        resolution_id=fields.resolution.id if fields.resolution else None,
        created=datetime.fromisoformat(fields.created),
        updated=datetime.fromisoformat(fields.updated),
        resolved=_moment(fields.resolutiondate),
        label_ids=fields.labels,
        version_ids=tuple(version.id for version in fields.versions),
        sprint_ids=tuple(str(sprint.id) for sprint in fields.sprints),
        parent=fields.parent.link() if fields.parent else None,
        epic=fields.epic.link() if fields.epic else None,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _as_of(issue: Issue, site: Site, up_to: datetime | None) -> Issue:
    """The issue at a moment after its creation; its last change is then the last one known."""
    if up_to is None or issue.updated <= up_to:
        return issue
    finished = site.statuses[issue.status_id].category == "done"
    resolved = issue.resolved or issue.updated
    if finished and resolved <= up_to:
        return replace(issue, updated=resolved)
    if finished:
        issue = replace(issue, status_id=_first_open(site), resolution_id=None, resolved=None)
    return replace(issue, updated=issue.created)


def _first_open(site: Site) -> str:
    new = (status for status in site.statuses.values() if status.category == "new")
    return min(new, key=lambda status: int(status.id)).id
