"""Everything that the page of a key result shows, at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.access import Access
from lib.display import show_number, show_score
from okrs.choices import Shape
from okrs.definitions import DEFINING_FIELDS
from okrs.models import (
    CheckIn,
    CountedItem,
    Dependency,
    Initiative,
    KeyResult,
    KeyResultVersion,
    Milestone,
    ObjectiveCoOwner,
    Override,
    Postponement,
    SharedPlacement,
)
from okrs.queries.dependencies import around_key_results
from okrs.queries.explain import KeyResultThen, day_of, key_results_at, standing_moment
from okrs.queries.history import History, history_of
from okrs.queries.initiatives import initiatives_for
from okrs.queries.key_results import KeyResultRow, key_result_rows, visible_key_results
from okrs.queries.links import Contributions, contributions_to_and_from, placed_elsewhere
from okrs.queries.links_then import contributions_then, row_then
from okrs.queries.moment import Moment
from okrs.queries.objective_page import co_owners_of

CHECK_INS = 20
LABELS = {
    "contribution_mode": "Contributions",
    "lower": "Lower edge",
    "upper": "Upper edge",
    "starts_on": "First day",
    "ends_on": "Last day",
    "curve": "Expected pace",
    "curve_points": "Points of the curve",
    "milestones": "Milestones",
}


@dataclass(frozen=True)
class Changed:
    """One field that a version of the definition changed."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    row: KeyResultVersion
    changes: Sequence[Changed]


@dataclass(frozen=True, kw_only=True)
class KeyResultPage:
    moment: Moment
    row: KeyResultRow
    then: KeyResultThen
    history: History
    check_ins: Sequence[CheckIn]
    postponements: Sequence[Postponement]
    versions: Sequence[Version]
    overrides: Sequence[Override]
    milestones: Sequence[Milestone]
    counted: Sequence[CountedItem]
    contributions: Contributions
    placements: Sequence[SharedPlacement]
    co_owners: Sequence[ObjectiveCoOwner]
    initiatives: Sequence[Initiative]
    dependencies: Sequence[Dependency]

    @property
    def said(self) -> list[CheckIn | Postponement]:
        """Check-ins and postponements, the latest first."""
        words: list[CheckIn | Postponement] = [*self.check_ins, *self.postponements]
        return sorted(words, key=lambda word: word.at, reverse=True)

    @property
    def has_late_values(self) -> bool:
        return any(entry.is_late for entry in self.history.latest)

    @property
    def is_milestones(self) -> bool:
        return self.row.shape == Shape.MILESTONES

    @property
    def is_count(self) -> bool:
        return self.row.shape == Shape.COUNT

    @property
    def arithmetic(self) -> str:
        """How the score comes about; of milestones, by the weights done."""
        score = self.then.score
        if not self.is_milestones or self.moment.is_past or self.then.override or score is None:
            return self.then.arithmetic
        done = sum(step.weight for step in self.milestones if step.done_on)
        total = sum(step.weight for step in self.milestones)
        return f"{show_score(score)} = {show_number(done)} / {show_number(total)}"

    @property
    def target_line(self) -> Any:
        """The level that a chart draws; none where the target is no value of the metric."""
        return self.row.target if self.row.shape in MEASURED else None


MEASURED = frozenset({Shape.FROM_TO, Shape.AT_LEAST, Shape.AT_MOST, Shape.COUNT})


def key_result_page(access: Access, key_result: KeyResult, moment: Moment) -> KeyResultPage:
    """What keeps no history, work and dependencies, is left out of a past moment."""
    own = [key_result.pk]
    moment = standing_moment(key_result, moment)
    [row] = key_result_rows(access, visible_key_results(access).filter(pk=key_result.pk))
    then = key_results_at([key_result], moment)[key_result.pk]
    is_past, by = moment.is_past, moment.decided_by
    row = row_then(row, then) if is_past else row
    said = Q(at__lte=by) if is_past else Q()
    known = Q() if moment.known_at is None else Q(recorded_at__lte=moment.known_at)
    words = CheckIn.objects.filter(said, key_result=key_result).select_related("author")
    postponements = Postponement.objects.filter(said, key_result=key_result)
    found = Override.objects.filter(known, key_result=key_result).select_related("author")
    overrides = list(found)
    return KeyResultPage(
        moment=moment,
        row=row,
        then=then,
        history=history_of(key_result, moment, overrides[::-1]),
        check_ins=list(words[:CHECK_INS]),
        postponements=list(postponements.select_related("author")[:CHECK_INS]),
        versions=versions_of(key_result, moment),
        overrides=begun(overrides, moment)[:CHECK_INS],
        milestones=milestones_by(key_result, moment) if row.shape == Shape.MILESTONES else [],
        counted=counted_by(key_result, moment) if row.shape == Shape.COUNT else [],
        contributions=contributions_then(access, key_result, then, moment)
        if is_past
        else contributions_to_and_from(access, key_result),
        placements=[] if is_past else list(placed_elsewhere(access, key_result)),
        initiatives=[] if is_past else list(initiatives_for(access, own)),
        dependencies=[] if is_past else list(around_key_results(access, own)),
        co_owners=[] if is_past else co_owners_of(access, key_result.objective_id),
    )


def begun(overrides: Sequence[Override], moment: Moment) -> Sequence[Override]:
    """Overrides as the page lists them: at a past moment without those that came later."""
    if not moment.is_past:
        return overrides
    return [row for row in overrides if row.from_at <= moment.as_of]


def milestones_by(key_result: KeyResult, moment: Moment) -> list[Milestone]:
    """Its steps; at a past moment those that were there, done only if they were done then."""
    rows = Milestone.objects.filter(key_result=key_result)
    if not moment.is_past:
        return list(rows.filter(archived_at=None))
    at, day = moment.decided_by, day_of(moment, key_result.objective)
    there = rows.filter(Q(archived_at=None) | Q(archived_at__gt=at), created_at__lte=at)
    found = list(there)
    for step in found:
        if step.done_on is not None and step.done_on > day:
            step.done_on = None
    return found


def counted_by(key_result: KeyResult, moment: Moment) -> list[CountedItem]:
    """What is counted; at a past moment what was listed by then."""
    rows = CountedItem.objects.filter(key_result=key_result)
    if not moment.is_past:
        return list(rows.filter(archived_at=None))
    known, day = moment.known_at or timezone.now(), day_of(moment, key_result.objective)
    there = Q(archived_at=None) | Q(archived_at__gt=known)
    return list(rows.filter(there, created_at__lte=known, met_on__lte=day))


def versions_of(key_result: KeyResult, moment: Moment) -> list[Version]:
    """Versions of the definition by then, newest first, each with what it changed."""
    versions = key_result.versions.select_related("actor")
    if moment.is_past:
        versions = versions.filter(effective_at__lte=moment.as_of)
    if moment.known_at is not None:
        versions = versions.filter(recorded_at__lte=moment.known_at)
    rows = list(versions)
    earlier = [*rows[1:], None][: len(rows)]
    return [
        Version(row, changed_fields(before.definition if before else {}, row.definition))
        for row, before in zip(rows, earlier, strict=True)
    ]


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[Changed]:
    if not before:
        return []
    return [
        Changed(label_of(name), said(before.get(name)), said(after.get(name)))
        for name in (*DEFINING_FIELDS, "milestones")
        if before.get(name) != after.get(name)
    ]


def label_of(name: str) -> str:
    return LABELS.get(name, name.capitalize())


def said(value: Any) -> str:
    """A stored value as people read it."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, list):
        return ", ".join(
            f"{item['title']} ({item['weight']})" if isinstance(item, dict) else ": ".join(item)
            for item in value
        )
    return str(value)
