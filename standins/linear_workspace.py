"""The root of every query to Linear: a workspace as one account sees it.

Names are the schema's in Python's spelling. A method that takes ``asked`` is a list, with the
arguments of the field.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from standins.linear_errors import not_found
from standins.linear_issues import IssueView
from standins.linear_lists import Asked, Connection, Row, connection
from standins.linear_plans import InitiativeView, MilestoneView, Project
from standins.linear_teams import Cycle, Label, Organization, State, Team, User
from standins.state import Tracker, UnknownRecordError

STARTED_COUNTS = Decimal("0.25")
Known = TypeVar("Known", bound=Row)


@dataclass(frozen=True)
class Workspace:
    """The root of every query, as the account of the key sees it."""

    tracker: Tracker
    base: str

    # Everything there is to see

    @property
    def all_teams(self) -> list[Team]:
        return [Team(self, space) for space in self.tracker.visible_spaces()]

    @property
    def all_issues(self) -> list[IssueView]:
        return [IssueView(self, issue) for issue in self.tracker.visible()]

    @property
    def all_projects(self) -> list[Project]:
        """Projects that at least one visible team works on."""
        shown = {team.id for team in self.all_teams}
        every = self.tracker.site.undertakings.values()
        return [Project(self, it) for it in every if shown & set(it.space_ids)]

    @property
    def all_initiatives(self) -> list[InitiativeView]:
        return [InitiativeView(self, it) for it in self.tracker.site.initiatives.values()]

    @property
    def all_states(self) -> list[State]:
        shown = {team.id for team in self.all_teams}
        every = self.tracker.site.statuses.values()
        return [State(self, status) for status in every if status.space_id in shown]

    @property
    def all_cycles(self) -> list[Cycle]:
        shown = {team.id for team in self.all_teams}
        every = self.tracker.site.sprints.values()
        return [Cycle(self, sprint) for sprint in every if sprint.space_id in shown]

    @property
    def all_milestones(self) -> list[MilestoneView]:
        shown = {project.id for project in self.all_projects}
        every = self.tracker.site.milestones.values()
        return [MilestoneView(self, it) for it in every if it.undertaking_id in shown]

    # Fields of Query

    @property
    def viewer(self) -> User:
        return User(self.tracker.site.account)

    @property
    def organization(self) -> Organization:
        return Organization(self.tracker.site.id, self.tracker.site.name)

    def page(self, rows: Iterable[Row], filter_type: str, asked: dict[str, Any]) -> Connection:
        return connection(list(rows), filter_type, Asked(**asked), self.tracker.now())

    @staticmethod
    def progress(issues: Iterable[IssueView]) -> Decimal:
        """Points done and a quarter of the points begun, of all points: 0 to 1, Linear's rule."""
        points = {"completed": Decimal(0), "started": Decimal(0)}
        total = Decimal(0)
        for issue in issues:
            if issue.counts:
                total += issue.points
                points[issue.state.type] = points.get(issue.state.type, Decimal(0)) + issue.points
        done = points["completed"] + STARTED_COUNTS * points["started"]
        return done / total if total else Decimal(0)

    def teams(self, **asked: Any) -> Connection:
        return self.page(self.all_teams, "TeamFilter", asked)

    def projects(self, **asked: Any) -> Connection:
        return self.page(self.all_projects, "ProjectFilter", asked)

    def initiatives(self, **asked: Any) -> Connection:
        return self.page(self.all_initiatives, "InitiativeFilter", asked)

    def issues(self, **asked: Any) -> Connection:
        return self.page(self.all_issues, "IssueFilter", asked)

    def workflow_states(self, **asked: Any) -> Connection:
        return self.page(self.all_states, "WorkflowStateFilter", asked)

    def cycles(self, **asked: Any) -> Connection:
        return self.page(self.all_cycles, "CycleFilter", asked)

    def project_milestones(self, **asked: Any) -> Connection:
        return self.page(self.all_milestones, "ProjectMilestoneFilter", asked)

    def issue_labels(self, **asked: Any) -> Connection:
        labels = (Label(label) for label in self.tracker.site.labels.values())
        return self.page(labels, "IssueLabelFilter", asked)

    def issue(self, id: str) -> IssueView:  # noqa: A002  # the argument's name in the schema
        try:
            return IssueView(self, self.tracker.find(id))
        except UnknownRecordError:
            raise not_found("Issue") from None

    def team(self, id: str) -> Team:  # noqa: A002
        return _only(self.all_teams, id, "Team")

    def project(self, id: str) -> Project:  # noqa: A002
        return _only(self.all_projects, id, "Project")

    def initiative(self, id: str) -> InitiativeView:  # noqa: A002
        return _only(self.all_initiatives, id, "Initiative")

    def project_milestone(self, id: str) -> MilestoneView:  # noqa: A002
        return _only(self.all_milestones, id, "ProjectMilestone")


def _only(rows: list[Known], row_id: str, entity: str) -> Known:
    for row in rows:
        if row.id == row_id:
            return row
    raise not_found(entity)
