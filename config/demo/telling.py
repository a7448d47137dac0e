"""Telling a quarter: what was reported when, and the scores that followed from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from config.demo.book import Book
from config.demo.courses import Reading, Stretch, readings
from config.demo.history import (
    Mark,
    contributed_values,
    key_result_course,
    mark_at,
    mean_course,
    objective_course,
    points,
)
from config.demo.rhythm import as_people_are, turns
from config.demo.shapes import Result
from okrs.actions.stored import update_rows
from okrs.choices import LIVE_STATES, LinkState
from okrs.models import (
    CheckIn,
    Contribution,
    Cycle,
    KeyResult,
    Milestone,
    Objective,
    ObjectiveAlignment,
    ScorePoint,
    UnitScore,
)
from okrs.queries.cadences import cadences
from okrs.scoring import Cadence
from portfolio.choices import CADENCE_DAYS, ValueSource
from portfolio.models import MetricValue

# Where a value of each source is said to come from.
SOURCES = {
    "by-hand": ValueSource.PERSON,
    "synced": ValueSource.SYNC,
    "pushed": ValueSource.PUSH,
    "file": ValueSource.FILE,
    "contributions": ValueSource.ROLL_UP,
}
# Some report more often than they must; nobody waits for a month. Towards the end it is weekly.
WEEK, FORTNIGHT = timedelta(days=7), timedelta(days=14)
Values = Sequence[tuple[datetime, Decimal]]
Turn = tuple[date | None, int]


@dataclass
class Tale:
    """A quarter as far as it has gone: readings by key result, courses by record."""

    book: Book
    cycle: Cycle
    texts: Mapping[KeyResult, Result]
    until: datetime
    # What the trackers say of synced key results.
    synced: Mapping[UUID, Values] = field(default_factory=dict)
    reported: dict[KeyResult, list[Reading]] = field(default_factory=dict)
    courses: dict[UUID, list[Mark]] = field(default_factory=dict)
    cadences: dict[UUID, Cadence] = field(default_factory=dict)

    def tell(self) -> None:
        self.report()
        self.feed_contributions()
        self.store()
        self.roll_up()

    def report(self) -> None:
        self.cadences = cadences([key_result.objective for key_result in self.texts])
        longest = FORTNIGHT if self.until == self.book.now else WEEK
        steps = steps_of(self.texts)
        for key_result, result in self.texts.items():
            stretch = Stretch(
                starts_on=self.cycle.starts_on,
                ends_on=self.cycle.ends_on,
                now=self.until,
                every=min(
                    timedelta(days=CADENCE_DAYS[self.cadences[key_result.objective_id].value]),
                    longest,
                ),
                zone=self.book.zone,
            )
            random = self.book.random(self.cycle.name, result.title)
            said = as_people_are(readings(result, stretch, random), result.course, random)
            self.reported[key_result] = said
            values = self.synced.get(key_result.pk, [(r.at, r.value) for r in said])
            if key_result.source != "contributions":
                self.courses[key_result.pk] = key_result_course(
                    key_result, values, steps.get(key_result.pk, [])
                )

    def feed_contributions(self) -> None:
        links = Contribution.objects.filter(
            parent__in=list(self.texts), state=LinkState.AGREED
        ).select_related("child__metric__unit")
        for parent in (k for k in self.texts if k.source == "contributions"):
            fed = [link for link in links if link.parent_id == parent.pk]
            values = contributed_values(parent, fed, self.courses)
            self.courses[parent.pk] = key_result_course(parent, values, [])

    def store(self) -> None:
        MetricValue.objects.bulk_create(
            MetricValue(
                metric=k.metric,
                value=mark.value,
                effective_at=mark.at,
                recorded_at=mark.at,
                source=SOURCES[k.source],
                actor=k.owner if k.source == "by-hand" else None,
            )
            for k in self.texts
            for mark in self.courses[k.pk]
        )
        CheckIn.objects.bulk_create(
            self.check_in(k, reading, turn)
            for k, said in self.reported.items()
            for reading, turn in zip(said, self.turns_of(k, said), strict=True)
        )
        update_rows(
            KeyResult, [last_word(k, said[-1]) for k, said in self.reported.items() if said]
        )

    def turns_of(self, key_result: KeyResult, said: Sequence[Reading]) -> Iterable[Turn]:
        """The turn that each check-in answered; what comes by sync owes none."""
        if key_result.source == "synced":
            return [(None, 0)] * len(said)
        days = [reading.at.astimezone(self.book.zone).date() for reading in said]
        since = key_result.starts_on or self.cycle.starts_on
        return turns(days, since=since, cadence=self.cadences[key_result.objective_id])

    def check_in(self, key_result: KeyResult, reading: Reading, turn: Turn) -> CheckIn:
        mark = mark_at(self.courses[key_result.pk], reading.at)
        due_on, missed = turn
        return CheckIn(
            key_result=key_result,
            author=key_result.owner,
            at=reading.at,
            value=mark.value if mark else None,
            confidence=reading.confidence,
            status=reading.status,
            note=reading.note,
            due_on=due_on,
            missed=missed,
            score=mark.score if mark else None,
            raw=mark.raw if mark else None,
        )

    def roll_up(self) -> None:
        """Scores of objectives, the lowest tier first, and all points of the history."""
        objectives = list(Objective.objects.filter(cycle=self.cycle).order_by("-tier__rank", "id"))
        aligned = contributing(objectives)
        rows = []
        for objective in objectives:
            children = {k.pk: k.weight for k in self.texts if k.objective_id == objective.pk}
            if objective.roll_up == "own-and-aligned":
                children |= aligned.get(objective.pk, {})
            self.courses[objective.pk] = objective_course(objective, children, self.courses)
            rows += points(self.courses[objective.pk], cause="check-in", objective_id=objective.pk)
        for key_result in self.texts:
            cause = "sync" if key_result.source == "synced" else "check-in"
            rows += points(self.courses[key_result.pk], cause=cause, key_result_id=key_result.pk)
        ScorePoint.objects.bulk_create(rows)

    def roll_up_units(self) -> None:
        """The history of units, once the product has stored their present figures."""
        live = list(Objective.objects.filter(cycle=self.cycle, state__in=LIVE_STATES))
        rows = []
        for unit in UnitScore.objects.filter(cycle=self.cycle):
            owned = [
                self.courses[o.pk]
                for o in live
                if (o.tier_id, o.portfolio_id, o.product_id, o.team_id)
                == (unit.tier_id, unit.portfolio_id, unit.product_id, unit.team_id)
            ]
            rows += points(mean_course(owned), cause="roll-up", unit_score_id=unit.pk)
        ScorePoint.objects.bulk_create(rows)


def steps_of(key_results: Mapping[KeyResult, Result]) -> dict[UUID, list[Milestone]]:
    found: dict[UUID, list[Milestone]] = {}
    for step in Milestone.objects.filter(key_result__in=list(key_results)):
        found.setdefault(step.key_result_id, []).append(step)
    return found


def contributing(objectives: Sequence[Objective]) -> dict[UUID, dict[UUID, Decimal]]:
    found: dict[UUID, dict[UUID, Decimal]] = {}
    links = ObjectiveAlignment.objects.filter(
        parent__in=objectives,
        kind="contributes",
        state=LinkState.AGREED,
        child__state__in=LIVE_STATES,
    )
    for link in links:
        found.setdefault(link.parent_id, {})[link.child_id] = link.weight
    return found


def last_word(key_result: KeyResult, reading: Reading) -> dict[str, object]:
    return {
        "id": key_result.pk,
        "confidence": reading.confidence,
        "reported_status": reading.status,
        "last_note": reading.note,
        "checked_in_at": reading.at,
        "checked_in_by": key_result.owner_id,
    }
