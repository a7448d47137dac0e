"""Past scores of goals, worked out by the product's own arithmetic from what was reported then."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lib.decimals import rounded
from okrs import scoring
from okrs.actions.recompute import places
from okrs.definitions import definition_of, unit_of
from okrs.models import Contribution, KeyResult, Milestone, Objective, ScorePoint


@dataclass(frozen=True)
class Mark:
    """A score from a moment on."""

    at: datetime
    score: Decimal | None
    raw: Decimal | None = None
    value: Decimal | None = None


Course = Sequence[Mark]


def key_result_course(
    key_result: KeyResult, values: Iterable[tuple[datetime, Decimal]], steps: Sequence[Milestone]
) -> list[Mark]:
    definition = definition_of(key_result, steps)
    marks = []
    for at, value in values:
        scored = scoring.score_key_result(definition, value)
        marks.append(Mark(at, places(scored.score, 10), places(scored.raw, 10), value))
    return marks


def mark_at(course: Course, moment: datetime) -> Mark | None:
    place = bisect_right(course, moment, key=lambda mark: mark.at)
    return course[place - 1] if place else None


def score_at(course: Course, moment: datetime) -> Decimal | None:
    mark = mark_at(course, moment)
    return mark.score if mark else None


def contributed_values(
    parent: KeyResult, links: Sequence[Contribution], courses: Mapping[UUID, Course]
) -> list[tuple[datetime, Decimal]]:
    """What the children amounted to each time that one of them moved."""
    found = []
    for moment in moments(courses[link.child_id] for link in links):
        value = contributed_at(parent, links, courses, moment)
        if value is not None:
            found.append((moment, rounded(value, 10)))
    return found


def contributed_at(
    parent: KeyResult,
    links: Sequence[Contribution],
    courses: Mapping[UUID, Course],
    moment: datetime,
) -> Decimal | None:
    parts = []
    for link in links:
        mark = mark_at(courses[link.child_id], moment)
        parts.append(
            scoring.Contribution(
                id=link.pk,
                baseline=link.child.baseline or Decimal(0),
                current=mark.value if mark else None,
                committed=link.amount or Decimal(0),
                unit=unit_of(link.child.metric.unit),
            )
        )
    unit = unit_of(parent.metric.unit)
    if parent.contribution_mode == "mean":
        return scoring.mean_contribution(parts, unit).value
    return scoring.sum_contributions(parent.baseline or Decimal(0), parts, unit).value


def objective_course(objective: Objective, children: Mapping[UUID, Decimal],
                     courses: Mapping[UUID, Course]) -> list[Mark]:  # fmt: skip
    """The roll-up of weighted children, key results and aligned objectives, over time."""
    marks: list[Mark] = []
    for moment in moments(courses[pk] for pk in children):
        parts = [
            scoring.Child(id=pk, score=score_at(courses[pk], moment), weight=weight)
            for pk, weight in children.items()
        ]
        mode = scoring.Mode.WEAKEST if objective.roll_up == "weakest" else scoring.Mode.OWN
        score = places(scoring.roll_up(parts, mode).score, 10)
        if not marks or marks[-1].score != score:
            marks.append(Mark(moment, score))
    return marks


def mean_course(courses: Sequence[Course]) -> list[Mark]:
    """The plain mean over those that have a score, as units are rolled up."""
    marks: list[Mark] = []
    for moment in moments(courses):
        scores = [s for course in courses if (s := score_at(course, moment)) is not None]
        if scores:
            mean = places(sum(scores, Decimal(0)) / len(scores), 10)
            marks.append(Mark(moment, mean))
    return marks


def moments(courses: Iterable[Course]) -> list[datetime]:
    return sorted({mark.at for course in courses for mark in course})


def points(course: Course, *, cause: str, **of: object) -> list[ScorePoint]:
    """Rows of the score history; `of` names the record, as in `objective_id=…`."""
    return [
        ScorePoint(at=m.at, score=m.score, raw=m.raw, value=m.value, cause=cause, **of)
        for m in course
    ]
