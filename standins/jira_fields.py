"""The fields of a Jira issue: what the field list says of each, and how each is shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from standins import jira_shapes as shapes
from standins.jira_shapes import View
from standins.records import Edition, Issue

ABSENT = object()
"""Shown by leaving the field out, as Cloud does with a parent that is not there."""

Show = Callable[[View, Issue], Any]


@dataclass(frozen=True)
class Field:
    id: str
    name: str
    type: str
    show: Show
    items: str | None = None
    custom: str | None = None
    clauses: tuple[str, ...] = ()
    searchable: bool = True
    extra: dict[str, Any] = field(default_factory=dict)

    def listed(self) -> dict[str, Any]:
        """The field as the field list describes it."""
        return {
            "id": self.id,
            "key": self.id,
            "name": self.name,
            "custom": self.custom is not None,
            "orderable": True,
            "navigable": True,
            "searchable": self.searchable,
            "clauseNames": list(self._clause_names()),
            "schema": self._schema(),
        }

    def _clause_names(self) -> Iterable[str]:
        if self.custom is None:
            return self.clauses or (self.id,)
        return (f"cf[{self._number}]", self.name)

    def _schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": self.type}
        if self.items:
            schema["items"] = self.items
        if self.custom is None:
            return {**schema, "system": self.id}
        return {**schema, "custom": self.custom, "customId": self._number}

    @property
    def _number(self) -> int:
        return int(self.id.removeprefix("customfield_"))


def _moment(read: Callable[[Issue], datetime | None]) -> Show:
    def show(view: View, issue: Issue) -> str | None:
        moment = read(issue)
        return None if moment is None else view.time(moment)

    return show


def _parent(view: View, issue: Issue) -> Any:
    link = issue.parent or (issue.epic if view.cloud else None)
    return ABSENT if link is None else shapes.linked(view, link)


def _epic_link(_: View, issue: Issue) -> str | None:
    return issue.epic.key if issue.epic else None


def _sprints(view: View, issue: Issue) -> Any:
    return [shapes.sprint(view, sprint_id) for sprint_id in issue.sprint_ids] or None


def _labels(view: View, issue: Issue) -> list[str]:
    return [view.site.labels[label_id].name for label_id in issue.label_ids]


def _versions(view: View, issue: Issue) -> list[dict[str, Any]]:
    return [shapes.version(view, version_id) for version_id in issue.version_ids]


def _points(style: str) -> Show:
    def show(view: View, issue: Issue) -> float | None:
        if issue.estimate is None or view.site.spaces[issue.space_id].style != style:
            return None
        return _number(issue.estimate)

    return show


def _number(value: Decimal) -> float:
    """As JSON writes it: a float of that size would be “Infinity”, which is none."""
    return float(value) if isfinite(float(value)) else int(value)


def _moved_category(issue: Issue) -> datetime:
    return issue.resolved or issue.started or issue.created


SYSTEM = (
    Field("summary", "Summary", "string", lambda _, issue: issue.title),
    Field("status", "Status", "status", lambda view, it: shapes.status(view, it.status_id)),
    Field("resolution", "Resolution", "resolution", shapes.resolution),
    Field(
        "resolutiondate",
        "Resolved",
        "datetime",
        _moment(lambda issue: issue.resolved),
        clauses=("resolutiondate", "resolved"),
    ),
    Field("created", "Created", "datetime", _moment(lambda issue: issue.created)),
    Field("updated", "Updated", "datetime", _moment(lambda issue: issue.updated)),
    Field(
        "issuetype",
        "Issue Type",
        "issuetype",
        lambda view, issue: shapes.issue_type(view, issue.type_id),
        clauses=("issuetype", "type"),
    ),
    Field(
        "project",
        "Project",
        "project",
        lambda view, issue: shapes.project_of(view, issue.space_id),
    ),
    Field("labels", "Labels", "array", _labels, items="string"),
    Field(
        "fixVersions", "Fix versions", "array", _versions, items="version", clauses=("fixVersion",)
    ),
    Field("parent", "Parent", "issuelink", _parent),
)
CATEGORY_CHANGED = Field(
    "statuscategorychangedate",
    "Status Category Changed",
    "datetime",
    _moment(_moved_category),
    clauses=("statusCategoryChangedDate",),
)
SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
NUMBER = "com.atlassian.jira.plugin.system.customfieldtypes:float"
TEAM_MANAGED_POINTS = "com.pyxis.greenhopper.jira:jsw-story-points"
PLANNED_POINTS = "com.atlassian.jpo:jpo-custom-field-original-story-points"


def _planned(_view: View, _issue: Issue) -> None:
    """Nobody fills it in, and a client that takes it for the estimate finds nothing."""


CLOUD = (
    *SYSTEM,
    CATEGORY_CHANGED,
    Field("customfield_10014", "Epic Link", "any", _epic_link, custom=EPIC_LINK),
    Field(
        "customfield_10016",
        "Story point estimate",
        "number",
        _points("next-gen"),
        custom=TEAM_MANAGED_POINTS,
    ),
    Field("customfield_10020", "Sprint", "array", _sprints, items="json", custom=SPRINT),
    Field("customfield_10026", "Story Points", "number", _points("classic"), custom=NUMBER),
    Field("customfield_10111", "Original story points", "number", _planned, custom=PLANNED_POINTS),
)
DATA_CENTER = (
    *SYSTEM,
    Field("customfield_10101", "Epic Link", "any", _epic_link, custom=EPIC_LINK),
    Field("customfield_10104", "Sprint", "array", _sprints, items="string", custom=SPRINT),
    Field("customfield_10106", "Story Points", "number", _points("classic"), custom=NUMBER),
)


def fields_of(edition: Edition) -> tuple[Field, ...]:
    return CLOUD if edition is Edition.CLOUD else DATA_CENTER


def points_field(edition: Edition, style: str) -> Field:
    """The field that a project of this style estimates in."""
    wanted = TEAM_MANAGED_POINTS if style == "next-gen" else NUMBER
    return next(it for it in fields_of(edition) if it.custom == wanted)


@dataclass(frozen=True)
class Choice:
    """Which fields a request asks for; ``*all`` and ``*navigable`` are everything here."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, asked: Iterable[str], *, default: str) -> "Choice":
        """From the words of a request, each of which may be a comma-separated list."""
        names = tuple(name.strip() for word in asked for name in word.split(",") if name.strip())
        return cls(names or (default,))

    @property
    def bare(self) -> bool:
        """Only the identity of each issue is asked for."""
        return set(self.names) <= {"id", "key"}

    def includes(self, name: str) -> bool:
        if f"-{name}" in self.names:
            return False
        everything = {"*all", "*navigable"} & set(self.names)
        only_exclusions = all(word.startswith("-") for word in self.names)
        return name in self.names or bool(everything) or only_exclusions


def show_issue(view: View, issue: Issue, choice: Choice) -> dict[str, Any]:
    """An issue as Jira shows it: with ``id`` alone asked for, nothing else is there."""
    if choice.names == ("id",):
        return {"id": issue.id}
    shown: dict[str, Any] = {
        "id": issue.id,
        "self": view.link("issue", issue.id),
        "key": issue.key,
    }
    if not choice.bare:
        wanted = [it for it in fields_of(view.edition) if choice.includes(it.id)]
        values = {it.id: it.show(view, issue) for it in wanted}
        shown["fields"] = {name: value for name, value in values.items() if value is not ABSENT}
    return shown
