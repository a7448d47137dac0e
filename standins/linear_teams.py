"""What Linear shows of people, teams and what belongs to a team.

Names are the schema's in Python's spelling. What a filter on several records goes into is named
``all_`` and the field. A method that takes ``asked`` is a list, with the arguments of the field.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from standins.linear_lists import Connection
from standins.records import Named, Person, Space, Sprint, Status

if TYPE_CHECKING:
    from standins.linear_issues import IssueView
    from standins.linear_workspace import Workspace

BEGINNING = datetime(2024, 1, 8, 9, tzinfo=UTC)
"""When everything was made that does not say when."""


@dataclass(frozen=True)
class User:
    person: Person

    active = True

    @property
    def id(self) -> str:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def display_name(self) -> str:
        return self.person.name.split()[0].lower()

    @property
    def email(self) -> str:
        return self.person.email

    @property
    def timezone(self) -> str:
        return self.person.time_zone


@dataclass(frozen=True)
class Organization:
    id: str
    name: str

    @property
    def url_key(self) -> str:
        return self.name.lower().replace(" ", "-")


class Lasting:
    """A record that the stand-in keeps no dates for, and that nobody archives."""

    created_at = BEGINNING
    updated_at = BEGINNING
    archived_at = None


@dataclass(frozen=True)
class Label(Lasting):
    label: Named

    @property
    def id(self) -> str:
        return self.label.id

    @property
    def name(self) -> str:
        return self.label.name


@dataclass(frozen=True)
class Team(Lasting):
    workspace: "Workspace"
    space: Space

    issue_estimation_type = "fibonacci"
    issue_estimation_allow_zero = False
    default_issue_estimate = Decimal(1)

    @property
    def id(self) -> str:
        return self.space.id

    @property
    def key(self) -> str:
        return self.space.key

    @property
    def name(self) -> str:
        return self.space.name

    @property
    def display_name(self) -> str:
        return self.space.name

    @property
    def timezone(self) -> str:
        return self.workspace.tracker.site.account.time_zone

    @property
    def all_issues(self) -> list["IssueView"]:
        return [it for it in self.workspace.all_issues if it.issue.space_id == self.id]

    def issue_count(self, *, include_archived: bool) -> int:
        return sum(include_archived or it.archived_at is None for it in self.all_issues)

    def issues(self, **asked: Any) -> Connection:
        return self.workspace.page(self.all_issues, "IssueFilter", asked)

    def states(self, **asked: Any) -> Connection:
        rows = (it for it in self.workspace.all_states if it.status.space_id == self.id)
        return self.workspace.page(rows, "WorkflowStateFilter", asked)

    def cycles(self, **asked: Any) -> Connection:
        rows = (it for it in self.workspace.all_cycles if it.sprint.space_id == self.id)
        return self.workspace.page(rows, "CycleFilter", asked)


@dataclass(frozen=True)
class State(Lasting):
    workspace: "Workspace"
    status: Status

    position = Decimal(1)

    @property
    def id(self) -> str:
        return self.status.id

    @property
    def name(self) -> str:
        return self.status.name

    @property
    def type(self) -> str:
        return self.status.category

    @property
    def team(self) -> Team:
        return Team(self.workspace, self.workspace.tracker.site.spaces[self.status.space_id or ""])


@dataclass(frozen=True)
class Cycle(Lasting):
    workspace: "Workspace"
    sprint: Sprint

    @property
    def id(self) -> str:
        return self.sprint.id

    @property
    def name(self) -> str:
        return self.sprint.name

    @property
    def number(self) -> Decimal:
        """Cycles of a team are numbered from 1 in the order they were made."""
        every = self.workspace.tracker.site.sprints.values()
        ids = [it.id for it in every if it.space_id == self.sprint.space_id]
        return Decimal(ids.index(self.id) + 1)

    @property
    def starts_at(self) -> datetime:
        return self.sprint.starts or BEGINNING

    @property
    def ends_at(self) -> datetime:
        return self.sprint.ends or BEGINNING

    @property
    def completed_at(self) -> datetime | None:
        return self.sprint.completed

    @property
    def is_active(self) -> bool:
        return self.starts_at <= self.workspace.tracker.now() < self.ends_at

    @property
    def is_future(self) -> bool:
        return self.starts_at > self.workspace.tracker.now()

    @property
    def is_past(self) -> bool:
        return self.ends_at <= self.workspace.tracker.now()

    @property
    def progress(self) -> Decimal:
        rows = (it for it in self.workspace.all_issues if self.id in it.issue.sprint_ids)
        return self.workspace.progress(rows)

    @property
    def team(self) -> Team:
        return Team(self.workspace, self.workspace.tracker.site.spaces[self.sprint.space_id or ""])
