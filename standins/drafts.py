"""Made-up work, before it becomes issues of one company's tracker."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import log
from random import Random

from standins.words import WORDS, Domain, Feature

FRIDAY = 4
HISTORY = timedelta(days=270)
STAGGER = timedelta(days=15)
"""One feature of a domain begins so long after the one before."""
NEVER_PICKED_UP = 0.22
NEVER_PICKED_UP_AT_WORST = 0.55
DAYS_WAITING = 26.0
DAYS_IN_WORK = 9.0
SUBTASKS_AMONG = 0.1
ESTIMATED = 0.78
"""Of stories, tasks and bugs; that is some 70 % of everything."""
POINTS = (1, 2, 3, 5, 8, 13)
POINTS_WEIGHTS = (3, 6, 7, 5, 3, 1)


class Sort(StrEnum):
    EPIC = "Epic"
    STORY = "Story"
    TASK = "Task"
    BUG = "Bug"
    SUBTASK = "Sub-task"


class Outcome(StrEnum):
    DONE = "done"
    DROPPED = "dropped"
    DUPLICATE = "duplicate"


@dataclass(eq=False)
class Draft:
    """One piece of work and what became of it until now."""

    sort: Sort
    title: str
    feature: Feature
    created: datetime
    updated: datetime
    started: datetime | None = None
    resolved: datetime | None = None
    outcome: Outcome = Outcome.DONE
    in_review: bool = False
    labels: tuple[str, ...] = ()
    points: Decimal | None = None
    parent: "Draft | None" = None
    epic: "Draft | None" = None


@dataclass
class Author:
    """Writes the work of one team up to a moment; the same luck writes the same work."""

    luck: Random
    domain: Domain
    speed: float
    until: datetime
    used: set[str] = field(default_factory=set)

    def write(self, count: int) -> list[Draft]:
        """About ``count`` drafts, oldest first, an epic for every feature among them."""
        epics = [self._epic(number) for number in range(len(self.domain.features))]
        speeds = [self.speed * self.luck.uniform(0.5, 1.9) for _ in epics]
        subtasks = round(count * SUBTASKS_AMONG)
        works = [
            self._work(*self.luck.choice(list(zip(epics, speeds, strict=True))))
            for _ in range(count - len(epics) - subtasks)
        ]
        parents = [work for work in works if work.sort is Sort.STORY]
        children = [self._subtask(self.luck.choice(parents)) for _ in range(subtasks)]
        return sorted([*epics, *works, *children], key=lambda draft: draft.created)

    def _epic(self, number: int) -> Draft:
        feature = self.domain.features[number]
        created = self._working_hours(self.until - HISTORY + number * STAGGER)
        started = self._working_hours(created + timedelta(days=6))
        return Draft(
            Sort.EPIC, feature.name, feature, created=created, updated=started, started=started
        )

    def _work(self, epic: Draft, speed: float) -> Draft:
        sort = self.luck.choices((Sort.STORY, Sort.TASK, Sort.BUG), (5, 3, 3))[0]
        age = (self.until - epic.created) / timedelta(days=1)
        created = self._working_hours(
            epic.created + timedelta(days=self.luck.triangular(0, age, age * 0.1))
        )
        draft = Draft(
            sort,
            self._title(sort, epic.feature),
            epic.feature,
            created=created,
            updated=created,
            labels=self._labels(),
            points=self._points(),
            epic=epic,
        )
        self._live(draft, speed)
        return draft

    def _live(self, draft: Draft, speed: float) -> None:
        """What happened to a piece of work until now."""
        draft.outcome = self.luck.choices(list(Outcome), (90, 6, 4))[0]
        waiting = self._days(DAYS_WAITING / speed, spread=0.9)
        working = self._days(DAYS_IN_WORK / speed, spread=0.6)
        draft.in_review = self.luck.random() < 0.3
        if self.luck.random() > min(NEVER_PICKED_UP / speed, NEVER_PICKED_UP_AT_WORST):
            started = self._past(draft.created + waiting)
            draft.resolved = self._past(started + working) if started else None
            # What is dropped was mostly not begun.
            if draft.outcome is Outcome.DONE or draft.resolved is None:
                draft.started = started
        draft.updated = self._last_touch(draft)

    def _subtask(self, parent: Draft) -> Draft:
        created = self._working_hours(parent.started or parent.created)
        finished = parent.resolved or (created if self.luck.random() < 0.4 else None)
        started = parent.started and max(created, parent.started)
        resolved = finished and max(created, finished)
        return Draft(
            Sort.SUBTASK,
            self.luck.choice(WORDS.wording.subtasks),
            parent.feature,
            created=created,
            updated=resolved or started or created,
            started=started or resolved,
            resolved=resolved,
            parent=parent,
        )

    def _title(self, sort: Sort, feature: Feature) -> str:
        for _ in range(50):
            title = self._worded(sort, feature)
            if title not in self.used:
                break
        self.used.add(title)
        return title

    def _worded(self, sort: Sort, feature: Feature) -> str:
        wording = WORDS.wording
        forms = {
            Sort.STORY: self.domain.stories or wording.stories,
            Sort.TASK: wording.tasks,
            Sort.BUG: self.domain.bugs or wording.bugs,
        }
        place = self.luck.choice(feature.places)
        return self.luck.choice(forms[sort]).format(
            thing=self.luck.choice(feature.things),
            place=place,
            context=self.luck.choice((place, self.luck.choice(wording.conditions))),
        )

    def _labels(self) -> tuple[str, ...]:
        labels = [self.luck.choice(self.domain.labels)] if self.luck.random() < 0.6 else []
        if self.luck.random() < 0.25:
            labels.append(self.luck.choice(WORDS.wording.labels))
        return tuple(labels)

    def _points(self) -> Decimal | None:
        if self.luck.random() > ESTIMATED:
            return None
        return Decimal(self.luck.choices(POINTS, POINTS_WEIGHTS)[0])

    def _days(self, typical: float, *, spread: float) -> timedelta:
        return timedelta(days=self.luck.lognormvariate(log(typical), spread))

    def _past(self, moment: datetime) -> datetime | None:
        """The moment in working hours, when it has come by now."""
        moment = self._later_working_hours(moment)
        return moment if moment <= self.until else None

    def _last_touch(self, draft: Draft) -> datetime:
        moment = draft.resolved or draft.started or draft.created
        if self.luck.random() < 0.3:
            later = self._later_working_hours(moment + self._days(9, spread=0.8))
            return min(later, self.until)
        return moment

    def _working_hours(self, moment: datetime) -> datetime:
        return min(self._later_working_hours(moment), self.until)

    def _later_working_hours(self, moment: datetime) -> datetime:
        """A full second between eight and six on that day, or in the week after; never earlier."""
        weekend = moment.weekday() > FRIDAY
        wait = 7 - moment.weekday() + self.luck.randrange(5) if weekend else 0
        day = moment + timedelta(days=wait)
        start = day.replace(hour=8, minute=0, second=0, microsecond=0)
        worked = max(start + timedelta(seconds=self.luck.randrange(10 * 3600)), day)
        return worked.replace(microsecond=0)
