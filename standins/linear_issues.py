"""What Linear shows of an issue.

Names are the schema's in Python's spelling. What a filter on several records goes into is named
``all_`` and the field. A method that takes ``asked`` is a list, with the arguments of the field.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from standins.linear_lists import Connection
from standins.linear_plans import MilestoneView, Project
from standins.linear_teams import Cycle, Label, State, Team
from standins.records import Issue

if TYPE_CHECKING:
    from standins.linear_workspace import Workspace


@dataclass(frozen=True)
class IssueView:
    workspace: "Workspace"
    issue: Issue

    @property
    def id(self) -> str:
        return self.issue.id

    @property
    def identifier(self) -> str:
        return self.issue.key

    @property
    def previous_identifiers(self) -> tuple[str, ...]:
        return self.issue.previous_keys

    @property
    def number(self) -> Decimal:
        return Decimal(self.issue.key.rsplit("-", 1)[1])

    @property
    def title(self) -> str:
        return self.issue.title

    @property
    def url(self) -> str:
        return f"{self.workspace.base}/browse/{self.issue.key}"

    @property
    def estimate(self) -> Decimal | None:
        return self.issue.estimate

    @property
    def created_at(self) -> datetime:
        return self.issue.created

    @property
    def updated_at(self) -> datetime:
        return self.issue.updated

    @property
    def started_at(self) -> datetime | None:
        return self.issue.started

    @property
    def completed_at(self) -> datetime | None:
        return self.issue.resolved if self.state.type == "completed" else None

    @property
    def canceled_at(self) -> datetime | None:
        return None if self.counts else self.issue.resolved

    @property
    def archived_at(self) -> datetime | None:
        return self.issue.archived

    @property
    def trashed(self) -> bool | None:
        return True if self.issue.trashed else None

    @property
    def state(self) -> State:
        return State(self.workspace, self.workspace.tracker.status_of(self.issue))

    @property
    def team(self) -> Team:
        return Team(self.workspace, self.workspace.tracker.site.spaces[self.issue.space_id])

    @property
    def project(self) -> Project | None:
        found = self.workspace.tracker.site.undertakings.get(self.issue.undertaking_id or "")
        return Project(self.workspace, found) if found else None

    @property
    def project_milestone(self) -> MilestoneView | None:
        found = self.workspace.tracker.site.milestones.get(self.issue.milestone_id or "")
        return MilestoneView(self.workspace, found) if found else None

    @property
    def cycle(self) -> Cycle | None:
        known = self.workspace.tracker.site.sprints
        found = (known[sprint_id] for sprint_id in self.issue.sprint_ids)
        return next((Cycle(self.workspace, sprint) for sprint in found), None)

    @property
    def parent(self) -> "IssueView | None":
        link = self.issue.parent
        found = self.workspace.tracker.site.issues.get(link.id) if link else None
        return IssueView(self.workspace, found) if found else None

    @property
    def label_ids(self) -> tuple[str, ...]:
        return self.issue.label_ids

    @property
    def all_labels(self) -> list[Label]:
        known = self.workspace.tracker.site.labels
        return [Label(known[label_id]) for label_id in self.label_ids]

    @property
    def counts(self) -> bool:
        """Whether the issue is part of what its project has to do."""
        return self.state.type not in {"canceled", "duplicate"}

    @property
    def points(self) -> Decimal:
        """The estimate, or what its team counts for an issue without one."""
        return Team.default_issue_estimate if self.estimate is None else self.estimate

    def labels(self, **asked: Any) -> Connection:
        return self.workspace.page(self.all_labels, "IssueLabelFilter", asked)

    def children(self, **asked: Any) -> Connection:
        every = self.workspace.all_issues
        rows = (it for it in every if it.issue.parent and it.issue.parent.id == self.id)
        return self.workspace.page(rows, "IssueFilter", asked)
