"""What Linear shows of projects, milestones and initiatives.

Names are the schema's in Python's spelling. What a filter on several records goes into is named
``all_`` and the field. A method that takes ``asked`` is a list, with the arguments of the field.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from standins.linear_lists import Connection
from standins.records import Initiative, Milestone, Undertaking

if TYPE_CHECKING:
    from standins.linear_issues import IssueView
    from standins.linear_workspace import Workspace


class Dated(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def created(self) -> datetime: ...
    @property
    def updated(self) -> datetime: ...


Kept = TypeVar("Kept", bound=Dated)


@dataclass(frozen=True)
class KeptView(Generic[Kept]):
    """A record with dates of its own."""

    workspace: "Workspace"
    record: Kept

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def created_at(self) -> datetime:
        return self.record.created

    @property
    def updated_at(self) -> datetime:
        return self.record.updated

    @property
    def slug_id(self) -> str:
        """The short form that Linear puts into addresses."""
        return self.id.replace("-", "")[:12]


@dataclass(frozen=True)
class ProjectStatus:
    type: str

    @property
    def id(self) -> str:
        return f"status-{self.type}"

    @property
    def name(self) -> str:
        return self.type.capitalize()


class Project(KeptView[Undertaking]):
    description = ""
    trashed = None

    @property
    def name(self) -> str:
        """Escaped for HTML, as the service was seen to send the names of projects."""
        return escape(self.record.name, quote=False)

    @property
    def archived_at(self) -> datetime | None:
        return self.record.archived

    @property
    def url(self) -> str:
        return f"{self.workspace.base}/project/{self.slug_id}"

    @property
    def status(self) -> ProjectStatus:
        return ProjectStatus(self.record.status)

    @property
    def start_date(self) -> date | None:
        return self.record.starts

    @property
    def target_date(self) -> date | None:
        return self.record.target

    @property
    def all_issues(self) -> list["IssueView"]:
        return [it for it in self.workspace.all_issues if it.issue.undertaking_id == self.id]

    @property
    def all_initiatives(self) -> list["InitiativeView"]:
        every = self.workspace.all_initiatives
        return [it for it in every if it.id in self.record.initiative_ids]

    @property
    def progress(self) -> Decimal:
        return self.workspace.progress(self.all_issues)

    @property
    def scope(self) -> Decimal:
        return sum((it.points for it in self.all_issues if it.counts), Decimal(0))

    def issues(self, **asked: Any) -> Connection:
        return self.workspace.page(self.all_issues, "IssueFilter", asked)

    def teams(self, **asked: Any) -> Connection:
        rows = (it for it in self.workspace.all_teams if it.id in self.record.space_ids)
        return self.workspace.page(rows, "TeamFilter", asked)

    def initiatives(self, **asked: Any) -> Connection:
        return self.workspace.page(self.all_initiatives, "InitiativeFilter", asked)

    def project_milestones(self, **asked: Any) -> Connection:
        rows = (it for it in self.workspace.all_milestones if it.record.undertaking_id == self.id)
        return self.workspace.page(rows, "ProjectMilestoneFilter", asked)


class MilestoneView(KeptView[Milestone]):
    archived_at = None

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def target_date(self) -> date | None:
        return self.record.target

    @property
    def project(self) -> Project:
        site = self.workspace.tracker.site
        return Project(self.workspace, site.undertakings[self.record.undertaking_id])

    @property
    def all_issues(self) -> list["IssueView"]:
        return [it for it in self.workspace.all_issues if it.issue.milestone_id == self.id]

    @property
    def progress(self) -> Decimal:
        return self.workspace.progress(self.all_issues)

    def issues(self, **asked: Any) -> Connection:
        return self.workspace.page(self.all_issues, "IssueFilter", asked)


class InitiativeView(KeptView[Initiative]):
    """An initiative has no progress of its own."""

    description = None
    trashed = None

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def status(self) -> str:
        return self.record.status

    @property
    def archived_at(self) -> datetime | None:
        return self.record.archived

    @property
    def target_date(self) -> date | None:
        return self.record.target

    @property
    def url(self) -> str:
        return f"{self.workspace.base}/initiative/{self.slug_id}"

    @property
    def parent_initiative(self) -> "InitiativeView | None":
        every = self.workspace.all_initiatives
        return next((it for it in every if it.id == self.record.parent_id), None)

    @property
    def all_sub_initiatives(self) -> list["InitiativeView"]:
        return [it for it in self.workspace.all_initiatives if it.record.parent_id == self.id]

    def family(self) -> set[str]:
        """Its id and those of everything below it."""
        below = (child.family() for child in self.all_sub_initiatives)
        return {self.id}.union(*below)

    def sub_initiatives(self, **asked: Any) -> Connection:
        return self.workspace.page(self.all_sub_initiatives, "InitiativeFilter", asked)

    def projects(self, *, include_sub_initiatives: bool = True, **asked: Any) -> Connection:
        family = self.family() if include_sub_initiatives else {self.id}
        every = self.workspace.all_projects
        rows = (it for it in every if family & set(it.record.initiative_ids))
        return self.workspace.page(rows, "ProjectFilter", asked)
