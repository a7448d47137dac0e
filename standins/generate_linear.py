"""Drafts as issues of a Linear team, with its cycles, projects, milestones and initiatives."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from standins.blank import team_states, uuid_of
from standins.drafts import HISTORY, Draft, Outcome, Sort
from standins.records import (
    Initiative,
    Issue,
    Link,
    Milestone,
    Named,
    Site,
    Space,
    Sprint,
    Undertaking,
)
from standins.words import Feature

CYCLE = timedelta(days=14)
ARCHIVED_AFTER = timedelta(days=90)
PROJECT_LENGTH = timedelta(days=180)
MILESTONES = ("Alpha", "Beta", "General availability")
CLOSED = {Outcome.DONE: "Done", Outcome.DROPPED: "Canceled", Outcome.DUPLICATE: "Duplicate"}
WAITING = ("Triage", "Backlog", "Todo", "Todo")


def add_team(
    site: Site,
    drafts: list[Draft],
    *,
    key: str,
    name: str,
    initiatives: Sequence[str],
    until: datetime,
) -> None:
    """A team whose issues are numbered in the order they were made. Its epics become projects."""
    team = _Team(site, key, until)
    works = [draft for draft in drafts if draft.sort is not Sort.EPIC]
    team.open(name, len(works))
    for number, epic in enumerate(it for it in drafts if it.sort is Sort.EPIC):
        team.add_project(epic, initiatives[number % len(initiatives)] if initiatives else None)
    for number, draft in enumerate(works, start=1):
        team.add_issue(draft, number)


class _Team:
    def __init__(self, site: Site, key: str, until: datetime) -> None:
        self._site = site
        self._key = key
        self._until = until
        self._id = uuid_of("team", key)
        self._links: dict[Draft, Link] = {}

    def open(self, name: str, last_number: int) -> None:
        """The team itself, its states and its cycles."""
        self._site.spaces[self._id] = Space(
            id=self._id, key=self._key, name=name, last_number=last_number, updated=self._until
        )
        self._site.statuses |= team_states(self._id)
        self._site.sprints |= {cycle.id: cycle for cycle in self._cycles()}

    def _cycles(self) -> Iterator[Sprint]:
        starts, number = self._until - HISTORY, 1
        while starts < self._until + CYCLE:
            ends = starts + CYCLE
            past, begun = ends <= self._until, starts <= self._until
            yield Sprint(
                id=self._cycle_id(number),
                name=f"Cycle {number}",
                state="closed" if past else "active" if begun else "future",
                space_id=self._id,
                starts=starts,
                ends=ends,
                completed=ends if past else None,
            )
            starts, number = ends, number + 1

    def add_project(self, epic: Draft, initiative: str | None) -> None:
        """A project for an epic, with its milestones, and its initiative when that is new."""
        times = {"created": epic.created, "updated": epic.updated}
        project_id = self._project_id(epic.feature)
        self._site.undertakings[project_id] = Undertaking(
            id=project_id,
            name=epic.feature.name,
            status="started",
            space_ids=(self._id,),
            initiative_ids=(self._initiative(initiative, epic),) if initiative else (),
            starts=epic.created.date(),
            target=(epic.created + PROJECT_LENGTH).date(),
            **times,
        )
        for number, name in enumerate(MILESTONES, start=1):
            milestone_id = self._milestone_id(epic.feature, number - 1)
            due = epic.created + PROJECT_LENGTH * number / len(MILESTONES)
            self._site.milestones[milestone_id] = Milestone(
                id=milestone_id, name=name, undertaking_id=project_id, target=due.date(), **times
            )

    def _initiative(self, name: str, epic: Draft) -> str:
        initiative_id = uuid_of("initiative", name)
        initiative = Initiative(
            id=initiative_id,
            name=name,
            status="Active",
            created=epic.created,
            updated=epic.created,
            target=(self._until + PROJECT_LENGTH).date(),
        )
        self._site.initiatives.setdefault(initiative_id, initiative)
        return initiative_id

    def add_issue(self, draft: Draft, number: int) -> None:
        key = f"{self._key}-{number}"
        link = self._links[draft] = Link(id=uuid_of("issue", self._site.id, key), key=key)
        self._site.issues[link.id] = Issue(
            id=link.id,
            key=key,
            space_id=self._id,
            type_id="issue",
            title=draft.title,
            status_id=uuid_of("state", self._id, self._state(draft, number)),
            created=draft.created,
            updated=draft.updated,
            started=draft.started,
            resolved=draft.resolved,
            archived=self._archived(draft),
            label_ids=tuple(self._label(name) for name in draft.labels),
            estimate=draft.points,
            parent=self._links[draft.parent] if draft.parent else None,
            sprint_ids=self._cycle(draft),
            undertaking_id=self._project_id(draft.feature),
            milestone_id=self._milestone_id(draft.feature, number % len(MILESTONES)),
        )

    def _state(self, draft: Draft, number: int) -> str:
        """The name of a state that the team has."""
        if draft.resolved:
            return CLOSED[draft.outcome]
        if draft.started:
            return "In Review" if draft.in_review else "In Progress"
        return WAITING[number % len(WAITING)]

    def _archived(self, draft: Draft) -> datetime | None:
        """Linear archives by itself what was closed some months ago."""
        if draft.resolved is None or draft.resolved + ARCHIVED_AFTER > self._until:
            return None
        return draft.resolved + ARCHIVED_AFTER

    def _label(self, name: str) -> str:
        label = Named(id=uuid_of("label", name), name=name)
        self._site.labels[label.id] = label
        return label.id

    def _cycle(self, draft: Draft) -> tuple[str, ...]:
        """The cycle that work was closed in, or the current one while it is under way."""
        if draft.started is None:
            return ()
        moment = draft.resolved or self._until
        number = (moment - (self._until - HISTORY)) // CYCLE + 1
        return (self._cycle_id(number),)

    def _cycle_id(self, number: int) -> str:
        return uuid_of("cycle", self._key, number)

    def _project_id(self, feature: Feature) -> str:
        return uuid_of("project", self._key, feature.name)

    def _milestone_id(self, feature: Feature, number: int) -> str:
        return uuid_of("milestone", self._key, feature.name, number)
